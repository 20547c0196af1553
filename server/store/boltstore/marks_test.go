package boltstore_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

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
