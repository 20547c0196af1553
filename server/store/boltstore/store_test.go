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
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"
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

func TestFileIsTheOwnersOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "store.db")
	open(t, boltstore.Options{Path: path})

	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

func TestOpenSaysThatAnotherProcessUsesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	open(t, boltstore.Options{Path: path})

	_, err := boltstore.Open(t.Context(), boltstore.Options{Path: path})
	if !errors.Is(err, boltstore.ErrInUse) {
		t.Errorf("open answered %v", err)
	}
}

func TestOpenRefusesAFileOfANewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")

	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}

	err = db.Update(func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucket([]byte("meta"))
		if err != nil {
			return err
		}

		return meta.Put([]byte("format"), []byte{0, 0, 0, 0, 0, 0, 0, 9})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}

	_, err = boltstore.Open(t.Context(), boltstore.Options{Path: path})
	if err == nil || !strings.Contains(err.Error(), "newer version (format 9") {
		t.Errorf("open answered %v", err)
	}
}

func TestOpenStopsWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	if err := open(t, boltstore.Options{Path: path}).Close(); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := boltstore.Open(ctx, boltstore.Options{Path: path}); !errors.Is(err, context.Canceled) {
		t.Errorf("open answered %v", err)
	}
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

// TestAFullDiskHarmsNothing fills the file to its limit: what is refused left
// no trace, what was accepted stays, and delivering goes on.
func TestAFullDiskHarmsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, boltstore.Options{Path: path, MaxSize: 4 << 20})

	var (
		accepted int
		refused  error
	)

	for n := 1; refused == nil; n++ {
		e := numbered(n)
		e.Message.Parts[0].Text = strings.Repeat("x", 64<<10)

		if _, refused = s.Enqueue(t.Context(), e); refused == nil {
			accepted++
		}
	}

	if s.Err() == nil {
		t.Error("the store says that it is well")
	}

	if _, err := s.Known(t.Context(), numbered(accepted+1).Origin); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("what was refused is known: %v", err)
	}

	st, err := s.Stats(t.Context())
	if err != nil || st.Queued[bridge.In] != accepted {
		t.Errorf("%d are queued, %v, want %d", st.Queued[bridge.In], err, accepted)
	}

	claims, err := s.Claim(t.Context(), 1, time.Minute)
	if err != nil || len(claims) != 1 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}

	if err := s.Bury(t.Context(), claims[0], bridge.Settlement{State: bridge.Failed}); err != nil {
		t.Fatalf("a small change after a refused one: %v", err)
	}

	if err := s.Err(); err != nil {
		t.Errorf("after a commit that succeeded the store says %v", err)
	}
}

// TestMarksOutliveTheirFlush settles more than one flush of marks holds, opens
// again at several points, and asks in lanes that have long been empty.
func TestMarksOutliveTheirFlush(t *testing.T) {
	const lanes = 9000

	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, boltstore.Options{Path: path})

	send := func(order int, from, to int) {
		var entries []bridge.Entry
		for n := from; n < to; n++ {
			entries = append(entries, crashEntry(fmt.Sprintf("%d/%d", n, order)))
		}

		put(t, s, entries...)

		for left := to - from; left > 0; {
			claims, err := s.Claim(t.Context(), 512, time.Minute)
			if err != nil {
				t.Fatal(err)
			}

			left -= len(claims)
			ackAll(t, s, claims)
		}
	}

	send(5, 0, lanes)
	reopen := func() {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		s = open(t, boltstore.Options{Path: path})
	}

	reopen()
	send(7, lanes/2, lanes)

	for _, again := range []bool{false, true} {
		if again {
			reopen()
		}

		for n, mark := range map[int]int{0: 5, 1: 5, 100: 5, lanes/2 - 1: 5, lanes / 2: 7, lanes - 1: 7} {
			for _, order := range []int{mark - 1, mark + 1} {
				put(t, s, crashEntry(fmt.Sprintf("%d/%d/%v", n, order, again)))

				claims, err := s.Claim(t.Context(), 2, time.Minute)
				if err != nil || len(claims) != 1 || claims[0].Delivery.Late != (order < mark) {
					t.Fatalf("lane %d, order %d after %d: %+v, %v", n, order, mark, claims, err)
				}

				if err := s.Ack(t.Context(), claims[0], bridge.Settlement{State: bridge.Skipped}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func ackAll(t *testing.T, s *boltstore.Store, claims []bridge.Claim) {
	t.Helper()

	var all sync.WaitGroup

	for _, c := range claims {
		all.Go(func() {
			if err := s.Ack(t.Context(), c, bridge.Settlement{State: bridge.Delivered}); err != nil {
				t.Error(err)
			}
		})
	}

	all.Wait()
}

// TestReadyComesWithItsTime owns the time: the one timer fires when a lane
// that backs off, waits or was leased becomes due, and not before.
func TestReadyComesWithItsTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")

	synctest.Test(t, func(t *testing.T) {
		s, err := boltstore.Open(t.Context(), boltstore.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()

		claim := func(after time.Duration) bridge.Claim {
			t.Helper()

			began := time.Now()

			for {
				claims, err := s.Claim(t.Context(), 1, time.Minute)
				if err != nil {
					t.Fatal(err)
				}

				if len(claims) == 1 {
					if took := time.Since(began); took != after {
						t.Errorf("it was due after %v, want %v", took, after)
					}

					return claims[0]
				}

				<-s.Ready()
			}
		}

		e := numbered(1)
		e.Wait = 250 * time.Millisecond
		put(t, s, e)

		c := claim(250 * time.Millisecond)
		if err := s.Retry(t.Context(), c, bridge.Postponement{At: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}

		claim(time.Hour)
		c = claim(time.Minute)
		if err := s.Release(t.Context(), c, time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}

		s.Throttle(c.Delivery.Lane.Link.Installation, bridge.Freshchat, time.Now().Add(5*time.Second))
		claim(5 * time.Second)
	})
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
