package relay

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// tend lets the upkeep run beside the relay until the story ends.
func (s *stage) tend() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	done := make(chan error, 1)

	go func() { done <- s.relay.Upkeep(ctx) }()

	stop := s.stop
	s.stop = func() {
		cancel()

		if err := <-done; err != nil {
			s.t.Error(err)
		}

		stop()
	}
}

func (s *stage) toldExactly(thread bridge.ThreadID, when string, want ...string) {
	s.t.Helper()

	notes := make([]string, len(want))
	for i, text := range want {
		notes[i] = "[" + text + "]"
	}

	if diff := cmp.Diff(notes, s.fc.notes(thread)); diff != "" {
		s.t.Errorf("%s the agent is told -want +got:\n%s", when, diff)
	}
}

// reply returns the delivery of the reply with a number, written at a time.
func (s *stage) reply(n int, at time.Time) bridge.Delivery {
	s.t.Helper()

	id, err := s.store.Known(s.t.Context(), bridge.OriginKey{
		Installation: testInstallation, Side: bridge.Freshchat, ID: bridge.MessageID(fmt.Sprintf("fc_agent_%d", n)), CreatedAt: at,
	})
	if err != nil {
		s.t.Fatal(err)
	}

	d, err := s.store.Delivery(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}

	return d
}

func TestManyFailuresOfOneCauseAreOneNote(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		rules := &bridge.Failure{Class: bridge.Permanent, Certain: true, Cause: bridge.CauseNotLatest, Words: "The chat is closed."}
		s.tt.send = func(_ context.Context, text string, _ func() bridge.MessageID) (bridge.MessageID, error) {
			if text == "closed" {
				return "", rules
			}

			return "", sensitive()
		}

		s.agentWrites(thread, "one")
		pass(time.Minute)

		for _, text := range []string{"two", "three", "closed", "four"} {
			s.agentWrites(thread, text)
			pass(time.Second)
		}

		first := "Your message “one” was not sent to the buyer. Write it differently."
		other := "Your message “closed” was not sent to the buyer. The chat is closed."
		s.toldExactly(thread, "at first", first, other)

		pass(gatherFor)
		s.toldExactly(thread, "ten minutes later", first, other,
			"3 of your messages were not sent to the buyer: “two”, “three” and “four”. Write it differently.")

		s.agentWrites(thread, "five")
		pass(time.Hour)

		if notes := s.fc.notes(thread); len(notes) != 4 {
			t.Errorf("in the end the notes are %q", notes)
		}
	})
}

// A note that speaks for several was written, its answer lost, and further ones
// came in between: they must not be taken for told.
func TestANoteThatWasLostSpeaksForThoseItNamed(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.refuses("bad")

		lose := false
		s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			if lose {
				lose = false

				s.agentWrites(thread, "bad")

				return "", unknown()
			}

			return id, nil
		}

		for range 3 {
			s.agentWrites(thread, "bad")
			pass(time.Second)
		}

		lose = true

		pass(time.Hour)
		s.toldExactly(thread, "in the end",
			"Your message “bad” was not sent to the buyer. Write it differently.",
			"2 of your messages were not sent to the buyer: “bad” and “bad”. Write it differently.",
			"Your message “bad” was not sent to the buyer. Write it differently.")
	})
}

func TestWhatCannotBeCarriedIsExplainedOnceAndNeverSilent(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		inst, err := s.store.Installation(s.t.Context(), testInstallation)
		if err != nil {
			t.Fatal(err)
		}

		for i := range 3 {
			_, err := s.relay.freshchatEvent(s.t.Context(), inst, bridge.FreshchatEvent{
				Kind: bridge.FreshchatMessage, Thread: thread,
				Message: bridge.Message{
					ID: bridge.MessageID(fmt.Sprint("card", i)), Author: bridge.Agent, AuthorID: "agent_1", CreatedAt: time.Now(),
					Parts: []bridge.Part{{Kind: bridge.PartText, Text: fmt.Sprint("choose ", i)}, {Kind: bridge.PartNotice, Text: "TikTok shows no buttons. Write the choices as text."}},
				},
			}, bridge.PathWebhook)
			if err != nil {
				t.Fatal(err)
			}

			pass(time.Second)
		}

		pass(time.Hour)
		s.toldExactly(thread, "in the end",
			"Your message “choose 0” was not sent to the buyer. TikTok shows no buttons. Write the choices as text.",
			"2 of your messages were not sent to the buyer: “choose 1” and “choose 2”. As before, the reason is its part that TikTok cannot show.")
	})
}

// becomesUncertain sends a reply that TikTok takes, and whose answer is lost
// in such a way that reading back does not settle it.
func (s *stage) becomesUncertain(thread bridge.ThreadID, text string) {
	s.t.Helper()

	s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
		s.tt.send = nil

		return "", &bridge.Failure{Op: "send", Class: bridge.Permanent}
	}

	s.agentWrites(thread, text)
	pass(time.Second)

	if d := s.reply(s.count, time.Now()); d.State != bridge.Uncertain {
		s.t.Fatalf("the reply is %s", d.State)
	}
}

const (
	mayHaveReached = "Your message “Yes, we do.” may or may not have reached the buyer: TikTok's answer got lost, and reading the conversation back did not settle it. " +
		"Look in TikTok Seller Center before you send anything again."
	didReach = "Your message “Yes, we do.” did reach the buyer."
)

func TestAnUncertainReplyThatArrivedIsToldToHaveArrived(t *testing.T) {
	for name, row := range map[string]struct {
		turnsUp func(s *stage)
		want    bridge.State
		notes   []string
	}{
		"its echo comes later": {
			func(s *stage) { s.hears(bridge.Seller, "tt_late", "Yes, we do.", time.Now()) },
			bridge.Delivered, []string{mayHaveReached, didReach},
		},
		"its echo comes hours later": {
			func(s *stage) {
				sent := time.Now()
				pass(5 * time.Hour)
				s.hears(bridge.Seller, "tt_late", "Yes, we do.", sent)
			},
			bridge.Delivered, []string{mayHaveReached, didReach},
		},
		"the seller types the same much later": {
			func(s *stage) {
				pass(time.Hour)
				s.hears(bridge.Seller, "typed", "Yes, we do.", time.Now())
			},
			bridge.Uncertain, []string{mayHaveReached, mirrorPrefix + "Yes, we do."},
		},
		"the seller types something else": {
			func(s *stage) { s.hears(bridge.Seller, "typed", "No.", time.Now()) },
			bridge.Uncertain, []string{mayHaveReached, mirrorPrefix + "No."},
		},
		"a later read of the conversation shows it": {
			func(s *stage) {
				s.tt.take(bridge.Words("Yes, we do."))
				s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
					s.tt.send = nil

					take()

					return "", unknown()
				}
				s.agentWrites(s.link().Thread, "Anything else?")
			},
			bridge.Delivered, []string{mayHaveReached, didReach},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				thread := s.opened()
				s.becomesUncertain(thread, "Yes, we do.")
				n, at := s.count, time.Now()
				row.turnsUp(s)
				pass(2 * time.Minute)

				if d := s.reply(n, at); d.State != row.want {
					t.Errorf("the reply is %s, want %s", d.State, row.want)
				}

				s.toldExactly(thread, "in the end", row.notes...)

			})
		})
	}
}

// Freshchat was down while a reply became uncertain and then turned up: neither
// needs to be told any more.
func TestWhatWasOvertakenIsNotTold(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		pause := bridge.Pause{Installation: testInstallation, Direction: bridge.Note, Cause: bridge.PauseCredentials}

		if err := s.store.Pause(s.t.Context(), pause); err != nil {
			t.Fatal(err)
		}

		s.becomesUncertain(thread, "Yes, we do.")
		s.hears(bridge.Seller, "tt_late", "Yes, we do.", time.Now())
		pass(time.Minute)

		if err := s.store.Resume(s.t.Context(), pause); err != nil {
			t.Fatal(err)
		}

		pass(time.Hour)

		if notes := s.fc.notes(thread); len(notes) != 0 {
			t.Errorf("the agent is told %q", notes)
		}
	})
}

// Only the beginning of a long reply turned up: nothing after it was ever sent.
func TestHalfAReplyThatTurnsUpIsNoWholeOne(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.split = func(text string) []string { return []string{text[:3], text[3:]} }
		s.becomesUncertain(thread, "onetwo")
		s.hears(bridge.Seller, "tt_late", "one", time.Now())
		pass(time.Minute)

		if d := s.reply(s.count-1, time.Now()); d.State != bridge.Failed || d.Reason != reasonPart {
			t.Errorf("the reply is %s: %s", d.State, d.Reason)
		}

		notes := s.fc.notes(thread)
		if len(notes) != 2 || notes[1] != "[Only the first part of your message “onetwo” reached the buyer. Send the rest again if it still matters.]" {
			t.Errorf("the agent is told %q", notes)
		}
	})
}

func TestABuyersMessageThatIsShownAfterAllIsToldSo(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if p.Private {
				return take(), nil
			}

			return "", &bridge.Failure{Op: "post", Class: bridge.Permanent}
		}

		s.buyerWrites("Are you there?")
		pass(time.Second)

		inst, err := s.store.Installation(s.t.Context(), testInstallation)
		if err != nil {
			t.Fatal(err)
		}

		outcome, err := s.relay.freshchatEvent(s.t.Context(), inst, bridge.FreshchatEvent{
			Kind: bridge.FreshchatMessage, Thread: thread, Hidden: bridge.HiddenOwn,
			Message: bridge.Message{ID: "fc_late", CreatedAt: time.Now(), Parts: []bridge.Part{{Kind: bridge.PartText, Text: "Are you there?"}}},
		}, bridge.PathWebhook)
		if err != nil || outcome != outcomeIgnored {
			t.Errorf("the echo is %s: %v", outcome, err)
		}

		pass(time.Minute)
		s.toldExactly(thread, "in the end",
			"A message from the buyer “Are you there?” may or may not be shown here, because Freshchat's answer got lost. Open TikTok Seller Center to be sure.",
			"A message from the buyer “Are you there?” is shown here after all.")
	})
}

// The buyer wrote the same twice. Freshchat's answer to the first got lost, and
// the echo of the second was taken for the first.
func TestTheEchoOfAnotherMessageSettlesNoDoubt(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			if p.Private {
				return take(), nil
			}

			return "", &bridge.Failure{Op: "post", Class: bridge.Permanent}
		}

		s.buyerWrites("ok")
		pass(time.Second)

		inst, err := s.store.Installation(s.t.Context(), testInstallation)
		if err != nil {
			t.Fatal(err)
		}

		echo := func(id bridge.MessageID) {
			_, err := s.relay.freshchatEvent(s.t.Context(), inst, bridge.FreshchatEvent{
				Kind: bridge.FreshchatMessage, Thread: thread, Hidden: bridge.HiddenOwn,
				Message: bridge.Message{ID: id, CreatedAt: time.Now(), Parts: []bridge.Part{{Kind: bridge.PartText, Text: "ok"}}},
			}, bridge.PathWebhook)
			if err != nil {
				t.Error(err)
			}
		}

		var second bridge.MessageID

		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			if !p.Private {
				second = id
				echo(id) // before the answer
			}

			return id, nil
		}

		s.buyerWrites("ok")
		pass(time.Second)
		echo(second) // and once more after it
		pass(time.Hour)

		s.toldExactly(thread, "in the end",
			"A message from the buyer “ok” may or may not be shown here, because Freshchat's answer got lost. Open TikTok Seller Center to be sure.")
	})
}

func TestRepliesThatArriveLateAreToldTogether(t *testing.T) {
	onStage(t, func(s *stage) {
		pass(time.Hour)

		thread := s.opened()
		pass(10 * time.Minute)

		inst, err := s.store.Installation(s.t.Context(), testInstallation)
		if err != nil {
			t.Fatal(err)
		}

		now := time.Now()
		writes := func(text string, ago time.Duration) {
			_, err := s.relay.freshchatEvent(s.t.Context(), inst, bridge.FreshchatEvent{
				Kind: bridge.FreshchatMessage, Thread: thread,
				Message: bridge.Message{
					ID: bridge.MessageID(text), Author: bridge.Agent, AuthorID: "agent_1",
					CreatedAt: now.Add(-ago), Order: uint64(now.Add(-ago).UnixMicro()),
					Parts: []bridge.Part{{Kind: bridge.PartText, Text: text}},
				},
			}, bridge.PathWebhook)
			if err != nil {
				t.Fatal(err)
			}

			pass(time.Second)
		}

		writes("four", 0)
		writes("one", 3*time.Minute)
		writes("two", 2*time.Minute)
		writes("three", time.Minute)

		if diff := cmp.Diff([]string{"four", "one", "two", "three"}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}

		first := "Your message “one” (written 01:07 UTC) reached the buyer after a message that you wrote later."
		s.toldExactly(thread, "at first", first)
		pass(gatherFor)
		s.toldExactly(thread, "ten minutes later", first,
			"2 of your messages reached the buyer after one that you wrote later: “two” (written 01:08 UTC) and “three” (written 01:09 UTC).")
	})
}

func TestAnAgentIsToldOnceThatHerReplyWaits(t *testing.T) {
	waits := func(words string) string { return "Your message “one” has not reached the buyer yet. " + words }

	for name, row := range map[string]struct {
		holds func(s *stage) (mend func())
		want  []string
	}{
		"TikTok does not answer": {
			func(s *stage) func() {
				s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
					return "", &bridge.Failure{Op: "send", Class: bridge.Temporary, Certain: true}
				}

				return func() { s.tt.send = nil }
			},
			[]string{waits(wordsWaitTikTok), "Your message “one” did reach the buyer."},
		},
		"the authorization has ended": {
			func(s *stage) func() {
				s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
					return "", &bridge.Failure{Op: "send", Class: bridge.Reauthorize, Certain: true}
				}

				return func() {
					s.tt.send = nil

					s.mend()
				}
			},
			[]string{waits(wordsWaitAuthorization), "Your message “one” did reach the buyer."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				thread := s.opened()
				mend := row.holds(s)
				s.tend()
				s.agentWrites(thread, "one")
				pass(9 * time.Minute)

				if notes := s.fc.notes(thread); len(notes) != 0 {
					t.Errorf("after nine minutes the agent is told %q", notes)
				}

				pass(3 * time.Hour)
				s.toldExactly(thread, "after three hours", row.want[0])
				mend()
				pass(2 * time.Minute)
				s.toldExactly(thread, "in the end", row.want...)
			})
		})
	}
}

func TestRepliesThatWaitTogetherAreToldTogether(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		// The note about the first goes out before the second arrives.
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			takes(time.Second)

			return take(), nil
		}
		pause := bridge.Pause{Installation: testInstallation, Direction: bridge.Out, Cause: bridge.PauseAuthorization}

		if err := s.store.Pause(s.t.Context(), pause); err != nil {
			t.Fatal(err)
		}

		s.tend()

		for _, text := range []string{"one", "two", "three"} {
			s.agentWrites(thread, text)
		}

		pass(15 * time.Minute)
		s.agentWrites(thread, "four")
		pass(time.Hour)

		waiting := []string{
			"3 of your messages have not reached the buyer yet: “one”, “two” and “three”. " + wordsWaitTikTok,
			"Your message “four” has not reached the buyer yet. " + wordsWaitTikTok,
		}
		s.toldExactly(thread, "while they wait", waiting...)

		if err := s.store.Resume(s.t.Context(), pause); err != nil {
			t.Fatal(err)
		}

		pass(time.Hour)

		if diff := cmp.Diff([]string{"one", "two", "three", "four"}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}

		s.toldExactly(thread, "in the end", append(waiting,
			"Your message “one” did reach the buyer.",
			"3 of your messages did reach the buyer: “two”, “three” and “four”.")...)
	})
}

// failingTell is a store that cannot tell, once.
type failingTell struct {
	Store
	failed *bool
}

func (f failingTell) Tell(ctx context.Context, told []bridge.DeliveryID, notes ...bridge.Entry) error {
	if !*f.failed {
		*f.failed = true

		return errors.New("died")
	}

	return f.Store.Tell(ctx, told, notes...)
}

func TestAReplyThatWaitsIsToldAlsoAfterAFault(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
			return "", &bridge.Failure{Op: "send", Class: bridge.Temporary, Certain: true}
		}
		s.tend()
		s.agentWrites(thread, "one")
		synctest.Wait()
		pass(30 * time.Minute)
		s.toldExactly(thread, "after half an hour", "Your message “one” has not reached the buyer yet. "+wordsWaitTikTok)
	}, func(s *stage) { s.port = failingTell{s.store, new(bool)} })
}
