package relay

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// panel is what the agent sees, each message as its state and text.
func (s *stage) panel(thread bridge.ThreadID) []string {
	s.t.Helper()

	p, err := s.relay.Panel(s.t.Context(), testInstallation, thread)
	if err != nil {
		s.t.Fatal(err)
	}

	var lines []string
	for _, m := range p.Messages {
		lines = append(lines, string(m.State)+" "+m.Text)
	}

	return lines
}

func TestThePanelShowsTheLastMessagesOfItsConversationOnly(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		refuse := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if refuse {
				refuse = false

				return "", &bridge.Failure{Op: "call", Class: bridge.Permanent, Certain: true, Words: "Reword it."}
			}

			return take(), nil
		}

		s.agentWrites(thread, "Bad words.")
		s.agentWrites(thread, "Good words.")
		pass(time.Minute)

		got := s.panel(thread)
		if len(got) < 2 {
			t.Fatalf("the panel shows %q", got)
		}

		if diff := cmp.Diff([]string{"delivered Good words.", "failed Bad words."}, got[:2]); diff != "" {
			t.Errorf("the panel shows -want +got:\n%s", diff)
		}

		p, err := s.relay.Panel(s.t.Context(), "ins_2", thread)
		if err != nil || p.Linked {
			t.Errorf("another installation sees %+v, %v", p, err)
		}
	})
}

// The panel showed a picture that had arrived as the words for one that TikTok
// does not take.
func TestThePanelAndNotesNameAFile(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.agentSends(thread, s.picture("cat"))
		pass(time.Second)

		s.tt.upload = func(bridge.Upload) error {
			return &bridge.Failure{Op: "upload", Class: bridge.Unsupported, Certain: true, Words: "TikTok takes JPG only."}
		}
		s.agentSends(thread, s.picture("dog"))
		pass(time.Minute)

		if diff := cmp.Diff([]string{"failed (picture “dog.png”)", "delivered (picture “cat.png”)"}, s.panel(thread)[:2]); diff != "" {
			t.Errorf("the panel shows -want +got:\n%s", diff)
		}

		s.toldExactly(thread, "in the end", "Your message (picture “dog.png”) was not sent to the buyer. TikTok takes JPG only.")
	})
}

func TestARetryIsForTheConversationsOwnMessages(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		refuse := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if refuse {
				return "", &bridge.Failure{Op: "call", Class: bridge.Permanent, Certain: true, Words: "Reword it."}
			}

			return take(), nil
		}

		s.agentWrites(thread, "Try me again.")
		pass(time.Minute)

		p, err := s.relay.Panel(s.t.Context(), testInstallation, thread)
		if err != nil || len(p.Messages) == 0 || !p.Messages[0].MayRetry {
			t.Fatalf("the panel shows %+v, %v", p, err)
		}

		id := p.Messages[0].ID
		refuse = false

		for name, row := range map[string]struct {
			installation bridge.InstallationID
			thread       bridge.ThreadID
			delivery     bridge.DeliveryID
		}{
			"another installation": {"ins_2", thread, id},
			"another conversation": {testInstallation, "elsewhere", id},
			"another message":      {testInstallation, thread, id + 1000},
		} {
			err := s.relay.Retry(s.t.Context(), row.installation, row.thread, row.delivery)
			if bridge.CodeOf(err) != bridge.Missing {
				t.Errorf("%s is answered %v", name, err)
			}
		}

		if err := s.relay.Retry(s.t.Context(), testInstallation, thread, id); err != nil {
			t.Fatal(err)
		}

		pass(time.Minute)

		if diff := cmp.Diff([]string{"Try me again."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer reads -want +got:\n%s", diff)
		}

		if err := s.relay.Retry(s.t.Context(), testInstallation, thread, id); bridge.CodeOf(err) != bridge.Conflict {
			t.Errorf("a message that has arrived is answered %v", err)
		}
	})
}
