package relay

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// Freshchat knows a conversation by its first id, by its number, or now by the
// one and now by the other.
func TestAConversationIsReachedByWhicheverIdItIsKnown(t *testing.T) {
	const number = bridge.ThreadID("4711")

	uuid := func(thread bridge.ThreadID) bool { return thread != number }
	numeric := func(thread bridge.ThreadID) bool { return thread == number }

	for name, row := range map[string]struct {
		first, then func(bridge.ThreadID) bool
	}{
		"by the first":                     {uuid, uuid},
		"by its number":                    {numeric, numeric},
		"by the first, then by its number": {uuid, numeric},
		"by its number, then by the first": {numeric, uuid},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.refuses("bad")

				s.fc.open = func(_ context.Context, take func() bridge.Opened) (bridge.Opened, error) {
					o := take()
					o.Numeric = number

					return o, nil
				}

				thread := s.opened()
				s.fc.knows = row.first

				// A note comes first, then a message: both have to find it.
				s.agentWrites(number, "bad")
				pass(time.Second)
				s.buyerWrites("Are you there?")
				pass(time.Second)

				s.fc.knows = row.then
				s.agentWrites(thread, "Yes.")
				s.buyerWrites("Thank you.")
				pass(time.Second)

				// An answer gets lost, and it is read back.
				s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
					s.fc.post = nil

					take()

					return "", unknown()
				}
				s.buyerWrites("Bye.")
				s.agentWrites(number, "Bye!")
				pass(time.Minute)

				seen := append(s.fc.shown(thread), s.fc.shown(number)...)
				want := []string{
					"hello", "[Your message “bad” was not sent to the buyer. Write it differently.]",
					"Are you there?", "Thank you.", "Bye.",
				}

				slices.Sort(want)
				slices.Sort(seen)

				if diff := cmp.Diff(want, seen); diff != "" {
					t.Errorf("the agent sees -want +got:\n%s", diff)
				}

				if diff := cmp.Diff([]string{"Yes.", "Bye!"}, s.tt.texts()); diff != "" {
					t.Errorf("the buyer sees -want +got:\n%s", diff)
				}
			})
		})
	}
}

// Only one id was known of a conversation that was found again after a crash.
func TestTheOtherIdOfAConversationIsLearnt(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()

		inst, err := s.store.Installation(s.t.Context(), testInstallation)
		if err != nil {
			t.Fatal(err)
		}

		_, err = s.relay.freshchatEvent(s.t.Context(), inst, bridge.FreshchatEvent{
			Kind: bridge.FreshchatMessage, Thread: thread, Numeric: "4711",
			Message: bridge.Message{
				ID: "reply", Author: bridge.Agent, AuthorID: "agent_1", CreatedAt: time.Now(),
				Parts: []bridge.Part{{Kind: bridge.PartText, Text: "Yes."}},
			},
		}, bridge.PathWebhook)
		if err != nil {
			t.Fatal(err)
		}

		s.agentWrites("4711", "Really.")
		pass(time.Second)

		if diff := cmp.Diff([]string{"Yes.", "Really."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}
	})
}
