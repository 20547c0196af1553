package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

var settleRules = []rule{
	{"an acknowledged delivery is final with what the settlement says", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		at := start.Add(time.Second)
		b.must(b.Ack(b.ctx, b.expect(1), bridge.Settlement{
			State: bridge.Delivered, Reason: "as a new conversation", Remote: []bridge.MessageID{"r1", "r2"}, At: at,
		}))
		b.reopen()

		want := bridge.Delivery{
			ID: id, Lane: lane("a", "1"), Message: message(1), Path: bridge.PathWebhook, AcceptedAt: start,
			State: bridge.Delivered, Reason: "as a new conversation", Done: []bridge.MessageID{"r1", "r2"}, SettledAt: at,
		}
		if diff := cmp.Diff(want, b.delivery(id)); diff != "" {
			b.t.Errorf("delivery (-want +got):\n%s", diff)
		}
	}},
	{"a buried delivery is final and its lane goes on", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))

		if d := b.delivery(id); d.State != bridge.Failed || d.Reason != "refused" {
			b.t.Errorf("it is %s, %q", d.State, d.Reason)
		}

		b.expect(2)
	}},
	{"ack settles as delivered or skipped only, bury as failed or uncertain only", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)

		for _, st := range []bridge.State{bridge.Failed, bridge.Uncertain, bridge.Queued, bridge.Sending, ""} {
			if b.Ack(b.ctx, c, bridge.Settlement{State: st}) == nil {
				b.t.Errorf("ack settled as %q", st)
			}
		}

		for _, st := range []bridge.State{bridge.Delivered, bridge.Skipped, bridge.Queued, bridge.Sending, ""} {
			if b.Bury(b.ctx, c, bridge.Settlement{State: st}) == nil {
				b.t.Errorf("bury settled as %q", st)
			}
		}

		b.ack(c)
	}},
	{"a lane that was claimed since cannot be settled, and nothing changes", func(b *bench) {
		id := b.put(lane("a", "1"), 1)
		old := b.lose(1)
		l := bridge.Link{Key: old.Delivery.Lane.Link, Thread: "t"}
		st := delivered()
		st.Link, st.Origins = become(l), []bridge.OriginKey{{Installation: "a", Side: bridge.Freshchat, ID: "x", CreatedAt: start}}
		st.Notes = []bridge.Entry{entry(lane("a", "note"), 9)}

		b.fenced("ack", b.Ack(b.ctx, old, st))
		st.State = bridge.Failed
		b.fenced("bury", b.Bury(b.ctx, old, st))
		b.fenced("begin", b.Begin(b.ctx, old, bridge.Intent{}, nil))
		b.fenced("start", b.Start(b.ctx, old, bridge.Intent{}, lease))
		b.fenced("retry", b.Retry(b.ctx, old, bridge.Postponement{At: start, Link: become(l), Attempt: true}))

		if d := b.delivery(id); d.State != bridge.Sending || d.Attempts != 0 {
			b.t.Errorf("it is %s after %d attempts", d.State, d.Attempts)
		}

		b.missing("link", second(b.Link(b.ctx, l.Key)))
		b.missing("origin", second(b.Known(b.ctx, st.Origins[0])))
		b.idle()
	}},
	{"a claim that was settled is no longer in force", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)
		c := b.expect(1)
		b.ack(c)
		b.fenced("second ack", b.Ack(b.ctx, c, delivered()))
		b.fenced("retry", b.Retry(b.ctx, c, bridge.Postponement{At: start}))
		b.expect(2)
	}},
	{"of two settlements of one claim at once, one is fenced", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		errs := make(chan error, 8)

		for range cap(errs) {
			go func() { errs <- b.Ack(b.ctx, c, delivered()) }()
		}

		settled := 0

		for range cap(errs) {
			switch err := <-errs; {
			case err == nil:
				settled++
			case !errors.Is(err, bridge.ErrFenced):
				b.t.Error(err)
			}
		}

		if settled != 1 {
			b.t.Errorf("%d settlements were taken", settled)
		}
	}},
	{"a settlement stores its link, origins and notes with it", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		key := bridge.OriginKey{Installation: "a", Side: bridge.Freshchat, ID: "r", CreatedAt: start}
		note := bridge.Entry{
			Lane: c.Delivery.Lane.Link.Lane(bridge.Note), Message: message(2), Path: bridge.PathOurselves, About: c.Delivery.ID,
		}
		st := delivered()
		want := bridge.Link{Key: c.Delivery.Lane.Link, Thread: "t", CreatedAt: start}
		st.Link = become(want)
		st.Origins, st.Notes = []bridge.OriginKey{key}, []bridge.Entry{note}
		b.must(b.Ack(b.ctx, c, st))
		b.reopen()

		l, err := b.Link(b.ctx, c.Delivery.Lane.Link)
		b.must(err)

		if diff := cmp.Diff(want, l); diff != "" {
			b.t.Errorf("link (-want +got):\n%s", diff)
		}

		if id, err := b.Known(b.ctx, key); err != nil || id != c.Delivery.ID {
			b.t.Errorf("the remote id stands for %v, %v", id, err)
		}

		if n := b.claim().Delivery; n.Lane != note.Lane || n.About != c.Delivery.ID {
			b.t.Errorf("the note is %+v", n)
		}
	}},
	{"a settlement changes the link as it is by then", func(b *bench) {
		l := b.link()
		b.put(lane("a", "1"), 2)
		c := b.expect(2)
		b.must(b.UpdateLink(b.ctx, l.Key, func(l *bridge.Link) error {
			l.User = "v"

			return nil
		}))

		st := delivered()
		st.Link = func(l *bridge.Link) { l.Agent = "h" }
		b.must(b.Ack(b.ctx, c, st))

		if got, err := b.Link(b.ctx, l.Key); err != nil || got.User != "v" || got.Agent != "h" {
			b.t.Errorf("link is %+v, %v", got, err)
		}
	}},
	{"further deliveries of the lane are settled likewise, in the same transaction", func(b *bench) {
		var ids []bridge.DeliveryID
		for n := range 4 {
			ids = append(ids, b.put(lane("a", "1"), n+1))
		}

		other := b.put(lane("a", "2"), 5)

		var c bridge.Claim

		for _, claimed := range b.claims(10) {
			if claimed.Delivery.ID == ids[0] {
				c = claimed
			} else {
				b.must(b.Release(b.ctx, claimed, start.Add(time.Hour)))
			}
		}

		st := delivered()
		st.With = []bridge.DeliveryID{ids[0], ids[2], ids[1], other, 99}
		b.must(b.Ack(b.ctx, c, st))

		for i, want := range []bridge.State{bridge.Delivered, bridge.Delivered, bridge.Delivered, bridge.Queued} {
			b.state(ids[i], want)
		}

		b.state(other, bridge.Queued)
		b.reopen()
		b.stats(2, 0, 2)

		for i, want := range []bridge.State{bridge.Delivered, bridge.Delivered, bridge.Delivered, bridge.Queued} {
			b.state(ids[i], want)
		}
	}},
	{"what was settled along with another makes an earlier one late", func(b *bench) {
		b.put(lane("a", "1"), 3)
		id := b.put(lane("a", "1"), 5)
		st := delivered()
		st.With = []bridge.DeliveryID{id}
		b.must(b.Ack(b.ctx, b.expect(3), st))
		b.put(lane("a", "1"), 4)

		if !b.expect(4).Delivery.Late {
			b.t.Error("4 after 5 is not late")
		}
	}},
	{"a lane that backs off is due again at the given time, its head unchanged", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)
		b.must(b.Retry(b.ctx, b.expect(1), bridge.Postponement{At: start.Add(time.Minute), Reason: "busy", Attempt: true}))
		b.idle()
		b.reopen()
		b.idle()
		b.clock.pass(time.Minute)

		if d := b.expect(1).Delivery; d.Attempts != 1 || d.Reason != "busy" {
			b.t.Errorf("%d attempts, %q", d.Attempts, d.Reason)
		}
	}},
	{"a wait that is nobody's failure counts no attempt", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.must(b.Retry(b.ctx, b.expect(1), bridge.Postponement{At: start}))

		if d := b.expect(1).Delivery; d.Attempts != 0 {
			b.t.Errorf("%d attempts", d.Attempts)
		}
	}},
	{"a postponement stores its link with it", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: start, Link: become(bridge.Link{Thread: "t"})}))

		l, err := b.LinkByThread(b.ctx, "a", "t")
		if err != nil || l.Key != c.Delivery.Lane.Link {
			b.t.Errorf("link is %+v, %v", l, err)
		}
	}},
	{"what was left out keeps its place among the calls done, and is known as nothing", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.must(b.Retry(b.ctx, b.expect(1), bridge.Postponement{At: start, Done: []bridge.MessageID{"", "r1", ""}}))
		b.reopen()

		if diff := cmp.Diff([]bridge.MessageID{"", "r1", ""}, b.expect(1).Delivery.Done); diff != "" {
			b.t.Errorf("done (-want +got):\n%s", diff)
		}

		b.missing("origin", second(b.Known(b.ctx, bridge.OriginKey{Installation: "a", Side: bridge.Freshchat, CreatedAt: start})))
	}},
	{"what follows has a lane of its own", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		follows := bridge.Entry{
			Lane: c.Delivery.Lane.Link.Lane(bridge.Follow), Message: message(2), Path: bridge.PathOurselves, About: c.Delivery.ID,
		}
		st := delivered()
		st.Notes = []bridge.Entry{follows}
		b.must(b.Ack(b.ctx, c, st))
		b.reopen()

		if d := b.claim().Delivery; d.Lane != follows.Lane || d.About != c.Delivery.ID {
			b.t.Errorf("what follows is %+v", d)
		}
	}},
	{"intent and calls done are there after a crash", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		b.begin(c, 1, "r1")
		b.reopen()

		d := b.expect(1).Delivery
		want := &bridge.Intent{Call: 1, Piece: bridge.Words("text"), At: start, Thread: "thread"}

		if diff := cmp.Diff(want, d.Intent); diff != "" || len(d.Done) != 1 || d.Done[0] != "r1" {
			b.t.Errorf("done %v, intent (-want +got):\n%s", d.Done, diff)
		}
	}},
	{"a postponement replaces intent and calls done", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		b.begin(c, 0)
		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: start, Done: []bridge.MessageID{"r1"}}))

		if d := b.expect(1).Delivery; d.Intent != nil || len(d.Done) != 1 {
			b.t.Errorf("done %v, intent %v", d.Done, d.Intent)
		}
	}},
	{"an uncertain or failed delivery keeps its intent", func(b *bench) {
		for _, state := range []bridge.State{bridge.Uncertain, bridge.Failed} {
			id := b.put(lane(string(state), "1"), 1)
			c := b.expect(1)
			want := bridge.Intent{Piece: bridge.Words("x"), At: start, Of: 3, With: []bridge.DeliveryID{7, 8}}
			b.must(b.Begin(b.ctx, c, want, nil))
			b.must(b.Bury(b.ctx, c, bridge.Settlement{State: state}))

			d := b.delivery(id)
			if diff := cmp.Diff(&want, d.Intent); diff != "" || d.State != state {
				b.t.Errorf("it is %s with intent (-want +got):\n%s", d.State, diff)
			}
		}
	}},
	{"a started first call is there after a crash, and its delivery stays the head", func(b *bench) {
		b.put(lane("a", "1"), 2)

		c := b.expect(2)
		if !c.Cleared {
			b.t.Fatal("the head of an idle lane is not cleared")
		}

		b.must(b.Start(b.ctx, c, bridge.Intent{Piece: bridge.Words("text"), At: start}, lease))
		b.put(lane("a", "1"), 1)
		b.reopen()

		if in, ok := b.Sent(b.ctx, lane("a", "1")); !ok || cmp.Diff(bridge.Intent{}, in) != "" {
			b.t.Errorf("sent is %+v, %v", in, ok)
		}

		c = b.expect(2)
		if at := c.Delivery.Started; c.Cleared || at.IsZero() || at.After(start) {
			b.t.Errorf("cleared %v, started %v", c.Cleared, at)
		}

		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: start, Unsure: true}))
		b.reopen()

		c = b.expect(2)
		if c.Delivery.Started.IsZero() {
			b.t.Error("a postponement that knows no better made it sure")
		}

		b.must(b.Retry(b.ctx, c, bridge.Postponement{At: start}))

		if c = b.expect(1); !c.Delivery.Started.IsZero() {
			b.t.Error("the other one is started")
		}
	}},
	{"a started first call has its intent while the store is open", func(b *bench) {
		b.put(lane("a", "1"), 1)

		c := b.expect(1)
		want := bridge.Intent{Piece: bridge.Words("text"), At: start, Thread: "thread"}
		b.must(b.Start(b.ctx, c, want, lease))

		if in, ok := b.Sent(b.ctx, lane("a", "1")); !ok || cmp.Diff(want, in) != "" {
			b.t.Errorf("sent is %+v, %v", in, ok)
		}

		b.clock.pass(lease)

		c = b.expect(1)
		if diff := cmp.Diff(&want, c.Delivery.Intent); diff != "" || c.Cleared || !c.Delivery.Started.IsZero() {
			b.t.Errorf("claimed %+v, intent (-want +got):\n%s", c, diff)
		}

		if err := b.Start(b.ctx, c, want, lease); !errors.Is(err, bridge.ErrConflict) {
			b.t.Errorf("started again: %v", err)
		}
	}},
	{"what follows a settled head is cleared with it", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)
		b.ack(b.expect(1))

		if !b.expect(2).Cleared {
			b.t.Error("it is not")
		}
	}},
	{"what was cleared and not started is not after an orderly end", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "2"), 1)
		b.claims(1)
		b.reopen()

		for _, c := range b.claims(2) {
			if !c.Delivery.Started.IsZero() {
				b.t.Errorf("%v is", c.Delivery.ID)
			}
		}
	}},
	{"a started delivery that failed makes earlier ones late", func(b *bench) {
		b.put(lane("a", "1"), 2)
		c := b.expect(2)
		b.must(b.Start(b.ctx, c, bridge.Intent{Piece: bridge.Words("text")}, lease))
		b.must(b.Bury(b.ctx, c, failed()))
		b.put(lane("a", "1"), 1)

		if !b.expect(1).Delivery.Late {
			b.t.Error("it is not late")
		}
	}},
	{"many lanes at once lose and double nothing", func(b *bench) { crowd(b) }},
}

func second[T any](_ T, err error) error { return err }

func (b *bench) missing(what string, err error) {
	b.t.Helper()

	if !errors.Is(err, bridge.ErrNotFound) {
		b.t.Errorf("%s answered %v, want not found", what, err)
	}
}

// crowd lets several workers empty many lanes and checks that each lane came
// once and in order.
func crowd(b *bench) {
	const lanes, each, workers = 20, 10, 4

	for n := 1; n <= each; n++ {
		for i := range lanes {
			b.put(lane(fmt.Sprint(i%3), fmt.Sprint(i)), n)
		}
	}

	seen := make(chan bridge.Claim, lanes*each)
	done := make(chan struct{}, workers)

	for range workers {
		go func() {
			defer func() { done <- struct{}{} }()

			for len(seen) < lanes*each {
				for _, c := range b.claims(3) {
					seen <- c
					if err := b.Ack(b.ctx, c, delivered()); err != nil {
						b.t.Error(err)
					}
				}
			}
		}()
	}

	for range workers {
		<-done
	}

	last := map[bridge.LaneKey]uint64{}

	for range lanes * each {
		c := <-seen
		if got := c.Delivery.Message.Order; got != last[c.Delivery.Lane]+1 {
			b.t.Fatalf("%d follows %d", got, last[c.Delivery.Lane])
		}

		last[c.Delivery.Lane]++
	}
}
