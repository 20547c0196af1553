package relay

import (
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// crew are the workers toward one side. One that has finished waits for the
// next claim, since a new one would have to grow its stack again for every
// delivery.
type crew struct {
	*Relay

	side   bridge.Side
	run    func(bridge.Claim) (settle func())
	claims chan bridge.Claim
	wg     sync.WaitGroup

	// slots has a value for each delivery under way, room one for each of those
	// that gave its slot back since it takes long.
	slots, room chan struct{}
	// settling has one for each that gave its slot back since all that is left
	// is to store the outcome.
	settling chan struct{}
}

func newCrew(r *Relay, side bridge.Side, run func(bridge.Claim) func()) *crew {
	return &crew{
		Relay: r, side: side, run: run, claims: make(chan bridge.Claim),
		slots: make(chan struct{}, workers), room: make(chan struct{}, slowRoom),
		settling: make(chan struct{}, settleRoom),
	}
}

// take gives a claim to a worker that waits, or to a new one: there are never
// more than slots and the rooms beside them. The slot was taken before.
func (w *crew) take(c bridge.Claim) {
	select {
	case w.claims <- c:
	default:
		h := &hand{crew: w}
		h.timer = time.AfterFunc(patience, h.late)
		h.timer.Stop()

		w.wg.Go(func() {
			h.work(c)

			for c := range w.claims {
				h.work(c)
			}
		})
	}
}

// leave ends the workers when they have finished what they are at.
func (w *crew) leave() {
	close(w.claims)
	w.wg.Wait()
}

// hand is one worker.
type hand struct {
	crew  *crew
	timer *time.Timer

	mu   sync.Mutex
	busy bool
	id   bridge.InstallationID
	// quick ends its being slow; nil while it is not.
	quick func()
}

func (h *hand) work(c bridge.Claim) {
	h.mu.Lock()
	h.busy, h.id = true, c.Delivery.Lane.Link.Installation
	h.mu.Unlock()

	h.timer.Reset(patience)

	settle := h.crew.run(c)
	if settle == nil {
		h.rest()

		return
	}

	select {
	case h.crew.settling <- struct{}{}:
		h.rest()
		settle()
		<-h.crew.settling
	default:
		settle()
		h.rest()
	}
}

// late gives the slot back: what takes long has to make do with what room there
// is for that.
func (h *hand) late() {
	h.mu.Lock()
	defer h.mu.Unlock()

	if !h.busy || h.quick != nil {
		return
	}

	select {
	case h.crew.room <- struct{}{}:
		<-h.crew.slots
		h.quick = h.crew.limits.linger(h.id, h.crew.side, h.crew.clock())
	default:
		h.timer.Reset(patience)
	}
}

// rest ends the turn that the claim came with, after it has ceased to count
// among those that take long: whoever waits for its end looks at both.
func (h *hand) rest() {
	h.timer.Stop()

	defer h.crew.Relay.leave(h.id, h.crew.side)

	h.mu.Lock()
	defer h.mu.Unlock()

	h.busy = false

	if h.quick == nil {
		<-h.crew.slots

		return
	}

	h.quick()
	h.quick = nil
	<-h.crew.room
}
