package relay

import (
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// A message is given up when a platform has failed on it for hopelessFor while
// it took others of the shop: so often that, between two tries of it, at least
// one other had arrived. While a platform is down for everybody, nothing is
// given up.
const (
	hopelessFor   = time.Hour
	hopelessTimes = 5
)

// trialsKept is how many trials are remembered, at least, before those that
// nobody goes on with are dropped.
const trialsKept = 1024

// trials know of messages that a platform fails on how others fared meanwhile.
// They are not stored: after a restart it takes longer to give one up.
type trials struct {
	mu      sync.Mutex
	arrived map[passage]uint64
	each    map[bridge.DeliveryID]*trial
	sweepAt int
}

// passage is the way from or to a shop.
type passage struct {
	shop bridge.ShopID
	side bridge.Side
}

// trial is one message that a platform fails on.
type trial struct {
	since, last time.Time
	// arrived is how many others had at its last try, alone how often there
	// were more than at the one before.
	arrived uint64
	alone   int
}

func newTrials() *trials {
	return &trials{arrived: map[passage]uint64{}, each: map[bridge.DeliveryID]*trial{}, sweepAt: trialsKept}
}

// pass notes that something has arrived.
func (t *trials) pass(p passage) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.arrived[p]++
}

// fail notes that a try failed.
func (t *trials) fail(id bridge.DeliveryID, p passage, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()

	k := t.each[id]
	if k == nil {
		t.sweep(now)

		k = &trial{since: now, arrived: t.arrived[p]}
		t.each[id] = k
	}

	k.last = now
	if n := t.arrived[p]; n > k.arrived {
		k.arrived, k.alone = n, k.alone+1
	}
}

// hopeless reports whether a message is to be given up.
func (t *trials) hopeless(id bridge.DeliveryID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	k := t.each[id]

	return k != nil && k.alone >= hopelessTimes && now.Sub(k.since) >= hopelessFor
}

// end forgets a message.
func (t *trials) end(id bridge.DeliveryID) {
	t.mu.Lock()
	defer t.mu.Unlock()

	delete(t.each, id)
}

// sweep drops the trials that nobody goes on with: their lanes stand still, or
// are gone.
func (t *trials) sweep(now time.Time) {
	if len(t.each) < t.sweepAt {
		return
	}

	for id, k := range t.each {
		if now.Sub(k.last) > hopelessFor {
			delete(t.each, id)
		}
	}

	t.sweepAt = max(trialsKept, 2*len(t.each))
}

// The words about a message that is given up.
const (
	wordsHopelessOut = "TikTok took other messages meanwhile, but not this one. Write it differently, or send it from TikTok Seller Center."
	wordsHopelessIn  = "Freshchat took other messages meanwhile, but not this one."
)

// passage is the way that the delivery goes.
func (a *attempt) passage() passage {
	lane := a.claim.Delivery.Lane

	return passage{lane.Link.Shop, lane.Direction.Target()}
}

// isNote reports whether the attempt writes a note.
func (a *attempt) isNote() bool {
	d := a.claim.Delivery

	return d.Lane.Direction == bridge.Note || d.Lane.Direction == bridge.In && d.Message.Author == bridge.Seller
}

// hopeless counts a failed try, and ends a message that is to be given up. What
// may have arrived is read back before; where that is what fails, nobody can
// tell.
func (a *attempt) hopeless(err error) (verdict, bool) {
	d := a.claim.Delivery
	if a.isNote() {
		return verdict{}, false // has a bound of its own
	}

	a.trials.fail(d.ID, a.passage(), a.clock())

	switch {
	case !a.trials.hopeless(d.ID, a.clock()):
		return verdict{}, false
	case a.intent == nil && !a.unsure:
		return a.giveUp(err), true
	case !a.begun:
		return a.uncertain(err), true
	default:
		return verdict{}, false
	}
}

// givenUp ends a message that is to be given up, once it has been read back
// that its last call came to nothing.
func (a *attempt) givenUp() (verdict, bool) {
	d := a.claim.Delivery
	if len(a.done) > len(d.Done) || !a.trials.hopeless(d.ID, a.clock()) {
		return verdict{}, false
	}

	return a.giveUp(nil), true
}

func (a *attempt) giveUp(err error) verdict {
	words := wordsHopelessIn
	if a.claim.Delivery.Lane.Direction == bridge.Out {
		words = wordsHopelessOut
	}

	return a.permanent(&bridge.Failure{Op: "give up", Class: bridge.Permanent, Words: words}, err)
}

// tried notes how an attempt ended that came to an end.
func (a *attempt) tried(state bridge.State) {
	a.trials.end(a.claim.Delivery.ID)

	if state == bridge.Delivered && !a.isNote() {
		a.trials.pass(a.passage())
	}
}
