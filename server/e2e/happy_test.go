package e2e

import (
	"strings"
	"testing"
)

func TestABuyerWritesAnAgentAnswers(t *testing.T) {
	t.Parallel()

	paths := map[string]func(*tenant){
		"answers come by the Marketplace's product events": func(*tenant) {},
		"answers come by Freshchat's own webhooks": func(tn *tenant) {
			tn.events.Store(false)
			tn.useWebhooks()
		},
		"answers come by both, and count once": (*tenant).useWebhooks,
	}

	for name, prepare := range paths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			prepare(tn)

			emma := tn.addBuyer("Emma Clarke")
			emma.buyerWrites("Hi 👋🏽, is the serum <vegan> & cruelty-free?", "Asking for my sister 🙈")
			emma.agentSees("Asking for my sister 🙈")

			thread := emma.thread()
			if want := tn.topic(t, topicName); thread.TopicID != want {
				t.Errorf("the conversation is under topic %s, not under %s", thread.TopicID, want)
			}

			if got := strings.TrimSpace(thread.User.FirstName + " " + thread.User.LastName); got != "Emma Clarke" {
				t.Errorf("the agent sees the name %q", got)
			}

			emma.agentReplies("Yes, both 🌱", "Anything else?")
			emma.buyerSees("Anything else?")
			emma.buyerWrites("No, thanks 🎉")
			emma.agentSees("No, thanks 🎉")

			tn.w.quiet()
			emma.wantShown("Hi 👋🏽, is the serum <vegan> & cruelty-free?", "Asking for my sister 🙈", "No, thanks 🎉")
			emma.wantReceived("Yes, both 🌱", "Anything else?")

			if notes := emma.notes(); len(notes) > 0 {
				t.Errorf("agents were told: %q", notes)
			}
		})
	}
}
