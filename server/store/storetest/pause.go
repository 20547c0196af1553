package storetest

import (
	"time"

	"sellerchat/server/bridge"
)

var pauseRules = []rule{
	{"a pause stops the lanes of an installation in its direction only, and is durable", func(b *bench) {
		p := bridge.Pause{Installation: "a", Direction: bridge.In, Cause: bridge.PauseTopic}
		b.must(b.Pause(b.ctx, p))
		b.put(lane("a", "1"), 1)
		b.idle()

		out := lane("a", "1")
		out.Direction = bridge.Out
		e := entry(out, 2)
		e.Origin.Side = bridge.Freshchat
		b.enqueue(e)
		b.ack(b.expect(2))
		b.put(lane("b", "1"), 3)
		b.ack(b.expect(3))

		b.reopen()
		b.idle()
		b.must(b.Resume(b.ctx, p))
		b.expect(1)
	}},
	{"what is in a paused lane is kept and goes on at once", func(b *bench) {
		p := bridge.Pause{Installation: "a", Direction: bridge.In, Cause: bridge.PauseTopic}
		b.put(lane("a", "1"), 1)
		b.must(b.Pause(b.ctx, p))
		b.idle()
		b.drain()
		b.must(b.Resume(b.ctx, p))
		b.signalled("the pause ended")
		b.expect(1)
	}},
	{"a pause of one shop leaves the others alone", func(b *bench) {
		b.must(b.Pause(b.ctx, bridge.Pause{Installation: "a", Shop: "shop-a", Direction: bridge.In, Cause: bridge.PauseTopic}))
		b.put(lane("a", "1"), 1)

		other := lane("a", "2")
		other.Link.Shop = "another"
		b.put(other, 2)
		b.expect(2)
	}},
	{"several causes hold until the last one ends", func(b *bench) {
		p := bridge.Pause{Installation: "a", Direction: bridge.In, Cause: bridge.PauseTopic}
		q := p
		q.Cause = bridge.PauseCredentials
		b.must(b.Pause(b.ctx, p))
		b.must(b.Pause(b.ctx, q))
		b.put(lane("a", "1"), 1)
		b.must(b.Resume(b.ctx, p))
		b.idle()
		b.must(b.Resume(b.ctx, q))
		b.expect(1)
	}},
	{"pausing and resuming can be repeated", func(b *bench) {
		p := bridge.Pause{Installation: "a", Direction: bridge.In, Cause: bridge.PauseTopic}
		b.must(b.Resume(b.ctx, p))
		b.must(b.Pause(b.ctx, p))
		b.must(b.Pause(b.ctx, p))
		b.must(b.Resume(b.ctx, p))
		b.must(b.Resume(b.ctx, p))
		b.put(lane("a", "1"), 1)
		b.expect(1)
	}},
	{"a claim that is in force can be settled during a pause", func(b *bench) {
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		b.must(b.Pause(b.ctx, bridge.Pause{Installation: "a", Direction: bridge.In, Cause: bridge.PauseTopic}))
		b.ack(c)
	}},
	{"a throttle holds back the lanes toward one side until its time", func(b *bench) {
		b.Throttle("a", bridge.Freshchat, start.Add(time.Minute))
		b.put(lane("a", "1"), 1)
		b.idle()

		out := lane("a", "1")
		out.Direction = bridge.Out
		e := entry(out, 2)
		e.Origin.Side = bridge.Freshchat
		b.enqueue(e)
		b.ack(b.expect(2))

		b.clock.pass(time.Minute)
		b.expect(1)
	}},
	{"a throttle holds back one installation only, and can be lifted", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("b", "1"), 2)
		b.Throttle("a", bridge.Freshchat, start.Add(time.Minute))
		b.ack(b.expect(2))
		b.Throttle("a", bridge.Freshchat, start)
		b.expect(1)
	}},
}
