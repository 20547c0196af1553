package simkit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"time"
)

// laneKey is what deliveries must share to be posted one after the other.
type laneKey struct{ url, key string }

// posting is a delivery with the number of its attempts so far.
type posting struct {
	Delivery
	attempts int
}

// lane is the queue of one key and URL. It exists while it has anything to do.
type lane struct {
	key    laneKey
	queue  []*posting
	busy   bool     // its head is with a worker, in ready, or waits for a held retry
	parked *posting // waits for its successor, to follow it
	timer  *Timer   // releases parked when no successor comes
}

// push appends p to its lane, and after it whatever was parked to be
// overtaken by p. The caller holds the lock.
func (o *Outbox) push(p *posting) {
	l := o.lane(p.Delivery)
	l.queue = append(l.queue, p)
	if l.parked != nil {
		l.timer.Stop()
		l.queue = append(l.queue, l.parked)
		l.parked = nil
	}
	o.wake(l)
}

// park sets d aside until the next delivery of its lane has passed it or the
// window is over. One that meets another already parked goes ahead of it. The
// caller holds the lock.
func (o *Outbox) park(d Delivery, window time.Duration) {
	l := o.lane(d)
	if l.parked != nil {
		o.push(&posting{Delivery: d})
		return
	}

	p := &posting{Delivery: d}
	l.parked = p
	l.timer = o.opt.Clock.AfterFunc(window, func() {
		o.mu.Lock()
		defer o.mu.Unlock()

		if l.parked == p && !o.closed {
			l.parked = nil
			l.queue = append(l.queue, p)
			o.wake(l)
		}
	})
}

// lane finds or makes the lane of d. A delivery without a key shares none.
func (o *Outbox) lane(d Delivery) *lane {
	if d.Key == "" {
		return &lane{}
	}

	k := laneKey{d.URL, d.Key}
	l, ok := o.lanes[k]
	if !ok {
		l = &lane{key: k}
		o.lanes[k] = l
	}

	return l
}

// wake hands an idle lane to the workers. The caller holds the lock.
func (o *Outbox) wake(l *lane) {
	if l.busy || len(l.queue) == 0 {
		return
	}

	l.busy = true
	o.ready = append(o.ready, l)
	if o.active < outboxWorkers {
		o.active++
		go o.work()
	}
}

// work posts heads of lanes until none is ready.
func (o *Outbox) work() {
	o.mu.Lock()
	defer o.mu.Unlock()

	for !o.closed && len(o.ready) > 0 {
		l := o.ready[0]
		o.ready = o.ready[1:]
		head := l.queue[0]

		o.mu.Unlock()
		a := o.post(head)
		o.mu.Lock()

		if !o.closed {
			o.settle(l, head, a)
		}
	}

	o.active--
	if o.active == 0 {
		o.quiet.Broadcast()
	}
}

// settle decides what follows an attempt. The caller holds the lock.
func (o *Outbox) settle(l *lane, head *posting, a Attempt) {
	o.stats.Attempts++

	switch {
	case a.Acked:
		o.stats.Delivered++
		o.finish()
	case a.Retry == 0:
		o.stats.GivenUp++
		o.finish()
	case o.policy.Hold:
		o.opt.Clock.AfterFunc(a.Retry, func() { o.resume(l) })
		return
	default:
		o.opt.Clock.AfterFunc(a.Retry, func() { o.enter(head.Delivery, head.attempts) })
	}

	l.queue[0] = nil
	l.queue = l.queue[1:]
	l.busy = false
	o.wake(l)
	if !l.busy && l.parked == nil {
		delete(o.lanes, l.key)
	}
}

// resume lets a lane that held for its head try again.
func (o *Outbox) resume(l *lane) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if !o.closed {
		l.busy = false
		o.wake(l)
	}
}

// finish counts one delivery less. The caller holds the lock.
func (o *Outbox) finish() {
	o.stats.Pending--
	if o.stats.Pending == 0 {
		o.quiet.Broadcast()
	}
}

// post makes one attempt and says what it came to.
func (o *Outbox) post(p *posting) Attempt {
	p.attempts++
	a := Attempt{Delivery: p.Delivery, Number: p.attempts}
	a.Status, a.Err = o.roundTrip(p.Delivery)
	a.Acked = a.Err == nil && o.opt.Acked(a.Status)
	if !a.Acked {
		a.Retry = o.Policy().wait(p.attempts)
		o.opt.Logger.Debug("webhook not acknowledged", slog.String("id", p.ID), slog.Int("attempt", p.attempts),
			slog.Int("status", a.Status), slog.Duration("retry", a.Retry))
	}
	if o.opt.Observe != nil {
		o.opt.Observe(a)
	}

	return a
}

func (o *Outbox) roundTrip(d Delivery) (int, error) {
	ctx, cancel := context.WithTimeout(o.ctx, o.opt.Timeout)
	defer cancel()

	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, fmt.Errorf("make webhook request: %w", err)
	}
	maps.Copy(r.Header, d.Header)

	resp, err := o.opt.Client.Do(r)
	if err != nil {
		return 0, fmt.Errorf("post webhook: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) // so that the connection is used again

	return resp.StatusCode, nil
}
