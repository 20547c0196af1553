package relay

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// broken is a platform's answer that it failed, by which nobody knows whether
// it did what it was asked.
func broken() error { return &bridge.Failure{Op: "call", Class: bridge.Temporary, Status: 500} }

// TikTok answered 500 to one reply, whenever it was sent, and took everything
// else. The reply stood in the way of its conversation for thirteen days.
func TestAReplyThatTikTokAlwaysFailsOnDoesNotBlockItsConversation(t *testing.T) {
	onStage(t, func(s *stage) {
		thread, other := s.opened(), s.opensChat(testShop, "chat_2")
		s.tt.send = func(_ context.Context, text string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if text == "poison" {
				return "", broken()
			}

			return take(), nil
		}

		s.agentWrites(thread, "poison")
		pass(time.Second)
		s.agentWrites(thread, "and then")

		for range 58 {
			s.agentWrites(other, "fine")
			pass(time.Minute)
		}

		if slices.Contains(s.tt.texts(), "and then") {
			t.Error("within the hour the reply was given up")
		}

		for range 10 {
			s.agentWrites(other, "fine")
			pass(time.Minute)
		}

		if !slices.Contains(s.tt.texts(), "and then") {
			t.Error("the conversation still stands still")
		}

		s.toldExactly(thread, "in the end", "Your message “poison” was not sent to the buyer. "+wordsHopelessOut)
	})
}

func TestABuyersMessageThatFreshchatAlwaysFailsOnDoesNotBlockHerConversation(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.opensChat(testShop, "chat_2")
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if p.Text == "poison" {
				return "", broken()
			}

			return take(), nil
		}

		s.buyerWrites("poison")
		pass(time.Second)
		s.buyerWrites("and then")

		for range 70 {
			s.buyerOf(testShop, "chat_2", "fine")
			pass(time.Minute)
		}

		want := []string{"hello", "and then", "[A message from the buyer “poison” could not be shown here, because Freshchat did not take it. Open TikTok Seller Center to read what is missing.]"}

		got := s.fc.shown(thread)
		slices.Sort(got[min(1, len(got)):])
		slices.Sort(want[1:])

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}
	})
}

// TikTok was down for most of a day, for everybody.
func TestAnOutageGivesNothingUp(t *testing.T) {
	onStage(t, func(s *stage) {
		thread, other := s.opened(), s.opensChat(testShop, "chat_2")
		until := time.Now().Add(20 * time.Hour)
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if time.Now().Before(until) {
				return "", broken()
			}

			return take(), nil
		}

		s.agentWrites(thread, "one")
		s.agentWrites(other, "two")
		pass(21 * time.Hour)

		got := s.tt.texts()
		slices.Sort(got)

		if diff := cmp.Diff([]string{"one", "two"}, got); diff != "" {
			t.Errorf("after the outage the buyers see -want +got:\n%s", diff)
		}

		if notes := s.fc.notes(thread); len(notes) != 0 {
			t.Errorf("the agent is told %q", notes)
		}
	})
}
