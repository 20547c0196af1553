package simkit

import (
	"container/heap"
	"context"
	"net/http"
	"sync"
	"time"
)

// Clock is real time plus an offset that only grows. Sandboxes that share one
// Clock move together. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
	timers timerHeap
	wake   *time.Timer // real timer for the earliest entry of timers
}

// NewClock returns a clock that shows real time until it is advanced.
func NewClock() *Clock { return &Clock{} }

// NewClockAt returns a clock that shows t now and moves on with real time.
func NewClockAt(t time.Time) *Clock { return &Clock{offset: time.Until(t)} }

// Now is the sandbox's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.now()
}

func (c *Clock) now() time.Time { return time.Now().Add(c.offset).Round(0) }

// Advance moves the clock forward by d and fires every timer that became due.
// A d that is not positive is ignored.
func (c *Clock) Advance(d time.Duration) {
	if d <= 0 {
		return
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	c.offset += d
	c.fire()
}

// Timer is one pending call of AfterFunc.
type Timer struct {
	c   *Clock
	at  time.Time
	f   func()
	pos int // index in the heap, -1 once fired or stopped
}

// AfterFunc runs f in its own goroutine once d has passed on this clock,
// whether by real time or by Advance.
func (c *Clock) AfterFunc(d time.Duration, f func()) *Timer {
	c.mu.Lock()
	defer c.mu.Unlock()

	t := &Timer{c: c, at: c.now().Add(d), f: f}
	heap.Push(&c.timers, t)
	if t.pos == 0 {
		c.fire()
	}

	return t
}

// Stop cancels the timer; false means that it already fired or was stopped.
func (t *Timer) Stop() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()

	if t.pos < 0 {
		return false
	}
	heap.Remove(&t.c.timers, t.pos)

	return true
}

// Wait blocks until d has passed on this clock or ctx is done, and returns
// the context's error in the second case.
func (c *Clock) Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}

	done := make(chan struct{})
	t := c.AfterFunc(d, func() { close(done) })
	defer t.Stop()

	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fire starts what is due and sets the real timer for what is not. The caller
// holds the lock.
func (c *Clock) fire() {
	now := c.now()
	for len(c.timers) > 0 && !c.timers[0].at.After(now) {
		t, ok := heap.Pop(&c.timers).(*Timer)
		if ok {
			go t.f()
		}
	}

	if c.wake != nil {
		c.wake.Stop()
		c.wake = nil
	}
	if len(c.timers) == 0 {
		return
	}
	c.wake = time.AfterFunc(c.timers[0].at.Sub(now), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.fire()
	})
}

// Mount adds the clock's control to mux:
//
//	GET  /_sandbox/clock                    {"now":"RFC 3339"}
//	POST /_sandbox/clock {"advance":"2h"}   moves it and answers as GET
func (c *Clock) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sandbox/clock", func(w http.ResponseWriter, _ *http.Request) { c.show(w) })
	mux.HandleFunc("POST /_sandbox/clock", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Advance string `json:"advance"`
		}
		if !ReadControl(w, r, &in) {
			return
		}

		d, err := time.ParseDuration(in.Advance)
		if err != nil || d < 0 {
			WriteError(w, http.StatusBadRequest, `"advance" must be a duration that is not negative, such as "90m"`)
			return
		}
		c.Advance(d)
		c.show(w)
	})
}

func (c *Clock) show(w http.ResponseWriter) {
	WriteJSON(w, http.StatusOK, map[string]time.Time{"now": c.Now()})
}

// timerHeap orders timers by the time at which they fire.
type timerHeap []*Timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = i, j
}

func (h *timerHeap) Push(x any) {
	t, ok := x.(*Timer)
	if !ok {
		return
	}
	t.pos = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.pos = -1

	return t
}
