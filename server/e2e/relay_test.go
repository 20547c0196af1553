package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

func TestLongTextArrivesInPiecesAndInOrder(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")

	var long strings.Builder
	for i := range 900 {
		fmt.Fprintf(&long, "word%d ✨ ", i)
	}

	text := strings.TrimSpace(long.String())

	emma.agentReplies(text, "The end.")
	emma.buyerSees("The end.")

	pieces := emma.received()
	if len(pieces) < 4 {
		t.Fatalf("%d messages are too few for %d characters", len(pieces), len(text))
	}

	for i, piece := range pieces {
		if n := len(utf16.Encode([]rune(piece))); n > 2000 {
			t.Errorf("piece %d has %d characters", i, n)
		}
	}

	if got := strings.Join(pieces[:len(pieces)-1], " "); got != text {
		t.Errorf("the pieces do not make the text again: %q", got)
	}

	emma.buyerWrites(text, "That is all.")
	emma.agentSees("That is all.")

	shown := emma.shown()
	if got := strings.Join(shown[1:len(shown)-1], " "); got != text {
		t.Errorf("the buyer's text came as %q", got)
	}
}

func TestANewNicknameIsFollowed(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")

	if err := tn.w.tiktok.RenameBuyer(emma.buyer.ImUserID, "Emma Stone"); err != nil {
		t.Fatal(err)
	}

	tn.w.clock.Advance(25 * time.Hour)
	emma.buyerWrites("I am somebody else now")
	emma.agentSees("I am somebody else now")

	if u := emma.thread().User; strings.TrimSpace(u.FirstName+" "+u.LastName) != "Emma Stone" {
		t.Errorf("the agent still sees %q %q", u.FirstName, u.LastName)
	}
}

func TestWhatABuyerWritesAfterResolving(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		behavior freshchatsim.Behavior
		setting  string
		fault    string
		threads  int
	}{
		"reopens the conversation":                                           {threads: 1},
		"reopens it where Freshchat would not by itself":                     {behavior: freshchatsim.Behavior{RefuseResolved: true}, threads: 1},
		"begins a new conversation, when the admin wants that":               {setting: "new", threads: 2},
		"begins a new conversation once, when Freshchat refuses the old one": {fault: freshchatsim.FaultNotLatest, threads: 2},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{behavior: test.behavior})
			emma := tn.opened("Emma Clarke")
			old := emma.thread().ID

			if test.setting != "" {
				p := tn.settings()
				p.typed["after_resolve"] = test.setting

				if p = p.press("Apply settings"); p.notice() == "" {
					t.Fatalf("settings not saved: %s", p.text())
				}
			}

			tn.w.quiet()

			if err := tn.w.freshchat.Resolve(old, ""); err != nil {
				t.Fatal(err)
			}

			tn.w.quiet()

			if test.fault != "" {
				strike(t, tn.w.freshchat.Faults(), test.fault, onceOf(1))
			}

			emma.buyerWrites("One more thing", "And another")
			emma.agentSees("And another")
			emma.agentReplies("Of course")
			emma.buyerSees("Of course")

			if got := len(emma.threads()); got != test.threads {
				t.Errorf("there are %d conversations, not %d", got, test.threads)
			}

			if s := emma.thread().Status; s == freshchatsim.StatusResolved {
				t.Errorf("the conversation is %s", s)
			}

			tn.w.quiet()
			emma.wantShown("Hello, I am Emma Clarke", "One more thing", "And another")
			emma.wantReceived("Of course")
		})
	}
}

func TestAReplyInAnOlderConversationStillReachesTheBuyer(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")
	old := emma.thread().ID

	strike(t, tn.w.freshchat.Faults(), freshchatsim.FaultNotLatest, onceOf(1))
	emma.buyerWrites("Again me")
	emma.agentSees("Again me")

	if _, err := tn.w.freshchat.AgentReplies(old, "", freshchatsim.Text("From the old one")); err != nil {
		t.Fatal(err)
	}

	emma.buyerSees("From the old one")
}

// TestAnAnswerThatIsFasterThanTheConversationIsNotLost lets the answer to the
// opening of a conversation get lost. An agent sees the conversation at once
// and replies, while the backend does not know it yet: such replies were once
// taken for somebody else's and dropped.
func TestAnAnswerThatIsFasterThanTheConversationIsNotLost(t *testing.T) {
	t.Parallel()

	paths := map[string]func(*tenant){
		"by product events":          func(*tenant) {},
		"by Freshchat's own webhook": func(tn *tenant) { tn.useWebhooks(); tn.events.Store(false) },
	}

	for name, prepare := range paths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			prepare(tn)
			strike(t, tn.w.freshchat.Faults(), freshchatsim.FaultAnswerLost,
				simkit.Fault{Rate: 1, Remaining: 1, Only: "conversation_create"})

			emma := tn.addBuyer("Emma Clarke")
			emma.buyerWrites("Hello")
			emma.agentSees("Hello")
			emma.agentReplies("That was quick", "wasn't it?")
			emma.buyerSees("wasn't it?")
			emma.buyerWrites("Indeed")
			emma.agentSees("Indeed")
			tn.w.quiet()
			emma.wantReceived("That was quick", "wasn't it?")
			emma.wantShown("Hello", "Indeed")

			if got := len(emma.threads()); got != 1 {
				t.Errorf("there are %d conversations", got)
			}
		})
	}
}

// TestANoteWaitsForTheConversationThatIsBeingMade has a reply overtaken while
// the backend still finds out what became of the conversation it opened. The
// note about it was once given up, since there was no conversation yet.
func TestANoteWaitsForTheConversationThatIsBeingMade(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	tn.useWebhooks()
	tn.events.Store(false)

	faults := tn.w.freshchat.Faults()
	strike(t, faults, freshchatsim.FaultAnswerLost, simkit.Fault{Rate: 1, Remaining: 1, Only: "conversation_create"})
	strike(t, faults, freshchatsim.FaultServerError, simkit.Fault{Rate: 1, Remaining: 2, Only: "user_conversations"})

	emma := tn.addBuyer("Emma Clarke")
	emma.buyerWrites("Hello")
	emma.agentSees("Hello")

	// The assignment that comes with a first reply goes before it.
	if err := tn.w.freshchat.Assign(emma.thread().ID, ""); err != nil {
		t.Fatal(err)
	}

	strike(t, faults, simkit.FaultWebhookLate, simkit.Fault{Rate: 1, Remaining: 1, Delay: time.Second})
	emma.agentReplies("one")
	apart(tn.w, emma, "two")
	emma.buyerSees("one")
	emma.wantReceived("two", "one")
	emma.agentIsTold("“one”", "after a message that you wrote later")
}

func TestWhatIsWrittenInSellerCenterIsShownAndMarked(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")

	if _, err := tn.w.tiktok.SellerWrites(emma.id, tiktoksim.Message{Content: "I answer from Seller Center"}); err != nil {
		t.Fatal(err)
	}

	emma.agentIsTold("Seller Center", "I answer from Seller Center")
	emma.wantShown("Hello, I am Emma Clarke")
}
