package install

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

// found are the checks that did not find everything fine, as "name: mend".
func (s *stage) found(h Handover, outcome Outcome) []string {
	s.t.Helper()

	checks, err := s.SelfTest(s.t.Context(), bridge.InstallationID(h.InstallID))
	if err != nil {
		s.t.Fatal(err)
	}

	var list []string

	for _, c := range checks {
		if c.Words == "" || c.Outcome == 0 {
			s.t.Errorf("%q says nothing", c.Name)
		}

		if c.Outcome == outcome {
			list = append(list, c.Name+": "+c.Mend)
		}
	}

	return list
}

func TestASelfTestOfWhatWorks(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)

	if faults := s.found(h, Faulty); len(faults) > 0 {
		t.Errorf("it finds %q", faults)
	}

	// Nobody has written yet.
	if unproven := s.found(h, Unproven); len(unproven) != 2 {
		t.Errorf("not seen yet: %q", unproven)
	}

	key := bridge.LinkKey{Installation: bridge.InstallationID(h.InstallID), Shop: beauty.ID, Conversation: "chat-1"}
	if _, err := s.store.Enqueue(t.Context(), bridge.Entry{
		Lane: key.Lane(bridge.In), Message: bridge.Message{ID: "m1", CreatedAt: s.clock(), Parts: []bridge.Part{{Kind: bridge.PartText, Text: "Hello"}}},
	}); err != nil {
		t.Fatal(err)
	}

	claims, err := s.store.Claim(t.Context(), bridge.Ask{Limit: 1, Lease: time.Minute})
	if err != nil || len(claims) != 1 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}

	if err := s.store.Ack(t.Context(), claims[0], bridge.Settlement{State: bridge.Delivered, At: s.clock()}); err != nil {
		t.Fatal(err)
	}

	if unproven := s.found(h, Unproven); len(unproven) != 1 || !strings.HasPrefix(unproven[0], "An agent's reply") {
		t.Errorf("after a buyer's message not seen yet: %q", unproven)
	}
}

func TestASelfTestNamesWhatIsBrokenWithItsMend(t *testing.T) {
	refusal := func(class bridge.Class, cause bridge.Cause) error {
		return &bridge.Failure{Op: "call", Class: class, Cause: cause, Certain: true, Words: "Refused."}
	}

	for name, row := range map[string]struct {
		spoil   func(*stage)
		outcome Outcome
		says    string
	}{
		"a key that was replaced in Freshchat": {func(s *stage) {
			s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) {
				return bridge.Account{}, refusal(bridge.Reauthorize, bridge.CauseCredentials)
			}
		}, Faulty, "Freshchat accepts the API key: Enter the new key."},
		"a key of another account": {func(s *stage) {
			s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) { return bridge.Account{ID: "other"}, nil }
		}, Faulty, "Freshchat accepts the API key: Enter a key of this account."},
		"a silent Freshchat": {func(s *stage) {
			s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) {
				return bridge.Account{}, refusal(bridge.Temporary, "")
			}
		}, Unproven, "Freshchat accepts the API key: Try again in a minute."},
		"a topic that was deleted": {func(s *stage) {
			s.freshchat.topics = func(bridge.FreshchatAccess) ([]bridge.Topic, error) { return nil, nil }
		}, Faulty, "The topic is there: Choose another topic."},
		"an authorization that has ended": {func(s *stage) {
			s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) {
				return nil, refusal(bridge.Reauthorize, bridge.CauseTokenExpired)
			}
		}, Faulty, "TikTok accepts the authorization, and our clock is right: Authorize the shop again."},
		"an authorization without the shop": {func(s *stage) {
			s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) { return []bridge.ShopInfo{home}, nil }
		}, Faulty, "TikTok accepts the authorization, and our clock is right: Authorize the shop again."},
		"a clock that is wrong": {func(s *stage) {
			s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) {
				return nil, refusal(bridge.Permanent, bridge.CauseClock)
			}
		}, Faulty, "TikTok accepts the authorization, and our clock is right: Contact support: the operator has to set it."},
		"a scope that is missing": {func(s *stage) {
			s.tiktok.chats = func(bridge.Access) error { return refusal(bridge.Reauthorize, bridge.CauseScopeMissing) }
		}, Faulty, "TikTok lets us read the shop's chats: Contact support if TikTok has not allowed it yet, then authorize the shop again."},
		"messages that are sent to nobody": {func(s *stage) { s.tiktok.deaf = true }, Faulty,
			"TikTok sends us the shop's messages: Nothing to do: we keep asking. If it stays like this for an hour, contact support."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			h := s.active("page", beauty.Code)
			row.spoil(s)

			if got := s.found(h, row.outcome); !slices.Contains(got, row.says) {
				t.Errorf("it finds %q", got)
			}
		})
	}
}

func TestASelfTestOfNobodysInstallation(t *testing.T) {
	s := newStage(t)
	if _, err := s.SelfTest(context.Background(), "ins_none"); err == nil {
		t.Error("it is tested")
	}
}
