package install

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sellerchat/server/bridge"
)

func TestVerifyExplainsEachFailureInItsOwnWords(t *testing.T) {
	tests := map[string]struct {
		failure *bridge.Failure
		topics  bool // the failure comes with the topics only
		field   string
		says    string
	}{
		"a key that is refused": {
			&bridge.Failure{Class: bridge.Reauthorize, Cause: bridge.CauseCredentials}, false,
			FieldKey, "Freshchat did not accept this API key.",
		},
		"a key that may not read the account": {
			&bridge.Failure{Class: bridge.Reauthorize, Cause: bridge.CauseScopeMissing}, false,
			FieldKey, "The key works, but may not read topics.",
		},
		"a key that may not read topics": {
			&bridge.Failure{Class: bridge.Reauthorize, Cause: bridge.CauseScopeMissing}, true,
			FieldKey, "The key works, but may not read topics.",
		},
		"a host that is nobody's": {
			&bridge.Failure{Class: bridge.Temporary, Cause: bridge.CauseHost}, false,
			FieldDomain, "There is no Freshchat at " + acme + ".",
		},
		"a host that is silent": {
			&bridge.Failure{Class: bridge.Temporary}, false,
			FieldDomain, "We could not reach " + acme + ".",
		},
		"an account that is asked too often": {
			&bridge.Failure{Class: bridge.RateLimited}, false,
			FieldKey, "Freshchat asked for a pause.",
		},
	}

	said := map[string]bool{}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			if test.topics {
				s.freshchat.topics = func(bridge.FreshchatAccess) ([]bridge.Topic, error) { return nil, test.failure }
			} else {
				s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) { return bridge.Account{}, test.failure }
			}

			page, err := s.Verify(t.Context(), "page", acme, acmeKey)
			refused(t, err, test.field, test.says)

			if page.Verified || page.KeyEnd != "" {
				t.Errorf("the page counts as verified: %+v", page)
			}

			said[test.says] = true
		})
	}

	if len(said) < 4 {
		t.Errorf("%d different sentences", len(said))
	}
}

func TestVerify(t *testing.T) {
	s := newStage(t)

	page, err := s.Verify(t.Context(), "page", acme, "Bearer eyJhbGciOi\nJIUzI1NiJ9.acme-key-\u200bx9Qk ")
	if err != nil {
		t.Fatal(err)
	}

	if !page.Verified || page.Host != acme || page.KeyEnd != "x9Qk" {
		t.Errorf("page shows %+v", page)
	}

	if len(page.Topics) != 1 || page.Topics[0] != topic {
		t.Errorf("offers topics %v, want only the one that is switched on", page.Topics)
	}

	t.Run("topics that cannot be read do not undo it", func(t *testing.T) {
		s.freshchat.topics = func(bridge.FreshchatAccess) ([]bridge.Topic, error) {
			return nil, &bridge.Failure{Class: bridge.Temporary}
		}

		page, err := s.Topics(t.Context(), "page")
		if err != nil || !page.Verified || !page.TopicsFailed {
			t.Errorf("page shows %+v, %v", page, err)
		}
	})

	t.Run("an empty key keeps the one that was verified", func(t *testing.T) {
		s.freshchat.topics = newFreshchat().topics

		page, err := s.Verify(t.Context(), "page", acme, " ")
		if err != nil || page.KeyEnd != "x9Qk" {
			t.Errorf("page shows %+v, %v", page, err)
		}
	})

	t.Run("the kept key is never sent to another host", func(t *testing.T) {
		s.freshchat.account = func(a bridge.FreshchatAccess) (bridge.Account, error) {
			t.Errorf("asked %s", a.Host)

			return bridge.Account{}, errors.New("asked")
		}

		page, err := s.Verify(t.Context(), "page", "other.freshchat.com", "")
		refused(t, err, FieldKey, "The API key is missing")

		if page.Verified {
			t.Error("the page counts as verified")
		}
	})

	t.Run("topics before it are refused", func(t *testing.T) {
		_, err := s.Topics(t.Context(), "page")
		refused(t, err, FieldKey, "not verified yet")
	})
}

func TestVerifyRefusesBeforeAnyRequestLeaves(t *testing.T) {
	tests := map[string]struct{ domain, key, field, says string }{
		"a foreign host":    {"169.254.169.254", acmeKey, FieldDomain, "not a Freshchat domain"},
		"no key":            {acme, " ", FieldKey, "is missing"},
		"only the word":     {acme, "Bearer ", FieldKey, "is missing"},
		"a key without end": {acme, strings.Repeat("k", maxTyped+1), FieldKey, "longer than anything"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) {
				t.Error("a request left")

				return bridge.Account{}, errors.New("asked")
			}

			_, err := s.Verify(t.Context(), "page", test.domain, test.key)
			refused(t, err, test.field, test.says)
		})
	}
}

func TestWhatWasTypedIsSealed(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	ticket, err := s.store.Ticket(t.Context(), bridge.TicketFlow, "page")
	if err != nil {
		t.Fatal(err)
	}

	if strings.Contains(string(ticket.Value), acmeKey) {
		t.Error("the key lies in the store as it is")
	}

	if strings.Contains(s.log.String(), acmeKey) {
		t.Error("the key is in the log")
	}

	t.Run("a page is forgotten after an hour", func(t *testing.T) {
		s.pass(bridge.FlowFor)

		page, err := s.Page(t.Context(), "page")
		if err != nil || page.Verified {
			t.Errorf("page shows %+v, %v", page, err)
		}
	})
}

func TestExchangeExplainsEachFailureInItsOwnWords(t *testing.T) {
	failed := func(f *bridge.Failure) func() (bridge.Grant, error) {
		return func() (bridge.Grant, error) { return bridge.Grant{}, f }
	}
	with := func(change func(*bridge.Grant)) func() (bridge.Grant, error) {
		return func() (bridge.Grant, error) {
			g := granted(began)
			change(&g)

			return g, nil
		}
	}

	tests := map[string]struct {
		answer func() (bridge.Grant, error)
		says   string
		// dropped is true when a code that was handed over is no good any more.
		dropped bool
	}{
		"a spent code":                   {failed(&bridge.Failure{Class: bridge.Permanent, Cause: bridge.CauseCodeSpent}), "has been used or is older than 30 minutes", true},
		"a foreign code":                 {failed(&bridge.Failure{Class: bridge.Permanent}), "TikTok does not know this code", true},
		"an app without the chat right":  {failed(&bridge.Failure{Class: bridge.Reauthorize, Cause: bridge.CauseScopeMissing}), "has not allowed this app to read", true},
		"a grant without the chat right": {with(func(g *bridge.Grant) { g.Scopes = []string{"seller.product"} }), "has not allowed this app to read", true},
		"a creator's authorization":      {with(func(g *bridge.Grant) { g.SellerType = 1 }), "not a seller's authorization", true},
		"no answer":                      {failed(&bridge.Failure{Class: bridge.Temporary}), "TikTok did not answer", false},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.verified("page")
			s.tiktok.exchange = func(context.Context, bridge.Market, string) (bridge.Grant, error) { return test.answer() }

			if _, err := s.Offer(t.Context(), "page", "state", "uk", acmeCode); err != nil {
				t.Fatal(err)
			}

			page, _, err := s.FindShop(t.Context(), "page", Claim{ShopCode: beauty.Code})
			refused(t, err, FieldCode, test.says)

			if page.CodeTaken || (page.Offered == "") != test.dropped {
				t.Errorf("code taken %v, still offered %q", page.CodeTaken, page.Offered)
			}

			if strings.Contains(err.Error()+s.log.String(), acmeCode) {
				t.Error("the code is in the error or the log")
			}
		})
	}

	t.Run("a fault of ours has no words", func(t *testing.T) {
		s := newStage(t)
		s.verified("page")
		s.tiktok.exchange = func(context.Context, bridge.Market, string) (bridge.Grant, error) {
			return failed(&bridge.Failure{Class: bridge.Permanent, Cause: bridge.CauseOurs})()
		}

		if _, err := s.Finish(t.Context(), "page", form(beauty.Code)); bridge.CodeOf(err) != bridge.Internal {
			t.Errorf("error %v", err)
		}
	})
}
