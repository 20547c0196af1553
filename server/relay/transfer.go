package relay

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// transfersMost is how many deliveries with files are under way at once, and
// transfersEach how many of one installation: each holds connections, a file
// and its buffers. Further ones wait for their turn, so many with their lanes
// held; whoever finds no place there asks again after transferPause.
const (
	transfersMost = 12
	transfersEach = 3
	waitingMost   = 64
	waitingEach   = 8
	transferPause = 5 * time.Second
)

// transfers are the deliveries with files, which take long: they have room of
// their own, so that no text waits for them.
type transfers struct {
	mu      sync.Mutex
	busy    int
	each    map[bridge.InstallationID]int
	waiting []*transferTurn
	wg      sync.WaitGroup
}

// transferTurn is leave to transfer, given when begun is closed.
type transferTurn struct {
	id    bridge.InstallationID
	begun chan struct{}
	given bool
}

// ask returns a turn, which may have to be waited for; nil when too many wait.
func (t *transfers) ask(id bridge.InstallationID) *transferTurn {
	t.mu.Lock()
	defer t.mu.Unlock()

	turn := &transferTurn{id: id, begun: make(chan struct{})}
	if t.give(turn) {
		return turn
	}

	mine := 0
	for _, w := range t.waiting {
		if w.id == id {
			mine++
		}
	}

	if mine >= waitingEach || len(t.waiting) >= waitingMost {
		return nil
	}

	t.waiting = append(t.waiting, turn)

	return turn
}

// give begins a turn if there is room for it. The caller holds the lock.
func (t *transfers) give(turn *transferTurn) bool {
	if t.busy >= transfersMost || t.each[turn.id] >= transfersEach {
		return false
	}

	t.busy++
	t.each[turn.id]++
	turn.given = true
	close(turn.begun)

	return true
}

// end ends a turn, whether it was given or not.
func (t *transfers) end(turn *transferTurn) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if !turn.given {
		t.waiting = slices.DeleteFunc(t.waiting, func(w *transferTurn) bool { return w == turn })

		return
	}

	t.busy--
	if t.each[turn.id]--; t.each[turn.id] == 0 {
		delete(t.each, turn.id)
	}

	t.waiting = slices.DeleteFunc(t.waiting, t.give)
}

// transfer hands on a claim with a file in it; false when it has none.
func (r *Relay) transfer(ctx context.Context, c bridge.Claim) bool {
	d := c.Delivery
	if r.blobs == nil || d.Lane.Direction == bridge.Note || !slices.ContainsFunc(d.Message.Parts, holdsFile) {
		return false
	}

	turn := r.transfers.ask(d.Lane.Link.Installation)
	if turn == nil {
		// The call that it was admitted for is not made now.
		r.limits.refund(d.Lane.Link.Installation, d.Lane.Direction.Target(), r.clock())
		r.settled(ctx, c, r.store.Release(ctx, c, r.later(transferPause+rand.N(transferPause))))

		return true
	}

	r.transfers.wg.Go(func() {
		defer r.transfers.end(turn)

		r.transferred(ctx, c, turn)
	})

	return true
}

// transferred delivers when the turn has come. The turn to call the target
// begins only then.
func (r *Relay) transferred(ctx context.Context, c bridge.Claim, turn *transferTurn) {
	ctx, release := r.keep(ctx, c)
	defer release()

	select {
	case <-turn.begun:
	case <-ctx.Done():
		return // the lane is somebody else's, or the program stops
	}

	id, side := c.Delivery.Lane.Link.Installation, c.Delivery.Lane.Direction.Target()
	if !r.limits.join(id, side, r.clock()) {
		r.settled(ctx, c, r.store.Release(ctx, c, r.clock()))

		return
	}

	defer r.leave(id, side)

	if settle := r.try(ctx, c); settle != nil {
		settle()
	}
}

// keep holds a lane for as long as it takes, and ends what is done when somebody
// else has taken the lane over.
func (r *Relay) keep(ctx context.Context, c bridge.Claim) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)

	var wg sync.WaitGroup

	wg.Go(func() {
		for sleep(ctx, lease/3) {
			if err := r.store.Extend(ctx, c, lease); errors.Is(err, bridge.ErrFenced) {
				cancel()
			}
		}
	})

	return ctx, func() {
		cancel()
		wg.Wait()
	}
}
