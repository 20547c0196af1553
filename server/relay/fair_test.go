package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
)

// The neighbours of testInstallation: what befalls one of them must not befall
// the other.
const (
	ill  = "ill"
	well = "well"
)

// neighbours installs both.
func neighbours(s *stage) {
	for _, name := range []string{ill, well} {
		in := installed(bridge.Pending, "key", "access", time.Now())
		in.Installation.ID = bridge.InstallationID(name)
		in.Installation.Account = bridge.AccountID("account of " + name)
		in.Shop.ID = bridge.ShopID("shop of " + name)
		in.Authorization.Key.OpenID = bridge.OpenID("seller of " + name)

		err := errors.Join(
			s.store.Install(s.t.Context(), in),
			s.store.Activate(s.t.Context(), in.Installation.ID, time.Now(), func(*bridge.Installation) error { return nil }),
		)
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// chats brings a message of a buyer into each of so many conversations of a
// neighbour.
func (s *stage) chats(name string, conversations int) {
	s.t.Helper()

	for n := range conversations {
		s.count++
		now := time.Now()

		_, err := s.relay.tiktokEvent(s.t.Context(), testMarket, bridge.TikTokEvent{
			Kind: bridge.TikTokMessage, Shop: bridge.ShopID("shop of " + name), Conversation: bridge.ConversationID(fmt.Sprint(name, n)),
			Message: bridge.Message{
				ID: bridge.MessageID(fmt.Sprint(s.count)), Author: bridge.Buyer, CreatedAt: now, Order: uint64(now.UnixMicro()) + uint64(s.count),
				Parts: []bridge.Part{{Kind: bridge.PartText, Text: name}},
			},
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// arrived counts what Freshchat has of a neighbour.
func (s *stage) arrived(name string) int {
	s.fc.mu.Lock()
	defer s.fc.mu.Unlock()

	n := 0

	for _, thread := range s.fc.threads {
		for _, m := range thread {
			if m.Text == name {
				n++
			}
		}
	}

	return n
}

// ails makes every call of one neighbour go wrong, and counts them.
func (s *stage) ails(wrong func(ctx context.Context) error) (calls *int) {
	calls = new(int)

	s.fc.fail = func(ctx context.Context, text string) error {
		if !strings.Contains(text, ill) {
			return nil
		}

		s.fc.mu.Lock()
		*calls++
		s.fc.mu.Unlock()

		return wrong(ctx)
	}

	return calls
}

// hang answers nothing until the caller gives up.
func hang(ctx context.Context) error {
	<-ctx.Done()

	return &bridge.Failure{Op: "call", Class: bridge.Temporary, Err: ctx.Err()}
}

func turnAway(context.Context) error { return turnedAway() }

func TestAnIllAccountDelaysNobodyElse(t *testing.T) {
	for name, wrong := range map[string]func(context.Context) error{
		"that answers nothing":          hang,
		"that refuses every connection": turnAway,
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.ails(wrong)
				s.chats(ill, 200)

				for range 20 {
					s.chats(well, 5)
					pass(50 * time.Millisecond)
				}

				synctest.Wait()

				if got := s.arrived(well); got != 100 {
					t.Errorf("after a second %d of the 100 messages of the other account have arrived", got)
				}
			}, neighbours)
		})
	}
}

func TestABacklogDelaysNobodyElse(t *testing.T) {
	onStage(t, func(s *stage) {
		s.fc.fail = func(context.Context, string) error {
			takes(20 * time.Millisecond)

			return nil
		}

		s.chats(ill, 400)
		s.chats(well, 4)
		pass(200 * time.Millisecond)

		if got := s.arrived(well); got != 4 {
			t.Errorf("%d of 4 messages arrived beside a backlog of 400", got)
		}

		pass(time.Minute)

		if got := s.arrived(ill); got != 400 {
			t.Errorf("%d of the backlog arrived", got)
		}
	}, neighbours)
}

// woken is a store that asks for a turn whenever it is told that one ended.
type woken struct {
	Store

	limits         *limits
	given, refused int
}

func (w *woken) Throttle(id bridge.InstallationID, side bridge.Side, until time.Time) {
	if w.limits.admit(id, side, until) > 0 {
		w.refused++
	} else {
		w.given++
	}
}

// The last of a few that had taken long woke the others before it had ceased to
// count as one: they waited for a minute more.
func TestWhoWaitsForATurnThatTookLongGetsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(1000, 1000)
		store := &woken{limits: l}
		r := &Relay{store: store, clock: time.Now, limits: l}
		c := newCrew(r, bridge.Freshchat, func(bridge.Claim) func() {
			takes(2 * patience)

			return func() {}
		})

		var claim bridge.Claim

		claim.Delivery.Lane.Link.Installation = well

		for range slowShare {
			if l.admit(well, bridge.Freshchat, time.Now()) > 0 {
				t.Fatal("no turn to begin with")
			}

			c.slots <- struct{}{}
			c.take(claim)
		}

		pass(patience + time.Millisecond)

		if l.admit(well, bridge.Freshchat, time.Now()) == 0 {
			t.Fatal("a turn although as many take long as may")
		}

		c.leave()

		if store.given == 0 || store.refused > 0 {
			t.Errorf("of those that were told of a turn's end %d got one and %d did not", store.given, store.refused)
		}
	})
}

// A hundred messages to an account that refuses connections were tried a
// hundred times, then a hundred times again.
func TestADeadAccountIsProbedByOneMessageAtATime(t *testing.T) {
	onStage(t, func(s *stage) {
		dead := true
		calls := s.ails(func(ctx context.Context) error {
			if !dead {
				return nil
			}

			return turnAway(ctx)
		})

		s.chats(ill, 100)
		pass(time.Hour)

		// What was under way when the breaker opened, then about one a minute.
		if *calls < 60 || *calls > share+90 {
			t.Errorf("%d calls in an hour", *calls)
		}

		dead = false

		pass(2 * time.Minute)

		if got := s.arrived(ill); got != 100 {
			t.Errorf("%d of 100 messages have arrived two minutes after it came back", got)
		}
	}, neighbours)
}

// What was sent when the account stopped answering is read back when it answers
// again: it had arrived, and must not arrive twice.
func TestAProbeReadsBackWhatWasSent(t *testing.T) {
	onStage(t, func(s *stage) {
		s.chats(ill, 20)
		pass(time.Minute)

		dead := true
		s.fc.post = func(ctx context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if !dead {
				return take(), nil
			}

			take()

			return "", hang(ctx)
		}

		s.chats(ill, 20)
		pass(10 * time.Minute)

		dead = false

		pass(10 * time.Minute)

		if got := s.arrived(ill); got != 40 {
			t.Errorf("%d messages are in Freshchat, want 40", got)
		}
	}, neighbours)
}

// While TikTok hangs, a buyer's messages must not wait for her name.
func TestNamesAreNotAskedForWhileTikTokHangs(t *testing.T) {
	onStage(t, func(s *stage) {
		var asked atomic.Int64
		s.tt.conversation = func(ctx context.Context) error {
			asked.Add(1)

			return hang(ctx)
		}

		s.chats(well, 50)
		pass(time.Minute)

		if got := s.arrived(well); got != 50 {
			t.Errorf("%d of 50 messages have arrived", got)
		}

		if asked := asked.Load(); asked > 20 {
			t.Errorf("TikTok was asked %d times for names while it hung", asked)
		}
	}, neighbours)
}

func TestAUsedUpQuotaStopsOneShopUntilItsTime(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		calls, wait := 0, 8*time.Hour
		until := time.Now().Add(wait)

		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			calls++

			if left := time.Until(until); left > 0 {
				return "", &bridge.Failure{Class: bridge.RateLimited, Cause: bridge.CauseQuota, Certain: true, Wait: left}
			}

			return take(), nil
		}

		s.agentWrites(thread, "one")
		pass(time.Minute)
		s.stop() // a restart must not forget it
		s.start()
		s.agentWrites(thread, "two")
		pass(wait - 2*time.Minute)

		if calls != 1 {
			t.Errorf("%d calls after the quota was used up, want the one that told us", calls)
		}

		pass(2 * time.Minute)

		if got := s.tt.texts(); len(got) != 2 || got[0] != "one" {
			t.Errorf("on the next day the buyer reads %q", got)
		}
	})
}

// Freshchat asked for a minute's rest, and got none: every lane tried for
// itself.
func TestAStatedWaitHoldsBackTheWholeAccount(t *testing.T) {
	onStage(t, func(s *stage) {
		until := time.Now().Add(time.Minute)
		calls := s.ails(func(context.Context) error {
			if left := time.Until(until); left > 0 {
				return &bridge.Failure{Class: bridge.RateLimited, Certain: true, Wait: left}
			}

			return nil
		})

		s.chats(ill, 100)
		s.chats(well, 5)
		pass(59 * time.Second)

		if *calls > share {
			t.Errorf("%d calls within the wait, want those that were under way at most", *calls)
		}

		if got := s.arrived(well); got != 5 {
			t.Errorf("%d of 5 messages of the other account have arrived", got)
		}

		pass(time.Minute)

		if got := s.arrived(ill); got != 100 {
			t.Errorf("%d of 100 messages have arrived after the wait", got)
		}
	}, neighbours)
}

// Deliveries that only wait for the disk hold no worker, and are bounded all
// the same.
func TestTheDiskHoldsUpNoWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(1000, 1000)
		disk := make(chan struct{})
		c := newCrew(&Relay{store: &woken{limits: l}, clock: time.Now, limits: l}, bridge.Freshchat,
			func(bridge.Claim) func() { return func() { <-disk } })

		begun := 0

		for range 2 * (workers + settleRoom) {
			select {
			case c.slots <- struct{}{}:
				c.take(bridge.Claim{})
				synctest.Wait()

				begun++
			default:
			}
		}

		if begun != workers+settleRoom {
			t.Errorf("%d deliveries began while the disk stood still", begun)
		}

		close(disk)
		c.leave()

		if len(c.slots)+len(c.settling) > 0 {
			t.Errorf("%d slots and %d rooms are still taken", len(c.slots), len(c.settling))
		}
	})
}
