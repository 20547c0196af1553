package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// send is the endpoint that carries replies, for faults that strike only it.
const send = "send_message"

// TestRepliesSurviveWhatPasses switches on, one after the other, everything
// that TikTok can do wrong and that passes: each reply arrives once, in order,
// and nobody is told. The faults of cards and media have no place here, since
// neither is sent yet.
func TestRepliesSurviveWhatPasses(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		fault string
		value simkit.Fault
		also  string
		least time.Duration // the wait that was asked for
	}{
		"a connection that is cut before anything is done": {fault: tiktoksim.FaultUnreachable, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send}},
		"an internal error":                                  {fault: tiktoksim.FaultTemporary, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send}},
		"an internal error of the chat service":              {fault: tiktoksim.FaultTemporary, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send, Value: "45101001"}},
		"a time-out that TikTok tells of":                    {fault: tiktoksim.FaultTemporary, value: simkit.Fault{Rate: 1, Remaining: 1, Only: send, Value: "36009007"}},
		"a bare 503 of a load balancer":                      {fault: tiktoksim.FaultTemporary, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send, Value: "503"}},
		"an error that comes with status 200":                {fault: tiktoksim.FaultTemporary, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send}, also: tiktoksim.FaultErrorsAs200},
		"an answer that is lost":                             {fault: tiktoksim.FaultAnswerLost, value: simkit.Fault{Rate: 1, Remaining: 1, Only: send}},
		"an answer that is lost twice":                       {fault: tiktoksim.FaultAnswerLost, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send}},
		"an error although the message was taken":            {fault: tiktoksim.FaultErrorAfterWork, value: simkit.Fault{Rate: 1, Remaining: 1, Only: send}},
		"a 503 although the message was taken":               {fault: tiktoksim.FaultErrorAfterWork, value: simkit.Fault{Rate: 1, Remaining: 1, Only: send, Value: "503"}},
		"a call that is taken up late":                       {fault: tiktoksim.FaultSlow, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send, Delay: 700 * time.Millisecond}},
		"an answer that comes late":                          {fault: tiktoksim.FaultSlowAnswer, value: simkit.Fault{Rate: 1, Remaining: 2, Only: send, Delay: 700 * time.Millisecond}},
		"too many requests, with a wait":                     {fault: tiktoksim.FaultRateLimited, value: simkit.Fault{Rate: 1, Remaining: 1, Only: send, Value: "2"}, least: 2 * time.Second},
		"a webhook about the reply that precedes its answer": {fault: tiktoksim.FaultEchoFirst, value: simkit.Fault{Rate: 1, Remaining: 2, Delay: 400 * time.Millisecond}},
		"an expired token":                                   {fault: tiktoksim.FaultTokenExpired, value: simkit.Fault{Rate: 1, Remaining: 1, Only: send}},
		"an answer lost, and reading back fails too":         {fault: tiktoksim.FaultAnswerLost, value: simkit.Fault{Rate: 1, Remaining: 1, Only: send}, also: tiktoksim.FaultTemporary},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			emma := tn.opened("Emma Clarke")
			tn.w.quiet()

			faults := tn.w.tiktok.Faults()
			strike(t, faults, test.fault, test.value)

			switch test.also {
			case tiktoksim.FaultTemporary:
				strike(t, faults, test.also, simkit.Fault{Rate: 1, Remaining: 2, Only: "list_messages"})
			case tiktoksim.FaultErrorsAs200:
				strike(t, faults, test.also, always)
			}

			began := tn.w.clock.Now()

			emma.agentReplies("first", "second", "third")
			emma.buyerSees("third")

			if took := tn.w.clock.Now().Sub(began); took < test.least {
				t.Errorf("it took %s, less than the wait that TikTok asked for", took)
			}

			if hits(faults, test.fault) == 0 {
				t.Errorf("the fault %s never struck", test.fault)
			}

			emma.buyerWrites("thanks")
			emma.agentSees("thanks")
			tn.w.quiet()
			emma.wantReceived("first", "second", "third")
			emma.wantShown("Hello, I am Emma Clarke", "thanks")

			if notes := emma.notes(); len(notes) > 0 {
				t.Errorf("the agents were told: %q", notes)
			}
		})
	}
}

// TestARefusedReplyIsTold has the refusals for which trying again is no use:
// this message fails, the agent reads why in plain words, and the next one
// goes out.
func TestARefusedReplyIsTold(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		fault string
		times int
		text  string
		told  []string
	}{
		"sensitive content": {
			tiktoksim.FaultSensitive, 1, "call me",
			[]string{"“call me” was not sent", "sensitive words", "Reword"},
		},
		"a conversation in which the shop may not write": {
			tiktoksim.FaultConversationRule, 2, "are you there?",
			[]string{"“are you there?” was not sent", "too long ago", "when the buyer writes again"},
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			emma := tn.opened("Emma Clarke")
			strike(t, tn.w.tiktok.Faults(), test.fault, onceOf(test.times))

			emma.agentReplies(test.text, "and something else")
			emma.buyerSees("and something else")
			emma.agentIsTold(test.told...)
			tn.w.quiet()
			emma.wantReceived("and something else")

			for _, note := range emma.notes() {
				if strings.ContainsAny(note, "{}_!") || strings.Contains(note, "4510") {
					t.Errorf("this is not in plain words: %s", note)
				}
			}
		})
	}
}

// TestAReplyThatCannotBeFoundOutIsUncertain lets the answer get lost and the
// conversation go on for longer than is read back: nothing is sent twice, and
// the agent is told.
func TestAReplyThatCannotBeFoundOutIsUncertain(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")
	strike(t, tn.w.tiktok.Faults(), tiktoksim.FaultAnswerLost, simkit.Fault{Rate: 1, Remaining: 1, Only: send})

	emma.agentReplies("did this arrive?")
	emma.buyerSees("did this arrive?")

	for range 80 {
		if _, err := tn.w.tiktok.RoleWrites(emma.id, tiktoksim.RoleRobot, tiktoksim.Message{Content: "chatter"}); err != nil {
			t.Fatal(err)
		}
	}

	emma.agentIsTold("“did this arrive?”", "may or may not have reached the buyer", "Seller Center")
	emma.agentReplies("and this?")
	emma.buyerSees("and this?")
	tn.w.quiet()
	emma.wantReceived("did this arrive?", "and this?")

	if !strings.Contains(tn.w.metrics(), `sellerchat_deliveries_total{direction="out",state="uncertain"} 1`) {
		t.Errorf("the operator does not see it:\n%s", tn.w.metrics())
	}
}

func TestWebhooksOfTikTokThatGoAstray(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		fault string
		value simkit.Fault
		late  bool
	}{
		"delivered twice":                           {fault: simkit.FaultWebhookDuplicate, value: simkit.Fault{Rate: 1, Delay: 30 * time.Millisecond}},
		"delivered twice, much later":               {fault: simkit.FaultWebhookDuplicate, value: simkit.Fault{Rate: 1, Delay: 900 * time.Millisecond}},
		"in the wrong order, within the window":     {fault: simkit.FaultWebhookReorder, value: simkit.Fault{Rate: 1, Delay: 100 * time.Millisecond}},
		"so late that the others have overtaken it": {fault: simkit.FaultWebhookLate, value: simkit.Fault{Rate: 1, Remaining: 1, Delay: 1500 * time.Millisecond}, late: true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t, options{flags: orderWindow("300ms")})
			tn := w.addInstalled(tenantSpec{})
			emma := tn.opened("Emma Clarke")

			strike(t, w.tiktok.Faults(), test.fault, test.value)
			emma.buyerWrites("one", "two", "three", "four")

			if test.late {
				emma.agentSees("four")
				w.until("the late one is shown as late", func() bool {
					return slices.ContainsFunc(emma.shown(), func(s string) bool {
						return strings.HasPrefix(s, "[Late, sent ") && strings.HasSuffix(s, " UTC] one")
					})
				})
				w.quiet()

				if got := len(emma.shown()); got != 5 {
					t.Errorf("%d messages are shown: %q", got, emma.shown())
				}

				return
			}

			emma.agentSees("four")
			w.quiet()
			emma.wantShown("Hello, I am Emma Clarke", "one", "two", "three", "four")

			if hits(w.tiktok.Faults(), test.fault) == 0 {
				t.Errorf("the fault %s never struck", test.fault)
			}
		})
	}
}

// TikTok closes a conversation in which nobody wrote for a while. The agent's
// next reply was refused, although opening the conversation again was allowed.
func TestAClosedConversationIsOpenedForTheReply(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")

	if err := tn.w.tiktok.CloseConversation(emma.id); err != nil {
		t.Fatal(err)
	}

	emma.agentReplies("Sorry for the wait", "It is here now")
	emma.buyerSees("It is here now")
	tn.w.quiet()
	emma.wantReceived("Sorry for the wait", "It is here now")
}
