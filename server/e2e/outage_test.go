package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// refreshPath is where access tokens are renewed.
const refreshPath = "/api/v2/token/refresh"

// TestAnExpiredTokenIsRenewedOnceForAllWhoNeedIt also lets the token service be
// down for a moment. That once counted as the end of the authorization: the
// shop stood still until its seller authorized again.
func TestAnExpiredTokenIsRenewedOnceForAllWhoNeedIt(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		prepare func(*testing.T, *tiktoksim.Sim)
		calls   int
	}{
		"at the first attempt": {func(*testing.T, *tiktoksim.Sim) {}, 1},
		"after the token service was down": {func(t *testing.T, s *tiktoksim.Sim) {
			strike(t, s.Faults(), tiktoksim.FaultTokenService, onceOf(2))
		}, 3},
		"after its answer was lost, where the old refresh token stays good": {func(t *testing.T, s *tiktoksim.Sim) {
			settings := s.Settings()
			settings.RotateRefreshToken = false
			s.SetSettings(settings)
			strike(t, s.Faults(), tiktoksim.FaultTokenAnswerLost, onceOf(1))
		}, 2},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})

			var chats []*chat
			for i := range 6 {
				chats = append(chats, tn.opened(fmt.Sprintf("Buyer %d", i)))
			}

			test.prepare(t, tn.w.tiktok)

			if err := tn.w.tiktok.ExpireAccessToken(tn.marketName(), tn.seller.OpenID); err != nil {
				t.Fatal(err)
			}

			for _, c := range chats {
				c.agentReplies("one", "two")
			}

			for _, c := range chats {
				c.buyerSees("two")
				c.wantReceived("one", "two")
			}

			if got := tn.w.called(refreshPath); got != test.calls {
				t.Errorf("the token service was asked %d times, not %d", got, test.calls)
			}
		})
	}
}

// TestAnAuthorizationThatEndedPausesAndKeeps ends the seller's consent in every
// way there is. Replies wait, buyers' messages still arrive, the settings name
// the trouble, and a new consent through the install page sends everything that
// waits, in order.
func TestAnAuthorizationThatEndedPausesAndKeeps(t *testing.T) {
	t.Parallel()

	expire := func(t *testing.T, tn *tenant) {
		t.Helper()

		if err := tn.w.tiktok.ExpireAccessToken(tn.marketName(), tn.seller.OpenID); err != nil {
			t.Fatal(err)
		}
	}

	tests := map[string]func(*testing.T, *tenant){
		"the refresh token is refused": func(t *testing.T, tn *tenant) {
			expire(t, tn)

			if err := tn.w.tiktok.RevokeRefreshToken(tn.marketName(), tn.seller.OpenID); err != nil {
				t.Fatal(err)
			}
		},
		"the answer to the refresh was lost, and the old token with it": func(t *testing.T, tn *tenant) {
			expire(t, tn)
			strike(t, tn.w.tiktok.Faults(), tiktoksim.FaultTokenAnswerLost, onceOf(1))
		},
		"the seller withdrew it": func(t *testing.T, tn *tenant) {
			if err := tn.w.tiktok.Deauthorize(tn.shop.ID); err != nil {
				t.Fatal(err)
			}
		},
		"the scope for chats was taken away": func(t *testing.T, tn *tenant) {
			if err := tn.w.tiktok.SetScopes(tn.marketName(), tn.seller.OpenID, tiktoksim.ScopeShops); err != nil {
				t.Fatal(err)
			}
		},
		"the shop was deactivated": func(t *testing.T, tn *tenant) {
			strike(t, tn.w.tiktok.Faults(), tiktoksim.FaultShopDeactivated, simkit.Fault{Rate: 1, Only: send})
		},
	}

	says := map[string]string{
		"the scope for chats was taken away": "TikTok does not allow this app to use the shop's chats.",
		"the shop was deactivated":           "TikTok has deactivated this shop.",
	}

	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			emma, mei := tn.opened("Emma Clarke"), tn.opened("Mei Tan")
			tn.w.quiet()
			end(t, tn)

			emma.agentReplies("one", "two", "three")
			mei.agentReplies("uno", "due")
			tn.w.until("the settings say so", func() bool {
				return strings.Contains(tn.settings().text(), cmp.Or(says[name], "TikTok no longer accepts this shop's authorization."))
			})

			if name != "the seller withdrew it" && name != "the scope for chats was taken away" {
				emma.buyerWrites("are you there?")
				emma.agentSees("are you there?")
			}

			tn.w.until("everything waits", func() bool { return tn.w.queued() == 5 })
			emma.wantReceived()

			tn.w.tiktok.Faults().ClearAll()
			tn.install()
			emma.buyerSees("three")
			mei.buyerSees("due")
			tn.w.quiet()
			emma.wantReceived("one", "two", "three")
			mei.wantReceived("uno", "due")

			if got := tn.settings().text(); !strings.Contains(got, "Everything works.") {
				t.Errorf("the settings still say: %s", got)
			}
		})
	}
}

// TestRevokedCredentialsPauseAndKeep takes the API key away. What buyers write
// waits, what agents write still goes out, and when the key works again, by
// itself or because the admin entered another, all of it arrives in order.
func TestRevokedCredentialsPauseAndKeep(t *testing.T) {
	t.Parallel()

	fault := func(name string) (func(*testing.T, *tenant), func(*testing.T, *tenant)) {
		return func(t *testing.T, tn *tenant) { strike(t, tn.w.freshchat.Faults(), name, always) },
			func(_ *testing.T, tn *tenant) { tn.w.freshchat.Faults().Clear(name) }
	}
	revoke, restore := fault(freshchatsim.FaultKeyRevoked)
	forbid, allow := fault(freshchatsim.FaultScopeMissing)
	rotate := func(t *testing.T, tn *tenant) {
		if _, err := tn.w.freshchat.RotateKey(tn.account.AppID); err != nil {
			t.Fatal(err)
		}
	}

	tests := map[string]struct{ end, mend func(*testing.T, *tenant) }{
		"and the key works again by itself": {revoke, restore},
		"and its rights are given back":     {forbid, allow},
		"and the admin enters another key":  {rotate, func(_ *testing.T, tn *tenant) { tn.install() }},
		"and the backend is restarted between": {revoke, func(t *testing.T, tn *tenant) {
			tn.w.restart()
			restore(t, tn)
		}},
	}

	says := map[string]string{
		"and its rights are given back": "Freshchat does not let the API key write messages.",
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			emma := tn.opened("Emma Clarke")
			tn.w.quiet()
			test.end(t, tn)

			mei := tn.addBuyer("Mei Tan")
			emma.buyerWrites("one", "two", "three")
			mei.buyerWrites("uno", "due")
			tn.w.until("the settings say so", func() bool {
				return strings.Contains(tn.settings().text(), cmp.Or(says[name], "Freshchat no longer accepts the API key."))
			})

			emma.agentReplies("I am still here")
			emma.buyerSees("I am still here")
			// The reply's own echo may be among them.
			tn.w.until("everything waits", func() bool { return tn.w.queued() >= 5 })
			emma.wantShown("Hello, I am Emma Clarke")

			test.mend(t, tn)
			emma.agentSees("three")
			mei.agentSees("due")
			tn.w.quiet()
			emma.wantShown("Hello, I am Emma Clarke", "one", "two", "three")
			mei.wantShown("uno", "due")
		})
	}
}

// TestATopicThatIsGonePausesAndKeeps removes the topic: known conversations go
// on, new ones wait until the admin has chosen another topic.
func TestATopicThatIsGonePausesAndKeeps(t *testing.T) {
	t.Parallel()

	tests := map[string]func(*freshchatsim.Sim, string, string) error{
		"deleted":      (*freshchatsim.Sim).RemoveTopic,
		"switched off": func(s *freshchatsim.Sim, app, topic string) error { return s.EnableTopic(app, topic, false) },
	}

	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			emma := tn.opened("Emma Clarke")

			if err := end(tn.w.freshchat, tn.account.AppID, tn.topic(t, topicName)); err != nil {
				t.Fatal(err)
			}

			emma.buyerWrites("still the same conversation")
			emma.agentSees("still the same conversation")

			mei := tn.addBuyer("Mei Tan")
			mei.buyerWrites("uno", "due")
			tn.w.until("the settings say so", func() bool {
				return strings.Contains(tn.settings().text(), "The topic is no longer available in Freshchat.")
			})
			tn.w.until("both wait", func() bool { return tn.w.queued() == 2 })

			p := tn.finish(tn.verified(), tn.authorize(), tn.shop.Code, topicOther)
			if !strings.HasPrefix(p.notice(), "App Installed") {
				t.Fatalf("not installed: %s", p.text())
			}

			mei.agentSees("due")
			tn.w.quiet()
			mei.wantShown("uno", "due")

			if want := tn.topic(t, topicOther); mei.thread().TopicID != want {
				t.Errorf("the conversation is under topic %s", mei.thread().TopicID)
			}
		})
	}
}

// TestWhatOnlyTimeOrTheOperatorMendsIsKept has the refusals that say nothing
// against the message and last: it waits, over a restart too, and then goes
// out.
func TestWhatOnlyTimeOrTheOperatorMendsIsKept(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		fault string
		wait  time.Duration
	}{
		"the quota of the day is reached": {tiktoksim.FaultQuota, 25 * time.Hour},
		"our signature is not accepted":   {tiktoksim.FaultSignature, 2 * time.Minute},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			emma := tn.opened("Emma Clarke")
			tn.w.quiet()
			strike(t, tn.w.tiktok.Faults(), test.fault, simkit.Fault{Rate: 1, Only: send})

			emma.agentReplies("one", "two")
			tn.w.until("it was refused", func() bool { return hits(tn.w.tiktok.Faults(), test.fault) > 0 })
			tn.w.until("both wait", func() bool { return tn.w.queued() == 2 })
			tn.w.tiktok.Faults().ClearAll()

			tn.w.clock.Advance(test.wait)
			tn.w.restart()
			emma.buyerSees("two")
			tn.w.quiet()
			emma.wantReceived("one", "two")

			if notes := emma.notes(); slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "not sent") }) {
				t.Errorf("the agents were told: %q", notes)
			}
		})
	}
}
