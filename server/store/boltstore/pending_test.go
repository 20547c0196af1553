package boltstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

// TestPendingOutlivesItsFlush settles more than one flush holds, opens
// again at several points, and asks in lanes that have long been empty.
func TestPendingOutlivesItsFlush(t *testing.T) {
	const lanes = 9000

	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, boltstore.Options{Path: path})

	var all []bridge.Claim

	send := func(order int, from, to int) {
		var entries []bridge.Entry
		for n := from; n < to; n++ {
			entries = append(entries, crashEntry(fmt.Sprintf("%d/%d", n, order)))
		}

		put(t, s, entries...)

		for left := to - from; left > 0; {
			claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 512, Lease: time.Minute})
			if err != nil {
				t.Fatal(err)
			}

			left -= len(claims)
			ackAll(t, s, claims)
			all = append(all, claims...)
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
	countedAll(t, s, all)
	send(7, lanes/2, lanes)

	for _, again := range []bool{false, true} {
		if again {
			reopen()
		}

		for n, mark := range map[int]int{0: 5, 1: 5, 100: 5, lanes/2 - 1: 5, lanes / 2: 7, lanes - 1: 7} {
			for _, order := range []int{mark - 1, mark + 1} {
				put(t, s, crashEntry(fmt.Sprintf("%d/%d/%v", n, order, again)))

				claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 2, Lease: time.Minute})
				if err != nil || len(claims) != 1 || claims[0].Delivery.Late != (order < mark) {
					t.Fatalf("lane %d, order %d after %d: %+v, %v", n, order, mark, claims, err)
				}

				if err := s.Ack(t.Context(), claims[0], bridge.Settlement{State: bridge.Skipped}); err != nil {
					t.Fatal(err)
				}
			}
		}

		settledAll(t, s, all)
		countedAll(t, s, all)
	}
}

// countedAll checks that each was counted once, wherever a flush was when the
// store was closed.
func countedAll(t *testing.T, s *boltstore.Store, all []bridge.Claim) {
	t.Helper()

	want := map[bridge.InstallationID]int{}
	for _, c := range all {
		want[c.Delivery.Lane.Link.Installation]++
	}

	for id, n := range want {
		c, err := s.Completeness(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}

		for _, count := range c.Counts {
			if count.State == bridge.Delivered && count.N != n {
				t.Errorf("%s has %d delivered, want %d", id, count.N, n)
			}
		}

		if len(c.Counts) == 0 {
			t.Errorf("%s has no counts", id)
		}
	}
}

// settledAll checks that each delivery is found by its id, and by the id that
// it has on the other side.
func settledAll(t *testing.T, s *boltstore.Store, all []bridge.Claim) {
	t.Helper()

	for _, c := range all {
		if d, err := s.Delivery(t.Context(), c.Delivery.ID); err != nil || d.ID != c.Delivery.ID || d.State != bridge.Delivered {
			t.Fatalf("delivery %v is %+v, %v", c.Delivery.ID, d, err)
		}

		if id, err := s.Known(t.Context(), remoteKey(c.Delivery)); err != nil || id != c.Delivery.ID {
			t.Fatalf("remote id of %v stands for %v, %v", c.Delivery.ID, id, err)
		}
	}
}

// TestPendingOutlivesTheSweep removes the texts of deliveries before what is
// derived from them went to the file.
func TestPendingOutlivesTheSweep(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	o := boltstore.Options{Path: filepath.Join(t.TempDir(), "store.db"), Clock: func() time.Time { return now }}
	s := open(t, o)
	long := crashEntry("1/6")
	long.Message.Parts[0].Text = strings.Repeat("x", 1<<16)

	put(t, s, crashEntry("1/5"), long)

	var all []bridge.Claim

	for len(all) < 2 {
		claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 1, Lease: time.Minute})
		if err != nil || len(claims) != 1 || len(claims[0].Delivery.Message.Parts) != 1 {
			t.Fatalf("claims are %+v, %v", claims, err)
		}

		ackAll(t, s, claims)
		all = append(all, claims...)
	}

	now = now.Add(bridge.TextFor + time.Hour)

	if n, err := s.Sweep(t.Context(), 100); err != nil || n != len(all) {
		t.Errorf("sweep removed %d, %v", n, err)
	}

	for range 2 {
		settledAll(t, s, all)

		for _, c := range all {
			if d, err := s.Delivery(t.Context(), c.Delivery.ID); err != nil || len(d.Message.Parts) != 0 {
				t.Errorf("delivery %v has %d parts, %v", c.Delivery.ID, len(d.Message.Parts), err)
			}
		}

		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		s = open(t, o)
	}

	put(t, s, crashEntry("1/4"))

	if claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 1, Lease: time.Minute}); err != nil || len(claims) != 1 || !claims[0].Delivery.Late {
		t.Errorf("claims are %+v, %v", claims, err)
	}
}

// TestAnOriginStandsForWhatCameLast gives one id to a delivery that is settled
// and then to others in each way that there is, and opens again after each.
func TestAnOriginStandsForWhatCameLast(t *testing.T) {
	o := boltstore.Options{Path: filepath.Join(t.TempDir(), "store.db")}
	s := open(t, o)
	key := bridge.OriginKey{Installation: "i1", Side: bridge.Freshchat, ID: "r", CreatedAt: time.Now()}

	settle := func(c bridge.Claim) error {
		return s.Bury(t.Context(), c, bridge.Settlement{State: bridge.Failed, Origins: []bridge.OriginKey{key}})
	}
	begin := func(c bridge.Claim) error {
		if err := s.Begin(t.Context(), c, bridge.Intent{}, []bridge.MessageID{key.ID}); err != nil {
			return err
		}

		return s.Ack(t.Context(), c, bridge.Settlement{State: bridge.Delivered})
	}
	requeue := func(c bridge.Claim) error {
		return errors.Join(settle(c), s.Requeue(t.Context(), c.Delivery.ID))
	}

	for n, use := range []func(bridge.Claim) error{settle, begin, settle, settle, begin, settle, requeue} {
		want := put(t, s, numbered(n+1))[0].ID

		claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 1, Lease: time.Minute})
		if err != nil || len(claims) != 1 {
			t.Fatalf("claims are %+v, %v", claims, err)
		}

		if err := use(claims[0]); err != nil {
			t.Fatal(err)
		}

		for range 2 {
			if id, err := s.Known(t.Context(), key); err != nil || id != want {
				t.Errorf("step %d: the key stands for %v, %v, want %v", n, id, err, want)
			}

			if err := s.Close(); err != nil {
				t.Fatal(err)
			}

			s = open(t, o)
		}
	}
}

func ackAll(t *testing.T, s *boltstore.Store, claims []bridge.Claim) {
	t.Helper()

	var all sync.WaitGroup

	for _, c := range claims {
		all.Go(func() {
			if err := s.Ack(t.Context(), c, bridge.Settlement{State: bridge.Delivered, Origins: []bridge.OriginKey{remoteKey(c.Delivery)}}); err != nil {
				t.Error(err)
			}
		})
	}

	all.Wait()
}
