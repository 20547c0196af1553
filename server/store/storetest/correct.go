package storetest

import (
	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

var correctRules = []rule{
	{"an uncertain or failed delivery becomes delivered, with everything that a settlement changes", func(b *bench) {
		for _, state := range []bridge.State{bridge.Uncertain, bridge.Failed} {
			id := b.buried(lane(string(state), "1"), 1, state)
			key := bridge.OriginKey{Installation: bridge.InstallationID(state), Side: bridge.Freshchat, ID: "r", CreatedAt: start}
			note := lane(string(state), "1").Link.Notes("arrived")

			b.must(b.Correct(b.ctx, id, bridge.Settlement{
				State: bridge.Delivered, Remote: []bridge.MessageID{"r"}, Origins: []bridge.OriginKey{key},
				Link:  func(l *bridge.Link) { l.Agent = "g" },
				Notes: []bridge.Entry{{Lane: note, Message: message(2), About: id}},
			}))
			b.reopen()

			d := b.delivery(id)
			if diff := cmp.Diff([]bridge.MessageID{"r"}, d.Done); diff != "" || d.State != bridge.Delivered || d.Intent != nil || d.Reason != "" {
				b.t.Errorf("after %s it is %+v", state, d)
			}

			if got, err := b.Known(b.ctx, key); err != nil || got != id {
				b.t.Errorf("the remote id stands for %v, %v", got, err)
			}

			if l, err := b.Link(b.ctx, note.Link); err != nil || l.Agent != "g" {
				b.t.Errorf("link is %+v, %v", l, err)
			}

			c := b.claim()
			if c.Delivery.Lane != note || c.Delivery.About != id {
				b.t.Errorf("the note is %+v", c.Delivery)
			}

			b.ack(c)
		}
	}},
	{"an uncertain delivery becomes failed", func(b *bench) {
		id := b.buried(lane("a", "1"), 1, bridge.Uncertain)
		b.must(b.Correct(b.ctx, id, bridge.Settlement{State: bridge.Failed, Reason: "half of it"}))

		if d := b.delivery(id); d.State != bridge.Failed || d.Reason != "half of it" {
			b.t.Errorf("it is %+v", d)
		}
	}},
	{"what turns out to have been sent makes an earlier one late", func(b *bench) {
		b.put(lane("a", "1"), 3)
		c := b.expect(3)
		b.must(b.Bury(b.ctx, c, failed()))
		b.must(b.Correct(b.ctx, c.Delivery.ID, bridge.Settlement{State: bridge.Delivered}))
		b.reopen()
		b.put(lane("a", "1"), 2)

		if !b.expect(2).Delivery.Late {
			b.t.Error("2 after 3 is not late")
		}
	}},
	{"an origin that stands for another delivery stands for this one from then on", func(b *bench) {
		id := b.buried(lane("a", "1"), 1, bridge.Uncertain)
		echo := entry(lane("a", "1"), 2)
		b.enqueue(echo)
		b.must(b.Correct(b.ctx, id, bridge.Settlement{State: bridge.Delivered, Origins: []bridge.OriginKey{echo.Origin}}))
		b.reopen()

		if got, err := b.Known(b.ctx, echo.Origin); err != nil || got != id {
			b.t.Errorf("known answered %v, %v, want %v", got, err, id)
		}
	}},
	{"none is not found", func(b *bench) {
		b.missing("correct", b.Correct(b.ctx, 99, bridge.Settlement{State: bridge.Delivered}))
	}},
	{"one that did not end so is a conflict, and nothing changes", func(b *bench) {
		st := bridge.Settlement{State: bridge.Delivered, Link: func(l *bridge.Link) { l.Agent = "g" }}
		id := b.put(lane("a", "1"), 1)
		b.conflict("queued", b.Correct(b.ctx, id, st))
		b.ack(b.expect(1))
		b.conflict("delivered", b.Correct(b.ctx, id, st))

		id = b.buried(lane("a", "1"), 2, bridge.Failed)
		b.conflict("failed again", b.Correct(b.ctx, id, bridge.Settlement{State: bridge.Failed}))
		b.must(b.Requeue(b.ctx, id))
		b.conflict("requeued", b.Correct(b.ctx, id, st))
		b.missing("link", second(b.Link(b.ctx, lane("a", "1").Link)))
	}},
	{"nothing is corrected to a state that is not an end", func(b *bench) {
		id := b.buried(lane("a", "1"), 1, bridge.Uncertain)

		for _, state := range []bridge.State{bridge.Queued, bridge.Sending, bridge.Skipped, bridge.Uncertain, ""} {
			if b.Correct(b.ctx, id, bridge.Settlement{State: state}) == nil {
				b.t.Errorf("it was corrected to %q", state)
			}
		}

		b.state(id, bridge.Uncertain)
	}},
	{"what was corrected is counted as what it became", func(b *bench) {
		id := b.buried(lane("a", "1"), 1, bridge.Uncertain)
		b.buried(lane("a", "1"), 2, bridge.Uncertain)
		b.must(b.Correct(b.ctx, id, bridge.Settlement{State: bridge.Delivered}))
		b.reopen()

		got, err := b.Completeness(b.ctx, "a")
		want := []bridge.Count{
			{Direction: bridge.In, State: bridge.Delivered, N: 1},
			{Direction: bridge.In, State: bridge.Uncertain, N: 1},
		}

		if diff := cmp.Diff(want, got.Counts); diff != "" || err != nil {
			b.t.Errorf("%v, counts (-want +got):\n%s", err, diff)
		}
	}},
	{"what was corrected keeps its time and is swept with the others", func(b *bench) {
		id := b.buried(lane("a", "1"), 1, bridge.Uncertain)
		b.must(b.Correct(b.ctx, id, bridge.Settlement{State: bridge.Delivered}))
		b.clock.pass(bridge.TextFor + day)
		b.must(second(b.Sweep(b.ctx, 100)))

		if d := b.delivery(id); len(d.Message.Parts) != 0 || d.State != bridge.Delivered {
			b.t.Errorf("it is %+v", d)
		}

		other := b.buried(lane("a", "1"), 2, bridge.Uncertain)
		b.clock.pass(bridge.TextFor + day)
		b.must(second(b.Sweep(b.ctx, 100)))
		b.conflict("without its text", b.Correct(b.ctx, other, bridge.Settlement{State: bridge.Delivered}))
	}},
}

// buried settles a message that was begun.
func (b *bench) buried(l bridge.LaneKey, number int, state bridge.State) bridge.DeliveryID {
	b.t.Helper()

	id := b.put(l, number)
	c := b.expect(number)
	b.begin(c, 0)
	b.must(b.Bury(b.ctx, c, bridge.Settlement{State: state, Reason: "the answer is lost"}))

	return id
}
