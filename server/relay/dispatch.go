package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerchat/server/bridge"
)

// workers is how many deliveries toward a side are under way at once. Beyond
// them slowRoom have been for longer than patience, since whoever hangs shall
// not hold up whoever does not, and settleRoom wait for the disk.
const (
	workers    = 64
	slowRoom   = 256
	settleRoom = 64
	patience   = 250 * time.Millisecond
)

// Run delivers until the context ends, then waits for the deliveries that are
// under way: each either settles or keeps its stored intent. It returns an
// error when the store fails for good.
func (r *Relay) Run(ctx context.Context) error {
	if err := r.quotas.load(ctx, r.store); err != nil {
		return stopped(ctx, err)
	}

	defer r.tokens.settle()
	defer r.saveQuotas(context.WithoutCancel(ctx))
	defer r.transfers.wg.Wait()

	sides, ctx := errgroup.WithContext(ctx)

	for _, side := range []bridge.Side{bridge.TikTok, bridge.Freshchat} {
		sides.Go(func() error { return r.dispatch(ctx, side) })
	}

	return sides.Wait() //nolint:wrapcheck // it is ours
}

// dispatch delivers toward one side.
func (r *Relay) dispatch(ctx context.Context, side bridge.Side) error {
	crew := newCrew(r, side, func(c bridge.Claim) func() { return r.work(ctx, c) })
	defer crew.leave()

	for {
		n, err := takeSlots(ctx, crew.slots, workers)
		if err != nil {
			return nil // the context ended: that is how Run is stopped
		}

		claims, err := r.claim(ctx, side, n)
		if err != nil {
			return stopped(ctx, err)
		}

		for range n - len(claims) {
			<-crew.slots
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
		case <-r.store.Ready(side):
		}
	}
}

// takeSlots waits for one free worker and takes all that are free. Others
// that are about to finish are let run first, so that one claim serves them
// all. Where nobody else is ready this takes no time.
func takeSlots(ctx context.Context, slots chan struct{}, most int) (int, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case slots <- struct{}{}:
	}

	runtime.Gosched()

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

// work handles one claim, or hands it on if there is a file in it. What may be
// left to do is to store the outcome.
func (r *Relay) work(ctx context.Context, c bridge.Claim) (settle func()) {
	if r.transfer(ctx, c) {
		return nil
	}

	return r.try(ctx, c)
}

// try makes one attempt, whose outcome is stored by the returned function; nil
// when there is none.
func (r *Relay) try(ctx context.Context, c bridge.Claim) (settle func()) {
	defer r.survive(ctx, c)

	a := &attempt{Relay: r, claim: c, started: r.clock(), admitted: true}
	v := a.run(ctx)
	r.ears.tried(c.Delivery.Lane, v)
	a.learn(context.WithoutCancel(ctx), v)

	return func() {
		defer r.survive(ctx, c)

		a.finish(ctx, v)
	}
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
