// Package storetest is the suite that every engine passes: one case for each
// sentence of the ports in package bridge. It knows no engine, and nothing but
// tests may import it.
package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

// Store is everything that an engine implements.
type Store interface {
	bridge.Lanes
	bridge.Links
	bridge.Installations
	bridge.Tickets
	bridge.MediaIndex
	bridge.MediaSweeper
	bridge.Usages
	bridge.Sweeper
	bridge.Reconciling
	Close() error
}

// Harness makes stores for a case. Stores that it opens share one file, or
// whatever the engine keeps its state in, and are open one at a time.
type Harness interface {
	// Open opens the state with a clock, or opens it again.
	Open(t testing.TB, clock bridge.Clock) Store
}

// start is when every case begins.
var start = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.now = c.now.Add(d)
}

// reporter is the part of a test that cases and properties have in common.
type reporter interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// bench is what a case works with: an open store and its clock.
type bench struct {
	Store
	t       reporter
	test    testing.TB
	harness Harness
	clock   *clock
	ctx     context.Context
}

// newBench opens a store, which the caller closes.
func newBench(t testing.TB, r reporter, h Harness) *bench {
	t.Helper()

	b := &bench{t: r, test: t, harness: h, clock: &clock{now: start}, ctx: t.Context()}
	b.Store = h.Open(t, b.clock.Now)

	return b
}

// reopen closes the store and opens it again.
func (b *bench) reopen() {
	b.t.Helper()
	b.must(b.Close())
	b.Store = b.harness.Open(b.test, b.clock.Now)
}

func (b *bench) must(err error) {
	b.t.Helper()

	if err != nil {
		b.t.Fatal(err)
	}
}
