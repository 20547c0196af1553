package boltstore

import (
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// Trim lets go of the pages of the file that reading has left in the process:
// they stay in the system's cache, from which the next reading has them again
// without the disk. Opening alone leaves all of the file there.
func (s *Store) Trim() error {
	// A transaction keeps the file where it is mapped.
	return s.view(func(t *txn) error {
		forget(t.tx.DB(), t.tx.Size())

		return nil
	})
}

// forget takes the pages of a mapping that nobody writes to out of the process.
// A system that refuses, as for memory that is locked, has us take more, and
// nothing worse.
func forget(db *bolt.DB, size int64) {
	if size > 0 {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, db.Info().Data, uintptr(size), syscall.MADV_DONTNEED)
	}
}
