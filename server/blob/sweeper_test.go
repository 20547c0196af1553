package blob

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
)

// index is a bridge.MediaSweeper in memory.
type index struct {
	spent map[bridge.BlobKey]bool
	named map[bridge.BlobKey]bool
	drop  error
}

func (x *index) SpentMedia(_ context.Context, limit int) ([]bridge.BlobKey, error) {
	keys := slices.Sorted(maps.Keys(x.spent))

	return keys[:min(limit, len(keys))], nil
}

func (x *index) DropMedia(_ context.Context, keys ...bridge.BlobKey) error {
	if x.drop != nil {
		return x.drop
	}

	for _, k := range keys {
		delete(x.spent, k)
		delete(x.named, k)
	}

	return nil
}

func (x *index) NeedsBlob(_ context.Context, key bridge.BlobKey) (bool, error) {
	return x.named[key], nil
}

// sweeping is a sweeper over a folder.
type sweeping struct {
	*Sweeper
	*blobsBench

	index *index
}

func newSweeping(t *testing.T) *sweeping {
	t.Helper()

	c := &clock{now: start}
	f := openFolder(t, t.TempDir(), c.Now)
	x := &index{spent: map[bridge.BlobKey]bool{}, named: map[bridge.BlobKey]bool{}}

	return &sweeping{
		&Sweeper{Blobs: f, Index: x, Clock: c.Now, Log: slog.New(slog.DiscardHandler)},
		&blobsBench{Blobs: f, t: t, clock: c}, x,
	}
}

// named stores bytes that a copy names.
func (s *sweeping) named(text string) bridge.BlobKey {
	key := s.put(text).Key
	s.index.named[key] = true

	return key
}

func TestSpentBytesAreDeletedBeforeTheyAreForgotten(t *testing.T) {
	s := newSweeping(t)
	kept := s.named("kept")

	for range 2*sweepBatch + 1 {
		s.index.spent[s.named("spent")] = true
	}

	s.index.drop = errors.New("power cut")
	if err := s.Sweep(t.Context()); !errors.Is(err, s.index.drop) || len(s.index.spent) != 2*sweepBatch+1 {
		t.Errorf("%d are spent, %v", len(s.index.spent), err)
	}

	s.index.drop = nil
	s.must(s.Sweep(t.Context()))
	s.keeps(kept)

	if len(s.index.spent) != 0 {
		t.Errorf("%d are still spent", len(s.index.spent))
	}
}

func TestBytesThatNothingNamesAreDeletedAfterADay(t *testing.T) {
	s := newSweeping(t)
	kept, orphan := s.named("kept"), s.put("orphan").Key

	s.clock.pass(unnamedFor)
	young := s.put("young").Key
	s.must(s.Search(t.Context()))
	s.keeps(kept, orphan, young)

	s.clock.pass(time.Second)
	s.must(s.Search(t.Context()))
	s.keeps(kept, young)
}

func TestTheSweeperRunsUntilItsContextEnds(t *testing.T) {
	dir := t.TempDir()

	synctest.Test(t, func(t *testing.T) {
		f := openFolder(t, dir, time.Now)
		x := &index{spent: map[bridge.BlobKey]bool{}, named: map[bridge.BlobKey]bool{}}
		s := &Sweeper{Blobs: f, Index: x, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)

		go func() { done <- s.Run(ctx) }()

		synctest.Wait()

		orphan, err := f.Put(t.Context(), strings.NewReader("orphan"), 10)
		if err != nil {
			t.Fatal(err)
		}

		<-time.After(unnamedFor + 2*searchEvery)

		if _, err := f.Open(t.Context(), orphan.Key); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("open answered %v", err)
		}

		cancel()

		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
