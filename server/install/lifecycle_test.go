package install

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestConfirm(t *testing.T) {
	s := newStage(t)
	h := s.installed("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)
	s.pass(time.Minute)

	yes, err := s.Confirm(t.Context(), id, Lifecycle{At: 1000, Host: "acme.myfreshworks.com", Region: "eu"})
	if err != nil || !yes {
		t.Fatalf("confirm: %v, %v", yes, err)
	}

	inst := s.installation(h)
	if inst.State != bridge.Active || inst.PlatformHost != "acme.myfreshworks.com" || inst.Region != "eu" || inst.Host != acme {
		t.Errorf("stored %+v", inst)
	}

	if shop := s.shopNow(beauty.ID); !shop.ActivatedAt.Equal(s.clock()) {
		t.Errorf("the shop is active from %v", shop.ActivatedAt)
	}

	t.Run("again it stays active", func(t *testing.T) {
		s.confirm(h, 1000)

		if s.installation(h).State != bridge.Active {
			t.Error("it is not")
		}
	})

	t.Run("an installation that is not there", func(t *testing.T) {
		if _, err := s.Confirm(t.Context(), "ins_9", Lifecycle{At: 1}); bridge.CodeOf(err) != bridge.Unauthorized {
			t.Errorf("error %v", err)
		}
	})
}

// One wrong clock at the platform must not make an installation that nobody
// can end.
func TestATimeFarAheadIsForgottenAfterADay(t *testing.T) {
	for name, ahead := range map[string]int64{
		"in another century": began.AddDate(100, 0, 0).UnixMilli(),
		"in nanoseconds":     began.UnixNano(),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			h := s.installed("page", beauty.Code)
			s.confirm(h, ahead)
			s.pass(25 * time.Hour)
			s.uninstall(h, s.clock().UnixMilli())

			if s.installation(h).State != bridge.Uninstalled {
				t.Errorf("state %s", s.installation(h).State)
			}
		})
	}
}

func TestLateLifecycleEventsChangeNothing(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)

	yes, err := s.Uninstall(t.Context(), id, Lifecycle{At: 999})
	if err != nil || yes {
		t.Errorf("an uninstall from before the installation: applied %v, %v", yes, err)
	}

	if s.installation(h).State != bridge.Active || len(s.tiktok.ended) != 0 {
		t.Errorf("state %s, ended %v", s.installation(h).State, s.tiktok.ended)
	}

	s.uninstall(h, 2000)

	if yes, err := s.Uninstall(t.Context(), id, Lifecycle{At: 1500}); err != nil || yes {
		t.Errorf("an older uninstall: applied %v, %v", yes, err)
	}

	if _, err := s.Confirm(t.Context(), id, Lifecycle{At: 1500}); bridge.CodeOf(err) != bridge.Unauthorized {
		t.Errorf("an installation that ended was confirmed: %v", err)
	}
}

func TestUninstallEndsEverythingAtOnce(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	s.uninstall(h, 2000)

	if _, err := s.store.Shop(t.Context(), beauty.ID); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("the shop is not free: %v", err)
	}

	key := bridge.AuthorizationKey{Market: "uk", OpenID: "seller-1"}
	if _, err := s.store.Authorization(t.Context(), key); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("the tokens are still there: %v", err)
	}

	want := []bridge.Access{{Market: "uk", Token: "ROW_access-token", Cipher: beauty.Cipher}}
	if diff := cmp.Diff(want, s.tiktok.ended); diff != "" {
		t.Errorf("unsubscribed (-want +got):\n%s", diff)
	}

	if _, err := s.Uninstall(t.Context(), "ins_9", Lifecycle{At: 1}); bridge.CodeOf(err) != bridge.Unauthorized {
		t.Errorf("an installation that never was: %v", err)
	}
}
