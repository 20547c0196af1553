package relay

import (
	"context"
	"errors"
	"time"

	"sellerchat/server/bridge"
)

// The reasons shown while a delivery waits, and of one that ended without its
// arrival being known or possible.
const (
	waitTemporary  = "The other side did not answer as it should; it is tried again."
	waitRate       = "The other side asked for a pause."
	waitQuota      = "TikTok takes no more calls for this shop today; it goes on tomorrow."
	waitPaused     = "Something has to be mended in the settings first."
	waitOurs       = "Our side is not set up as it should be; the operator has to mend it."
	waitReadBack   = "It is not known yet whether the message arrived; the conversation is read back first."
	reasonUnknown  = "The message was sent, but whether it arrived could not be found out."
	reasonConsumed = "The message could not be delivered."
)

// failed turns an error into a verdict, and stops lanes where that is the
// right answer to it.
func (a *attempt) failed(ctx context.Context, err error) verdict {
	var w *waits
	if errors.As(err, &w) {
		return w.verdict
	}

	f := bridge.AsFailure(err)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return verdict{at: a.clock(), reason: waitTemporary, patient: true, err: err}
	}

	switch f.Class {
	case bridge.RateLimited:
		return a.rateLimited(f, err)
	case bridge.Reauthorize:
		if f.Cause == bridge.CauseScopeMissing && a.claim.Delivery.Lane.Direction.Target() == bridge.Freshchat {
			return a.denied(ctx, f, err)
		}

		return a.stopLanes(ctx, f, err)
	case bridge.Permanent, bridge.Unsupported:
		if f.Cause == bridge.CauseTopic {
			return a.stopLanes(ctx, f, err)
		}

		// Nothing is wrong with the message: it waits for the operator.
		if f.Cause == bridge.CauseOurs {
			return verdict{reason: waitOurs, err: err, at: a.later(retries.most)}
		}

		return a.permanent(f, err)
	default:
		return a.temporary(f, err)
	}
}

func (a *attempt) temporary(f *bridge.Failure, err error) verdict {
	// Only what the other side says of itself, or does not say at all.
	if _, failed := unanswered(err); failed && f.Cause == "" {
		if v, over := a.hopeless(err); over {
			return v
		}
	}

	wait := retries.wait(a.claim.Delivery.Attempts, f.Wait)
	if a.intent != nil {
		return verdict{reason: waitReadBack, err: err, at: a.later(max(wait, settleAfter))}
	}

	return verdict{reason: waitTemporary, err: err, at: a.later(wait)}
}

// rateLimited holds back every lane of the installation on that side.
func (a *attempt) rateLimited(f *bridge.Failure, err error) verdict {
	d := a.claim.Delivery
	id, side := d.Lane.Link.Installation, d.Lane.Direction.Target()

	if f.Cause == bridge.CauseQuota {
		until := a.quotas.refused(d.Lane.Link.Shop, a.clock(), f.Wait)

		return verdict{reason: waitQuota, err: err, at: until, patient: true}
	}

	until := a.later(retries.wait(min(d.Attempts, 3), f.Wait))
	a.limits.refused(id, side, a.clock(), until)
	a.store.Throttle(id, side, until)

	return verdict{reason: waitRate, err: err, at: until}
}

func (a *attempt) permanent(f *bridge.Failure, err error) verdict {
	if a.intent != nil {
		return a.uncertain(err)
	}

	words := f.Words
	if words == "" {
		words = reasonConsumed
	}

	a.tellFailed(f.Cause, words)
	a.doubt()

	return verdict{state: bridge.Failed, reason: words, err: err}
}

// uncertain ends a delivery whose outcome cannot be found out.
func (a *attempt) uncertain(err error) verdict {
	a.tellUncertain()
	a.doubt()

	return verdict{state: bridge.Uncertain, reason: reasonUnknown, err: err}
}

// asked reports whether reading back cannot tell what became of a call, and
// somebody who knows that has asked for it to be made again.
func (a *attempt) asked(err error) bool {
	if err == nil || !a.intent.Asked {
		return false
	}

	f := bridge.AsFailure(err)

	return errors.Is(err, errTooFar) || errors.Is(err, errAlike) || f.Class == bridge.Permanent && f.Certain
}

// stopLanes pauses what cannot work until somebody mends it; nothing of it is
// lost, and the attempt does not count.
func (a *attempt) stopLanes(ctx context.Context, f *bridge.Failure, err error) verdict {
	v := verdict{reason: waitPaused, err: err, patient: true, at: a.clock()}

	var stop error

	switch {
	case f.Cause == bridge.CauseTopic:
		stop = a.breakTopic(ctx)
	case f.Cause == bridge.CauseDeactivated:
		stop = a.breakStanding(ctx)
	case a.claim.Delivery.Lane.Direction.Target() == bridge.TikTok:
		stop = a.breakShop(ctx, f.Cause)
	default:
		stop = a.breakCredentials(ctx, f.Cause)
	}

	switch {
	case errors.Is(stop, errReplaced):
		v.reason = waitTemporary
	case stop != nil:
		v.err = errors.Join(err, stop)
		v.at = a.later(retries.most)
	}

	return v
}

// notYet waits out the time in which a call of unknown outcome may still
// arrive.
func (a *attempt) notYet() (verdict, bool) {
	due := begunBy(a.intent).Add(settleAfter)
	if !a.clock().Before(due) {
		return verdict{}, false
	}

	return verdict{reason: waitReadBack, at: due, patient: true}, true
}

// begunBy is when a call had begun at the latest.
func begunBy(in *bridge.Intent) time.Time {
	if in.Latest.IsZero() {
		return in.At
	}

	return in.Latest
}

// silence is for how long a call to which nothing came back may still be on its
// way: until then, not finding it proves nothing.
const silence = 10 * time.Second

// mayStillArrive reports whether a message that was not found may yet appear,
// and when to look again.
func (a *attempt) mayStillArrive() (verdict, bool) {
	due := begunBy(a.intent).Add(silence)
	if a.intent.Answered || !a.clock().Before(due) {
		return verdict{}, false
	}

	return verdict{reason: waitReadBack, at: due, patient: true}, true
}

// undecided is the verdict where the other side holds something that may be
// what was sent: what was sent may still appear beside it.
func (a *attempt) undecided(err error) verdict {
	if v, wait := a.mayStillArrive(); wait {
		return v
	}

	return a.uncertain(err)
}

// skew is how far a platform's clock may be from ours when a message of ours
// is looked for.
const skew = 2 * time.Minute
