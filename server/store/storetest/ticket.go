package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func ticket(key, value string) bridge.Ticket {
	return bridge.Ticket{Kind: bridge.TicketFlow, Key: key, Value: []byte(value), ExpiresAt: start.Add(time.Hour)}
}

var ticketRules = []rule{
	{"a ticket is read as it was put, also after opening again", func(b *bench) {
		want := ticket("k", "v")
		b.must(b.PutTicket(b.ctx, want))
		b.reopen()
		b.ticketIs(want)
	}},
	{"putting replaces one of the same kind and key", func(b *bench) {
		b.must(b.PutTicket(b.ctx, ticket("k", "v")))

		want := ticket("k", "w")
		want.ExpiresAt = start.Add(2 * time.Hour)
		b.must(b.PutTicket(b.ctx, want))
		b.clock.pass(90 * time.Minute)
		b.must(second(b.Sweep(b.ctx, 10)))
		b.ticketIs(want)
	}},
	{"adding is a conflict while one lives", func(b *bench) {
		b.must(b.AddTicket(b.ctx, ticket("k", "v")))
		b.conflict("add", b.AddTicket(b.ctx, ticket("k", "w")))
		b.ticketIs(ticket("k", "v"))
		b.clock.pass(time.Hour)

		again := ticket("k", "w")
		again.ExpiresAt = start.Add(2 * time.Hour)
		b.must(b.AddTicket(b.ctx, again))
	}},
	{"kinds do not meet", func(b *bench) {
		b.must(b.PutTicket(b.ctx, ticket("k", "v")))
		b.missing("ticket", second(b.Ticket(b.ctx, bridge.TicketState, "k")))
	}},
	{"what is missing or expired is not found", func(b *bench) {
		b.missing("ticket", second(b.Ticket(b.ctx, bridge.TicketFlow, "k")))
		b.must(b.PutTicket(b.ctx, ticket("k", "v")))
		b.clock.pass(time.Hour)
		b.missing("ticket", second(b.Ticket(b.ctx, bridge.TicketFlow, "k")))
		b.missing("take", second(b.TakeTicket(b.ctx, bridge.TicketFlow, "k")))
		b.missing("swap", b.SwapTicket(b.ctx, ticket("k", "w"), []byte("v")))
	}},
	{"one caller at most takes a ticket", func(b *bench) {
		b.must(b.PutTicket(b.ctx, ticket("k", "v")))

		var (
			all   sync.WaitGroup
			taken atomic.Int32
		)

		for range 16 {
			all.Go(func() {
				if k, err := b.TakeTicket(b.ctx, bridge.TicketFlow, "k"); err == nil && string(k.Value) == "v" {
					taken.Add(1)
				}
			})
		}

		all.Wait()

		if taken.Load() != 1 {
			b.t.Errorf("%d callers took it", taken.Load())
		}

		b.missing("ticket", second(b.Ticket(b.ctx, bridge.TicketFlow, "k")))
	}},
	{"a ticket is swapped while its value is still the old one", func(b *bench) {
		b.missing("swap", b.SwapTicket(b.ctx, ticket("k", "w"), nil))
		b.must(b.PutTicket(b.ctx, ticket("k", "v")))
		b.must(b.SwapTicket(b.ctx, ticket("k", "w"), []byte("v")))
		b.conflict("swap", b.SwapTicket(b.ctx, ticket("k", "x"), []byte("v")))
		b.ticketIs(ticket("k", "w"))
	}},
}

func (b *bench) ticketIs(want bridge.Ticket) {
	b.t.Helper()

	got, err := b.Ticket(b.ctx, want.Kind, want.Key)
	b.must(err)

	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("ticket (-want +got):\n%s", diff)
	}
}
