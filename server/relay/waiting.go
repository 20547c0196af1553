package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

const (
	// tellAfter is how long a reply waits before its agent is told of it.
	tellAfter = 10 * time.Minute
	// lanesTold is how many lanes one look tells of, and repliesTold how many
	// replies of each.
	lanesTold   = 256
	repliesTold = 1000
)

// tellWaiting tells the agents whose replies have waited for long, whatever
// holds them back: paused lanes are never claimed, so that nobody else would.
func (r *Relay) tellWaiting(ctx context.Context) error {
	lanes, err := r.store.Overdue(ctx, bridge.Out, r.clock().Add(-tellAfter), lanesTold)
	if err != nil {
		return fmt.Errorf("find replies that wait: %w", err)
	}

	for _, lane := range lanes {
		if err := r.tellLane(ctx, lane); err != nil {
			return err
		}
	}

	return nil
}

func (r *Relay) tellLane(ctx context.Context, lane bridge.LaneKey) error {
	waiting, err := r.store.Waiting(ctx, lane, repliesTold)
	if err != nil || len(waiting) == 0 {
		return err
	}

	words, err := r.whyWaiting(ctx, waiting[0])
	if err != nil {
		return err
	}

	var (
		told  []bridge.DeliveryID
		notes []bridge.Entry
		now   = r.clock()
		t     = telling{cause: causeWaiting, say: sayWaiting, words: words}
	)

	for _, d := range waiting {
		if !d.Told {
			told, notes = append(told, d.ID), append(notes, t.note(d, now))
		}
	}

	if err := r.store.Tell(ctx, told, notes...); err != nil {
		return fmt.Errorf("tell of replies that wait: %w", err)
	}

	return nil
}

// whyWaiting says what holds a reply back, and what mends it.
func (r *Relay) whyWaiting(ctx context.Context, head bridge.Delivery) (string, error) {
	if head.Reason == waitOurs {
		return wordsWaitOurs, nil
	}

	shop, err := r.store.Shop(ctx, head.Lane.Link.Shop)
	if errors.Is(err, bridge.ErrNotFound) {
		return wordsWaitTikTok, nil
	}

	if err != nil {
		return "", fmt.Errorf("read shop: %w", err)
	}

	if shop.Standing.Broken {
		return wordsWaitShop, nil
	}

	auth, err := r.store.Authorization(ctx, shop.Authorization)
	if errors.Is(err, bridge.ErrNotFound) {
		return wordsWaitAuthorization, nil
	}

	if err != nil {
		return "", fmt.Errorf("read authorization: %w", err)
	}

	if auth.Health.Broken {
		return wordsWaitAuthorization, nil
	}

	if head.Reason == waitFile {
		return wordsWaitFile, nil
	}

	return wordsWaitTikTok, nil
}
