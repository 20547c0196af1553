package boltstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

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

	claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 1, Lease: time.Minute})
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
