package sink

import (
	"sync"
	"time"

	"sellerchat/server/bench/load"
)

// Watch follows the messages of one run.
type Watch struct {
	want int
	// begun is closed by the first message, done by the last one.
	begun, done chan struct{}

	mu sync.Mutex
	// arrived is when each message came first, by its number.
	arrived []time.Time
	// last is the highest place that came, by conversation.
	last []uint32
	tally
}

// tally counts what came.
type tally struct {
	delivered, doubled, reordered int
	first, latest                 time.Time
}

// Report is what a Watch has seen.
type Report struct {
	// Delivered counts messages, Lost those that did not come.
	Delivered, Lost int
	// Doubled counts messages that came again, Reordered those that came
	// after a later one of their conversation.
	Doubled, Reordered int
	// First and Latest are when the first and the latest message came.
	First, Latest time.Time
	// Arrived is when each message came, by its number; zero for the lost.
	Arrived []time.Time
}

// Faults is how many messages were lost, doubled or reordered.
func (r Report) Faults() int { return r.Lost + r.Doubled + r.Reordered }

func newWatch(want, conversations int) *Watch {
	return &Watch{
		want: want, begun: make(chan struct{}), done: make(chan struct{}),
		arrived: make([]time.Time, want), last: make([]uint32, conversations),
	}
}

// see notes a message.
func (w *Watch) see(m load.Message, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()

	if int(m.Number) >= len(w.arrived) || int(m.Conversation) >= len(w.last) {
		return
	}

	if !w.arrived[m.Number].IsZero() {
		w.doubled++

		return
	}

	if w.delivered == 0 {
		w.first = at
		close(w.begun)
	}

	w.arrived[m.Number], w.latest = at, at
	w.delivered++

	if last := &w.last[m.Conversation]; m.Place < *last {
		w.reordered++
	} else {
		*last = m.Place
	}

	if w.delivered == w.want {
		close(w.done)
	}
}

// Begun is closed when the first message has come.
func (w *Watch) Begun() <-chan struct{} { return w.begun }

// Done is closed when every message has come once.
func (w *Watch) Done() <-chan struct{} { return w.done }

// Report says what has come by now.
func (w *Watch) Report() Report {
	w.mu.Lock()
	defer w.mu.Unlock()

	return Report{
		Delivered: w.delivered, Lost: w.want - w.delivered,
		Doubled: w.doubled, Reordered: w.reordered,
		First: w.first, Latest: w.latest, Arrived: append([]time.Time(nil), w.arrived...),
	}
}
