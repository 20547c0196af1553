package e2e

import (
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// TestKilledWhileACallIsUnderWay kills the program between a call and its
// answer: afterwards it finds out what became of the call, and sends again only
// what was not taken.
func TestKilledWhileACallIsUnderWay(t *testing.T) {
	t.Parallel()

	slow := simkit.Fault{Rate: 1, Remaining: 1, Delay: time.Minute}

	tests := map[string]struct {
		in, opened bool
		fault      string
		only       string
	}{
		"a reply that was taken":               {fault: tiktoksim.FaultSlowAnswer, only: send, opened: true},
		"a reply that was not taken":           {fault: tiktoksim.FaultSlow, only: send, opened: true},
		"a buyer's message that was taken":     {in: true, fault: freshchatsim.FaultSlowAnswer, only: "message_create", opened: true},
		"a buyer's message that was not taken": {in: true, fault: freshchatsim.FaultSlow, only: "message_create", opened: true},
		"a first message that was taken":       {in: true, fault: freshchatsim.FaultSlowAnswer, only: "conversation_create"},
		"a first message that was not taken":   {in: true, fault: freshchatsim.FaultSlow, only: "conversation_create"},
		"a buyer's account that was just made": {in: true, fault: freshchatsim.FaultSlowAnswer, only: "user_create"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t, options{process: true})
			tn := w.addInstalled(tenantSpec{})
			emma, want := tn.addBuyer("Emma Clarke"), []string{"one", "two"}

			if test.opened {
				emma, want = tn.opened("Emma Clarke"), []string{"Hello, I am Emma Clarke", "one", "two"}
				w.quiet()
			}

			faults, write := w.tiktok.Faults(), emma.agentReplies
			if test.in {
				faults, write = w.freshchat.Faults(), emma.buyerWrites
			}

			slow := slow
			slow.Only = test.only
			strike(t, faults, test.fault, slow)
			write("one", "two")
			w.until("the call is under way", func() bool { return hits(faults, test.fault) == 1 })

			// Whatever is still held up is let go when nobody looks any more.
			t.Cleanup(func() { w.clock.Advance(slow.Delay) })

			p, ok := w.backend.(*process)
			if !ok {
				t.Fatal("there is no process to kill")
			}

			p.kill(t)
			p.start(t)

			if test.in {
				emma.agentSees("two")
				w.quiet()
				emma.wantShown(want...)

				if got := len(emma.threads()); got != 1 {
					t.Errorf("there are %d conversations", got)
				}

				return
			}

			emma.buyerSees("two")
			w.quiet()
			emma.wantReceived("one", "two")
		})
	}
}
