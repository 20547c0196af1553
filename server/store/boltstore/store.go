// Package boltstore keeps the product's state in one bbolt file, for one
// process. It implements the ports of package bridge and nothing else: it
// knows no platform, decides no policy, and calls nothing outside.
//
// One goroutine writes. It gathers whatever operations wait into one
// transaction, so that a sync is shared by all who wait for it. Which
// deliveries belong to which lane is an index in memory, rebuilt when the
// file is opened and changed only after a commit succeeded.
package boltstore

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"sellerchat/server/bridge"
)

var (
	_ bridge.Lanes         = (*Store)(nil)
	_ bridge.Links         = (*Store)(nil)
	_ bridge.Installations = (*Store)(nil)
	_ bridge.Tickets       = (*Store)(nil)
	_ bridge.Reconciling   = (*Store)(nil)
	_ bridge.Usages        = (*Store)(nil)
	_ bridge.Sweeper       = (*Store)(nil)
	_ bridge.MediaIndex    = (*Store)(nil)
	_ bridge.MediaSweeper  = (*Store)(nil)
)

// Store is an open file. It is safe for concurrent use.
type Store struct {
	db     *bolt.DB
	clock  bridge.Clock
	log    *slog.Logger
	writer *writer
	index  *index
	cache  *cache

	mu     sync.Mutex
	health error
	fatal  bool
}

func (s *Store) now() time.Time { return s.clock() }

// Err returns why the store cannot write at the moment, nil when it can. After
// a full disk it heals with the next commit that succeeds; after any other
// fault only opening the file again tells what is in it, and every operation
// is refused until then.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.health
}

// Size is how large the file is as far as it was written, and how much of that
// is free for what is to come, in bytes. Both are zero once the store is closed.
func (s *Store) Size() (file, free int64) {
	// Reading ends before the file can be closed: what fails is closed already.
	_ = s.view(func(t *txn) error {
		stats := s.db.Stats()
		file = t.tx.Size()
		free = int64(stats.FreePageN+stats.PendingPageN) * int64(s.db.Info().PageSize)

		return nil
	})

	return file, free
}

func (s *Store) broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	if !s.fatal {
		return nil
	}

	return fmt.Errorf("boltstore: stopped writing: %w", s.health)
}

func (s *Store) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.health = err
	s.fatal = !passes(err)
	s.log.Error("commit failed", "error", err, "fatal", s.fatal)
}

func (s *Store) healthy() {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.health != nil {
		s.health = nil
		s.log.Info("commits succeed again")
	}
}

// Close ends the store: what waits is still written, what comes later is
// ErrClosed.
func (s *Store) Close() error {
	w := s.writer

	w.mu.Lock()
	again := w.closed
	w.closed = true
	w.mu.Unlock()
	w.signal()
	<-w.stopped

	if again {
		return nil
	}

	s.index.mu.Lock()
	for _, side := range sides {
		s.index.plans[side].timer.Stop()
	}
	s.index.mu.Unlock()

	if err := s.db.Close(); err != nil {
		return fmt.Errorf("boltstore: close: %w", err)
	}

	return nil
}

// view runs a function in a read transaction.
func (s *Store) view(read func(*txn) error) error {
	tx, err := s.db.Begin(false)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return bridge.ErrClosed
	}

	if err != nil {
		return fmt.Errorf("boltstore: begin reading: %w", err)
	}
	defer func() { _ = tx.Rollback() }()

	return read(&txn{tx: tx})
}

// choresWait reports whether the writer has something to do of its own.
func (s *Store) choresWait() bool {
	if s.Err() != nil {
		return false // not before an operation has succeeded again
	}

	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	return s.index.pending.full() || len(s.index.leaving) > 0
}

// nextChores returns the next step of what the writer does of its own; none
// beside an operation that shares its commit with nobody, or while commits
// fail: on a full disk a small one may succeed.
func (s *Store) nextChores(alone bool) []*op {
	if alone || s.Err() != nil {
		return nil
	}

	var chores []*op

	if o := s.index.pending.flush(&s.index.mu); o != nil {
		chores = append(chores, o)
	}

	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	if o := s.skipLeaving(); o != nil {
		chores = append(chores, o)
	}

	return chores
}
