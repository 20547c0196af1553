package e2e

import (
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

// TestBuyersMessagesSurviveWhatPasses switches on everything that Freshchat can
// do wrong and that passes, both when a conversation is opened and when it goes
// on: each message arrives once, in order, in one conversation, and nobody is
// told. What goes wrong with files is for TestFilesSurviveWhatPasses.
func TestBuyersMessagesSurviveWhatPasses(t *testing.T) {
	t.Parallel()

	half := 700 * time.Millisecond

	tests := map[string]struct {
		fault string
		value simkit.Fault
		least time.Duration
	}{
		"a connection that is cut before anything is done": {fault: freshchatsim.FaultUnreachable, value: onceOf(2)},
		"a server error":                                   {fault: freshchatsim.FaultServerError, value: onceOf(2)},
		"a server error with status 500":                   {fault: freshchatsim.FaultServerError, value: simkit.Fault{Rate: 1, Remaining: 1, Value: "500"}},
		"a page of a gateway":                              {fault: freshchatsim.FaultHTMLError, value: onceOf(2)},
		"an answer that is lost":                           {fault: freshchatsim.FaultAnswerLost, value: onceOf(1)},
		"an answer that is lost again and again":           {fault: freshchatsim.FaultAnswerLost, value: onceOf(3)},
		"an error although the message was taken":          {fault: freshchatsim.FaultErrorAfterWork, value: onceOf(1)},
		"a class-cast refusal of a message that was taken": {fault: freshchatsim.FaultClassCast, value: onceOf(1)},
		"a call that is taken up late":                     {fault: freshchatsim.FaultSlow, value: simkit.Fault{Rate: 1, Remaining: 2, Delay: half}},
		"an answer that comes after its own webhook":       {fault: freshchatsim.FaultSlowAnswer, value: simkit.Fault{Rate: 1, Remaining: 2, Delay: half}},
		"too many requests, with a wait":                   {fault: freshchatsim.FaultRateLimited, value: simkit.Fault{Rate: 1, Remaining: 1, Delay: 2 * time.Second}, least: 2 * time.Second},
		"an error in the other envelope":                   {fault: freshchatsim.FaultServerError, value: simkit.Fault{Rate: 1, Remaining: 1, Value: "502"}},
		"an update that is answered with nothing":          {fault: freshchatsim.FaultEmptyAnswer, value: always},
	}

	for name, test := range tests {
		for when, opened := range map[string]bool{"when a conversation is opened": false, "when it goes on": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()

				tn := newWorld(t, options{}).addInstalled(tenantSpec{})
				tn.useWebhooks()

				emma, want := tn.addBuyer("Emma Clarke"), []string{"first", "second", "third"}
				if opened {
					emma, want = tn.opened("Emma Clarke"), append([]string{"Hello, I am Emma Clarke"}, want...)
					tn.w.quiet()
				}

				faults := tn.w.freshchat.Faults()
				strike(t, faults, test.fault, test.value)

				if strings.Contains(name, "envelope") {
					strike(t, faults, freshchatsim.FaultOtherEnvelope, onceOf(1))
				}

				began := tn.w.clock.Now()

				emma.buyerWrites("first", "second", "third")
				emma.agentSees("third")

				if took := tn.w.clock.Now().Sub(began); took < test.least {
					t.Errorf("it took %s, less than the wait that Freshchat asked for", took)
				}

				emma.agentReplies("an answer")
				emma.buyerSees("an answer")
				tn.w.quiet()
				emma.wantShown(want...)
				emma.wantReceived("an answer")

				if notes := emma.notes(); len(notes) > 0 {
					t.Errorf("the agents were told: %q", notes)
				}

				if got := len(emma.threads()); got != 1 {
					t.Errorf("there are %d conversations", got)
				}

				if test.fault != freshchatsim.FaultEmptyAnswer && hits(faults, test.fault) == 0 {
					t.Errorf("the fault %s never struck", test.fault)
				}
			})
		}
	}
}

// TestASuccessThatLiesIsNotBelieved lets Freshchat answer 2xx with an error
// inside: the buyer's message is not shown, so the agent must hear of it. She
// was once advised to write the buyer's message again herself.
func TestASuccessThatLiesIsNotBelieved(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")
	strike(t, tn.w.freshchat.Faults(), freshchatsim.FaultErrorMessage, onceOf(1))

	emma.buyerWrites("is this shown?", "and this?")
	emma.agentSees("and this?")
	emma.agentIsTold("“is this shown?”", "could not be shown", "Open TikTok Seller Center")
	tn.w.quiet()
	emma.wantShown("Hello, I am Emma Clarke", "and this?")

	if note := strings.Join(emma.notes(), "\n"); strings.Contains(note, "Write it again") {
		t.Errorf("the agent is given the buyer's advice: %s", note)
	}
}

// TestRepliesByOneOfTwoPathsAreEnough drops every webhook of Freshchat while
// the Marketplace's events come through.
func TestRepliesByOneOfTwoPathsAreEnough(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	tn.useWebhooks()

	emma := tn.opened("Emma Clarke")
	strike(t, tn.w.freshchat.Faults(), simkit.FaultWebhookDrop, always)

	emma.agentReplies("one", "two", "three")
	emma.buyerSees("three")
	tn.w.quiet()
	emma.wantReceived("one", "two", "three")

	if hits(tn.w.freshchat.Faults(), simkit.FaultWebhookDrop) == 0 {
		t.Error("no webhook was dropped")
	}
}

func TestWebhooksOfFreshchatThatGoAstray(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		fault string
		value simkit.Fault
		late  bool
	}{
		"delivered twice":                           {fault: simkit.FaultWebhookDuplicate, value: simkit.Fault{Rate: 1, Delay: 30 * time.Millisecond}},
		"in the wrong order, within the window":     {fault: simkit.FaultWebhookReorder, value: simkit.Fault{Rate: 1, Delay: 100 * time.Millisecond}},
		"so late that the others have overtaken it": {fault: simkit.FaultWebhookLate, value: simkit.Fault{Rate: 1, Remaining: 1, Delay: 1500 * time.Millisecond}, late: true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t, options{flags: orderWindow("300ms")})
			tn := w.addInstalled(tenantSpec{})
			tn.useWebhooks()
			tn.events.Store(false)

			emma := tn.opened("Emma Clarke")
			emma.agentReplies("zero")
			emma.buyerSees("zero")
			w.quiet()

			strike(t, w.freshchat.Faults(), test.fault, test.value)

			for _, text := range []string{"one", "two", "three"} {
				apart(w, emma, text)
			}

			if test.late {
				emma.buyerSees("one")
				w.quiet()
				emma.wantReceived("zero", "two", "three", "one")
				emma.agentIsTold("“one”", "after a message that you wrote later")

				return
			}

			emma.buyerSees("three")
			w.quiet()
			emma.wantReceived("zero", "one", "two", "three")
		})
	}
}

// apart lets an agent write in another millisecond than she wrote before:
// Freshchat's times are no finer, and its messages have no other order.
func apart(w *world, c *chat, text string) {
	w.clock.Advance(2 * time.Millisecond)
	c.agentReplies(text)
}
