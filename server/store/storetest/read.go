package storetest

import (
	"slices"
	"time"

	"sellerchat/server/bridge"
)

var readRules = []rule{
	{"an origin key stands for the delivery it was accepted with", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		b.missing("known", second(b.Known(b.ctx, e.Origin)))
		id := b.enqueue(e)

		if got, err := b.Known(b.ctx, e.Origin); err != nil || got != id {
			b.t.Errorf("known answered %v, %v, want %v", got, err, id)
		}

		e.Origin.Installation = "b"
		b.missing("another installation's", second(b.Known(b.ctx, e.Origin)))
	}},
	{"an origin key stands for the last delivery that it was settled with", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		b.enqueue(e)
		b.ack(b.expect(1))

		id := b.put(lane("a", "1"), 2)
		st := delivered()
		st.Origins = []bridge.OriginKey{e.Origin}
		st.Origins[0].CreatedAt = e.Origin.CreatedAt.Add(45 * time.Minute)
		b.must(b.Ack(b.ctx, b.expect(2), st))

		if got, err := b.Known(b.ctx, e.Origin); err != nil || got != id {
			b.t.Errorf("known answered %v, %v, want %v", got, err, id)
		}
	}},
	{"a call done is known before its delivery is settled", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.begin(b.expect(1), 1, "r1")

		key := bridge.OriginKey{Installation: "a", Side: bridge.Freshchat, ID: "r1", CreatedAt: start}
		if got, err := b.Known(b.ctx, key); err != nil || got != id {
			b.t.Errorf("known answered %v, %v, want %v", got, err, id)
		}
	}},
	{"the latest of a lane are what waits, then what became final last", func(b *bench) {
		l := lane("a", "1")
		ids := make([]bridge.DeliveryID, 14)

		for i := range ids {
			ids[i] = b.put(l, i+1)
		}

		for i := range 12 {
			b.ack(b.expect(i + 1))
		}

		b.put(lane("a", "2"), 99)
		b.latest(l, 3, ids[13], ids[12], ids[11])
		b.reopen()
		b.latest(l, 4, ids[13], ids[12], ids[11], ids[10])
		b.latest(lane("b", "1"), 4)
	}},
	{"one that was put back is among the latest once", func(b *bench) {
		l := lane("a", "1")
		first := b.put(l, 1)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))
		second := b.put(l, 2)
		b.ack(b.expect(2))
		b.must(b.Requeue(b.ctx, first))
		b.latest(l, 10, first, second)
		b.ack(b.expect(1))
		b.latest(l, 10, first, second)
		b.reopen()
		b.latest(l, 10, first, second)
	}},
	{"a conversation that is being made is found by its user until the outcome is known", func(b *bench) {
		l := lane("a", "1")
		b.put(l, 1)
		b.must(b.Begin(b.ctx, b.expect(1), bridge.Intent{Piece: bridge.Words("text"), At: start, User: "u"}, nil))
		b.reopen()

		if got, ok := b.Opening(b.ctx, "a", "u"); !ok || got != l.Link {
			b.t.Errorf("opening answered %+v, %v", got, ok)
		}

		for _, other := range []struct {
			id   bridge.InstallationID
			user bridge.UserID
		}{{"b", "u"}, {"a", "v"}, {"a", ""}} {
			if got, ok := b.Opening(b.ctx, other.id, other.user); ok {
				b.t.Errorf("opening of %v answered %+v", other, got)
			}
		}

		b.ack(b.expect(1))

		if got, ok := b.Opening(b.ctx, "a", "u"); ok {
			b.t.Errorf("opening answered %+v afterwards", got)
		}
	}},
	{"sent reports the intent of the lane's head, while it has one", func(b *bench) {
		l := lane("a", "1")
		b.put(l, 1)
		c := b.expect(1)
		b.unsent(l)
		b.begin(c, 2)
		b.reopen()

		if got, ok := b.Sent(b.ctx, l); !ok || got.Call != 2 || got.Text != "text" || got.Thread != "thread" {
			b.t.Errorf("sent answered %+v, %v", got, ok)
		}

		b.ack(b.expect(1))
		b.unsent(l)
	}},
	{"a delivery is queued, then sending, then what it was settled as", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.state(id, bridge.Queued)
		b.expect(1)
		b.state(id, bridge.Sending)
		b.clock.pass(lease)
		b.state(id, bridge.Queued)
		b.must(b.Retry(b.ctx, b.expect(1), bridge.Postponement{At: b.clock.Now()}))
		b.state(id, bridge.Queued)
		b.ack(b.expect(1))
		b.state(id, bridge.Delivered)
	}},
	{"no delivery is not found", func(b *bench) { b.missing("delivery", second(b.Delivery(b.ctx, 99))) }},
	{"what waits in a lane is read in the order in which it goes", func(b *bench) {
		l := lane("a", "1")
		b.waits(l, 10)
		b.put(l, 3)
		b.must(b.Retry(b.ctx, b.expect(3), bridge.Postponement{At: b.clock.Now(), Done: []bridge.MessageID{"r1"}}))
		b.put(l, 2)
		b.put(l, 1)
		b.put(lane("a", "2"), 4)
		b.waits(l, 10, 3, 1, 2)
		b.reopen()
		b.waits(l, 2, 3, 1)

		for _, c := range b.claims(10) {
			b.ack(c)
		}

		b.waits(l, 10, 1, 2)
	}},
	{"of what waits in a lane the claimed one is being sent", func(b *bench) {
		l := lane("a", "1")
		b.put(l, 1)
		b.put(l, 2)
		b.expect(1)

		got, err := b.Waiting(b.ctx, l, 10)
		b.must(err)

		if len(got) != 2 || got[0].State != bridge.Sending || got[1].State != bridge.Queued || len(got[1].Message.Parts) != 1 {
			b.t.Errorf("%+v wait", got)
		}
	}},
	{"stats count what is queued by direction, and the lanes that hold something", func(b *bench) {
		b.stats(0, 0, 0)
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)

		out := lane("a", "1")
		out.Direction = bridge.Out
		e := entry(out, 3)
		e.Origin.Side = bridge.Freshchat
		b.enqueue(e)
		b.stats(2, 1, 2)
		b.reopen()
		b.stats(2, 1, 2)

		for _, c := range b.claims(10) {
			b.ack(c)
		}

		b.stats(1, 0, 1)
	}},
}

// waits checks what waits in a lane, by the numbers of the messages.
func (b *bench) waits(l bridge.LaneKey, limit int, want ...int) {
	b.t.Helper()

	waiting, err := b.Waiting(b.ctx, l, limit)
	b.must(err)

	var got []int
	for _, d := range waiting {
		got = append(got, int(d.Message.Order))
	}

	if !slices.Equal(got, want) {
		b.t.Errorf("%v wait, want %v", got, want)
	}
}

func (b *bench) unsent(l bridge.LaneKey) {
	b.t.Helper()

	if in, ok := b.Sent(b.ctx, l); ok {
		b.t.Errorf("sent reports %+v", in)
	}
}

func (b *bench) state(id bridge.DeliveryID, want bridge.State) {
	b.t.Helper()

	if d := b.delivery(id); d.State != want {
		b.t.Errorf("it is %s, want %s", d.State, want)
	}
}

func (b *bench) stats(in, out, lanes int) {
	b.t.Helper()

	st, err := b.Stats(b.ctx)
	b.must(err)

	if st.Queued[bridge.In] != in || st.Queued[bridge.Out] != out || st.Queued[bridge.Note] != 0 || st.Lanes != lanes {
		b.t.Errorf("stats are %+v, want %d in, %d out, %d lanes", st, in, out, lanes)
	}
}

// latest checks what Recent answers.
func (b *bench) latest(l bridge.LaneKey, most int, want ...bridge.DeliveryID) {
	b.t.Helper()

	list, err := b.Recent(b.ctx, l, most)
	b.must(err)

	got := make([]bridge.DeliveryID, len(list))
	for i, d := range list {
		got[i] = d.ID
	}

	if !slices.Equal(got, want) {
		b.t.Errorf("the latest are %v, want %v", got, want)
	}
}
