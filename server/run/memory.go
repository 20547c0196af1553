package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"sellerchat/server/bridge"
)

// With a few megabytes alive the collector would run many times a second, for
// nothing. So it lets five times as much gather, but no more than memoryRoom
// beside what is alive, or as much as that again: with less the collector would
// run without end.
const (
	gatherPercent = 400
	memoryRoom    = 56 << 20
	memoryEvery   = 250 * time.Millisecond
	liveHeap      = "/gc/heap/live:bytes"
	allocated     = "/gc/heap/allocs:bytes"
)

// A program that allocates less than restBelow between two looks is at rest,
// and gives back what it took for its last work, at most every restEvery: work
// that comes once in a while would leave as much garbage as is allowed to
// gather.
const (
	restBelow = 256 << 10
	restEvery = 10 * time.Second
)

// memory keeps what the program takes in keeping with what it needs.
type memory struct {
	// free gives back what the runtime has taken, and trim lets go of what the
	// store has mapped: that grows with all that is read and written, and
	// having a page again costs next to nothing.
	free  func()
	trim  func() error
	clock bridge.Clock

	taken  uint64
	rested time.Time
	// worked is true when something was done since the last rest.
	worked bool
}

// tend sets how much garbage may gather, and keeps the bound in keeping with
// what is alive until the context ends. Whoever sets GOGC or GOMEMLIMIT knows
// better.
func (m *memory) tend(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gatherPercent)
	}

	ticks := time.NewTicker(memoryEvery)
	defer ticks.Stop()

	for {
		if os.Getenv("GOMEMLIMIT") == "" {
			debug.SetMemoryLimit(memoryLimit(int64(read(liveHeap))))
		}

		m.rest()

		if err := m.trim(); err != nil && !errors.Is(err, bridge.ErrClosed) {
			return fmt.Errorf("let go of the store's file: %w", err)
		}

		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

// memoryLimit is how much the runtime may take with so much alive.
func memoryLimit(live int64) int64 { return live + max(memoryRoom, live) }

// rest gives memory back when nothing has been going on since the last look.
func (m *memory) rest() {
	before := m.taken
	m.taken = read(allocated)

	if m.taken-before >= restBelow {
		m.worked = true

		return
	}

	if !m.worked || m.clock().Sub(m.rested) < restEvery {
		return
	}

	m.worked, m.rested = false, m.clock()
	m.free()
}

// read returns one of the runtime's own figures, in bytes.
func read(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)

	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}

	return sample[0].Value.Uint64()
}
