package install

import (
	"errors"
	"testing"

	"sellerchat/server/bridge"
)

// Anybody may open an install page and post nonsense; the store must not grow
// by it.
func TestAPageOfWhichNothingIsKnownLeavesNoRecord(t *testing.T) {
	s := newStage(t)

	for name, step := range map[string]func() error{
		"another site is verified": func() error {
			_, err := s.Verify(t.Context(), "page", "evil.example", acmeKey)

			return err
		},
		"topics are reloaded": func() error {
			_, err := s.Topics(t.Context(), "page")

			return err
		},
		"a shop is looked for": func() error {
			_, _, err := s.FindShop(t.Context(), "page", form(beauty.Code).Claim)

			return err
		},
		"it is finished": func() error {
			_, err := s.Finish(t.Context(), "page", form(beauty.Code))

			return err
		},
		"a setup code is asked for": func() error {
			_, err := s.NewCode(t.Context(), "page")

			return err
		},
		"a code is handed to it": func() error {
			_, err := s.Offer(t.Context(), "page", "state", "uk", acmeCode)

			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := step(); err == nil {
				t.Error("it went well")
			}

			if _, err := s.store.Ticket(t.Context(), bridge.TicketFlow, "page"); !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("the page has a record: %v", err)
			}
		})
	}
}

// Older regional hosts are shared by many accounts: there a host tells a
// seller nothing about who will read her chats.
func TestASellerIsAskedByTheAccountsOwnName(t *testing.T) {
	const shared, own = "api.eu.freshchat.com", "stranger-77.freshchat.com"

	s := newStage(t)
	s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) {
		return bridge.Account{ID: "account-77", Domain: own}, nil
	}

	page, err := s.Verify(t.Context(), "page", shared, acmeKey)
	if err != nil {
		t.Fatal(err)
	}

	if page.Host != shared || page.Name != own {
		t.Errorf("the page is that of %q at %q", page.Name, page.Host)
	}

	if name, err := s.Waiting(t.Context(), "page", "state"); err != nil || name != own {
		t.Errorf("the seller is asked about %q, %v", name, err)
	}

	if name, err := s.Offer(t.Context(), "page", "state", "uk", acmeCode); err != nil || name != own {
		t.Errorf("the code is said to be with %q, %v", name, err)
	}

	t.Run("and by the host when the account has no name", func(t *testing.T) {
		s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) {
			return bridge.Account{ID: "account-77"}, nil
		}

		if _, err := s.Verify(t.Context(), "nameless", acme, acmeKey); err != nil {
			t.Fatal(err)
		}

		if name, err := s.Waiting(t.Context(), "nameless", "state-2"); err != nil || name != acme {
			t.Errorf("the seller is asked about %q, %v", name, err)
		}
	})
}
