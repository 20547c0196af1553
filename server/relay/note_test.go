package relay

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// sensitive is TikTok's refusal of a text.
func sensitive() error {
	return &bridge.Failure{Op: "call", Class: bridge.Permanent, Certain: true, Cause: bridge.CauseSensitive, Words: "Write it differently."}
}

// refuses makes TikTok refuse a text.
func (s *stage) refuses(bad string) {
	s.tt.send = func(_ context.Context, text string, take func() bridge.MessageID) (bridge.MessageID, error) {
		if text == bad {
			return "", sensitive()
		}

		return take(), nil
	}
}

func TestANoteWhoseAnswerWasLostIsToldOnce(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.refuses("bad")

		first := true
		s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			if first {
				first = false

				return "", unknown()
			}

			return id, nil
		}

		s.agentWrites(thread, "bad")
		pass(time.Minute)

		if notes := s.fc.notes(thread); len(notes) != 1 || !strings.Contains(notes[0], "was not sent") {
			t.Errorf("the agent is told %q, want one failure", notes)
		}
	})
}

// Seven minutes of an outage were enough to give a note up, and nobody ever
// learnt that the reply had failed.
func TestANoteOutlastsAnOutage(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.refuses("bad")

		until := time.Now().Add(time.Hour)
		s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if time.Now().Before(until) {
				return "", unknown()
			}

			return take(), nil
		}

		s.agentWrites(thread, "bad")
		pass(2 * time.Hour)

		if notes := s.fc.notes(thread); len(notes) != 1 {
			t.Errorf("the agent is told %q, want one failure", notes)
		}
	})
}

func TestAMirroredMessageIsNeitherInTheWayNorLost(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		until := time.Now().Add(time.Hour)
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if p.Private && time.Now().Before(until) {
				return "", unknown()
			}

			return take(), nil
		}

		s.hears(bridge.Seller, "typed", "I answer here.", time.Now())
		s.buyerWrites("Thank you.")
		pass(30 * time.Minute)

		if diff := cmp.Diff([]string{"hello", "Thank you."}, s.fc.shown(thread)); diff != "" {
			t.Errorf("after half an hour the agent sees -want +got:\n%s", diff)
		}

		pass(2 * time.Hour)

		if diff := cmp.Diff([]string{"[" + mirrorPrefix + "I answer here.]"}, s.fc.notes(thread)); diff != "" {
			t.Errorf("in the end the notes are -want +got:\n%s", diff)
		}
	})
}

// The account refuses notes by bots, and the agent in whose name they went out
// has left the company.
func TestNotesGoOutInTheNameOfWhoeverIsThere(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.refuses("bad")

		gone := bridge.AgentID("agent_0")
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			switch p.Agent {
			case "":
				return "", &bridge.Failure{Class: bridge.Permanent, Certain: true, Cause: bridge.CauseBotRefused}
			case gone:
				return "", &bridge.Failure{Class: bridge.Permanent, Certain: true}
			}

			return take(), nil
		}

		for range 2 {
			s.agentWrites(thread, "bad")
			pass(gatherFor + time.Minute)

			_, err := s.store.UpdateInstallation(s.t.Context(), testInstallation, func(i *bridge.Installation) error {
				i.NoteAuthor = gone

				return nil
			})
			if err != nil {
				s.t.Fatal(err)
			}
		}

		if notes := s.fc.notes(thread); len(notes) != 2 {
			t.Errorf("the agent is told %q, want two failures", notes)
		}
	})
}

func TestNotesSayHowMuchArrived(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.split = strings.Fields
		s.refuses("three")

		s.agentWrites(thread, "one two three")
		pass(time.Minute)

		want := []string{"[Only the first part of your message “one two three” was sent to the buyer. Write it differently.]"}
		if diff := cmp.Diff(want, s.fc.notes(thread)); diff != "" {
			t.Errorf("the agent is told -want +got:\n%s", diff)
		}
	})
}

// A reply waited for two weeks until somebody authorized the shop again, and
// was then dropped without a word.
func TestAReplyThatWaitedTooLongIsNotDroppedInSilence(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		pause := bridge.Pause{Installation: testInstallation, Direction: bridge.Out, Cause: bridge.PauseAuthorization}

		if err := s.store.Pause(s.t.Context(), pause); err != nil {
			s.t.Fatal(err)
		}

		s.agentWrites(thread, "Yes, we do.")
		pass(bridge.RelayFor + time.Hour)

		if err := s.store.Resume(s.t.Context(), pause); err != nil {
			s.t.Fatal(err)
		}

		pass(time.Minute)

		if notes := s.fc.notes(thread); len(notes) != 1 || !strings.Contains(notes[0], "waited for too long") {
			t.Errorf("the agent is told %q, want that it was not sent", notes)
		}
	})
}
