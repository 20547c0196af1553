package boltstore_test

import (
	"errors"
	"path/filepath"
	"testing"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

func TestATrimmedStoreHasWhatItHad(t *testing.T) {
	s, err := boltstore.Open(t.Context(), boltstore.Options{Path: filepath.Join(t.TempDir(), "store.db")})
	if err != nil {
		t.Fatal(err)
	}

	for n := range 1000 {
		put(t, s, numbered(n))

		if n%100 == 0 {
			if err := s.Trim(); err != nil {
				t.Fatal(err)
			}
		}
	}

	for id := range 1000 {
		if _, err := s.Delivery(t.Context(), bridge.DeliveryID(id+1)); err != nil {
			t.Fatalf("delivery %d: %v", id+1, err)
		}
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	if err := s.Trim(); !errors.Is(err, bridge.ErrClosed) {
		t.Errorf("after closing the error is %v", err)
	}
}
