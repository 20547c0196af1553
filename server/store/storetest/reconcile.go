package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

var reconcileRules = []rule{
	{"links come by their last use, in pages, and after opening again", func(b *bench) {
		var want []string

		for n := range 7 {
			conversation := fmt.Sprint(n)
			want = append([]string{conversation}, want...)
			b.use(lane("a", conversation), n+1)
			b.clock.pass(time.Minute)
		}

		reply := lane("a", "2")
		reply.Direction = bridge.Out
		b.use(reply, 20)
		b.use(lane("b", "other"), 30)

		want = append([]string{"2"}, slices.DeleteFunc(want, func(s string) bool { return s == "2" })...)
		b.recent(want, 3)
		b.reopen()
		b.recent(want, 1)
		b.recent(want, 100)
	}},
	{"a link that nothing was sent in is not recent", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.must(b.Ack(b.ctx, b.expect(1), bridge.Settlement{State: bridge.Skipped, Reason: bridge.SkipEcho}))
		b.recent(nil, 10)
	}},
	{"up to where a link was compared only rises", func(b *bench) {
		key := lane("a", "1").Link
		want := bridge.Reached{Link: key, Index: 7, Written: start}

		b.must(b.SaveReached(b.ctx, bridge.Reached{Link: key, Index: 7}, bridge.Reached{Link: lane("a", "2").Link, Index: 1}))
		b.must(b.SaveReached(b.ctx, bridge.Reached{Link: key, Index: 5, Written: start}))
		b.must(b.SaveReached(b.ctx, bridge.Reached{Link: key, Written: start.Add(-time.Hour)}))
		b.reopen()

		got, err := b.Reached(b.ctx, key)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			b.t.Errorf("reached %v (-want +got):\n%s", err, diff)
		}

		b.use(lane("a", "1"), 9)

		list, err := b.RecentLinks(b.ctx, "a", bridge.Recent{}, 5)
		if err != nil || len(list) != 1 || list[0].Reached != want {
			b.t.Errorf("recent is %+v, %v", list, err)
		}
	}},
	{"what never was compared reached nothing", func(b *bench) {
		key := lane("a", "1").Link
		if got, err := b.Reached(b.ctx, key); err != nil || got != (bridge.Reached{Link: key}) {
			b.t.Errorf("reached is %+v, %v", got, err)
		}

		if got, err := b.Round(b.ctx, "a", "s"); err != nil || got != (bridge.Round{Installation: "a", Shop: "s"}) {
			b.t.Errorf("round is %+v, %v", got, err)
		}

		if at, err := b.AliveAt(b.ctx); err != nil || !at.IsZero() {
			b.t.Errorf("alive at %v, %v", at, err)
		}
	}},
	{"a round and the last sign of life are kept", func(b *bench) {
		b.must(b.StayAlive(b.ctx, start.Add(time.Hour)))
		b.must(b.UpdateRound(b.ctx, "a", "", func(r *bridge.Round) error {
			r.WholeAt, r.Found = start, 3

			return nil
		}))

		if err := b.UpdateRound(b.ctx, "a", "", func(*bridge.Round) error { return errRefused }); !errors.Is(err, errRefused) {
			b.t.Errorf("update answered %v", err)
		}

		b.reopen()

		if at, err := b.AliveAt(b.ctx); err != nil || !at.Equal(start.Add(time.Hour)) {
			b.t.Errorf("alive at %v, %v", at, err)
		}

		want := bridge.Round{Installation: "a", WholeAt: start, Found: 3}
		if got, err := b.Round(b.ctx, "a", ""); err != nil || got != want {
			b.t.Errorf("round is %+v, %v", got, err)
		}
	}},
	{"everything accepted is counted by what became of it, and after opening again", func(b *bench) {
		l := lane("a", "1")
		b.use(l, 1)
		b.use(l, 2)
		b.use(lane("b", "1"), 3)
		b.put(l, 4)
		b.must(b.Ack(b.ctx, b.expect(4), bridge.Settlement{State: bridge.Skipped, Reason: bridge.SkipEcho}))

		id := b.put(l, 5)
		b.must(b.Bury(b.ctx, b.expect(5), failed()))
		b.counts(0, "delivered 2", "failed 1", "skipped echo 1")
		b.must(b.Requeue(b.ctx, id))
		b.counts(0, "delivered 2", "queued 1", "skipped echo 1")
		b.reopen()
		b.counts(0, "delivered 2", "queued 1", "skipped echo 1")
		b.ack(b.expect(5))
		b.counts(0, "delivered 3", "skipped echo 1")
	}},
	{"what only a comparison found is missing until it is final", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		e.Path = bridge.PathReconcile
		b.enqueue(e)
		b.counts(1, "queued 1")
		b.reopen()
		b.counts(1, "queued 1")
		b.ack(b.expect(1))
		b.counts(0, "delivered 1")
	}},
	{"what an uninstall skips is counted as that", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.put(lane("a", "1"), 1)
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.counts(0, "skipped uninstalled 1")
		b.reopen()
		b.counts(0, "skipped uninstalled 1")
	}},
}

// use sends a message in a lane.
func (b *bench) use(l bridge.LaneKey, number int) {
	b.t.Helper()
	b.put(l, number)
	b.ack(b.expect(number))
}

// recent checks the links of installation a, read in pages.
func (b *bench) recent(want []string, limit int) {
	b.t.Helper()

	var (
		got  []string
		last bridge.Recent
	)

	for {
		list, err := b.RecentLinks(b.ctx, "a", last, limit)
		b.must(err)

		for _, r := range list {
			got = append(got, string(r.Link.Conversation))
			last = r
		}

		if len(list) < limit {
			break
		}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("recent links (-want +got):\n%s", diff)
	}
}

// counts checks what installation a has, whatever the direction.
func (b *bench) counts(missing int, want ...string) {
	b.t.Helper()

	c, err := b.Completeness(b.ctx, "a")
	b.must(err)

	var got []string

	for _, n := range c.Counts {
		text := string(n.State)
		if n.Reason != "" {
			text += " " + n.Reason
		}

		got = append(got, fmt.Sprintf("%s %d", text, n.N))
	}

	if diff := cmp.Diff(want, got); diff != "" || c.Missing != missing {
		b.t.Errorf("%d are missing; counts (-want +got):\n%s", c.Missing, diff)
	}
}
