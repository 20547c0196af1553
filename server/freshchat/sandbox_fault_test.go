package freshchat_test

import (
	"errors"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

func TestFaultsOfTheSandbox(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  string
		value  string
		class  bridge.Class
		cause  bridge.Cause
		sure   bool
		posted bool
	}{
		{"the answer is lost", freshchatsim.FaultAnswerLost, "", bridge.Temporary, "", false, true},
		{"an error after the work", freshchatsim.FaultErrorAfterWork, "", bridge.Temporary, "", false, true},
		{"a class cast after the work", freshchatsim.FaultClassCast, "", bridge.Temporary, "", false, true},
		{"an answer that is cut before the work", freshchatsim.FaultUnreachable, "", bridge.Temporary, "", false, false},
		{"no service", freshchatsim.FaultServerError, "", bridge.Temporary, "", false, false},
		{"a gateway's page", freshchatsim.FaultHTMLError, "", bridge.Temporary, "", false, false},
		{"somebody's page", freshchatsim.FaultHTMLError, "404", bridge.Temporary, bridge.CauseHost, true, false},
		{"a success that lies", freshchatsim.FaultErrorMessage, "", bridge.Permanent, "", true, false},
		{"too many calls", freshchatsim.FaultRateLimited, "", bridge.RateLimited, "", true, false},
		{"a revoked key", freshchatsim.FaultKeyRevoked, "", bridge.Reauthorize, bridge.CauseCredentials, true, false},
		{"a missing right", freshchatsim.FaultScopeMissing, "", bridge.Reauthorize, bridge.CauseScopeMissing, true, false},
		{"a conversation that is not the latest", freshchatsim.FaultNotLatest, "", bridge.Permanent, bridge.CauseNotLatest, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t, freshchatsim.Behavior{})
			opened, user := s.conversation(t)
			s.fault(t, tt.fault, simkit.Fault{Value: tt.value, Delay: 7 * time.Second})

			id, err := s.Post(t.Context(), s.access, opened.Thread, bridge.Post{User: user, Piece: bridge.Words("any news?")})

			var f *bridge.Failure
			if !errors.As(err, &f) || id != "" {
				t.Fatalf("Post = %q, %v", id, err)
			}

			if f.Class != tt.class || f.Cause != tt.cause || f.Certain != tt.sure {
				t.Errorf("failure %v, certain %v", f, f.Certain)
			}

			if tt.class == bridge.RateLimited && f.Wait != 7*time.Second {
				t.Errorf("wait = %v", f.Wait)
			}

			messages, err := s.Messages(t.Context(), s.access, opened.Thread, time.Time{})
			if err != nil {
				t.Fatal(err)
			}

			if posted := messages[0].Text == "any news?"; posted != tt.posted {
				t.Errorf("posted: %v, want %v", posted, tt.posted)
			}

			if f.Certain && tt.posted {
				t.Error("certain of what is not so")
			}
		})
	}
}

func TestAccountsThatBehaveOtherwise(t *testing.T) {
	t.Run("one that refuses bots says so, and takes the agent's note", func(t *testing.T) {
		s := newStage(t, freshchatsim.Behavior{RefuseBots: true})
		opened, _ := s.conversation(t)

		_, err := s.Post(t.Context(), s.access, opened.Thread, bridge.Post{Private: true, Piece: bridge.Words("x")})
		if !bridge.HasCause(err, bridge.CauseBotRefused) {
			t.Errorf("note of a bot: %v", err)
		}

		agent := bridge.AgentID(s.account.Agents[0].ID)
		if _, err := s.Post(t.Context(), s.access, opened.Thread, bridge.Post{Private: true, Agent: agent, Piece: bridge.Words("x")}); err != nil {
			t.Errorf("note of an agent: %v", err)
		}
	})

	t.Run("one that knows numeric ids only is served with the other id", func(t *testing.T) {
		s := newStage(t, freshchatsim.Behavior{PathIDs: "numeric"})
		opened, user := s.conversation(t)
		post := bridge.Post{User: user, Piece: bridge.Words("x")}

		if _, err := s.Post(t.Context(), s.access, opened.Thread, post); !bridge.HasCause(err, bridge.CauseConversation) {
			t.Errorf("by the first id: %v", err)
		}

		if _, err := s.Post(t.Context(), s.access, opened.Numeric, post); err != nil {
			t.Errorf("by the other id: %v", err)
		}
	})

	t.Run("a topic that is switched off is the topic's fault", func(t *testing.T) {
		s := newStage(t, freshchatsim.Behavior{})
		_, user := s.conversation(t)

		for _, topic := range []bridge.TopicID{s.topic(t, "Closed"), "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"} {
			_, err := s.Open(t.Context(), s.access, bridge.Opening{Topic: topic, User: user, Piece: bridge.Words("x")})
			if !bridge.HasCause(err, bridge.CauseTopic) {
				t.Errorf("%s: %v", topic, err)
			}
		}
	})

	t.Run("a second person of one reference is the first", func(t *testing.T) {
		s := newStage(t, freshchatsim.Behavior{})
		_, user := s.conversation(t)

		p, err := s.CreatePerson(t.Context(), s.access, bridge.Person{Reference: "tiktok:1:" + t.Name(), Name: "Jamie"})
		if err != nil || p.ID != user {
			t.Errorf("created %v, %v; want %q", p, err, user)
		}
	})

	t.Run("a success that lies about an opening still names the conversation", func(t *testing.T) {
		s := newStage(t, freshchatsim.Behavior{})
		_, user := s.conversation(t)
		s.fault(t, freshchatsim.FaultErrorMessage, simkit.Fault{})

		opened, err := s.Open(t.Context(), s.access, bridge.Opening{Topic: s.topic(t, "TikTok Shop"), User: user, Piece: bridge.Words("x")})
		if err == nil || opened.Thread == "" || opened.Message != "" {
			t.Errorf("Open = %v, %v", opened, err)
		}
	})

	t.Run("a long conversation is read to its beginning", func(t *testing.T) {
		s := newStage(t, freshchatsim.Behavior{})
		opened, _ := s.conversation(t)

		for range 120 {
			if _, err := s.sim.UserWrites(string(opened.Thread), freshchatsim.Text("x")); err != nil {
				t.Fatal(err)
			}
		}

		messages, err := s.Messages(t.Context(), s.access, opened.Thread, time.Time{})
		if err != nil || len(messages) != 121 || messages[120].ID != opened.Message {
			t.Errorf("%d messages, %v", len(messages), err)
		}
	})
}
