package boltstore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"sellerchat/server/store/boltstore"
)

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
