package boltstore_test

import (
	"path/filepath"
	"testing"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
	"sellerchat/server/store/storetest"
)

// harness opens one file again and again.
type harness struct{ path string }

func newHarness(t testing.TB) storetest.Harness {
	return harness{filepath.Join(t.TempDir(), "data", "store.db")}
}

func (h harness) Open(t testing.TB, clock bridge.Clock) storetest.Store {
	t.Helper()

	s, err := boltstore.Open(t.Context(), boltstore.Options{Path: h.path, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}

	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, newHarness)
}
