package storetest

import (
	"slices"
	"time"

	"sellerchat/server/bridge"
)

var tellRules = []rule{
	{"a lane in which something waits for too long is overdue, paused or not", func(b *bench) {
		l := lane("a", "1")
		b.put(l, 1)
		b.overdue(start)
		b.clock.pass(time.Minute)
		b.overdue(start.Add(time.Second), l)
		b.must(b.Pause(b.ctx, bridge.Pause{Installation: "a", Direction: bridge.In, Cause: bridge.PauseTopic}))
		b.put(lane("b", "1"), 2)
		b.overdue(b.clock.Now(), l)
		b.reopen()
		b.overdue(b.clock.Now(), l)
	}},
	{"lanes in another direction are not overdue", func(b *bench) {
		out := lane("a", "1").Link.Lane(bridge.Out)
		b.put(out, 1)
		b.clock.pass(time.Minute)
		b.overdue(b.clock.Now())
	}},
	{"no more lanes than the limit are overdue", func(b *bench) {
		for _, c := range []string{"1", "2", "3"} {
			b.put(lane("a", c), 1)
		}

		b.clock.pass(time.Minute)

		if got, err := b.Overdue(b.ctx, bridge.In, b.clock.Now(), 2); err != nil || len(got) != 2 {
			b.t.Errorf("overdue are %v, %v", got, err)
		}
	}},
	{"what was told of is marked, and its lane is not overdue any more, also after opening again", func(b *bench) {
		l := lane("a", "1")
		ids := []bridge.DeliveryID{b.put(l, 1), b.put(l, 2)}
		b.clock.pass(time.Minute)
		b.must(b.Tell(b.ctx, ids))
		b.overdue(b.clock.Now())
		b.reopen()
		b.overdue(b.clock.Now())

		if !b.delivery(ids[1]).Told {
			b.t.Error("it is not marked")
		}

		b.put(l, 3)
		b.clock.pass(time.Minute)
		b.overdue(b.clock.Now(), l)

		c := b.expect(1)
		if !c.Delivery.Told {
			b.t.Error("the claim is not marked")
		}

		b.ack(c)

		if !b.delivery(ids[0]).Told {
			b.t.Error("the mark is lost with the settlement")
		}
	}},
	{"the mark outlives attempts, and goes when somebody asks for a retry", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.must(b.Tell(b.ctx, []bridge.DeliveryID{id}))

		c := b.expect(1)
		b.begin(c, 0)
		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: start, Attempt: true}))

		c = b.expect(1)
		if !c.Delivery.Told || c.Delivery.Attempts != 1 {
			b.t.Errorf("it is %+v", c.Delivery)
		}

		b.must(b.Bury(b.ctx, c, failed()))
		b.must(b.Requeue(b.ctx, id))

		if b.expect(1).Delivery.Told {
			b.t.Error("it is still marked")
		}
	}},
	{"the notes come with the marks, except those about what is not queued any more", func(b *bench) {
		l := lane("a", "1")
		gone, here := b.put(l, 1), b.put(l, 2)
		b.ack(b.expect(1))

		notes := l.Link.Notes("waiting")
		b.must(b.Tell(b.ctx, []bridge.DeliveryID{gone, here},
			bridge.Entry{Lane: notes, Message: message(3), About: gone},
			bridge.Entry{Lane: notes, Message: message(4), About: here},
		))
		b.reopen()
		b.waits(notes, 10, 4)
		b.state(gone, bridge.Delivered)
	}},
	{"what is left of an ended installation is not overdue", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		b.put(lane("a", "1"), 1)
		b.clock.pass(time.Minute)
		b.must(b.Uninstall(b.ctx, "a", b.clock.Now(), asIs))
		b.overdue(b.clock.Now())
	}},
}

// overdue checks which lanes toward Freshchat are.
func (b *bench) overdue(before time.Time, want ...bridge.LaneKey) {
	b.t.Helper()

	if got, err := b.Overdue(b.ctx, bridge.In, before, 10); err != nil || !slices.Equal(got, want) {
		b.t.Errorf("overdue are %v, %v, want %v", got, err, want)
	}
}
