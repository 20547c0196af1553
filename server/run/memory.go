package run

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// With a few megabytes alive the collector would run many times a second, for
// nothing. So it lets five times as much gather, within a bound that grows only
// when that much is really alive: a bound below it would have the collector run
// without end.
const (
	gatherPercent = 400
	memoryBound   = 128 << 20
	memoryEvery   = 5 * time.Second
	liveHeap      = "/gc/heap/live:bytes"
)

// tuneMemory sets how much garbage may gather, and keeps the bound in keeping
// with what is alive until the context ends. Whoever sets GOGC or GOMEMLIMIT
// knows better.
func tuneMemory(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gatherPercent)
	}

	ticks := time.NewTicker(memoryEvery)
	defer ticks.Stop()

	for {
		if os.Getenv("GOMEMLIMIT") == "" {
			debug.SetMemoryLimit(max(memoryBound, 2*alive()))
		}

		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

// alive is what the last collection left, in bytes.
func alive() int64 {
	sample := []metrics.Sample{{Name: liveHeap}}
	metrics.Read(sample)

	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}

	return int64(sample[0].Value.Uint64())
}
