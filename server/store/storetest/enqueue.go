package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

var enqueueRules = []rule{
	{"what is accepted can be claimed as it was given", func(b *bench) {
		e := entry(lane("a", "1"), 7)
		e.About, e.Path = 3, bridge.PathReconcile
		e.Message.Parts = append(e.Message.Parts, bridge.Part{
			Kind: bridge.PartVideo, Text: "a video", Type: "VIDEO", URL: "https://v.example/1",
			Name: "v.mp4", MIME: "video/mp4", Size: 1 << 33,
		})

		id := b.enqueue(e)
		want := bridge.Delivery{
			ID: id, Lane: e.Lane, Message: e.Message, Path: e.Path, About: 3, AcceptedAt: start, State: bridge.Sending,
		}

		if diff := cmp.Diff(want, b.claim().Delivery); diff != "" {
			b.t.Errorf("claimed delivery (-want +got):\n%s", diff)
		}
	}},
	{"what was accepted is there after opening again", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.reopen()
		b.expect(1)
	}},
	{"the answer has one accepted an entry, in order, and ids rise", func(b *bench) {
		l := lane("a", "1")
		b.put(l, 2)

		got, err := b.Enqueue(b.ctx, entry(l, 1), entry(l, 2), entry(lane("b", "1"), 3))
		b.must(err)

		if len(got) != 3 || got[0].Duplicate || !got[1].Duplicate || got[2].Duplicate || got[2].ID <= got[0].ID {
			b.t.Errorf("enqueue answered %+v", got)
		}
	}},
	{"a known origin key is a duplicate and stores nothing", func(b *bench) {
		l := lane("a", "1")
		b.put(l, 1)
		b.duplicate(entry(l, 1))
		b.ack(b.expect(1))
		b.duplicate(entry(l, 1))
		b.reopen()
		b.duplicate(entry(l, 1))
		b.idle()
	}},
	{"an origin key is one installation's", func(b *bench) {
		e, other := entry(lane("a", "1"), 1), entry(lane("b", "1"), 1)
		b.enqueue(e)
		b.enqueue(other)
	}},
	{"an origin key is one side's", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		b.enqueue(e)
		e.Origin.Side = bridge.Freshchat
		b.enqueue(e)
	}},
	{"the same key twice in one call is a duplicate", func(b *bench) {
		e := entry(lane("a", "1"), 1)

		got, err := b.Enqueue(b.ctx, e, e)
		b.must(err)

		if len(got) != 2 || got[0].Duplicate || !got[1].Duplicate {
			b.t.Errorf("enqueue answered %+v", got)
		}
	}},
	{"of many callers with the same key one is accepted", func(b *bench) { concurrentDuplicates(b) }},
	{"creation times that differ by minutes are the same key, across the hour", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		e.Origin.CreatedAt = start.Truncate(time.Hour).Add(-time.Minute)
		b.enqueue(e)

		e.Origin.CreatedAt = start.Truncate(time.Hour).Add(time.Minute)
		b.duplicate(e)
	}},
	{"a copy with a creation time is known by one without", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		at := e.Origin.CreatedAt
		e.Origin.CreatedAt = time.Time{}
		b.enqueue(e)
		e.Origin.CreatedAt = at
		b.duplicate(e)
	}},
	{"a key without a creation time is known by its id", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		e.Origin.CreatedAt = time.Time{}
		b.enqueue(e)
		b.duplicate(e)
	}},
	{"an entry without an origin is never a duplicate", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		e.Origin = bridge.OriginKey{}
		b.enqueue(e)
		b.enqueue(e)
	}},
	{"an identifier that no platform gives is refused and harms no other", func(b *bench) {
		e := entry(lane("a", "1"), 1)
		e.Origin.ID = bridge.MessageID(make([]byte, 1<<16))

		if _, err := b.Enqueue(b.ctx, e); err == nil {
			b.t.Error("an id of 65,536 bytes was accepted")
		}

		b.put(lane("a", "1"), 2)
	}},
	{"a context that ended stores nothing", func(b *bench) {
		ctx, cancel := context.WithCancel(b.ctx)
		cancel()

		if _, err := b.Enqueue(ctx, entry(lane("a", "1"), 1)); !errors.Is(err, context.Canceled) {
			b.t.Errorf("enqueue answered %v, want the context's error", err)
		}

		b.idle()
	}},
}

// duplicate enqueues what must be known.
func (b *bench) duplicate(e bridge.Entry) {
	b.t.Helper()

	got, err := b.Enqueue(b.ctx, e)
	b.must(err)

	if len(got) != 1 || !got[0].Duplicate {
		b.t.Errorf("enqueue answered %+v, want a duplicate", got)
	}
}

func concurrentDuplicates(b *bench) {
	const callers = 16

	var (
		all   sync.WaitGroup
		fresh = make(chan bridge.DeliveryID, callers)
	)

	for range callers {
		all.Go(func() {
			got, err := b.Enqueue(b.ctx, entry(lane("a", "1"), 1))
			if err != nil {
				b.t.Error(err)
			} else if !got[0].Duplicate {
				fresh <- got[0].ID
			}
		})
	}

	all.Wait()

	if len(fresh) != 1 {
		b.t.Errorf("%d callers were told that it is new, want one", len(fresh))
	}
}
