package storetest

import (
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

const day = 24 * time.Hour

var sweepRules = []rule{
	{"nothing expired is nothing removed", func(b *bench) {
		b.must(b.PutTicket(b.ctx, ticket("k", "v")))
		b.put(lane("a", "1"), 1)
		b.swept(0)
		b.ticketIs(ticket("k", "v"))
	}},
	{"no more than the limit are removed at once, and fewer means nothing is left", func(b *bench) {
		for n := range 5 {
			b.must(b.PutTicket(b.ctx, ticket(fmt.Sprint(n), "v")))
		}

		b.clock.pass(2 * time.Hour)

		for _, want := range []int{3, 2, 0} {
			if n, err := b.Sweep(b.ctx, 3); err != nil || n != want {
				b.t.Errorf("sweep removed %d, %v, want %d", n, err, want)
			}
		}
	}},
	{"origin keys are kept as long as is promised, and no longer", func(b *bench) {
		timed, untimed := entry(lane("a", "1"), 1), entry(lane("a", "1"), 2)
		untimed.Origin.CreatedAt = time.Time{}
		b.enqueue(timed)
		b.enqueue(untimed)
		b.clock.pass(bridge.OriginKeysFor - time.Hour)
		b.swept(0)
		b.duplicate(timed)
		b.duplicate(untimed)
		b.clock.pass(3 * time.Hour)
		b.swept(2)
		b.missing("timed", second(b.Known(b.ctx, timed.Origin)))
		b.missing("untimed", second(b.Known(b.ctx, untimed.Origin)))
	}},
	{"the text goes 7 days after the final state, the rest after 90", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		e.Origin = bridge.OriginKey{}
		id := b.enqueue(e)
		b.clock.pass(30 * day)
		b.swept(0)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))
		b.clock.pass(7*day - time.Hour)
		b.swept(0)

		if d := b.delivery(id); len(d.Message.Parts) != 1 {
			b.t.Errorf("the text is gone: %+v", d)
		}

		b.clock.pass(3 * time.Hour)
		b.swept(1)

		if d := b.delivery(id); len(d.Message.Parts) != 0 || d.Message.ID != "m1" || d.State != bridge.Failed {
			b.t.Errorf("after 7 days it is %+v", d)
		}

		b.conflict("requeue without a text", b.Requeue(b.ctx, id))
		b.swept(0)
		b.clock.pass(83 * day)
		b.swept(1)
		b.missing("delivery", second(b.Delivery(b.ctx, id)))
	}},
	{"what is queued is never removed", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.clock.pass(200 * day)
		b.swept(1) // its origin key
		b.reopen()

		if d := b.delivery(id); len(d.Message.Parts) != 1 {
			b.t.Errorf("it lost its text: %+v", d)
		}

		b.expect(1)
	}},
	{"what was requeued keeps its text", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))
		b.must(b.Requeue(b.ctx, id))
		b.clock.pass(100 * day)
		b.swept(1) // its origin key

		if d := b.expect(1).Delivery; len(d.Message.Parts) != 1 {
			b.t.Errorf("it lost its text: %+v", d)
		}
	}},
	{"a tombstone goes after its time, with its links", func(b *bench) {
		in := installed("a", "acc", "shop-a")
		in.Setup = nil
		b.install(in)
		b.activate()
		b.link()
		b.must(b.Uninstall(b.ctx, "a", b.clock.Now(), asIs))
		b.clock.pass(bridge.TombstoneFor - time.Hour)
		b.must(second(b.Sweep(b.ctx, 100)))
		b.must(second(b.Installation(b.ctx, "a")))
		b.clock.pass(time.Hour)
		b.must(second(b.Sweep(b.ctx, 100)))
		b.missing("tombstone", second(b.Installation(b.ctx, "a")))
		b.missing("link", second(b.Link(b.ctx, lane("a", "1").Link)))
		b.missing("thread", second(b.LinkByThread(b.ctx, "a", "t1")))
		b.swept(0)
	}},
}

// swept sweeps and checks how many things went.
func (b *bench) swept(want int) {
	b.t.Helper()

	if n, err := b.Sweep(b.ctx, 100); err != nil || n != want {
		b.t.Errorf("sweep removed %d, %v, want %d", n, err, want)
	}
}
