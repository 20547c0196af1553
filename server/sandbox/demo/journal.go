package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"sellerchat/server/sandbox/marketplace"
	"sellerchat/server/sandbox/simkit"
)

// Kind says what an Event is.
type Kind string

// Kinds of events.
const (
	Taken     Kind = "taken"     // the backend acknowledged a message, which it does once it is on disk
	NotTaken  Kind = "not taken" // it did not: the sender tries again or gives up
	Attempted Kind = "attempted" // the backend tried to deliver a message
	Marker    Kind = "marker"    // something that concerns everything, such as a restart
)

// Directions of a message.
const (
	In  = "in"  // buyer to agent
	Out = "out" // agent to buyer
)

// Event is one thing that the backend did or that was done to it.
type Event struct {
	Time         time.Time // zero is now
	Kind         Kind
	Direction    string // In, Out or empty
	Conversation string // on TikTok's side, or where the message was written
	Message      string // id on the side where it was written
	State        string // of an Attempted: delivered, uncertain, failed, skipped; anything else waits
	Attempt      int    // from 1
	Took         time.Duration
	Next         time.Time // when a message that waits is tried again
	Text         string    // for people; may be empty
}

// journalKept bounds the memory of a Journal, in events.
const journalKept = 2000

// Journal is the record of what the backend did. It is safe for concurrent
// use.
type Journal struct {
	clock *simkit.Clock

	mu       sync.Mutex
	events   []Event // oldest first
	watchers map[chan struct{}]struct{}
}

// NewJournal returns an empty journal.
func NewJournal(clock *simkit.Clock) *Journal {
	return &Journal{clock: clock, watchers: map[chan struct{}]struct{}{}}
}

// Trace adds an event.
func (j *Journal) Trace(e Event) {
	if e.Time.IsZero() {
		e.Time = j.clock.Now()
	}

	j.mu.Lock()
	defer j.mu.Unlock()

	j.events = append(j.events, e)
	if len(j.events) > journalKept {
		j.events = slices.Delete(j.events, 0, len(j.events)-journalKept)
	}
	for ch := range j.watchers {
		select {
		case ch <- struct{}{}:
		default: // it has not yet looked since the last signal
		}
	}
}

// Events returns what is kept, oldest first.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()

	return slices.Clone(j.events)
}

// Watch returns a channel that receives a signal after something was added,
// until stop is called. Signals are merged.
func (j *Journal) Watch() (added <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)

	j.mu.Lock()
	defer j.mu.Unlock()
	j.watchers[ch] = struct{}{}

	return ch, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.watchers, ch)
	}
}

// ObserveWebhook is for tiktoksim.Options.WebhookObserve.
func (j *Journal) ObserveWebhook(a simkit.Attempt) {
	var body struct {
		Data struct {
			Conversation string `json:"conversation_id"`
			Message      string `json:"message_id"`
		} `json:"data"`
	}
	if json.Unmarshal(a.Delivery.Body, &body) != nil || body.Data.Message == "" {
		return // not about a message
	}

	e := Event{
		Kind: Taken, Direction: In, Attempt: a.Number,
		Conversation: body.Data.Conversation, Message: body.Data.Message,
	}
	if !a.Acked {
		e.Kind, e.Text = NotTaken, "TikTok could not hand it over and keeps trying"
	}
	j.Trace(e)
}

// ObserveCall is for marketplace.Options.Observe.
func (j *Journal) ObserveCall(c marketplace.Call) {
	if c.Message == "" {
		return // not about a message
	}

	e := Event{
		Kind: Taken, Direction: Out, Attempt: c.Attempts, Took: c.Took,
		Conversation: c.Subject, Message: c.Message,
	}
	if c.Status != 200 {
		e.Kind, e.Text = NotTaken, fmt.Sprintf("The Marketplace gave up after %d tries; it tells of a message only once", c.Attempts)
	}
	j.Trace(e)
}
