package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sellerchat/server/bench/load"
	"sellerchat/server/bench/sink"
)

const (
	// recoverRest is how long Freshchat asks to be left alone at a time while
	// the queue fills: so soon deliveries begin afterwards.
	recoverRest = 2 * time.Second
	// recoverCount bounds what is sent while the program is killed and started.
	recoverCount = 1 << 20
	// fullLoad is how long a program runs before it is killed.
	fullLoad = 2 * time.Second
	// recoverDrain bounds how long it takes to deliver everything at last, and
	// recoverLook is how often it is asked.
	recoverDrain = 8 * time.Minute
	recoverLook  = time.Second
	// readyLook is how often it is asked whether a program is ready.
	readyLook = time.Millisecond
)

// recovery measures how soon the product works again after it was killed at
// full load with a million messages queued, and whether anything came to harm
// (G14). Webhooks go on through all of it: what was not acknowledged comes
// again. In the end everything is delivered.
func (b *Bench) recovery(ctx context.Context) (err error) {
	defer b.sink.Recall()()

	r := &restarts{
		deliveries: deliveries{Bench: b},
		setting:    setting{name: "recover", installations: installations, rate: fastest, window: "0"},
	}

	if r.product, err = b.product(ctx, r.setting); err != nil {
		return err
	}

	defer func() { err = errors.Join(err, r.product.end()) }()

	if err := errors.Join(r.product.pause(), r.warm(ctx, r.product), r.product.resume(), r.fill(ctx)); err != nil {
		return err
	}

	warm, cold, err := r.underLoad(ctx)
	if err != nil {
		return err
	}

	harmed, err := r.settle(ctx)
	if err != nil {
		return err
	}

	const killed = "killed at full load with a million queued: "

	return errors.Join(
		b.goal(atMost("G14", killed+"start to ready, warm", unitTime, 1500, 500, median(warm.ready), fewRounds)),
		b.goal(atMost("G14", killed+"start to ready, cold", unitTime, 4000, 2500, median(cold.ready), fewRounds)),
		b.goal(atMost("G14", killed+"first delivery after that, warm", unitTime, 1000, 1000, median(warm.delivered), fewRounds)),
		b.goal(atMost("G14", killed+"first delivery after that, cold", unitTime, 1000, 1000, median(cold.delivered), fewRounds)),
		b.goal(atMost("G14", killed+"messages lost, doubled or out of order", unitCount, 0, 0, harmed, 2*fewRounds)),
		b.figure("messages acknowledged, and delivered at last", unitCount, float64(r.carried)),
	)
}

// restarts are a program that is killed and started again and again.
type restarts struct {
	deliveries

	setting setting
	door    door
	// accepted is how many messages were acknowledged, and watches follow them.
	accepted int
	watches  []*sink.Watch
}

// recovered is how long programs took, in milliseconds.
type recovered struct{ ready, delivered []float64 }

// watch follows a plan's messages.
func (r *restarts) watch(plan load.Plan) {
	r.watches = append(r.watches, r.sink.Watch(plan.Run, plan.Count, conversations))
}

// fill queues a million messages while Freshchat asks to be left alone.
func (r *restarts) fill(ctx context.Context) error {
	r.note("queueing %d messages", manyQueued)

	plan := r.plan(r.product, queueConnections)
	plan.Count = manyQueued
	r.watch(plan)
	r.accepted += manyQueued

	defer r.sink.Busy(recoverRest)()

	return r.queue(ctx, r.product, plan)
}

// underLoad kills the program again and again while webhooks arrive as fast as
// they are answered.
func (r *restarts) underLoad(ctx context.Context) (warm, cold recovered, err error) {
	plan := r.plan(r.product, deliverConnections)
	plan.Count = recoverCount
	r.watch(plan)
	r.door.opened(r.product.address)

	// The load ends before the program does.
	loading, cancel := context.WithCancel(ctx)
	defer cancel()

	stop, ended := make(chan struct{}), make(chan error, 1)

	go func() {
		sent, err := load.Stubborn(loading, plan, r.door.wait, stop)
		r.accepted += sent.Sent
		ended <- err
	}()

	for range fewRounds {
		if err := errors.Join(r.kill(ctx, &warm, false), r.kill(ctx, &cold, true)); err != nil {
			cancel()

			return warm, cold, errors.Join(err, <-ended)
		}
	}

	close(stop)

	if err := <-ended; err != nil {
		return warm, cold, fmt.Errorf("load %s: %w", r.product.name, err)
	}

	return warm, cold, nil
}

// kill ends the program at full load and adds how long the next one took. A
// cold one finds its file on the disk only.
func (r *restarts) kill(ctx context.Context, to *recovered, cold bool) error {
	<-time.After(fullLoad)

	r.door.shut()

	if err := r.product.end(); err != nil {
		return err
	}

	if cold {
		if err := cool(r.file(r.setting)); err != nil {
			return err
		}
	}

	next, began := r.sink.Next(), time.Now()

	p, err := r.serve(ctx, r.setting)
	if err != nil {
		return err
	}

	r.product = p
	r.door.opened(p.address)

	if err := r.ready(ctx); err != nil {
		return err
	}

	ready := time.Now()

	select {
	case <-next:
	case <-time.After(deliverWithin):
	case <-ctx.Done():
		return ctx.Err()
	}

	to.ready = append(to.ready, milliseconds(ready.Sub(began)))
	to.delivered = append(to.delivered, milliseconds(time.Since(ready)))
	r.note("cold %t: ready after %s, delivered %s later", cold, ready.Sub(began).Round(time.Millisecond),
		time.Since(ready).Round(time.Millisecond))

	return nil
}

// ready waits until the program says that it is ready and has acknowledged a
// webhook.
func (r *restarts) ready(ctx context.Context) error {
	late := time.After(startWithin)

	for {
		body, err := get(ctx, "http://"+r.product.address+"/readyz")
		if err == nil {
			if err := body.Close(); err != nil {
				return fmt.Errorf("ask whether it is ready: %w", err)
			}

			break
		}

		select {
		case <-late:
			return fmt.Errorf("%s is not ready after %s: %w", r.product.name, startWithin, err)
		case <-time.After(readyLook):
		}
	}

	plan := r.plan(r.product, 1)
	plan.Conversations, plan.Count = 1, 1
	r.watch(plan)
	r.accepted++

	return r.queue(ctx, r.product, plan)
}

// settle waits until everything was delivered and counts what came to harm:
// what was acknowledged must have arrived once and in its order.
func (r *restarts) settle(ctx context.Context) (harmed float64, err error) {
	r.note("delivering what is queued")

	if err := r.empty(ctx); err != nil {
		return 0, err
	}

	// What opened the conversations was not counted as acknowledged.
	r.carried, r.faults = 0, 0

	for _, w := range r.watches {
		report := w.Report()
		r.carried += report.Delivered
		r.faults += report.Doubled + report.Reordered
	}

	lost := r.accepted - r.carried
	if lost != 0 || r.faults != 0 {
		r.note("%d lost, %d doubled or out of order", lost, r.faults)
	}

	return float64(max(lost, 0) + r.faults), nil
}

// empty waits until nothing is queued.
func (r *restarts) empty(ctx context.Context) error {
	late := time.After(recoverDrain)

	for {
		queued, err := r.product.metric(ctx, metricQueued)
		if err != nil || queued == 0 {
			return err
		}

		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("%s has %.0f messages queued after %s", r.product.name, queued, recoverDrain)
		case <-time.After(recoverLook):
		}
	}
}

// door is where a program is found that goes away and comes back.
type door struct {
	mu      sync.Mutex
	address string
	// back is closed when it is there again; nil while it is.
	back chan struct{}
}

// shut says that it goes away.
func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.back = make(chan struct{})
}

// opened says where it is now.
func (d *door) opened(address string) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.address = address

	if d.back != nil {
		close(d.back)
		d.back = nil
	}
}

// wait returns where it is, once it is there.
func (d *door) wait(ctx context.Context) (string, error) {
	for {
		d.mu.Lock()
		address, back := d.address, d.back
		d.mu.Unlock()

		if back == nil {
			return address, nil
		}

		select {
		case <-back:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
