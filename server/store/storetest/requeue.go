package storetest

import (
	"errors"

	"sellerchat/server/bridge"
)

var requeueRules = []rule{
	{"a failed or uncertain delivery comes back with its calls done, and an uncertain one with its intent, as asked for", func(b *bench) {
		for _, state := range []bridge.State{bridge.Failed, bridge.Uncertain} {
			id := b.put(lane(string(state), "1"), 1)
			c := b.expect(1)
			b.begin(c, 1, "r1")
			b.must(b.Bury(b.ctx, c, bridge.Settlement{State: state, Reason: "refused"}))
			b.must(b.Requeue(b.ctx, id))
			b.reopen()

			c = b.expect(1)
			b.ack(c)

			d := c.Delivery
			if asked := d.Intent != nil && d.Intent.Asked && d.Intent.Text == "text"; asked != (state == bridge.Uncertain) {
				b.t.Errorf("after %s its intent is %+v", state, d.Intent)
			}

			if d.ID != id || len(d.Done) != 1 || d.Done[0] != "r1" || len(d.Message.Parts) != 1 {
				b.t.Errorf("after %s it is %+v", state, d)
			}
		}
	}},
	{"it comes before later messages that wait", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))
		b.put(lane("a", "1"), 2)
		b.must(b.Requeue(b.ctx, id))
		b.ack(b.expect(1))
		b.expect(2)
	}},
	{"it is not final while it waits, and can be settled again", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))
		b.must(b.Requeue(b.ctx, id))

		if d := b.delivery(id); d.State != bridge.Queued || !d.SettledAt.IsZero() {
			b.t.Errorf("it is %s, settled at %v", d.State, d.SettledAt)
		}

		b.ack(b.expect(1))

		if d := b.delivery(id); d.State != bridge.Delivered {
			b.t.Errorf("it is %s", d.State)
		}
	}},
	{"none is not found", func(b *bench) { b.missing("requeue", b.Requeue(b.ctx, 99)) }},
	{"one that is neither failed nor uncertain is a conflict", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.conflict("queued", b.Requeue(b.ctx, id))

		c := b.expect(1)
		b.conflict("sending", b.Requeue(b.ctx, id))
		b.ack(c)
		b.conflict("delivered", b.Requeue(b.ctx, id))
	}},
	{"its origin stays known", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))
		b.must(b.Requeue(b.ctx, id))
		b.duplicate(entry(lane("a", "1"), 1))
	}},
}

func (b *bench) conflict(what string, err error) {
	b.t.Helper()

	if !errors.Is(err, bridge.ErrConflict) {
		b.t.Errorf("%s answered %v, want a conflict", what, err)
	}
}
