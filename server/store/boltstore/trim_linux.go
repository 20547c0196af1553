package boltstore

import (
	"fmt"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// Trim lets go of the pages of the file that reading has left in the process:
// they stay in the system's cache, from which the next reading has them again
// without the disk. Opening alone leaves all of the file there.
func (s *Store) Trim() error {
	// A transaction keeps the file where it is mapped.
	return s.view(func(t *txn) error {
		size := t.tx.Size()
		if size == 0 {
			return nil
		}

		if err := forget(t.tx.DB(), size); err != nil {
			return fmt.Errorf("boltstore: let pages go: %w", err)
		}

		return nil
	})
}

// forget takes the pages of a mapping that nobody writes to out of the process.
func forget(db *bolt.DB, size int64) error {
	_, _, errno := syscall.Syscall(syscall.SYS_MADVISE, db.Info().Data, uintptr(size), syscall.MADV_DONTNEED)
	if errno != 0 {
		return errno
	}

	return nil
}
