package boltstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

func open(t *testing.T, o boltstore.Options) *boltstore.Store {
	t.Helper()

	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "data", "store.db")
	}

	s, err := boltstore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = s.Close() })

	return s
}

func numbered(n int) bridge.Entry { return crashEntry(fmt.Sprintf("1/%d", n)) }

func put(t *testing.T, s *boltstore.Store, entries ...bridge.Entry) []bridge.Accepted {
	t.Helper()

	got, err := s.Enqueue(t.Context(), entries...)
	if err != nil {
		t.Fatal(err)
	}

	return got
}

func TestEverythingIsClosedAfterClose(t *testing.T) {
	s := open(t, boltstore.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	if err := s.Close(); err != nil {
		t.Errorf("closing again answered %v", err)
	}

	_, enqueue := s.Enqueue(t.Context(), numbered(1))
	_, link := s.Link(t.Context(), bridge.LinkKey{})
	_, known := s.Known(t.Context(), numbered(1).Origin)
	pause := s.Pause(t.Context(), bridge.Pause{})

	for i, err := range []error{enqueue, link, known, pause} {
		if !errors.Is(err, bridge.ErrClosed) {
			t.Errorf("operation %d answered %v, want that it is closed", i, err)
		}
	}
}

func TestCloseWritesWhatWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, boltstore.Options{Path: path})

	var (
		all      sync.WaitGroup
		accepted sync.Map
	)

	for n := range 200 {
		all.Go(func() {
			got, err := s.Enqueue(context.Background(), numbered(n))

			switch {
			case err == nil:
				accepted.Store(n, got[0].ID)
			case !errors.Is(err, bridge.ErrClosed):
				t.Error(err)
			}
		})
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	all.Wait()

	s = open(t, boltstore.Options{Path: path})

	accepted.Range(func(n, id any) bool {
		if got, err := s.Known(t.Context(), numbered(n.(int)).Origin); err != nil || got != id {
			t.Errorf("message %v was acknowledged as %v, found %v, %v", n, id, got, err)
		}

		return true
	})
}

func TestNothingRunsAfterClose(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	s := open(t, boltstore.Options{})
	put(t, s, numbered(1))

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	goleak.VerifyNone(t, ignore)
}

// TestAWaitingOperationIsTakenBack blocks the writer and ends the context of
// an operation that waits behind it.
func TestAWaitingOperationIsTakenBack(t *testing.T) {
	s := open(t, boltstore.Options{})
	in := bridge.Installed{
		Installation: bridge.Installation{ID: "a", Account: "acc", State: bridge.Active},
		Shop:         bridge.Shop{ShopInfo: bridge.ShopInfo{ID: "s"}},
	}

	if err := s.Install(t.Context(), in); err != nil {
		t.Fatal(err)
	}

	running, block, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)

	go func() {
		_, err := s.UpdateInstallation(context.Background(), "a", func(*bridge.Installation) error {
			close(running)
			<-block

			return nil
		})
		done <- err
	}()

	<-running

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()

	if _, err := s.Enqueue(ctx, numbered(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("enqueue answered %v", err)
	}

	close(block)

	if err := <-done; err != nil {
		t.Error(err)
	}

	if _, err := s.Known(t.Context(), numbered(1).Origin); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("what was taken back is known: %v", err)
	}
}

func TestADuplicateCostsNoSync(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, boltstore.Options{Path: path})
	put(t, s, numbered(1))

	before := changed(t, path)

	if got := put(t, s, numbered(1)); !got[0].Duplicate {
		t.Error("the second copy is new")
	}

	if _, err := s.TakeTicket(t.Context(), bridge.TicketSetup, "guess"); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("take answered %v", err)
	}

	if changed(t, path) != before {
		t.Error("the file was written")
	}
}

// changed reads the pages at the front, one of which every commit writes.
func changed(t *testing.T, path string) string {
	t.Helper()

	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	return string(raw[:8192])
}

func TestSizeTellsFileAndWhatIsFreeInIt(t *testing.T) {
	s := open(t, boltstore.Options{})

	empty, _ := s.Size()

	for n := range 64 {
		e := numbered(n + 1)
		e.Message.Parts[0].Text = strings.Repeat("x", 64<<10)
		put(t, s, e)
	}

	file, free := s.Size()
	if file < empty+64*64<<10 {
		t.Errorf("the file has %d bytes, before %d", file, empty)
	}

	if free < 0 || free > file/2 {
		t.Errorf("%d bytes of %d are free although nothing was removed", free, file)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	if file, free := s.Size(); file != 0 || free != 0 {
		t.Errorf("a closed store says %d and %d", file, free)
	}
}
