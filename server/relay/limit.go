package relay

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sellerchat/server/bridge"
)

// limits hold the calls a second for each installation and side. A limit
// halves when the side says that it had too much, and creeps back up.
type limits struct {
	mu   sync.Mutex
	top  map[bridge.Side]rate.Limit
	byID map[limitKey]*limit
	// sweepAt is the number of limiters at which the full ones are dropped.
	sweepAt int
}

// limit is what holds for one installation and side.
type limit struct {
	*rate.Limiter

	// until is the end of the wait that the side asked for.
	until time.Time
}

type limitKey struct {
	installation bridge.InstallationID
	side         bridge.Side
}

// lowest is the part of the configured rate below which no 429 pushes it.
const lowest = 1.0 / 16

// recovery is the part of the configured rate that each good call gives back.
const recovery = 1.0 / 200

// idleLimits is how many limiters are kept, at least, before the full ones are
// dropped: a full bucket at the top rate holds no information.
const idleLimits = 4096

func newLimits(freshchat, tiktok float64) *limits {
	return &limits{
		top:     map[bridge.Side]rate.Limit{bridge.Freshchat: rate.Limit(freshchat), bridge.TikTok: rate.Limit(tiktok)},
		byID:    map[limitKey]*limit{},
		sweepAt: idleLimits,
	}
}

// admit counts one call if it may be made now; otherwise it counts nothing and
// says how long the installation has to wait.
func (l *limits) admit(id bridge.InstallationID, side bridge.Side, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)
	if wait := lim.until.Sub(now); wait > 0 {
		return wait
	}

	missing := 1 - lim.TokensAt(now)
	if missing <= 0 {
		lim.ReserveN(now, 1)

		return 0
	}

	return time.Duration(missing / float64(lim.Limit()) * float64(time.Second))
}

// spend counts a further call of an attempt that was admitted; it may go into
// debt, for which later attempts wait.
func (l *limits) spend(id bridge.InstallationID, side bridge.Side, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.limiter(limitKey{id, side}, now).ReserveN(now, 1)
}

// refused lowers the rate after the side said that it had too much, and admits
// nothing until its wait is over.
func (l *limits) refused(id bridge.InstallationID, side bridge.Side, now, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)
	lim.SetLimitAt(now, max(lim.Limit()/2, l.top[side]*lowest))

	if until.After(lim.until) {
		lim.until = until
	}
}

// accepted raises the rate a little, up to the configured one.
func (l *limits) accepted(id bridge.InstallationID, side bridge.Side, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)
	if lim.Limit() < l.top[side] {
		lim.SetLimitAt(now, min(lim.Limit()+l.top[side]*recovery, l.top[side]))
	}
}

func (l *limits) limiter(key limitKey, now time.Time) *limit {
	lim, ok := l.byID[key]
	if ok {
		return lim
	}

	if len(l.byID) >= l.sweepAt {
		l.dropFull(now)
		l.sweepAt = max(idleLimits, 2*len(l.byID))
	}

	top := l.top[key.side]
	lim = &limit{Limiter: rate.NewLimiter(top, max(1, int(top)))}
	l.byID[key] = lim

	return lim
}

func (l *limits) dropFull(now time.Time) {
	for key, lim := range l.byID {
		if lim.Limit() >= l.top[key.side] && !now.Before(lim.until) && lim.TokensAt(now) >= float64(lim.Burst()) {
			delete(l.byID, key)
		}
	}
}
