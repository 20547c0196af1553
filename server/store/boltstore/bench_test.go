package boltstore_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

// benchBody is about what a webhook leaves of itself.
var benchBody = strings.Repeat("Where is my parcel? ", 12)

// benchIDs makes every message of a run another one. Like the platforms' own
// ids they rise on one side and are random on the other.
var benchIDs atomic.Uint64

func benchEntry(installations int) bridge.Entry {
	n := benchIDs.Add(1)
	at := time.Now()
	in := n * 7919 % uint64(installations)
	installation := bridge.InstallationID(fmt.Sprintf("01JD%022d", in))

	return bridge.Entry{
		Lane: bridge.LaneKey{
			Link: bridge.LinkKey{
				Installation: installation, Shop: bridge.ShopID(fmt.Sprintf("7494%015d", in)),
				Conversation: bridge.ConversationID(fmt.Sprintf("7251%015d", n/uint64(installations)%8)),
			},
			Direction: bridge.In,
		},
		Origin: bridge.OriginKey{
			Installation: installation, Side: bridge.TikTok, ID: bridge.MessageID(fmt.Sprintf("%019d", n)), CreatedAt: at,
		},
		Message: bridge.Message{
			ID: bridge.MessageID(fmt.Sprintf("%019d", n)), Author: bridge.Buyer, AuthorID: "7494000000000000001", CreatedAt: at,
			Order: n, Parts: []bridge.Part{{Kind: bridge.PartText, Text: benchBody}},
		},
		Path: bridge.PathWebhook,
	}
}

// scales are the sizes at which the cost of a message must be the same.
var scales = []struct{ installations, queued int }{{10, 0}, {10_000, 0}, {10_000, 1_000_000}}

// benchStore opens a store with so many messages waiting in paused lanes of
// their own.
func benchStore(b *testing.B, installations, queued int) *boltstore.Store {
	b.Helper()

	s, err := boltstore.Open(b.Context(), boltstore.Options{Path: filepath.Join(b.TempDir(), "store.db")})
	if err != nil {
		b.Fatal(err)
	}

	const call = 2000

	for range queued / call {
		entries := make([]bridge.Entry, call)
		for i := range entries {
			entries[i] = benchEntry(installations)
			entries[i].Lane.Direction = bridge.Out
		}

		if _, err := s.Enqueue(b.Context(), entries...); err != nil {
			b.Fatal(err)
		}
	}

	for n := range installations {
		if queued == 0 {
			break
		}

		id := bridge.InstallationID(fmt.Sprintf("01JD%022d", n))
		s.Throttle(id, bridge.TikTok, time.Now().Add(24*time.Hour))
	}

	return s
}

// overScales runs a benchmark on one store for each scale.
func overScales(b *testing.B, run func(b *testing.B, s *boltstore.Store, installations int)) {
	for _, sc := range scales {
		s := benchStore(b, sc.installations, sc.queued)

		b.Run(fmt.Sprintf("installations=%d/queued=%d", sc.installations, sc.queued), func(b *testing.B) {
			b.ReportAllocs()

			before := cpu()
			run(b, s, sc.installations)
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(heapMiB(), "heap-MiB")
		})

		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEnqueue accepts messages from 64 callers.
func BenchmarkEnqueue(b *testing.B) {
	overScales(b, func(b *testing.B, s *boltstore.Store, installations int) {
		b.SetParallelism(64 / runtime.GOMAXPROCS(0))
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Enqueue(b.Context(), benchEntry(installations)); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkDeliver claims, begins and acknowledges messages with 64 workers.
func BenchmarkDeliver(b *testing.B) {
	overScales(b, func(b *testing.B, s *boltstore.Store, installations int) {
		for n := 0; n < b.N; n += 500 {
			entries := make([]bridge.Entry, min(500, b.N-n))
			for i := range entries {
				entries[i] = benchEntry(installations)
			}

			if _, err := s.Enqueue(b.Context(), entries...); err != nil {
				b.Fatal(err)
			}
		}

		b.SetParallelism(64 / runtime.GOMAXPROCS(0))
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := deliverOne(b, s); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// deliverOne does what the relay does for one message.
func deliverOne(b *testing.B, s *boltstore.Store) error {
	ctx := b.Context()

	for {
		claims, err := s.Claim(ctx, bridge.Ask{Limit: 1, Lease: time.Minute})
		if err != nil {
			return err
		}

		if len(claims) == 0 {
			select {
			case <-s.Ready(bridge.Freshchat):
			case <-time.After(time.Millisecond):
			}

			continue
		}

		c := claims[0]
		if err := s.Begin(ctx, c, bridge.Intent{Piece: bridge.Words(benchBody), At: time.Now()}, nil); err != nil {
			return err
		}

		remote := bridge.MessageID(fmt.Sprintf("%08x-4f1d-4c6f-9a51-%012d", uint32(c.Delivery.ID)*2654435761, c.Delivery.ID))

		return s.Ack(ctx, c, bridge.Settlement{
			State: bridge.Delivered, Remote: []bridge.MessageID{remote},
			Origins: []bridge.OriginKey{{
				Installation: c.Delivery.Lane.Link.Installation, Side: bridge.Freshchat, ID: remote, CreatedAt: time.Now(),
			}},
		})
	}
}

// BenchmarkOpen opens a store in which a million messages wait.
func BenchmarkOpen(b *testing.B) {
	const queued = 1_000_000

	path := filepath.Join(b.TempDir(), "store.db")
	s, err := boltstore.Open(b.Context(), boltstore.Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}

	for range queued / 2000 {
		entries := make([]bridge.Entry, 2000)
		for i := range entries {
			entries[i] = benchEntry(10_000)
		}

		if _, err := s.Enqueue(b.Context(), entries...); err != nil {
			b.Fatal(err)
		}
	}

	for b.Loop() {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}

		if s, err = boltstore.Open(b.Context(), boltstore.Options{Path: path}); err != nil {
			b.Fatal(err)
		}
	}

	b.ReportMetric(heapMiB(), "heap-MiB")

	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// cpu is the processor time that this process has used: on a machine that
// others use too, it tells more than the time that passed.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)

	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heapMiB is what stays in memory after a collection.
func heapMiB() float64 {
	runtime.GC()

	var m runtime.MemStats
	runtime.ReadMemStats(&m)

	return float64(m.HeapInuse) / (1 << 20)
}
