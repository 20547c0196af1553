package telemetry

import (
	"context"
	"errors"
	"sync"
)

// ErrStopping is the state of a program that was told to stop.
var ErrStopping = errors.New("stopping")

// Readiness says whether the program can do its work now. All methods are safe for concurrent use.
type Readiness struct {
	mu     sync.Mutex
	checks []check
}

type check struct {
	name string
	run  func(context.Context) error
}

// CheckResult is what one check found.
type CheckResult struct {
	// Name is the check's.
	Name string
	// Err is nil when all is well; it is for operators, not for the public.
	Err error
}

// Add adds a named check, which returns nil when all is well. It must end with its context.
func (r *Readiness) Add(name string, run func(context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.checks = append(r.checks, check{name, run})
}

// Stopping turns readiness red for good, so that no new work is sent here.
func (r *Readiness) Stopping() {
	r.Add("shutdown", func(context.Context) error { return ErrStopping })
}

// Report runs every check, in the order in which they were added.
func (r *Readiness) Report(ctx context.Context) []CheckResult {
	r.mu.Lock()
	checks := r.checks
	r.mu.Unlock()

	results := make([]CheckResult, len(checks))
	for i, c := range checks {
		results[i] = CheckResult{Name: c.name, Err: c.run(ctx)}
	}

	return results
}

// Ready tells whether every check passes.
func (r *Readiness) Ready(ctx context.Context) bool {
	for _, result := range r.Report(ctx) {
		if result.Err != nil {
			return false
		}
	}

	return true
}
