package relay

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// The admin installed again, with a new key and a new consent, while calls with
// the old ones were under way. Their refusals then stopped what had just been
// mended, and nothing would ever have started it again.
func TestARefusalOfWhatWasReplacedStopsNothing(t *testing.T) {
	t.Run("the token of a shop", func(t *testing.T) {
		onStage(t, func(s *stage) {
			thread := s.opened()
			first := true
			s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
				if first {
					first = false

					s.mend()

					return "", refused()
				}

				return take(), nil
			}

			s.agentWrites(thread, "Yes, we do.")
			pass(time.Minute)

			if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
				t.Errorf("the buyer sees -want +got:\n%s", diff)
			}
		})
	})

	t.Run("the key of an account", func(t *testing.T) {
		onStage(t, func(s *stage) {
			thread := s.opened()
			first := true
			s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
				if first {
					first = false

					s.mend()

					return "", refused()
				}

				return take(), nil
			}

			s.buyerWrites("Are you there?")
			pass(time.Minute)

			if diff := cmp.Diff([]string{"hello", "Are you there?"}, s.fc.shown(thread)); diff != "" {
				t.Errorf("the agent sees -want +got:\n%s", diff)
			}
		})
	})
}

func TestTheAdminIsToldWhatStopsTheShop(t *testing.T) {
	for cause, want := range map[bridge.Cause]string{
		bridge.CauseScopeMissing: "TikTok does not allow this app to use the shop's chats.",
		"":                       "TikTok no longer accepts this shop's authorization.",
	} {
		t.Run(want, func(t *testing.T) {
			onStage(t, func(s *stage) {
				thread := s.opened()
				s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
					return "", &bridge.Failure{Op: "send", Class: bridge.Reauthorize, Cause: cause, Certain: true}
				}

				s.agentWrites(thread, "Yes, we do.")
				pass(time.Minute)

				shop, err := s.store.Shop(t.Context(), testShop)
				if err != nil {
					t.Fatal(err)
				}

				consent, err := s.store.Authorization(t.Context(), shop.Authorization)
				if err != nil || !consent.Health.Broken || consent.Health.Reason != want || consent.Health.Action == "" {
					t.Errorf("the admin is told %+v (%v), want %q", consent.Health, err, want)
				}
			})
		})
	}
}

// lateMend is a store in which the admin installs again between the mark of
// what is broken and the pause.
type lateMend struct {
	Store
	mend func()
}

func (l lateMend) Pause(ctx context.Context, p bridge.Pause) error {
	l.mend()

	return l.Store.Pause(ctx, p)
}

func TestAPauseThatComesAfterTheMendingEnds(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		first := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if first {
				first = false

				return "", refused()
			}

			return take(), nil
		}

		s.agentWrites(thread, "Yes, we do.")
		pass(time.Minute)

		if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}
	}, func(s *stage) { s.port = lateMend{s.store, s.mend} })
}

// dyingResume is a store that cannot resume, once, as if the program had died
// before it came to that.
type dyingResume struct {
	Store
	died *atomic.Bool
}

func (d dyingResume) Resume(ctx context.Context, p bridge.Pause) error {
	if d.died.CompareAndSwap(false, true) {
		return errors.New("died")
	}

	return d.Store.Resume(ctx, p)
}

// Credentials that worked again were marked so first. A crash before the lanes
// were resumed left an installation that was well, and stood still for good.
func TestACrashWhileMendingLeavesNothingStanding(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		until := time.Now().Add(5 * time.Second)
		s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if time.Now().Before(until) {
				return "", refused()
			}

			return take(), nil
		}

		s.buyerWrites("Are you there?")
		synctest.Wait()

		ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Minute)
		defer cancel()

		if err := s.relay.Upkeep(ctx); err != nil {
			t.Error(err)
		}

		if diff := cmp.Diff([]string{"hello", "Are you there?"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}
	}, func(s *stage) { s.port = dyingResume{s.store, &atomic.Bool{}} })
}

// Freshchat asked for half a minute. Workers that had been admitted before were
// told to wait for their share of the rate, a fifth of a second, and that took
// the place of the half minute.
func TestAStatedWaitIsNotCutShort(t *testing.T) {
	l := newLimits(5, 2)
	now := time.Unix(1_760_000_000, 0)

	l.refused("a", bridge.Freshchat, now, now.Add(30*time.Second))
	l.refused("a", bridge.Freshchat, now, now.Add(time.Second))

	if wait := l.admit("a", bridge.Freshchat, now.Add(10*time.Second)); wait != 20*time.Second {
		t.Errorf("ten seconds later the wait is %v, want 20s", wait)
	}

	if wait := l.admit("a", bridge.Freshchat, now.Add(30*time.Second)); wait != 0 {
		t.Errorf("when it is over the wait is %v", wait)
	}

	if wait := l.admit("b", bridge.Freshchat, now); wait != 0 {
		t.Errorf("another account waits %v", wait)
	}
}
