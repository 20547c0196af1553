package relay

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sellerchat/server/bridge"
)

const day = 24 * time.Hour

// reaches is how many reaches a round may have, on either side.
const reaches = 3

// intervals are how often each reach is compared. On TikTok's side the first
// two look at the front of the list of conversations, which need not be where
// the news is, and the last at all of it.
var intervals = map[bridge.Side][reaches]time.Duration{
	bridge.TikTok:    {time.Hour, time.Hour, day},
	bridge.Freshchat: {10 * time.Minute, 2 * time.Hour, day},
}

// deafEvery is how often a shop is compared of which no webhook tells.
const deafEvery = 10 * time.Minute

// backs are how far back a link was last in use that is compared, on
// Freshchat's side. TikTok lets nobody answer after the last one.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
var backs = [reaches]time.Duration{time.Hour, day, 30 * day}

// urgentBack is how far back links are compared after a gap: agents also answer
// what was written before it.
func urgentBack(gap time.Duration) time.Duration {
	if gap < brief {
		return backs[0]
	}

	return day + 2*gap
}

// next is when a comparison is due that has nothing urgent.
func (k *comparison) next(now time.Time) time.Time {
	var first time.Time

	for reach, every := range intervals[k.key.side()] {
		at := k.at[reach].Add(every)
		if k.at[reach].IsZero() {
			// Never compared: there is no hurry, and many may be so at once.
			k.at[reach] = now.Add(k.key.spread(every) - every)
			at = k.at[reach].Add(every)
		}

		if first.IsZero() || at.Before(first) {
			first = at
		}
	}

	return first
}

const (
	// callEvery is the time between two calls for one side of an installation,
	// callSlowest after it said again and again that it had too much.
	callEvery   = time.Second
	callSlowest = time.Minute
	// appCallEvery is the time between two calls of all shops of a market.
	appCallEvery = 200 * time.Millisecond

	// A shop has 10,000 chat calls a day, which are for replies: comparing it
	// may take this many at once, and as many more over a day.
	// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
	callsAtOnce = 1000
	callsADay   = 1000
	// callsKept are those that only urgent rounds may take.
	callsKept = callsAtOnce / 2

	// appCallsAtOnce and appCallsADay are the same for all shops of a market,
	// once TikTok has shown that it counts them together.
	appCallsAtOnce = 500
	appCallsADay   = 2000

	// rateShare is the part of an installation's rate that is for comparing.
	rateShare = 0.5
)

// appBudget bounds the calls of all shops of a market, which go through one app.
// Nobody documents whether TikTok counts the calls of a day for the app or for
// the shop: it is taken to be the shop until it refuses one that has not used
// half of them.
type appBudget struct {
	mu   sync.Mutex
	next time.Time
	// allowance is nil as long as shops are counted apart, stopped until when
	// nothing is left of the app's calls.
	allowance *rate.Limiter
	stopped   time.Time
}

// reserve gives the caller the next moment that is free, at or after a time.
func (b *appBudget) reserve(from time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()

	at := b.next
	if at.Before(from) {
		at = from
	}

	b.next = at.Add(appCallEvery)

	return at
}

// wait is how long the app's calls of the day are left to replies.
func (b *appBudget) wait(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()

	wait := b.stopped.Sub(now)
	if b.allowance != nil {
		wait = max(wait, refill(b.allowance, 1, now))
	}

	return wait
}

func (b *appBudget) spend(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()

	if b.allowance != nil {
		b.allowance.ReserveN(now, 1)
	}
}

// refused notes that TikTok counts the calls of all shops together, and that
// none are left for a while.
func (b *appBudget) refused(now, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.stopped = until
	if b.allowance == nil {
		b.allowance = rate.NewLimiter(appCallsADay/rate.Limit(day/time.Second), appCallsAtOnce)
		b.allowance.ReserveN(now, appCallsAtOnce)
	}
}

// refill is how long it takes until a limiter has so many tokens; not less than
// a minute, since it is not worth the while to come back for each.
func refill(l *rate.Limiter, tokens float64, now time.Time) time.Duration {
	missing := tokens - l.TokensAt(now)
	if missing <= 0 {
		return 0
	}

	return max(time.Duration(missing/float64(l.Limit())*float64(time.Second)), time.Minute)
}

// budget bounds the calls of one comparison.
type budget struct {
	every time.Duration
	last  time.Time
	// app is shared by all shops of a market; nil on Freshchat's side.
	app *appBudget
	// allowance is the shop's part of its calls of a day; nil on Freshchat's
	// side.
	allowance *rate.Limiter
}

func (c *reconciler) newBudget(side bridge.Side, market bridge.Market) *budget {
	b := &budget{every: callEvery}
	if side == bridge.Freshchat {
		return b
	}

	if c.markets[market] == nil {
		c.markets[market] = &appBudget{}
	}

	b.app = c.markets[market]
	b.allowance = rate.NewLimiter(callsADay/rate.Limit(day/time.Second), callsAtOnce)

	return b
}

// refused makes calls rarer after the side had too much; answered lets them
// become as frequent as before again.
func (b *budget) refused() { b.every = min(2*b.every, callSlowest) }

// more notes that a call was several.
func (b *budget) more(calls int) { b.last = b.last.Add(time.Duration(calls) * b.every) }

func (b *budget) answered() { b.every = max(b.every*9/10, callEvery) }

// admit waits until the next call may be made, or ends the part of the round
// when that takes too long or others are to have their turn.
func (k *comparison) admit(ctx context.Context, partEnds time.Time) error {
	b, now := k.budget, k.clock()

	if !now.Before(partEnds) {
		return errPart{now.Add(b.every)}
	}

	if wait := max(k.allowanceWait(now), k.quotaWait(now)); wait > 0 {
		return errPart{now.Add(wait)}
	}

	at := b.last.Add(max(b.every, k.limits.every(k.key.installation, k.key.side(), rateShare, now)))
	if at.Before(now) {
		at = now
	}

	if b.app != nil {
		at = b.app.reserve(at)
	}

	if err := k.sleepUntil(ctx, at); err != nil {
		return err
	}

	for {
		now = k.clock()

		wait := k.limits.admit(k.key.installation, k.key.side(), now)
		if wait <= 0 {
			break
		}

		if now.Add(wait).After(partEnds) {
			return errPart{now.Add(wait)}
		}

		if err := k.sleepUntil(ctx, now.Add(wait)); err != nil {
			return err
		}
	}

	b.last = now
	k.round.calls++

	if b.allowance != nil {
		b.allowance.ReserveN(now, 1)
		b.app.spend(now)
		k.quotas.spend(k.key.shop, now)
	}

	return nil
}

// call makes one call when it may be made, in a turn like any other.
func (k *comparison) call(ctx context.Context, partEnds time.Time, do func(context.Context) error) error {
	if err := k.admit(ctx, partEnds); err != nil {
		return err
	}

	id, side := k.key.installation, k.key.side()
	defer k.leave(id, side)

	within, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	err := do(within)
	k.hear(ctx, id, side, err)

	if err == nil {
		k.budget.answered()
		k.limits.accepted(id, side, k.clock())
	}

	return err
}

// quotaWait is how long the shop's calls of today are left to replies.
func (k *comparison) quotaWait(now time.Time) time.Duration {
	if k.key.side() == bridge.Freshchat || k.quotas.spare(k.key.shop, now) > 0 {
		return 0
	}

	return time.Hour
}

// allowanceWait is how long the calls of the day are used up, as far as this
// round may use them.
func (k *comparison) allowanceWait(now time.Time) time.Duration {
	b := k.budget
	if b.allowance == nil {
		return 0
	}

	need := 1.0
	if !k.round.urgent {
		need += callsKept
	}

	return max(refill(b.allowance, need, now), b.app.wait(now))
}

// nap bounds how long a wait goes without a look at the clock, which may be
// another one than the timer's.
const nap = 250 * time.Millisecond

func (k *comparison) sleepUntil(ctx context.Context, at time.Time) error {
	for {
		wait := at.Sub(k.clock())
		if wait <= 0 {
			return nil
		}

		if !sleep(ctx, min(wait, nap)) {
			return ctx.Err()
		}
	}
}
