package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
)

// errReturned is the fault of a worker that ended although nobody stopped it.
var errReturned = errors.New("ended without being stopped")

// Supervisor owns the program's long-lived goroutines. A worker that dies is logged and turns the
// supervisor's Err red; the others go on. Stop ends them one after the other.
type Supervisor struct {
	log  *slog.Logger
	base context.Context

	mu      sync.Mutex
	workers []*worker
}

type worker struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{}

	stopping bool  // guarded by the supervisor's mu
	died     error // guarded by the supervisor's mu
}

// NewSupervisor returns a supervisor without workers. They see the context's values but not its
// end: only Stop ends them, in order.
func NewSupervisor(ctx context.Context, log *slog.Logger) *Supervisor {
	return &Supervisor{log: log, base: context.WithoutCancel(ctx)}
}

// Start runs a worker under a context of its own, which ends when the worker is to stop. A worker
// that returns earlier, with or without an error, or panics, has died and is not started again.
// Workers that others need are started first.
func (s *Supervisor) Start(name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(s.base)
	w := &worker{name: name, cancel: cancel, done: make(chan struct{})}

	s.mu.Lock()
	s.workers = append(s.workers, w)
	s.mu.Unlock()

	go func() {
		defer close(w.done)
		defer cancel()

		s.ended(ctx, w, guard(ctx, run))
	}()
}

// guard turns a panic into an error that holds the stack.
func guard(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()

	return run(ctx)
}

// ended records how a worker came to its end.
func (s *Supervisor) ended(ctx context.Context, w *worker, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	switch {
	case w.stopping && (err == nil || errors.Is(err, context.Canceled)):
		s.log.InfoContext(ctx, "worker stopped", "worker", w.name)
	case w.stopping:
		s.log.ErrorContext(ctx, "worker failed while stopping", "worker", w.name, "error", err)
	default:
		if err == nil {
			err = errReturned
		}

		w.died = err
		s.log.ErrorContext(ctx, "worker died", "worker", w.name, "error", err)
	}
}

// Err names the workers that died, or is nil while all run.
func (s *Supervisor) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	var dead []error

	for _, w := range s.workers {
		if w.died != nil {
			dead = append(dead, fmt.Errorf("worker %s died: %w", w.name, w.died))
		}
	}

	return errors.Join(dead...)
}

// Stop ends the workers, the last started first, each after the one before has returned. When the
// context ends, all that are left are told at once, and the error names those that still run.
func (s *Supervisor) Stop(ctx context.Context) error {
	s.mu.Lock()
	workers := slices.Clone(s.workers)
	s.mu.Unlock()

	slices.Reverse(workers)

	var late []error

	for _, w := range workers {
		s.mu.Lock()
		w.stopping = true
		s.mu.Unlock()

		w.cancel()

		if !w.wait(ctx) {
			late = append(late, fmt.Errorf("worker %s still runs: %w", w.name, context.Cause(ctx)))
		}
	}

	return errors.Join(late...)
}

// wait tells whether the worker returned before the context ended.
func (w *worker) wait(ctx context.Context) bool {
	select {
	case <-w.done:
		return true
	case <-ctx.Done():
	}

	// Both may be true; the worker's return counts.
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}
