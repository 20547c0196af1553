package relay

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sellerchat/server/bridge"
)

// limits decide which calls may be made now, for each installation and side:
// within a rate, which halves when the side says that it had too much and
// creeps back up; few enough at a time that others get on; and none but a
// probe while the side does not answer.
type limits struct {
	mu   sync.Mutex
	top  map[bridge.Side]rate.Limit
	byID map[limitKey]*limit
	// sweepAt is the number of limits at which the idle ones are dropped.
	sweepAt int
	// slow counts the turns that take long, open the breakers that are, by side.
	slow, open [bridge.Freshchat + 1]int
}

// limit is what holds for one installation and side.
type limit struct {
	*rate.Limiter
	breaker

	// until is the end of the wait that the side asked for.
	until time.Time
	// turns are those under way, slow those of them that take long.
	turns, slow int
	// starved is true when somebody waits for a turn to end.
	starved bool
	// denials are those since the last good call.
	denials denials
}

type limitKey struct {
	installation bridge.InstallationID
	side         bridge.Side
}

// lowest is the part of the configured rate below which no 429 pushes it.
const lowest = 1.0 / 16

// recovery is the part of the configured rate that each good call gives back.
const recovery = 1.0 / 200

// idleLimits is how many limits are kept, at least, before the idle ones are
// dropped: a full bucket at the top rate holds no information.
const idleLimits = 1024

// share is how many turns one installation may have under way toward a side.
// It is a part of the workers, so that a few that hang leave some to others.
const share = workers / 4

// slowShare is how many of its turns may take long before it gets no more of
// them, and crowdedShare the same while many installations have such.
const (
	slowShare    = 4
	crowdedShare = 1
	crowded      = slowRoom / 2
)

// starvedFor is how long somebody waits for a turn to end, at most: its end is
// told.
const starvedFor = lease

func newLimits(freshchat, tiktok float64) *limits {
	return &limits{
		top:     map[bridge.Side]rate.Limit{bridge.Freshchat: rate.Limit(freshchat), bridge.TikTok: rate.Limit(tiktok)},
		byID:    map[limitKey]*limit{},
		sweepAt: idleLimits,
	}
}

// admit begins a turn and counts its first call, if it may be made now;
// otherwise it counts nothing and says how long the installation has to wait,
// unless leave reports before that somebody should ask again. Every turn ends
// with leave.
func (l *limits) admit(id bridge.InstallationID, side bridge.Side, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)

	if wait := l.wait(lim, side, now); wait > 0 {
		return wait
	}

	lim.ReserveN(now, 1)
	lim.turns++

	return 0
}

func (l *limits) wait(lim *limit, side bridge.Side, now time.Time) time.Duration {
	if wait := lim.until.Sub(now); wait > 0 {
		return wait
	}

	if lim.open {
		return l.probe(lim, side, now)
	}

	slow := slowShare
	if l.slow[side] >= crowded {
		slow = crowdedShare
	}

	if lim.turns >= share || lim.slow >= slow {
		lim.starved = true

		return starvedFor
	}

	if missing := 1 - lim.TokensAt(now); missing > 0 {
		return time.Duration(missing / float64(lim.Limit()) * float64(time.Second))
	}

	return 0
}

// join begins a turn for a call on the way of another one, which cannot wait
// for the rate: what it spends is a debt. It reports false, and begins none,
// while the side does not answer.
func (l *limits) join(id bridge.InstallationID, side bridge.Side, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)
	if lim.open && l.probe(lim, side, now) > 0 {
		return false
	}

	lim.turns++

	return true
}

// leave ends a turn, and reports whether somebody waits for that.
func (l *limits) leave(id bridge.InstallationID, side bridge.Side, now time.Time) (starved bool) {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)
	lim.turns = max(lim.turns-1, 0)
	starved, lim.starved = lim.starved, false

	return starved
}

// linger notes that a turn takes long, and returns what notes its end.
func (l *limits) linger(id bridge.InstallationID, side bridge.Side, now time.Time) (end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)
	lim.slow++
	l.slow[side]++

	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()

		lim.slow--
		l.slow[side]--
	}
}

// spend counts a further call of an attempt that was admitted; it may go into
// debt, for which later attempts wait.
func (l *limits) spend(id bridge.InstallationID, side bridge.Side, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.limiter(limitKey{id, side}, now).ReserveN(now, 1)
}

// every is the time between two calls that take so large a part of the rate
// that holds now.
func (l *limits) every(id bridge.InstallationID, side bridge.Side, part float64, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()

	return time.Duration(float64(time.Second) / (part * float64(l.limiter(limitKey{id, side}, now).Limit())))
}

// refund takes back the call that a turn was to make.
func (l *limits) refund(id bridge.InstallationID, side bridge.Side, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.limiter(limitKey{id, side}, now).ReserveN(now, -1)
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
	lim.denials = denials{}

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
		l.dropIdle(now)
		l.sweepAt = max(idleLimits, 2*len(l.byID))
	}

	top := l.top[key.side]
	lim = &limit{Limiter: rate.NewLimiter(top, max(1, int(top)))}
	l.byID[key] = lim

	return lim
}

func (l *limits) dropIdle(now time.Time) {
	for key, lim := range l.byID {
		if lim.turns == 0 && lim.healthy() && !now.Before(lim.until) &&
			lim.Limit() >= l.top[key.side] && lim.TokensAt(now) >= float64(lim.Burst()) {
			delete(l.byID, key)
		}
	}
}
