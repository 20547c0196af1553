package relay

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// mayNot is Freshchat's refusal to let a key write.
func mayNot() error {
	return &bridge.Failure{Op: "post", Class: bridge.Reauthorize, Cause: bridge.CauseScopeMissing, Certain: true, Status: 403}
}

func (s *stage) credentials() bridge.HealthItem {
	s.t.Helper()

	inst, err := s.store.Installation(s.t.Context(), testInstallation)
	if err != nil {
		s.t.Fatal(err)
	}

	return inst.Health.Credentials
}

// A key that may read but not write was found to work, and then not to, every
// quarter of a minute.
func TestAKeyThatMayReadButNotWriteIsBrokenAndStaysSo(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.opensChat(testShop, "chat_2")
		s.tend()

		var posts atomic.Int64
		s.fc.post = func(context.Context, bridge.Post, func() bridge.MessageID) (bridge.MessageID, error) {
			posts.Add(1)

			return "", mayNot()
		}

		s.buyerWrites("Are you there?")
		s.buyerOf(testShop, "chat_2", "Hello?")
		pass(time.Minute)

		since := s.credentials().Since
		if h := s.credentials(); !h.Broken || h.Reason != reasonScope {
			t.Fatalf("the admin is told %+v", h)
		}

		for range 24 * 60 {
			pass(time.Minute)

			if h := s.credentials(); !h.Broken || !h.Since.Equal(since) {
				t.Fatalf("the health is %+v", h)
			}
		}

		if posts := posts.Load(); posts > 1000 {
			t.Errorf("in a day it was tried %d times", posts)
		}

		s.fc.post = nil

		pass(probeMost + time.Minute)

		if diff := cmp.Diff([]string{"hello", "Are you there?"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("with the right to write the agent sees -want +got:\n%s", diff)
		}

		if h := s.credentials(); h.Broken {
			t.Errorf("in the end the health is %+v", h)
		}
	})
}

func TestANoteThatMayNotBeWrittenKeepsNoBuyerBack(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.refuses("bad")
		s.tend()
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if p.Private {
				return "", mayNot()
			}

			return take(), nil
		}

		s.agentWrites(thread, "bad")
		pass(10 * time.Minute)
		s.buyerWrites("Are you there?")
		pass(time.Second)

		if diff := cmp.Diff([]string{"hello", "Are you there?"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}

		if h := s.credentials(); h.Broken {
			t.Errorf("the health is %+v", h)
		}
	})
}

func TestOneConversationThatIsClosedToUsStopsNoOther(t *testing.T) {
	onStage(t, func(s *stage) {
		thread, other := s.opened(), s.opensChat(testShop, "chat_2")
		s.tend()
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if p.Text == "poison" {
				return "", mayNot()
			}

			return take(), nil
		}

		s.buyerWrites("poison")
		pass(time.Second)
		s.buyerWrites("and then")

		for range 70 {
			s.buyerOf(testShop, "chat_2", "fine")
			pass(time.Minute)

			if h := s.credentials(); h.Broken {
				t.Fatalf("the health is %+v", h)
			}
		}

		if n := len(s.fc.shown(other)); n != 71 {
			t.Errorf("in the other conversation there are %d messages", n)
		}

		if !slices.Contains(s.fc.shown(thread), "and then") || len(s.fc.notes(thread)) != 1 {
			t.Errorf("the agent sees %q", s.fc.shown(thread))
		}
	})
}
