package install

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestInstallingAgain(t *testing.T) {
	s := newStage(t)
	first := s.active("first", beauty.Code)
	before := s.installation(first)
	held := s.shopNow(beauty.ID)

	wanted := bridge.Settings{AfterResolve: bridge.StartNew, MarkRead: true}
	if err := s.SaveSettings(t.Context(), before.ID, "", wanted); err != nil {
		t.Fatal(err)
	}

	s.pass(48 * time.Hour)

	second := s.installed("second", beauty.Code)
	after := s.installation(second)

	if second.InstallID != first.InstallID || after.WebhookHash != before.WebhookHash || after.State != bridge.Active {
		t.Errorf("handed over %+v, state %s", second, after.State)
	}

	if second.LinkSecret == first.LinkSecret {
		t.Error("the link secret is the old one")
	}

	if diff := cmp.Diff(wanted, after.Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}

	if now := s.shopNow(beauty.ID); !now.ConnectedAt.Equal(held.ConnectedAt) || !now.ActivatedAt.Equal(held.ActivatedAt) {
		t.Errorf("a message on its way would be too old: connected %v, active %v", now.ConnectedAt, now.ActivatedAt)
	}

	t.Run("with another shop keeps the first and relays both", func(t *testing.T) {
		s.installed("third", home.Code)

		shops, err := s.store.Shops(t.Context(), before.ID)
		if err != nil || len(shops) != 2 {
			t.Fatalf("shops %v, %v", shops, err)
		}

		if added := s.shopNow(home.ID); !added.ActivatedAt.Equal(s.clock()) {
			t.Errorf("the shop that was added is active from %v", added.ActivatedAt)
		}
	})

	t.Run("after an uninstall begins anew", func(t *testing.T) {
		s.uninstall(first, 2000)

		third := s.installed("fourth", beauty.Code)
		if third.InstallID == first.InstallID {
			t.Error("the ended installation was revived")
		}

		if s.installation(third).State != bridge.Pending {
			t.Errorf("state %s", s.installation(third).State)
		}
	})
}

func TestTheOldLinkSecretIsGoodUntilTheNewOneIsUsed(t *testing.T) {
	s := newStage(t)
	old := s.active("first", beauty.Code)
	next := s.installed("second", beauty.Code)
	id := bridge.InstallationID(old.InstallID)

	expect := func(want ...string) {
		t.Helper()

		keys, err := s.LinkKeys(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}

		got := make([]string, len(keys))
		for i, k := range keys {
			got[i] = string(k.Secret)

			if k.Domain != acme {
				t.Errorf("domain %q", k.Domain)
			}
		}

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("secrets (-want +got):\n%s", diff)
		}
	}

	expect(old.LinkSecret, next.LinkSecret)

	t.Run("an unused one dies after a day", func(t *testing.T) {
		s.pass(bridge.NextSecretFor)
		expect(old.LinkSecret)

		if err := s.tend(t.Context()); err != nil {
			t.Fatal(err)
		}

		if inst := s.installation(old); inst.NextSecret != nil {
			t.Error("it is still stored")
		}
	})

	t.Run("the first call signed by it ends the old one", func(t *testing.T) {
		next := s.installed("third", beauty.Code)

		if _, err := s.Admit(t.Context(), Call{Installation: id, Event: "onAppInstall", JTI: "1", Next: true, Expires: s.clock()}); err != nil {
			t.Fatal(err)
		}

		expect(next.LinkSecret)
	})
}

// An account may be reached at several hosts. The page of a second
// installation may be left unfinished: what was handed over with the first has
// to go on working, or every agent's reply is refused from then on.
func TestInstallingAgainByAnotherHostLeavesTheOldLinkAlone(t *testing.T) {
	const other = "acme-eu.freshchat.com"

	s := newStage(t)
	s.freshchat.account = func(a bridge.FreshchatAccess) (bridge.Account, error) {
		return bridge.Account{ID: "account-1", Domain: a.Host}, nil
	}

	old := s.active("first", beauty.Code)
	id := bridge.InstallationID(old.InstallID)

	if _, err := s.Verify(t.Context(), "second", other, acmeKey); err != nil {
		t.Fatal(err)
	}

	page, err := s.Finish(t.Context(), "second", form(beauty.Code))
	if err != nil {
		t.Fatal(err)
	}

	next, err := s.Exchange(t.Context(), page.Installed.SetupCode)
	if err != nil || next.InstallID != old.InstallID || next.Domain != other {
		t.Fatalf("handed over %+v, %v", next, err)
	}

	expect := func(want ...LinkKey) {
		t.Helper()

		got, err := s.LinkKeys(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("link keys (-want +got):\n%s", diff)
		}
	}

	expect(LinkKey{[]byte(old.LinkSecret), acme}, LinkKey{[]byte(next.LinkSecret), other})

	if _, err := s.Admit(t.Context(), Call{Installation: id, Event: "onAppInstall", JTI: "1", Next: true, Expires: s.clock()}); err != nil {
		t.Fatal(err)
	}

	expect(LinkKey{[]byte(next.LinkSecret), other})
}
