package storetest

import (
	"errors"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

var errRefused = errors.New("refused")

var linkRules = []rule{
	{"a link is found by its key and by both ids of its thread", func(b *bench) {
		want := b.link()

		for _, thread := range []bridge.ThreadID{"t1", "100"} {
			got, err := b.LinkByThread(b.ctx, "a", thread)
			b.must(err)

			if diff := cmp.Diff(want, got); diff != "" {
				b.t.Errorf("link (-want +got):\n%s", diff)
			}
		}

		got, err := b.Link(b.ctx, want.Key)
		b.must(err)

		if diff := cmp.Diff(want, got); diff != "" {
			b.t.Errorf("link (-want +got):\n%s", diff)
		}
	}},
	{"another installation's thread is not found", func(b *bench) {
		b.link()
		b.missing("thread", second(b.LinkByThread(b.ctx, "b", "t1")))
	}},
	{"what is missing is not found", func(b *bench) {
		key := lane("a", "1").Link
		b.missing("link", second(b.Link(b.ctx, key)))
		b.missing("thread", second(b.LinkByThread(b.ctx, "a", "t1")))
		b.missing("update", b.UpdateLink(b.ctx, key, func(*bridge.Link) error { return nil }))
	}},
	{"earlier threads stay findable", func(b *bench) {
		l := b.link()
		b.must(b.UpdateLink(b.ctx, l.Key, func(l *bridge.Link) error {
			l.Thread, l.Numeric, l.Resolved, l.BuyerName = "t2", "200", true, "Ann"

			return nil
		}))
		b.reopen()

		for _, thread := range []bridge.ThreadID{"t1", "100", "t2", "200"} {
			got, err := b.LinkByThread(b.ctx, "a", thread)
			if err != nil || got.Thread != "t2" || !got.Resolved || got.BuyerName != "Ann" {
				b.t.Errorf("thread %s answered %+v, %v", thread, got, err)
			}
		}
	}},
	{"a change is seen at once, whoever made it", func(b *bench) {
		l := b.link()
		seen := func(user bridge.UserID) {
			got, err := b.Link(b.ctx, l.Key)
			if err != nil || got.User != user {
				b.t.Errorf("link is %+v, %v, want user %s", got, err, user)
			}
		}

		seen("u")
		b.must(b.UpdateLink(b.ctx, l.Key, func(l *bridge.Link) error {
			l.User = "v"

			return nil
		}))
		seen("v")

		id := b.put(lane("a", "1"), 2)
		l.User = "w"
		b.must(b.Retry(b.ctx, b.expect(2), bridge.Postponement{At: start, Link: become(l)}))
		seen("w")

		l.User = "x"
		b.must(b.Bury(b.ctx, b.expect(2), bridge.Settlement{State: bridge.Failed, Link: become(l)}))
		seen("x")
		b.state(id, bridge.Failed)
	}},
	{"a link that moved to the next installation is not found under the first", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		l := b.link()
		b.must(second(b.Link(b.ctx, l.Key)))

		moved := l.Key
		moved.Installation = "b"
		b.missing("link", second(b.Link(b.ctx, moved)))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.install(installed("b", "acc", "shop-a"))
		b.missing("link", second(b.Link(b.ctx, l.Key)))
		b.must(second(b.Link(b.ctx, moved)))
	}},
	{"an error of the function is returned and changes nothing", func(b *bench) {
		l := b.link()

		err := b.UpdateLink(b.ctx, l.Key, func(l *bridge.Link) error {
			l.Thread = "t2"

			return errRefused
		})
		if !errors.Is(err, errRefused) {
			b.t.Errorf("update answered %v", err)
		}

		b.missing("thread", second(b.LinkByThread(b.ctx, "a", "t2")))
	}},
}

// link stores a link of the first conversation of installation a the only way
// there is: with a settlement. Its thread is t1 or 100.
func (b *bench) link() bridge.Link {
	b.t.Helper()

	key := lane("a", "1").Link
	l := bridge.Link{
		Key: key, Thread: "t1", Numeric: "100", User: "u", BuyerID: "b", Agent: "g", CreatedAt: start, UpdatedAt: start,
	}
	note := key.Lane(bridge.Note)
	b.enqueue(bridge.Entry{Lane: note, Message: message(1)})

	for _, c := range b.claims(100) {
		if c.Delivery.Lane != note {
			b.must(b.Release(b.ctx, c, b.clock.Now()))

			continue
		}

		st := delivered()
		st.Link = become(l)
		b.must(b.Ack(b.ctx, c, st))
	}

	return l
}
