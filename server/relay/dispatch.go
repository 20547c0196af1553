package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// Run delivers until the context ends, then waits for the deliveries that are
// under way: each either settles or keeps its stored intent. It returns an
// error when the store fails for good.
func (r *Relay) Run(ctx context.Context) error {
	slots := make(chan struct{}, workers)
	crew := &crew{work: func(c bridge.Claim) {
		defer func() { <-slots }()

		r.work(ctx, c)
	}, claims: make(chan bridge.Claim), most: workers}

	defer r.tokens.settle()
	defer crew.leave()

	for {
		n, err := takeSlots(ctx, slots, workers)
		if err != nil {
			return nil // the context ended: that is how Run is stopped
		}

		claims, err := r.store.Claim(ctx, n, lease)
		if err != nil {
			return stopped(ctx, fmt.Errorf("claim lanes: %w", err))
		}

		for range n - len(claims) {
			<-slots
		}

		for _, c := range claims {
			crew.take(c)
		}

		if len(claims) == n {
			continue
		}

		select {
		case <-ctx.Done():
			return nil
		case <-r.store.Ready():
		}
	}
}

// takeSlots waits for one free worker and takes all that are free.
func takeSlots(ctx context.Context, slots chan struct{}, most int) (int, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case slots <- struct{}{}:
	}

	for n := 1; n < most; n++ {
		select {
		case slots <- struct{}{}:
		default:
			return n, nil
		}
	}

	return most, nil
}

// stopped hides errors that only say that the program is stopping.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, bridge.ErrClosed) {
		return nil //nolint:nilerr // hiding it is the purpose
	}

	return err
}

// work handles one claim: within the installation's rate, or not now.
func (r *Relay) work(ctx context.Context, c bridge.Claim) {
	defer r.survive(ctx, c)

	id, side := c.Delivery.Lane.Link.Installation, c.Delivery.Lane.Direction.Target()
	now := r.clock()

	if wait := r.limits.admit(id, side, now); wait > 0 {
		r.store.Throttle(id, side, now.Add(wait))
		r.settled(ctx, c, r.store.Release(ctx, c, now))

		return
	}

	a := &attempt{Relay: r, claim: c, started: now, admitted: true}
	a.finish(ctx, a.run(ctx))
}

// survive keeps a fault of ours in one delivery from ending everybody's. The
// lane's lease ends by itself, so that only this lane is held up.
func (r *Relay) survive(ctx context.Context, c bridge.Claim) {
	if p := recover(); p != nil {
		r.log.ErrorContext(ctx, "delivery panicked", slog.String("delivery", c.Delivery.ID.String()),
			slog.String("cause", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
	}
}

// settled logs a settlement that could not be stored. The lane's lease ends by
// itself, and the stored intent tells the next attempt where it stands.
func (r *Relay) settled(ctx context.Context, c bridge.Claim, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}

	level := slog.LevelError
	if errors.Is(err, bridge.ErrFenced) || errors.Is(err, bridge.ErrClosed) {
		level = slog.LevelInfo
	}

	r.log.Log(ctx, level, "settlement not stored",
		slog.String("delivery", c.Delivery.ID.String()), slog.Any("error", err))
}

// later is the time after a wait.
func (r *Relay) later(wait time.Duration) time.Time { return r.clock().Add(wait) }

// crew are the workers. One that has finished waits for the next claim, since
// a new one would have to grow its stack again for every delivery.
type crew struct {
	work   func(bridge.Claim)
	claims chan bridge.Claim
	most   int

	hired int
	wg    sync.WaitGroup
}

// take gives a claim to a worker that waits, or to a new one while there may
// be more. Only Run calls it.
func (w *crew) take(c bridge.Claim) {
	if w.hired < w.most {
		select {
		case w.claims <- c:
		default:
			w.hired++
			w.wg.Go(func() {
				w.work(c)

				for c := range w.claims {
					w.work(c)
				}
			})
		}

		return
	}

	w.claims <- c
}

// leave ends the workers when they have finished what they are at.
func (w *crew) leave() {
	close(w.claims)
	w.wg.Wait()
}
