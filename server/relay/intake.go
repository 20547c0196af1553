package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// The outcomes by which webhooks are counted.
const (
	outcomeAccepted  = "accepted"
	outcomeDuplicate = "duplicate"
	outcomeIgnored   = "ignored"
	outcomeTooOld    = "too_old"
	outcomeRefused   = "refused"
)

// accept puts one message into its lane and says how that is counted. The
// message is on disk when it returns.
func (r *Relay) accept(ctx context.Context, e bridge.Entry, since time.Time) (string, error) {
	now := r.clock()
	if e.Message.CreatedAt.IsZero() {
		e.Message.CreatedAt = now
	}

	if tooOld(e.Message.CreatedAt, since, now) {
		r.log.InfoContext(ctx, "message skipped", slog.String("direction", e.Lane.Direction.String()),
			slog.String("message", string(e.Message.ID)), slog.String("reason", bridge.SkipTooOld))
		r.observer.Settled(e.Lane.Direction, bridge.Skipped, 0)

		return outcomeTooOld, nil
	}

	taken, err := r.store.Enqueue(ctx, e)
	if err != nil {
		return "", fmt.Errorf("store message: %w", err)
	}

	if taken[0].Duplicate {
		return outcomeDuplicate, nil
	}

	return outcomeAccepted, nil
}

// tooOld reports whether a message was written before its shop was connected,
// or so long ago that its origin key may be forgotten. Platforms give whole
// seconds, so the moment of connecting is cut to one.
func tooOld(created, since, now time.Time) bool {
	return created.Before(since.Truncate(time.Second)) || now.Sub(created) > bridge.RelayFor
}

// counted counts a webhook and passes its error on.
func (r *Relay) counted(source, outcome string, err error) error {
	if err != nil {
		outcome = outcomeRefused
	}

	r.observer.Webhook(source, outcome)

	return err
}

// absent turns "there is none" into "not for us".
func absent(err error) (string, error) {
	if errors.Is(err, bridge.ErrNotFound) {
		return outcomeIgnored, nil
	}

	return "", err
}
