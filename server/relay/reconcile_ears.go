package relay

import (
	"sync"
	"time"

	"sellerchat/server/bridge"
)

const (
	// used is how often something is heard of a side before its silence says
	// anything.
	usedTo = 8
	// silentFor is the shortest silence that does, and silentTimes how many
	// times longer than usual it has to be.
	silentFor   = 15 * time.Minute
	silentTimes = 10
)

// ears notice that something may have got lost: a side that is usually heard
// of is silent, or it could not be reached for a while.
type ears struct {
	mu    sync.Mutex
	sides map[sideKey]*ear
	// asks are the comparisons that are to begin at once.
	asks map[sideKey]lack
	wake chan struct{}
}

// ear is what was heard of one side.
type ear struct {
	last time.Time
	// usual is the time between two webhooks, on average.
	usual time.Duration
	heard int
	// told is true once the present silence was.
	told bool
	// down is since when calls fail that should pass by themselves.
	down bool
}

// lack is why something may be missing.
type lack struct {
	gap time.Duration
	// mended is true when calls succeed again.
	mended bool
}

func newEars() *ears {
	return &ears{sides: map[sideKey]*ear{}, asks: map[sideKey]lack{}, wake: make(chan struct{}, 1)}
}

func (e *ears) ear(k sideKey) *ear {
	if e.sides[k] == nil {
		e.sides[k] = &ear{}
	}

	return e.sides[k]
}

// heard notes a webhook or event.
func (e *ears) heard(k sideKey, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()

	a := e.ear(k)
	if a.heard > 0 {
		a.usual += (now.Sub(a.last) - a.usual) / time.Duration(min(a.heard, usedTo))
	}

	a.last, a.told = now, false
	a.heard++
}

// tried notes how a delivery's calls went. A side that answers again after it
// did not may have been unable to tell us what happened there.
func (e *ears) tried(lane bridge.LaneKey, v verdict) {
	_, down := unanswered(v.err)
	if !down && v.state != bridge.Delivered {
		return
	}

	k := sideKey{installation: lane.Link.Installation}
	if lane.Direction.Target() == bridge.TikTok {
		k.shop = lane.Link.Shop
	}

	e.mu.Lock()
	defer e.mu.Unlock()

	a := e.sides[k]

	switch {
	case down:
		e.ear(k).down = true
	case a != nil && a.down:
		a.down = false
		e.askLocked(k, lack{gap: day, mended: true})
	}
}

// ask wants a comparison to begin at once.
func (e *ears) ask(k sideKey, l lack) {
	e.mu.Lock()
	defer e.mu.Unlock()

	e.asks[k] = l
}

func (e *ears) askLocked(k sideKey, l lack) {
	e.asks[k] = l

	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// asked returns the comparisons that are to begin at once, those for silence
// among them.
func (e *ears) asked(now time.Time) map[sideKey]lack {
	e.mu.Lock()
	defer e.mu.Unlock()

	for k, a := range e.sides {
		silence := now.Sub(a.last)
		if a.heard < usedTo || a.told || silence < max(silentFor, silentTimes*a.usual) {
			continue
		}

		a.told = true
		e.asks[k] = lack{gap: silence}
	}

	// What is handed out belongs to the caller, also when it is empty.
	asks := e.asks
	e.asks = map[sideKey]lack{}

	return asks
}

func (e *ears) forget(k sideKey) {
	e.mu.Lock()
	defer e.mu.Unlock()

	delete(e.sides, k)
	delete(e.asks, k)
}
