package storetest

import (
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

var admitRules = []rule{
	{"only lanes toward the side that was asked for are leased", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.reply(lane("a", "1"), 2)

		for _, side := range []bridge.Side{bridge.TikTok, bridge.Freshchat} {
			got, err := b.Claim(b.ctx, bridge.Ask{Side: side, Limit: 10, Lease: lease})
			b.must(err)

			if len(got) != 1 || got[0].Delivery.Lane.Direction.Target() != side {
				b.t.Errorf("toward %s %d lanes were leased", side, len(got))
			}
		}
	}},
	{"ready is signalled for the side of the lane", func(b *bench) {
		b.reply(lane("a", "1"), 1)

		select {
		case <-b.Ready(bridge.TikTok):
		case <-time.After(5 * time.Second):
			b.t.Error("no signal although a reply came")
		}

		select {
		case <-b.Ready(bridge.Freshchat):
			b.t.Error("a signal toward Freshchat although only a reply came")
		default:
		}
	}},
	{"admission is asked for each lane, by installation and shop", func(b *bench) {
		for i := range 5 {
			b.put(lane("a", fmt.Sprint(i)), 1)
		}

		left := 3
		got := b.admitted(func(id bridge.InstallationID, shop bridge.ShopID) time.Duration {
			if id != "a" || shop != "shop-a" {
				b.t.Errorf("asked for %s of %s", shop, id)
			}

			if left == 0 {
				return time.Minute
			}

			left--

			return 0
		})

		if len(got) != 3 {
			b.t.Errorf("%d lanes were leased, want the three that were admitted", len(got))
		}
	}},
	{"one that is not admitted holds up nobody else", func(b *bench) {
		for i := range 50 {
			b.put(lane("blocked", fmt.Sprint(i)), 1)
		}

		for i := range 5 {
			b.put(lane("free", fmt.Sprint(i)), 1)
		}

		if got := b.admitted(refusing("blocked", time.Minute, new(int))); len(got) != 5 {
			b.t.Errorf("%d lanes were leased, want the five of the free installation", len(got))
		}
	}},
	{"a wait is over by itself, and nobody is asked meanwhile", func(b *bench) {
		for i := range 50 {
			b.put(lane("a", fmt.Sprint(i)), 1)
		}

		asked := 0
		for range 10 {
			if got := b.admitted(refusing("a", time.Minute, &asked)); len(got) != 0 {
				b.t.Errorf("%d lanes were leased", len(got))
			}
		}

		b.put(lane("a", "new"), 1)
		b.admitted(refusing("a", time.Minute, &asked))

		if asked != 1 {
			b.t.Errorf("admission was asked %d times within a minute's wait, want once", asked)
		}

		b.clock.pass(time.Minute)

		if got := b.claims(100); len(got) != 51 {
			b.t.Errorf("%d lanes were leased after the wait, want all 51", len(got))
		}
	}},
	{"a throttle takes the place of a wait", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.admitted(refusing("a", time.Hour, new(int)))
		b.drain()
		b.Throttle("a", bridge.Freshchat, start)
		b.signalled("the wait was lifted")
		b.expect(1)
	}},
	{"a wait of one shop leaves the others of its installation alone", func(b *bench) {
		b.put(lane("a", "1"), 1)

		other := lane("a", "2")
		other.Link.Shop = "another"
		b.put(other, 2)

		got := b.admitted(func(_ bridge.InstallationID, shop bridge.ShopID) time.Duration {
			if shop == "another" {
				return time.Minute
			}

			return 0
		})
		if len(got) != 1 || got[0].Delivery.Lane.Link.Shop != "shop-a" {
			b.t.Errorf("leased %d lanes, want the one of the other shop", len(got))
		}
	}},
}

// reply enqueues an agent's message of a conversation.
func (b *bench) reply(l bridge.LaneKey, number int) {
	b.t.Helper()

	l.Direction = bridge.Out
	e := entry(l, number)
	e.Origin.Side = bridge.Freshchat
	b.enqueue(e)
}

func (b *bench) admitted(admit func(bridge.InstallationID, bridge.ShopID) time.Duration) []bridge.Claim {
	b.t.Helper()

	got, err := b.Claim(b.ctx, bridge.Ask{Limit: 100, Lease: lease, Admit: admit})
	b.must(err)

	return got
}

// refusing admits all but one installation, and counts how often it was asked
// for that one.
func refusing(id bridge.InstallationID, wait time.Duration, asked *int) func(bridge.InstallationID, bridge.ShopID) time.Duration {
	return func(of bridge.InstallationID, _ bridge.ShopID) time.Duration {
		if of != id {
			return 0
		}

		*asked++

		return wait
	}
}
