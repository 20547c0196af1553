package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sellerchat/server/config"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// What every storm is made of.
const (
	stormTick    = 50 * time.Millisecond
	stormErrors  = 0.20 // calls that fail in passing, on both platforms
	stormLost    = 0.03 // answers that get lost after the work was done
	stormWebhook = 0.10 // webhooks delivered twice; as many change places
	// stormArrived is the share of all messages that must be through before the
	// errors stop: the last few would wait out backoffs of a minute.
	stormArrived = 0.95
)

// stormPlan is how large a storm is.
type stormPlan struct {
	chats, each, kills int // messages each way, in each conversation
	// writing is the likelihood with which each side writes in a tick while the
	// program is killed.
	writing float64
	// files is set where some of the messages are pictures, videos and
	// documents, and faults more than what must be made good.
	files bool
	// patient is how long errors go on after the last kill, limit how long all
	// may take after that.
	patient, limit time.Duration
}

func (p stormPlan) messages() int { return p.chats * p.each }

// TestChaosLosesDoublesAndReordersNothing writes in 200 conversations, 10
// messages each way, while both platforms fail in every way that passes and
// the program is killed every second or two. The platforms deliver again what
// was not acknowledged, and hold back what follows it in its conversation. What
// arrived is read from their ledgers alone.
func TestChaosLosesDoublesAndReordersNothing(t *testing.T) {
	w := newWorld(t, options{
		process: true,
		tiktok:  func(o *tiktoksim.Options) { o.WebhookTimeout = time.Second },
		flags:   func(f *config.Flags) { f.OrderWindow = "250ms" },
	})

	s := newStorm(w, stormPlan{
		chats: 200, each: 10, kills: 10, writing: 0.05, patient: 20 * time.Second, limit: 100 * time.Second,
	})
	s.faults()
	s.run()
}

// storm writes, breaks and kills.
type storm struct {
	stormPlan

	w     *world
	dice  *rand.Rand
	chats []*stormChat
	// labels tell by the digest of a file which message it was, and kinds by the
	// label of a message what file it is.
	labels, kinds map[string]string
}

func newStorm(w *world, p stormPlan) *storm {
	s := &storm{stormPlan: p, w: w, dice: rand.New(rand.NewPCG(7, 7)), labels: map[string]string{}, kinds: map[string]string{}}
	s.people()

	return s
}

// run goes through the storm and judges what arrived.
func (s *storm) run() {
	t, w := s.w.t, s.w
	t.Helper()

	began := time.Now()

	s.blow()
	t.Logf("killed %d times within %s", s.kills, time.Since(began).Round(time.Millisecond))

	s.pass()
	t.Logf("everything was written, and %d of %d messages arrived among errors, within %s",
		s.arrived(), 2*s.messages(), time.Since(began).Round(time.Millisecond))

	w.within(s.limit, "everything has arrived", s.settled)

	result := s.judge()
	t.Logf("%d conversations, %d messages in, %d out, %d of them files, after %s: %s",
		s.stormPlan.chats, s.messages(), s.messages(), len(s.labels), time.Since(began).Round(time.Millisecond), result)
	t.Logf("tiktok faults: %s", struck(w.tiktok.Faults()))
	t.Logf("freshchat faults: %s", struck(w.freshchat.Faults()))

	if result.wrong() > 0 {
		t.Errorf("this must all be 0: %v\n%s", result.complaints, s.history(result))
	}
}

// stormChat is a conversation and how far it has come.
type stormChat struct {
	*chat

	number  int
	in, out int
}

func (c *stormChat) text(direction string, n int) string {
	return fmt.Sprintf("chat %03d %s %02d", c.number, direction, n)
}

// texts are what one side says in all.
func (c *stormChat) texts(direction string, n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = c.text(direction, i)
	}

	return texts
}

// people installs two accounts, whose replies come by Freshchat's webhooks
// alone and by both paths, and adds the buyers.
func (s *storm) people() {
	tenants := []*tenant{
		s.w.addInstalled(tenantSpec{name: "Glow Beauty"}),
		s.w.addInstalled(tenantSpec{name: "Nusa Living", market: "asia"}),
	}
	tenants[0].events.Store(false)

	for _, tn := range tenants {
		tn.useWebhooks()
	}

	for i := range s.stormPlan.chats {
		tn := tenants[i%len(tenants)]
		s.chats = append(s.chats, &stormChat{chat: tn.addBuyer(fmt.Sprintf("Buyer %03d", i)), number: i})
	}
}

func (s *storm) faults() {
	for name, rate := range map[string]float64{
		tiktoksim.FaultTemporary: stormErrors / 2, tiktoksim.FaultUnreachable: stormErrors / 2,
		tiktoksim.FaultAnswerLost: stormLost, tiktoksim.FaultErrorAfterWork: stormLost / 2,
		simkit.FaultWebhookDuplicate: stormWebhook, simkit.FaultWebhookReorder: stormWebhook,
	} {
		strike(s.w.t, s.w.tiktok.Faults(), name, simkit.Fault{Rate: rate})
	}

	for name, rate := range map[string]float64{
		freshchatsim.FaultServerError: stormErrors / 2, freshchatsim.FaultUnreachable: stormErrors / 2,
		freshchatsim.FaultAnswerLost: stormLost, freshchatsim.FaultErrorAfterWork: stormLost / 2,
		freshchatsim.FaultClassCast:  stormLost / 2,
		simkit.FaultWebhookDuplicate: stormWebhook, simkit.FaultWebhookReorder: stormWebhook,
	} {
		strike(s.w.t, s.w.freshchat.Faults(), name, simkit.Fault{Rate: rate})
	}
}

// blow writes and kills until the last kill is done.
func (s *storm) blow() {
	p, ok := s.w.backend.(*process)
	if !ok {
		s.w.t.Fatal("there is no process to kill")
	}

	tick := time.NewTicker(stormTick)
	defer tick.Stop()

	kills, change := 0, time.Now().Add(time.Second)

	for kills < s.kills || p.cmd == nil {
		<-tick.C
		s.write(s.writing)

		switch now := time.Now(); {
		case now.Before(change):
		case p.cmd == nil:
			p.launch(s.w.t)
			change = now.Add(time.Second + time.Duration(s.dice.Int64N(int64(time.Second))))
		default:
			p.kill(s.w.t)
			kills++
			change = now.Add(time.Duration(s.dice.Int64N(int64(300 * time.Millisecond))))
		}
	}
}

// pass goes on among errors, without kills, until nearly everything is through;
// then the platforms recover, and what could not be written yet, because there
// was nothing to answer, is.
func (s *storm) pass() {
	tick := time.NewTicker(stormTick)
	defer tick.Stop()

	began, recovered := time.Now(), false

	for ticks := 0; !recovered || !s.written(); ticks++ {
		<-tick.C
		s.write(1)

		if ticks%10 > 0 {
			continue
		}

		took := time.Since(began)
		if !recovered && (took > s.patient || float64(s.arrived()) > stormArrived*float64(2*s.messages())) {
			s.w.tiktok.Faults().ClearAll()
			s.w.freshchat.Faults().ClearAll()

			recovered = true
		}

		if took > s.limit {
			s.w.t.Fatalf("not everything could be written; the backend's last lines:\n%s", s.w.output.tail(25))
		}
	}
}

// write lets each side of each chat say its next sentence with a likelihood, so
// that the writing takes about as long as the kills. An agent answers once
// there is something to answer.
func (s *storm) write(likely float64) {
	for _, c := range s.chats {
		if c.in < s.each && s.dice.Float64() < likely {
			s.buyer(c)
			c.in++
		}

		if c.out < s.each && c.id != "" && s.dice.Float64() < likely && len(c.threads()) > 0 {
			s.agent(c)
			c.out++
		}
	}
}

// arrived counts what came to the other side, whatever it is.
func (s *storm) arrived() int {
	n := 0

	for _, e := range s.w.tiktok.Ledger().Snapshot() {
		if e.Kind == tiktoksim.KindAPIMessage {
			n++
		}
	}

	for _, e := range s.w.freshchat.Ledger().Snapshot() {
		if e.Kind == freshchatsim.KindUser {
			n++
		}
	}

	return n
}

func (s *storm) written() bool {
	for _, c := range s.chats {
		if c.in < s.each || c.out < s.each {
			return false
		}
	}

	return true
}

// settled reports whether every message is at the other side or told of, and
// nothing is under way.
func (s *storm) settled() bool {
	if s.w.tiktok.Outbox().Stats().Pending > 0 || s.w.freshchat.Outbox().Stats().Pending > 0 || s.w.passing() {
		return false
	}

	return s.w.ready() && s.w.queued() == 0
}

// struck is how often each fault did, for the log.
func struck(f *simkit.Faults) string {
	text := ""

	for _, state := range f.States() {
		if state.Hits > 0 {
			text += fmt.Sprintf(" %s=%d", state.Name, state.Hits)
		}
	}

	return text
}
