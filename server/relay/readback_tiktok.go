package relay

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// pagesRead is how many pages of messages are read back at most.
const pagesRead = 5

// errAlike says that something is there that cannot be told from what was sent.
var errAlike = errors.New("the conversation holds something that cannot be told from what was sent")

// errTooFar says that the conversation went on for longer than is read back.
var errTooFar = errors.New("the conversation went on too far to be read back")

// readBack finds out what became of a call whose answer is unknown. It reports
// true when the attempt may go on: the call was found, or surely never
// happened.
func (out *outbound) readBack(ctx context.Context) (verdict, bool) {
	if v, early := out.notYet(); early {
		return v, false
	}

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	found, err := out.search(ctx)
	if bridge.HasCause(err, bridge.CauseTokenExpired) && !out.renewed {
		if out.access.Token, err = out.tokens.renew(ctx, out.shop.Authorization, out.access.Token); err == nil {
			out.token, out.renewed = out.access.Token, true
			found, err = out.search(ctx)
		}
	}

	if out.asked(err) {
		out.intent = nil

		return verdict{}, true
	}

	if errors.Is(err, errTooFar) {
		return out.uncertain(err), false
	}

	if errors.Is(err, errAlike) {
		return out.undecided(err), false
	}

	if err != nil {
		return out.failed(ctx, fmt.Errorf("read back: %w", err)), false
	}

	if found.ID != "" {
		out.found(found)

		return verdict{}, true
	}

	if v, wait := out.mayStillArrive(); wait {
		return v, false
	}

	out.intent = nil

	return verdict{}, true
}

// search looks for what the intent sent among the shop's latest messages.
// An empty answer means that it is surely not there.
func (out *outbound) search(ctx context.Context) (bridge.RemoteMessage, error) {
	since := out.intent.At.Add(-skew)

	nearest, next := different, ""
	for range pagesRead {
		out.spend(bridge.TikTok)

		page, err := out.tiktok.Messages(ctx, out.access, out.link.Key.Conversation, next)
		if err != nil {
			return bridge.RemoteMessage{}, fmt.Errorf("read messages: %w", err)
		}

		if err := out.doubted(ctx, bridge.Out, bridge.Seller, page.Messages); err != nil {
			return bridge.RemoteMessage{}, err
		}

		for _, m := range page.Messages {
			if !m.CreatedAt.IsZero() && m.CreatedAt.Before(since) {
				return notFound(nearest)
			}

			like, err := out.mayBeOurs(ctx, m)
			if err != nil {
				return bridge.RemoteMessage{}, err
			}

			if like == same {
				return m, nil
			}

			nearest = max(nearest, like)
		}

		if page.Next == "" {
			return notFound(nearest)
		}

		next = page.Next
	}

	return bridge.RemoteMessage{}, errTooFar
}

// notFound is the end of a search: surely not there, unless something like it
// is.
func notFound(nearest likeness) (bridge.RemoteMessage, error) {
	if nearest == alike {
		return bridge.RemoteMessage{}, errAlike
	}

	return bridge.RemoteMessage{}, nil
}

// mayBeOurs tells whether a message read back is the one of the intent: the
// same, from the shop's side, and not yet known as another send or as typed in
// Seller Center.
func (out *outbound) mayBeOurs(ctx context.Context, m bridge.RemoteMessage) (likeness, error) {
	like := compare(out.intent.Piece, m)
	if m.Author != bridge.Seller || like == different {
		return different, nil
	}

	id, err := out.store.Known(ctx, bridge.OriginKey{
		Installation: out.inst.ID, Side: bridge.TikTok, ID: m.ID, CreatedAt: m.CreatedAt,
	})
	if errors.Is(err, bridge.ErrNotFound) {
		return like, nil
	}

	if err != nil {
		return different, fmt.Errorf("look up message: %w", err)
	}

	known, err := out.store.Delivery(ctx, id)
	if errors.Is(err, bridge.ErrNotFound) {
		return different, nil
	}

	if err != nil {
		return different, fmt.Errorf("read delivery: %w", err)
	}

	// Its webhook may have come first and be waiting for us, or have waited
	// long enough to be taken for an echo.
	if known.Lane.Direction == bridge.In && known.State != bridge.Delivered {
		return like, nil
	}

	return different, nil
}
