package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sellerchat/server/bridge"
)

// gatherFor is for how long, after a note, further ones about the same cause
// are gathered into one.
const gatherFor = 10 * time.Minute

// gatherMost is how many of them one note speaks for.
const gatherMost = 200

// waitGathered is why a note does not go out at once.
const waitGathered = "The agents were told of the same a short while ago; what follows is gathered."

// skipOvertaken is why a note does not go out at all.
const skipOvertaken = "what it says is no longer so"

// The causes of notes. Those of failures and of what cannot be carried are
// completed by what it was.
const (
	causeFailed      bridge.NoteCause = "failed"
	causeUncertain   bridge.NoteCause = "uncertain"
	causeLate        bridge.NoteCause = "late"
	causeWaiting     bridge.NoteCause = "waiting"
	causeArrived     bridge.NoteCause = "arrived"
	causeUnsupported bridge.NoteCause = "unsupported"
	causeWithout     bridge.NoteCause = "without"
)

// about completes a cause. What is told of buyers' messages is apart from what
// is told of replies.
func about(cause bridge.NoteCause, d bridge.Direction, what string) bridge.NoteCause {
	if what != "" {
		cause += bridge.NoteCause("/" + what)
	}

	if d != bridge.Out {
		cause = bridge.NoteCause(d.String()+"/") + cause
	}

	return cause
}

// note is the entry that tells the agents something about a delivery.
func (t telling) note(d bridge.Delivery, now time.Time) bridge.Entry {
	writer := ""
	if d.Lane.Direction == bridge.Out {
		writer = d.Message.AuthorID
	}

	return bridge.Entry{
		Lane: d.Lane.Link.Notes(t.cause),
		Message: bridge.Message{
			Author: bridge.Automaton, AuthorID: writer, CreatedAt: now, Order: uint64(now.UnixMicro()),
			Parts: []bridge.Part{t.part(d)},
		},
		Path:  bridge.PathOurselves,
		About: d.ID,
	}
}

// tell queues a note about this delivery for the agents.
func (a *attempt) tell(t telling) {
	a.notes = append(a.notes, t.note(a.claim.Delivery, a.clock()))
}

// gather makes one note of everything that waits to be told about the lane's
// cause. It reports false, with a verdict, when it is not the time, or when
// there is nothing to be told any more.
func (a *attempt) gather(ctx context.Context) (string, verdict, bool) {
	d := a.claim.Delivery
	if d.Lane.Cause == "" {
		return a.noteText(), verdict{}, true
	}

	last := a.link.ToldAt(d.Lane.Cause)
	if due := last.Add(gatherFor); !last.IsZero() && a.clock().Before(due) {
		return "", verdict{at: due, reason: waitGathered, patient: true}, false
	}

	waiting, err := a.store.Waiting(ctx, d.Lane, gatherMost)
	if err != nil {
		return "", a.noteFailed(ctx, fmt.Errorf("read notes: %w", err)), false
	}

	var parts []bridge.Part

	a.with = nil

	for _, w := range waiting {
		if w.ID != d.ID && (w.Intent != nil || len(w.Done) > 0) {
			continue // it was begun by itself, and ends by itself
		}

		so, err := a.stillSo(ctx, w)

		switch {
		case errors.Is(err, errUnderWay):
			return "", verdict{at: a.later(settleAfter), reason: waitReadBack, patient: true}, false
		case err != nil:
			return "", a.noteFailed(ctx, err), false
		case so && w.ID != d.ID:
			a.with = append(a.with, w.ID)
		case !so && w.ID == d.ID:
			return "", skippedVerdict(skipOvertaken), false
		}

		if so {
			parts = append(parts, w.Message.Parts...)
		}
	}

	a.causes = append(a.causes[:0], d.Lane.Cause)
	text := compose(parts, func(kind bridge.NoteCause) bool {
		before := !a.link.ToldAt(kind).IsZero()
		a.causes = append(a.causes, kind)

		return before
	})

	return text, verdict{}, true
}

// errUnderWay says that the note which another one takes back is being sent.
var errUnderWay = errors.New("an earlier note is under way")

// stillSo reports whether a note is still true: it may have waited for minutes
// or hours.
func (a *attempt) stillSo(ctx context.Context, note bridge.Delivery) (bool, error) {
	if len(note.Message.Parts) == 0 {
		return true, nil
	}

	part := note.Message.Parts[0]
	if saying(part.Type) == sayArrived && part.Ref != "" {
		return a.saidBefore(ctx, note.About, part.Ref)
	}

	d, err := a.store.Delivery(ctx, note.About)
	if errors.Is(err, bridge.ErrNotFound) {
		return true, nil
	}

	if err != nil {
		return false, fmt.Errorf("read delivery: %w", err)
	}

	switch saying(part.Type) {
	case sayWaiting:
		return !d.State.Final(), nil
	case sayUncertain, sayInUncertain:
		return d.State == bridge.Uncertain, nil
	case sayFailed, sayInFailed:
		return d.State != bridge.Delivered, nil
	default:
		return true, nil
	}
}

// saidBefore reports whether the note that another one takes back has gone
// out: where it has not, neither needs to. The reference names its cause, and
// since when it may have.
func (a *attempt) saidBefore(ctx context.Context, id bridge.DeliveryID, ref string) (bool, error) {
	at, cause, _ := strings.Cut(ref, "/")

	since, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return true, nil //nolint:nilerr // what cannot be told apart is told
	}

	waiting, err := a.store.Waiting(ctx, a.link.Key.Notes(bridge.NoteCause(cause)), gatherMost)
	if err != nil {
		return false, fmt.Errorf("read notes: %w", err)
	}

	for _, w := range waiting {
		if w.About != id {
			continue
		}

		if w.State == bridge.Sending || w.Intent != nil {
			return false, errUnderWay
		}

		return false, nil
	}

	// It may have gone out since this attempt began.
	link, err := a.store.Link(ctx, a.link.Key)
	if err != nil {
		return false, fmt.Errorf("read link: %w", err)
	}

	return !link.ToldAt(bridge.NoteCause(cause)).Before(since), nil
}

// told ends a note that went out: the causes that it was about rest for a
// while.
func (a *attempt) told() verdict {
	if cause := a.claim.Delivery.Lane.Cause; cause != "" {
		causes, now := append([]bridge.NoteCause{cause}, a.causes...), a.clock()
		a.change(func(l *bridge.Link) { l.Tell(now, causes...) })
	}

	return deliveredVerdict()
}
