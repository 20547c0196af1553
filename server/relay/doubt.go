package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sellerchat/server/bridge"
)

// reasonPart is why a reply failed of which only the beginning turned up.
const reasonPart = "Only the first part of it reached the buyer."

// settleDoubt looks whether a message that turned up is one that ended without
// arriving for sure. If so, what that ended as is corrected, the agents are
// told, and it reports true: the message is ours.
func (r *Relay) settleDoubt(ctx context.Context, link bridge.Link, d bridge.Direction, m bridge.RemoteMessage) (bool, error) {
	for _, id := range link.Doubts {
		was, err := r.store.Delivery(ctx, id)
		if errors.Is(err, bridge.ErrNotFound) || err == nil && (was.Lane.Direction != d || !turnedUp(was, m)) {
			continue
		}

		if err != nil {
			return false, fmt.Errorf("read delivery: %w", err)
		}

		now := r.correction(was, m)

		err = r.store.Correct(ctx, id, now)
		if errors.Is(err, bridge.ErrConflict) || errors.Is(err, bridge.ErrNotFound) {
			continue // tried again, or settled by another look
		}

		if err != nil {
			return false, fmt.Errorf("correct delivery: %w", err)
		}

		r.observer.Corrected(d, was.State, now.State, now.At.Sub(was.AcceptedAt))
		r.log.InfoContext(ctx, "delivery corrected", "delivery", id.String(),
			"direction", d.String(), "was", string(was.State), "state", string(now.State))

		return true, nil
	}

	return false, nil
}

// turnedUp reports whether a message is the last call of a delivery. The same
// text may have been typed by a person as well: it is ours only if it was
// written about when the call was made. Of a message that failed in the middle
// the agent knows already that some of it arrived, and of one that was worked
// out after a crash it is not known whether it was the whole.
func turnedUp(d bridge.Delivery, m bridge.RemoteMessage) bool {
	in := d.Intent
	if in == nil || in.Of == 0 || d.State != bridge.Uncertain && (d.State != bridge.Failed || !wholeWith(*in)) {
		return false
	}

	if m.CreatedAt.Before(in.At.Add(-skew)) || m.CreatedAt.After(begunBy(in).Add(callTimeout+skew)) {
		return false
	}

	return compare(in.Piece, m) == same
}

// wholeWith reports whether nothing was to follow a call.
func wholeWith(in bridge.Intent) bool { return in.Call+1 >= in.Of }

// correction is what a delivery ended as in truth.
func (r *Relay) correction(d bridge.Delivery, m bridge.RemoteMessage) bridge.Settlement {
	now := r.clock()
	t := telling{cause: causeArrived, say: sayArrived, after: causeUncertain, since: d.SettledAt}
	s := bridge.Settlement{State: bridge.Delivered}

	switch {
	case d.Lane.Direction != bridge.Out:
		t.cause, t.say, t.after = about(causeArrived, d.Lane.Direction, ""), sayInArrived, ""
	case !wholeWith(*d.Intent):
		t.say, t.after = sayPartArrived, ""
		s.State, s.Reason = bridge.Failed, reasonPart
	case d.State == bridge.Failed:
		t.after = ""
	}

	s.Remote = append(slices.Clip(d.Done), m.ID)
	s.Origins = []bridge.OriginKey{{
		Installation: d.Lane.Link.Installation, Side: d.Lane.Direction.Target(), ID: m.ID, CreatedAt: m.CreatedAt,
	}}
	s.Link = func(l *bridge.Link) { l.Settle(d.ID) }
	s.Notes = []bridge.Entry{t.note(d, now)}
	s.At = now

	return s
}

// doubted looks at messages that were read on the way whether they settle
// doubts. One that reads like what is looked for is left to that.
func (a *attempt) doubted(ctx context.Context, d bridge.Direction, by bridge.AuthorRole, messages []bridge.RemoteMessage) error {
	if len(a.link.Doubts) == 0 {
		return nil
	}

	for _, m := range messages {
		if m.Author != by || m.Private || compare(a.intent.Piece, m) != different {
			continue
		}

		_, err := a.store.Known(ctx, bridge.OriginKey{
			Installation: a.inst.ID, Side: d.Target(), ID: m.ID, CreatedAt: m.CreatedAt,
		})
		if errors.Is(err, bridge.ErrNotFound) {
			_, err = a.settleDoubt(ctx, a.link, d, m)
		}

		if err != nil {
			return fmt.Errorf("look at message: %w", err)
		}
	}

	return nil
}

// ownMessage looks whether a message that Freshchat shows as the buyer's, and
// so is ours, settles a doubt. She may have written the same twice: one that is
// known, or may be on its way at this moment, is another.
func (r *Relay) ownMessage(ctx context.Context, link bridge.Link, m bridge.RemoteMessage) error {
	if len(link.Doubts) == 0 {
		return nil
	}

	// In this order: an answer that comes in between makes the id known before
	// the intent is gone.
	in, underWay := r.store.Sent(ctx, link.Key.Lane(bridge.In))

	_, err := r.store.Known(ctx, bridge.OriginKey{
		Installation: link.Key.Installation, Side: bridge.Freshchat, ID: m.ID, CreatedAt: m.CreatedAt,
	})

	switch {
	case err == nil:
		return nil
	case !errors.Is(err, bridge.ErrNotFound):
		return fmt.Errorf("look up message: %w", err)
	case underWay && (in.Kind == "" || compare(in.Piece, m) != different):
		return nil
	}

	_, err = r.settleDoubt(ctx, link, bridge.In, m)

	return err
}
