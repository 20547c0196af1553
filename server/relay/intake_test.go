package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// Freshchat's clock was half a minute behind ours. The first replies in a new
// conversation seemed to be older than it, and were dropped as too old.
func TestAReplyDatedBeforeItsConversationIsRelayed(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()

		inst, err := s.store.Installation(s.t.Context(), testInstallation)
		if err != nil {
			s.t.Fatal(err)
		}

		outcome, err := s.relay.freshchatEvent(s.t.Context(), inst, bridge.FreshchatEvent{
			Kind: bridge.FreshchatMessage, Thread: thread,
			Message: bridge.Message{
				ID: "early", Author: bridge.Agent, AuthorID: "agent_1", CreatedAt: time.Now().Add(-30 * time.Second),
				Parts: []bridge.Part{{Kind: bridge.PartText, Text: "Yes, we do."}},
			},
		}, bridge.PathWebhook)
		if err != nil || outcome != outcomeAccepted {
			t.Errorf("the reply is %s: %v", outcome, err)
		}

		pass(time.Minute)

		if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}
	})
}

func TestResolvingCountsForTheThreadInUse(t *testing.T) {
	for name, row := range map[string]struct {
		event bridge.FreshchatEvent
		want  bool
	}{
		"named as the link names it": {bridge.FreshchatEvent{Thread: "7"}, true},
		"named by its other id":      {bridge.FreshchatEvent{Thread: "uuid", Numeric: "7"}, true},
		"one that was left behind":   {bridge.FreshchatEvent{Thread: "uuid", Numeric: "6"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.opened()

				// This account knows its conversations by number only.
				err := s.store.UpdateLink(s.t.Context(), s.key(), func(l *bridge.Link) error {
					l.Thread = "7"

					return nil
				})
				if err != nil {
					s.t.Fatal(err)
				}

				if err := s.relay.noteResolved(s.t.Context(), s.link(), row.event, true); err != nil {
					s.t.Fatal(err)
				}

				if got := s.link().Resolved; got != row.want {
					t.Errorf("resolved = %v, want %v", got, row.want)
				}
			})
		})
	}
}

// A late message of several pieces was cut anew when its prefix had grown by the
// date: a few characters at the seam were shown twice or not at all.
func TestALateMessageIsCutTheSameTheNextDay(t *testing.T) {
	onStage(t, func(s *stage) {
		pass(time.Minute)
		thread := s.opened()

		var words strings.Builder
		for i := range 2000 {
			fmt.Fprintf(&words, "%d ", i)
		}

		text := strings.TrimSpace(words.String())
		pause := bridge.Pause{Installation: testInstallation, Direction: bridge.In, Cause: bridge.PauseCredentials}
		first := true
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if !first || strings.HasPrefix(p.Text, "[Late") {
				return take(), nil
			}

			first = false

			return "", errors.Join(unknown(), s.store.Pause(s.t.Context(), pause))
		}

		s.hears(bridge.Buyer, "late", text, time.Now().Add(-time.Second))
		pass(15 * time.Hour)

		if err := s.store.Resume(s.t.Context(), pause); err != nil {
			s.t.Fatal(err)
		}

		pass(time.Minute)

		shown := s.fc.shown(thread)[1:]
		if len(shown) < 2 {
			t.Fatalf("%d pieces are too few", len(shown))
		}

		_, shown[0], _ = strings.Cut(shown[0], "UTC] ")
		if got := strings.Join(shown, " "); got != text {
			t.Errorf("the pieces do not make the text again: %q", got)
		}
	})
}
