package relay

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// A connection broke while TikTok was still at work on the call. Two seconds
// later the conversation was read back, the message was not there yet, and it
// was sent a second time: the buyer read it twice.
func TestACallThatMayStillArriveIsNotMadeAgain(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		broken := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if !broken {
				return take(), nil
			}

			broken = false

			go func() {
				takes(5 * time.Second)
				take()
			}()

			return "", unknown()
		}

		s.agentWrites(thread, "Yes, we do.")
		s.agentWrites(thread, "Shall I keep one for you?")
		pass(time.Minute)

		if diff := cmp.Diff([]string{"Yes, we do.", "Shall I keep one for you?"}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer reads -want +got:\n%s", diff)
		}
	})
}

// An error that the platform gave as its answer is no reason to wait: what is
// not there by then was not taken.
func TestACallThatWasAnsweredIsMadeAgainSoon(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		broken := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if !broken {
				return take(), nil
			}

			broken = false

			return "", &bridge.Failure{Op: "call", Class: bridge.Temporary, Status: 500}
		}

		s.agentWrites(thread, "Yes, we do.")
		pass(5 * time.Second)

		if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer reads after five seconds -want +got:\n%s", diff)
		}
	})
}

// TikTok repeats its webhooks for half a day. A seller had withdrawn her
// consent and given a new one when the news of the withdrawal came once more,
// and stopped the shop again.
func TestAnOldWithdrawalDoesNotEndANewConsent(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		withdrawn := bridge.TikTokEvent{Kind: bridge.TikTokDeauthorized, Type: 6, At: time.Now(), Shop: testShop}

		pass(time.Minute)
		s.mend()

		if _, err := s.relay.tiktokEvent(s.t.Context(), consent.Market, withdrawn); err != nil {
			t.Fatal(err)
		}

		s.agentWrites(thread, "Yes, we do.")
		pass(5 * time.Second)

		if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer reads -want +got:\n%s", diff)
		}

		withdrawn.At = time.Now()
		if _, err := s.relay.tiktokEvent(s.t.Context(), consent.Market, withdrawn); err != nil {
			t.Fatal(err)
		}

		s.agentWrites(thread, "Are you still there?")
		pass(5 * time.Second)

		if got := len(s.tt.texts()); got != 1 {
			t.Errorf("%d messages went out after the consent ended, want the one from before", got)
		}
	})
}
