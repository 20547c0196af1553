package boltstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"sellerchat/server/bridge"
)

// maxBatch bounds how many operations share a commit, and so how long the
// first of them waits for the others.
const maxBatch = 1024

// errBusy says that the lane is part of the commit under way: the operation
// waits for the next one, where it sees what became of the first.
var errBusy = errors.New("lane is being settled")

// errNothing ends a transaction in which nothing was written, without a sync.
var errNothing = errors.New("nothing to commit")

// op is one operation on its way through the writer. Its functions run in the
// writer's goroutine.
type op struct {
	// run checks, then writes. An error refuses the operation, which must not
	// have written anything by then.
	run func(*txn) error
	// apply brings the memory up to date once the commit succeeded; undo
	// takes back what run marked in memory when it failed. Both hold the
	// index's lock, and either may be nil.
	apply func()
	undo  func()
	// alone is true for operations that must see the memory as the file is:
	// they share their commit with nobody.
	alone bool

	err   error
	state atomic.Int32
	done  chan struct{}
}

// The states of an op: whoever moves it away from opWaiting owns it.
const (
	opWaiting int32 = iota
	opStarted
	opDropped
)

// writer gathers whatever operations wait into one commit after the other.
// There is no timer: while one commit is on its way to the disk, the next one
// gathers.
type writer struct {
	mu      sync.Mutex
	waiting []*op
	closed  bool

	wake    chan struct{}
	stopped chan struct{}
}

func newWriter() *writer {
	return &writer{wake: make(chan struct{}, 1), stopped: make(chan struct{})}
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// do runs an operation and waits for its commit. A context that ends before
// the operation has begun takes it back.
func (s *Store) do(ctx context.Context, o *op) error {
	if err := ctx.Err(); err != nil {
		return err
	}

	o.done = make(chan struct{})
	w := s.writer

	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()

		return bridge.ErrClosed
	}

	w.waiting = append(w.waiting, o)
	first := len(w.waiting) == 1
	w.mu.Unlock()

	if first {
		w.signal()
	}

	select {
	case <-o.done:
	case <-ctx.Done():
		if o.state.CompareAndSwap(opWaiting, opDropped) {
			return ctx.Err()
		}

		<-o.done
	}

	return o.err
}

// take returns the operations of the next commit, waiting for the first one
// unless there is other work; false when the writer is to stop.
func (s *Store) take() ([]*op, bool) {
	w := s.writer

	for {
		w.gather()

		w.mu.Lock()
		n := shareable(w.waiting)
		batch := w.waiting[:n:n]
		w.waiting = w.waiting[n:]

		if len(w.waiting) == 0 {
			w.waiting = nil
		}

		closed := w.closed
		w.mu.Unlock()

		if n > 0 || s.choresWait() {
			return batch, true
		}

		if closed {
			return nil, false
		}

		<-w.wake
	}
}

// yields bounds how often the writer lets others run before a commit: the
// second time brings those whom the first one woke, more of it keeps waiting
// who waits already.
const yields = 2

// gather lets whoever is ready to run add to the next commit, as long as that
// brings more. Where nobody else is ready this takes no time.
func (w *writer) gather() {
	before := -1

	for range yields {
		w.mu.Lock()
		n := len(w.waiting)
		w.mu.Unlock()

		if n == before {
			return
		}

		before = n
		runtime.Gosched()
	}
}

// shareable counts the operations at the front that may share a commit.
func shareable(ops []*op) int {
	for i, o := range ops {
		switch {
		case i == maxBatch:
			return i
		case o.alone && i == 0:
			return 1
		case o.alone:
			return i
		}
	}

	return len(ops)
}

// write is the writer's goroutine.
func (s *Store) write() {
	defer close(s.writer.stopped)

	for {
		batch, more := s.take()
		if !more {
			s.unclear()

			return
		}

		for deferred := s.commit(batch); len(deferred) > 0; {
			deferred = s.commit(deferred)
		}
	}
}

// commit runs the operations in one transaction and answers them. It returns
// those that must wait for the next one.
func (s *Store) commit(batch []*op) (deferred []*op) {
	if err := s.broken(); err != nil {
		s.answer(batch, err)

		return nil
	}

	var ran []*op

	chores := s.nextChores(len(batch) == 1 && batch[0].alone)

	t := &txn{pending: &s.index.pending}

	err := s.db.Update(func(tx *bolt.Tx) error {
		t.tx = tx

		for _, o := range append(chores, batch...) {
			if !o.state.CompareAndSwap(opWaiting, opStarted) && o.state.Load() == opDropped {
				continue
			}

			o.err = o.run(t)

			switch {
			case t.fault != nil:
				ran = append(ran, o)

				return t.fault
			case errors.Is(o.err, errBusy):
				deferred = append(deferred, o)
			default:
				ran = append(ran, o)
			}
		}

		if !t.wrote {
			return errNothing
		}

		s.clear(t)

		return t.fault
	})
	if errors.Is(err, errNothing) {
		err = nil
	}

	if err == nil {
		s.healthy() // before anybody is answered, who may ask
	}

	s.settleBatch(ran, t, err)

	if err != nil {
		s.failed(err)
		s.answer(batch, fmt.Errorf("boltstore: commit: %w", err))

		return nil
	}

	return deferred
}

// settleBatch brings the memory up to date with what was committed, or not.
func (s *Store) settleBatch(ran []*op, t *txn, failed error) {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	if failed == nil {
		maps.Copy(s.index.pending.fresh.origins, t.origins)
		s.cache.links.forget(t.links...)
		s.index.clearedBy(t)
	}

	for _, o := range ran {
		switch {
		case o.err != nil:
			// Refused: it changed nothing.
		case failed != nil && o.undo != nil:
			o.undo()
		case failed == nil && o.apply != nil:
			o.apply()
		}
	}

	s.index.arm(s.now())

	if failed != nil {
		return
	}

	for _, o := range ran {
		if o.done != nil {
			close(o.done)
		}
	}
}

// answer ends operations with an error, those that were dropped excepted.
func (s *Store) answer(batch []*op, err error) {
	for _, o := range batch {
		if o.state.Swap(opStarted) != opDropped {
			o.err = err
			close(o.done)
		}
	}
}

// passes reports whether a failed commit may be followed by another one. A
// full disk changed nothing that counts. After any other fault, of a sync
// above all, nobody knows what the file holds, and only opening it again
// tells.
func passes(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		errors.Is(err, berrors.ErrMaxSizeReached)
}
