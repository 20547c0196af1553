package storetest

import (
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

var claimRules = []rule{
	{"no due lane is an empty answer and no error", func(b *bench) { b.idle() }},
	{"only the head of a lane is visible", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)
		b.expect(1)
		b.idle()
	}},
	{"a lane goes on after its head was settled", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)
		b.ack(b.expect(1))
		b.ack(b.expect(2))
		b.idle()
	}},
	{"lanes do not wait for each other", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "2"), 1)

		out := lane("a", "1")
		out.Direction = bridge.Out
		e := entry(out, 1)
		e.Origin.Side = bridge.Freshchat
		b.enqueue(e)

		if got := b.claims(10); len(got) != 3 {
			b.t.Errorf("%d lanes were due, want 3", len(got))
		}
	}},
	{"notes about one cause do not wait for those about another", func(b *bench) {
		link := lane("a", "1").Link
		b.put(link.Notes("one"), 1)
		c := b.expect(1)
		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: start.Add(time.Hour)}))
		b.put(link.Notes("one"), 2)
		b.put(link.Notes("another"), 3)
		b.reopen()

		if c := b.expect(3); c.Delivery.Lane != link.Notes("another") {
			b.t.Errorf("its lane is %+v", c.Delivery.Lane)
		}
	}},
	{"no more than the limit are claimed", func(b *bench) {
		for i := range 5 {
			b.put(lane("a", fmt.Sprint(i)), 1)
		}

		if got := b.claims(3); len(got) != 3 {
			b.t.Errorf("%d were claimed, want 3", len(got))
		}
	}},
	{"messages of a lane come in the order of Order, not of arrival", func(b *bench) {
		for _, n := range []int{3, 1, 2} {
			b.put(lane("a", "1"), n)
		}

		for n := 1; n <= 3; n++ {
			b.ack(b.expect(n))
		}
	}},
	{"the order survives opening again", func(b *bench) {
		for _, n := range []int{3, 1, 2} {
			b.put(lane("a", "1"), n)
		}

		b.reopen()

		for n := 1; n <= 3; n++ {
			b.ack(b.expect(n))
		}
	}},
	{"the same order comes as it arrived", func(b *bench) {
		for n := 1; n <= 3; n++ {
			e := entry(lane("a", "1"), n)
			e.Message.Order = 9
			b.enqueue(e)
		}

		for n := 1; n <= 3; n++ {
			b.ack(b.expect(n))
		}
	}},
	{"without an order the creation time counts", func(b *bench) {
		for _, n := range []int{2, 1} {
			e := entry(lane("a", "1"), n)
			e.Message.Order = 0
			b.enqueue(e)
		}

		b.ack(b.expect(1))
		b.ack(b.expect(2))
	}},
	{"a head with an intent stays the head", func(b *bench) {
		b.put(lane("a", "1"), 2)
		c := b.expect(2)
		b.begin(c, 0)
		b.put(lane("a", "1"), 1)
		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: b.clock.Now(), Intent: &bridge.Intent{Piece: bridge.Words("x")}}))
		b.reopen()
		b.expect(2)
	}},
	{"a head with calls done stays the head", func(b *bench) {
		b.put(lane("a", "1"), 2)
		c := b.expect(2)
		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: b.clock.Now(), Done: []bridge.MessageID{"r1"}}))
		b.put(lane("a", "1"), 1)
		b.reopen()
		b.expect(2)
	}},
	{"a head waits for an earlier message as long as its entry says", func(b *bench) {
		e := entry(lane("a", "1"), 2)
		e.Wait = 250 * time.Millisecond
		b.enqueue(e)
		b.clock.pass(249 * time.Millisecond)
		b.idle()
		b.clock.pass(time.Millisecond)
		b.expect(2)
	}},
	{"nothing waits for an earlier message after opening again", func(b *bench) {
		e := entry(lane("a", "1"), 2)
		e.Wait = time.Hour
		b.enqueue(e)
		b.reopen()
		b.expect(2)
	}},
	{"a lease that ended can be claimed again, with a higher epoch", func(b *bench) {
		b.put(lane("a", "1"), 1)
		first := b.expect(1)
		b.clock.pass(lease - time.Millisecond)
		b.idle()
		b.clock.pass(time.Millisecond)

		if second := b.expect(1); second.Epoch <= first.Epoch {
			b.t.Errorf("epoch %d follows %d", second.Epoch, first.Epoch)
		}
	}},
	{"a claim says until when it is good", func(b *bench) {
		b.put(lane("a", "1"), 1)

		if c := b.expect(1); !c.Until.Equal(start.Add(lease)) {
			b.t.Errorf("claim is good until %v", c.Until)
		}
	}},
	{"an extended lease holds", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		b.clock.pass(lease / 2)
		b.must(b.Extend(b.ctx, c, lease))
		b.clock.pass(lease / 2)
		b.idle()
		b.clock.pass(lease / 2)
		b.expect(1)
	}},
	{"a lane that was claimed since cannot be extended", func(b *bench) {
		b.put(lane("a", "1"), 1)
		old := b.lose(1)
		b.fenced("extend", b.Extend(b.ctx, old, lease))
	}},
	{"a claim from before opening again is fenced", func(b *bench) {
		b.put(lane("a", "1"), 1)
		old := b.expect(1)
		b.reopen()
		b.fenced("ack", b.Ack(b.ctx, old, delivered()))
		c := b.expect(1)

		if c.Epoch <= old.Epoch {
			b.t.Errorf("epoch %d follows %d", c.Epoch, old.Epoch)
		}
	}},
	{"one installation's backlog does not hold back another's", func(b *bench) {
		for i := range 50 {
			b.put(lane("busy", fmt.Sprint(i)), 1)
		}

		b.put(lane("quiet", "1"), 1)

		got := b.claims(2)
		if len(got) != 2 || got[0].Delivery.Lane.Link.Installation == got[1].Delivery.Lane.Link.Installation {
			b.t.Errorf("of two claims none was the quiet installation's")
		}
	}},
	{"installations take turns", func(b *bench) { turns(b) }},
	{"late is what an earlier message went before", func(b *bench) { late(b) }},
	{"what was only skipped or failed makes nothing late", func(b *bench) {
		b.put(lane("a", "1"), 3)
		b.must(b.Bury(b.ctx, b.expect(3), failed()))
		b.put(lane("a", "1"), 2)

		if c := b.expect(2); c.Delivery.Late {
			b.t.Error("it is late after a failed one")
		} else {
			b.must(b.Ack(b.ctx, c, bridge.Settlement{State: bridge.Skipped, Reason: bridge.SkipEcho}))
		}

		b.put(lane("a", "1"), 1)

		if b.expect(1).Delivery.Late {
			b.t.Error("it is late after a skipped one")
		}
	}},
	{"a released lane is due at the given time, its attempts as they were", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.must(b.Release(b.ctx, b.expect(1), b.clock.Now().Add(time.Second)))
		b.idle()
		b.clock.pass(time.Second)

		if c := b.expect(1); c.Delivery.Attempts != 0 {
			b.t.Errorf("%d attempts were counted", c.Delivery.Attempts)
		}
	}},
	{"a lane that was claimed since cannot be released", func(b *bench) {
		b.put(lane("a", "1"), 1)
		old := b.lose(1)
		b.fenced("release", b.Release(b.ctx, old, b.clock.Now()))
	}},
	{"ready receives when a lane may have become due", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.signalled("a message came")

		c := b.expect(1)
		b.put(lane("a", "1"), 2)
		b.drain()
		b.ack(c)
		b.signalled("the head was settled")
	}},
	{"ready receives while more is due than was claimed", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "2"), 1)
		b.drain()
		b.claims(1)
		b.signalled("one lane is left")
	}},
}

// begin stores an intent for a call.
func (b *bench) begin(c bridge.Claim, call int, done ...bridge.MessageID) {
	b.t.Helper()
	b.must(b.Begin(b.ctx, c, bridge.Intent{Call: call, Piece: bridge.Words("text"), At: b.clock.Now(), Thread: "thread"}, done))
}

// lose claims a head, lets the lease end and somebody else claim it.
func (b *bench) lose(number int) bridge.Claim {
	b.t.Helper()

	old := b.expect(number)
	b.clock.pass(lease)
	b.expect(number)

	return old
}

func (b *bench) fenced(what string, err error) {
	b.t.Helper()

	if !errors.Is(err, bridge.ErrFenced) {
		b.t.Errorf("%s answered %v, want that the claim is no longer in force", what, err)
	}
}

func (b *bench) drain() {
	select {
	case <-b.Ready(bridge.Freshchat):
	default:
	}
}

// signalled waits for the signal, which may come from another goroutine.
func (b *bench) signalled(why string) {
	b.t.Helper()

	select {
	case <-b.Ready(bridge.Freshchat):
	case <-time.After(5 * time.Second):
		b.t.Errorf("no signal although %s", why)
	}
}

// turns checks that three installations with different backlogs are claimed
// in turns.
func turns(b *bench) {
	for name, lanes := range map[string]int{"a": 30, "b": 10, "c": 10} {
		for i := range lanes {
			b.put(lane(name, fmt.Sprint(i)), 1)
		}
	}

	count := map[bridge.InstallationID]int{}

	for range 10 {
		for _, c := range b.claims(3) {
			count[c.Delivery.Lane.Link.Installation]++
		}
	}

	if count["a"] != 10 || count["b"] != 10 || count["c"] != 10 {
		b.t.Errorf("of 30 claims the installations got %v", count)
	}
}

// late checks the flag, also when the lane was empty meanwhile and after
// opening again.
func late(b *bench) {
	l := lane("a", "1")

	b.put(l, 5)
	b.ack(b.expect(5))
	b.put(l, 4)

	c := b.expect(4)
	if !c.Delivery.Late {
		b.t.Error("4 after 5 is not late")
	}

	b.must(b.Bury(b.ctx, c, bridge.Settlement{State: bridge.Uncertain}))
	b.reopen()

	if d := b.delivery(c.Delivery.ID); !d.Late {
		b.t.Error("the final delivery is not late")
	}

	b.put(l, 3)

	if c = b.expect(3); !c.Delivery.Late {
		b.t.Error("3 after 5 is not late after opening again")
	}

	b.ack(c)
	b.put(l, 7)

	if c = b.expect(7); c.Delivery.Late {
		b.t.Error("7 after 5 is late")
	}

	b.begin(c, 0)
	b.must(b.Bury(b.ctx, c, failed()))
	b.put(l, 6)

	if !b.expect(6).Delivery.Late {
		b.t.Error("6 after a begun 7 is not late")
	}
}
