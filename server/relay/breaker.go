package relay

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// breaker keeps calls from a side that does not answer for an installation.
// Its zero value is closed.
type breaker struct {
	// strikes grow with each failure in a row.
	strikes int
	open    bool
	// probes counts those that failed, next is when another may be made.
	probes int
	next   time.Time
	since  time.Time
}

// A breaker opens at so many strikes. A call to which nothing came back weighs
// more than one that was refused: it held a worker up for all its time.
const (
	strikesOut   = 5
	strikeQuick  = 1
	strikeSilent = 2
)

// probing is the schedule of the probes of an open breaker.
var probing = backoff{first: 2 * time.Second, most: time.Minute, jitter: 500 * time.Millisecond}

func (b *breaker) healthy() bool { return !b.open && b.strikes == 0 }

// probe says how long an installation whose breaker is open has to wait: there
// is one probe at a time, after the turns from before have ended.
func (l *limits) probe(lim *limit, side bridge.Side, now time.Time) time.Duration {
	if wait := lim.next.Sub(now); wait > 0 {
		return wait
	}

	if lim.turns > 0 {
		lim.starved = true

		return starvedFor
	}

	// Probes of those that hang must not crowd out who has only just become
	// slow.
	if l.slow[side] >= crowded {
		return probing.first
	}

	return 0
}

// change is what the outcome of a call did to a breaker.
type change struct {
	opened, closed bool
	// open is how many are open toward the side, probe whether this one was
	// before, since for how long.
	open  int
	probe bool
	since time.Time
	next  time.Time
}

// heard takes in the outcome of a call: only a side that fails in passing, or
// does not answer at all, counts against it.
func (l *limits) heard(id bridge.InstallationID, side bridge.Side, err error, now time.Time) change {
	l.mu.Lock()
	defer l.mu.Unlock()

	lim := l.limiter(limitKey{id, side}, now)
	c := change{probe: lim.open, since: lim.since}

	if f, failed := unanswered(err); failed {
		c.opened = lim.failed(f, now)
	} else {
		c.closed = lim.open
		lim.breaker = breaker{}
	}

	switch {
	case c.opened:
		l.open[side]++
	case c.closed:
		l.open[side]--
	}

	c.open, c.next = l.open[side], lim.next

	return c
}

// failed counts a failure, and reports whether it opened the breaker.
func (b *breaker) failed(f *bridge.Failure, now time.Time) bool {
	if b.open {
		// What comes before the next probe is late news.
		if !now.Before(b.next) {
			b.probes++
			b.next = now.Add(probing.wait(b.probes, f.Wait))
		}

		return false
	}

	b.strikes += strikeQuick
	if !f.Certain && f.Status == 0 {
		b.strikes += strikeSilent - strikeQuick
	}

	if b.strikes < strikesOut {
		return false
	}

	b.open, b.since = true, now
	b.next = now.Add(probing.wait(0, f.Wait))

	return true
}

// unanswered returns the failure of a side that did not answer as it should.
// What went wrong on our own side is none.
func unanswered(err error) (*bridge.Failure, bool) {
	var f *bridge.Failure
	if !errors.As(err, &f) || errors.Is(err, context.Canceled) {
		return nil, false
	}

	return f, f.Class == bridge.Temporary
}

// hear takes in the outcome of a call, and tells the operator once when a side
// stops answering for an installation, and when it answers again.
func (r *Relay) hear(ctx context.Context, id bridge.InstallationID, side bridge.Side, err error) change {
	now := r.clock()
	c := r.limits.heard(id, side, err, now)

	switch {
	case c.opened:
		r.observer.Breakers(side, c.open)
		r.log.Log(ctx, alarm(c.open), "calls stopped: no proper answers", slog.String("installation", string(id)),
			slog.String("side", side.String()), slog.Int("stopped", c.open), slog.Time("probe", c.next), slog.Any("error", err))
	case c.closed:
		r.observer.Breakers(side, c.open)
		r.store.Throttle(id, side, now)
		r.log.InfoContext(ctx, "calls go on", slog.String("installation", string(id)),
			slog.String("side", side.String()), slog.Int("stopped", c.open), slog.Duration("after", now.Sub(c.since)))
	}

	return c
}

// alarmed is up to how many installations each gets a warning of its own.
const alarmed = 8

// alarm is the level at which one more installation that gets no answers is
// told. When a platform is down for everybody, every doubling is.
func alarm(open int) slog.Level {
	if open <= alarmed || open&(open-1) == 0 {
		return slog.LevelWarn
	}

	return slog.LevelInfo
}
