package boltstore_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

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
				claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 1, Lease: time.Minute})
				if err != nil {
					t.Fatal(err)
				}

				if len(claims) == 1 {
					if took := time.Since(began); took != after {
						t.Errorf("it was due after %v, want %v", took, after)
					}

					return claims[0]
				}

				<-s.Ready(bridge.Freshchat)
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
