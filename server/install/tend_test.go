package install

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
)

func TestAPendingInstallationIsRemovedAfterAnHour(t *testing.T) {
	s := newStage(t)
	h := s.installed("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)

	s.pass(bridge.PendingFor)

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if _, err := s.store.Installation(t.Context(), id); err != nil {
		t.Fatalf("within the hour: %v", err)
	}

	s.pass(time.Second)

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if _, err := s.store.Installation(t.Context(), id); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}

	if _, err := s.store.Shop(t.Context(), beauty.ID); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("the shop is not free: %v", err)
	}

	if len(s.tiktok.ended) != 1 {
		t.Errorf("unsubscribed %v", s.tiktok.ended)
	}
}

func TestAPendingInstallationBegunAnewHasAnotherHour(t *testing.T) {
	s := newStage(t)
	first := s.installed("page", beauty.Code)
	s.pass(bridge.PendingFor - time.Minute)
	s.installed("again", beauty.Code)
	s.pass(2 * time.Minute)

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if s.installation(first).State != bridge.Pending {
		t.Errorf("state %s", s.installation(first).State)
	}
}

func TestAnActiveInstallationStays(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	s.pass(400 * 24 * time.Hour)

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if s.installation(h).State != bridge.Active || len(s.tiktok.asked) != 1 {
		t.Errorf("state %s, subscribed %d times", s.installation(h).State, len(s.tiktok.asked))
	}
}

func TestAFailedSubscriptionIsAskedForAgain(t *testing.T) {
	s := newStage(t)
	s.tiktok.subscribe = func(bridge.Access) error { return &bridge.Failure{Class: bridge.Temporary} }
	s.active("page", beauty.Code)

	since := s.shopNow(beauty.ID).Subscription.Since

	t.Run("not while the seller has to authorize again", func(t *testing.T) {
		broken := func(health bridge.HealthItem) {
			_, err := s.store.UpdateAuthorization(t.Context(), bridge.AuthorizationKey{Market: "uk", OpenID: "seller-1"},
				func(a *bridge.Authorization) error {
					a.Health = health

					return nil
				})
			if err != nil {
				t.Fatal(err)
			}
		}

		broken(bridge.HealthItem{Broken: true})

		if err := s.tend(t.Context()); err != nil || len(s.tiktok.asked) != 1 {
			t.Errorf("asked %d times, %v", len(s.tiktok.asked), err)
		}

		broken(bridge.HealthItem{})
	})

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if now := s.shopNow(beauty.ID).Subscription; !now.Broken || !now.Since.Equal(since) || len(s.tiktok.asked) != 2 {
		t.Errorf("asked %d times, health %+v", len(s.tiktok.asked), now)
	}

	s.tiktok.subscribe = func(bridge.Access) error { return nil }

	s.pass(tendEvery)

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if now := s.shopNow(beauty.ID).Subscription; now.Broken {
		t.Errorf("health %+v", now)
	}
}

// TikTok refused for good, and was asked every half minute all the same.
func TestTikTokIsAskedMoreAndMoreRarely(t *testing.T) {
	s := newStage(t)
	s.tiktok.subscribe = func(bridge.Access) error { return &bridge.Failure{Class: bridge.Permanent, Certain: true} }
	s.active("page", beauty.Code)

	asked := func(d time.Duration) int {
		before := len(s.tiktok.asked)
		for range d / tendEvery {
			s.pass(tendEvery)

			if err := s.tend(t.Context()); err != nil {
				t.Fatal(err)
			}
		}

		return len(s.tiktok.asked) - before
	}

	if n := asked(2 * time.Minute); n != 4 {
		t.Errorf("in the first two minutes TikTok is asked %d times, want every time", n)
	}

	asked(22 * time.Hour)

	if n := asked(24 * time.Hour); n != 24 {
		t.Errorf("on the second day TikTok is asked %d times, want once an hour", n)
	}
}

// One account whose token cannot be opened must not keep the others from being
// looked after.
func TestOneInstallationKeepsNobodyElseFromBeingTended(t *testing.T) {
	s := newStage(t)
	s.tiktok.subscribe = func(bridge.Access) error { return &bridge.Failure{Class: bridge.Temporary} }
	s.active("page", beauty.Code) // ins_1 is visited first

	_, err := s.store.UpdateAuthorization(t.Context(), bridge.AuthorizationKey{Market: "uk", OpenID: "seller-1"},
		func(a *bridge.Authorization) error {
			a.AccessToken = bridge.Sealed("damaged")

			return nil
		})
	if err != nil {
		t.Fatal(err)
	}

	s.tiktok.exchange = func(context.Context, bridge.Market, string) (bridge.Grant, error) {
		g := granted(s.clock())
		g.OpenID = "seller-2"

		return g, nil
	}

	if _, err := s.Verify(t.Context(), "theirs", "theirs.freshchat.com", "their key"); err != nil {
		t.Fatal(err)
	}

	if _, err := s.Finish(t.Context(), "theirs", form(home.Code)); err != nil {
		t.Fatal(err)
	}

	s.pass(bridge.PendingFor + time.Second)

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if _, err := s.store.Installation(t.Context(), "ins_2"); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("the second was not looked after: %v", err)
	}

	if !strings.Contains(s.log.String(), "installation not tended") || !strings.Contains(s.log.String(), "ins_1") {
		t.Errorf("the log does not name the first: %s", s.log)
	}
}

// watched counts the rounds of tending and has nothing to tend.
type watched struct {
	Store

	rounds int
}

func (w *watched) EachInstallation(context.Context, func(bridge.Installation) error) error {
	w.rounds++

	return nil
}

func (w *watched) Sweep(context.Context, int) (int, error) {
	if w.rounds == 2 {
		return 0, errors.New("the disk is full")
	}

	return 0, nil
}

func TestTendGoesOnUntilItIsStopped(t *testing.T) {
	s := newStage(t)

	synctest.Test(t, func(t *testing.T) {
		store := &watched{}
		s.Service.store = store

		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)

		go func() { ended <- s.Tend(ctx) }()

		time.Sleep(3*tendEvery + time.Second) //nolint:forbidigo // the clock of the bubble
		stop()

		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}

		if store.rounds != 4 {
			t.Errorf("%d rounds", store.rounds)
		}
	})

	if n := strings.Count(s.log.String(), "tending incomplete"); n != 1 {
		t.Errorf("%d rounds are in the log as incomplete", n)
	}
}
