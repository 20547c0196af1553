package relay

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// slowLook is a store whose look-ups of origins take a moment after they have
// found what they found.
type slowLook struct {
	Store
	after func()
}

func (s slowLook) Known(ctx context.Context, key bridge.OriginKey) (bridge.DeliveryID, error) {
	id, err := s.Store.Known(ctx, key)
	s.after()

	return id, err
}

// The webhook about our own message came before the answer to the call. While
// it was asked whether the message is known, the answer came too: the look-up
// said no, and there was no intent any more. The agent's reply was then shown
// back to her as typed in Seller Center.
func TestAnEchoThatMeetsTheAnswerIsNotShown(t *testing.T) {
	var answer chan struct{}

	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			<-answer

			return id, nil
		}

		s.agentWrites(thread, "Yes, we do.")
		synctest.Wait()
		s.hears(bridge.Seller, "tt_ours_0", "Yes, we do.", time.Now())
		pass(5 * time.Second)

		if diff := cmp.Diff([]string{"hello"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}
	}, func(s *stage) {
		asked := false
		answer = make(chan struct{})
		s.port = slowLook{s.store, func() {
			if asked {
				return
			}

			asked = true

			close(answer)
			pass(time.Second)
		}}
	})
}

// A reply was taken, its answer lost, and TikTok did not speak to us for hours.
// Its webhook came at once and was found to be an echo only by its text. When
// the conversation is read back at last, the id must be known under the hour in
// which TikTok made it, or a further copy of the webhook is taken for new.
func TestAnEchoIsKnownHoursAfterItWasSent(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		lost := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			if lost {
				lost = false

				return "", unknown()
			}

			return id, nil
		}

		sent := time.Now()

		pause := bridge.Pause{Installation: testInstallation, Direction: bridge.Out, Cause: bridge.PauseAuthorization}
		s.agentWrites(thread, "Yes, we do.")
		synctest.Wait()

		if err := s.store.Pause(s.t.Context(), pause); err != nil {
			s.t.Fatal(err)
		}

		pass(3 * time.Hour)

		if err := s.store.Resume(s.t.Context(), pause); err != nil {
			s.t.Fatal(err)
		}

		pass(time.Minute)
		s.hears(bridge.Seller, "tt_ours_0", "Yes, we do.", sent)
		pass(5 * time.Minute)

		if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}

		if diff := cmp.Diff([]string{"hello"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}
	})
}
