package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bench/load"
	"sellerchat/server/bench/sink"
)

const (
	// deliverCount is how many messages each round carries to the sink.
	deliverCount = 12_288
	// deliverConnections is how many webhooks are under way at once.
	deliverConnections = 64
	// flowConnections is the same for what is sent beside.
	flowConnections = 16
	// deliverWithin bounds how long the last of them may take.
	deliverWithin = 60 * time.Second

	// idleRate is what an idle relay is measured with, a second.
	idleRate = 200
	// busyShare is the part of the own limit that makes a relay busy.
	busyShare  = 0.8
	openWindow = 3 * time.Second
	// openWarm is the part of a steady load whose latencies do not count.
	openWarm = 500 * time.Millisecond
	// afterwards is how long a duplicate of the last message may take.
	afterwards = 100 * time.Millisecond

	// defaultWindow is the product's order window unless it is set, and
	// beyondWindow what an idle relay may take longer.
	defaultWindow = 250 * time.Millisecond
	beyondWindow  = 20 * time.Millisecond
)

// deliver measures the way from webhook to Freshchat (G4, G5, G6). The product
// runs with its highest rates and an order window of 0, and its conversations
// exist already, as the yardstick's need not.
func (b *Bench) deliver(ctx context.Context) (err error) {
	yard, err := b.yardstick(ctx, "refpipe", "http://"+b.sink.Addr())
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, yard.end()) }()

	product, err := b.product(ctx, setting{name: "deliver", installations: installations, rate: fastest, window: "0"})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, product.end()) }()

	d := &deliveries{Bench: b, product: product, yard: yard}

	for _, p := range []*process{product, yard} {
		if err := errors.Join(p.pause(), d.warm(ctx, p)); err != nil {
			return err
		}
	}

	if err := d.throughput(ctx); err != nil {
		return err
	}

	if err := d.idle(ctx); err != nil {
		return err
	}

	if err := d.busy(ctx); err != nil {
		return err
	}

	return errors.Join(
		b.goal(atMost("G4", "messages lost, doubled or out of order", unitCount, 0, 0, float64(d.faults), d.runs)),
		b.figure("messages carried for it", unitCount, float64(d.carried)),
		b.figure("lost, doubled or out of order by refpipe", unitCount, float64(d.yardFaults)),
		b.defaultWindow(ctx),
	)
}

// deliveries are both relays with what they did so far.
type deliveries struct {
	*Bench

	product, yard *process
	// beside is what is sent at the same time as anything that is measured.
	beside stream
	// shops is how many share the messages; the usual number when it is zero.
	shops int

	runs, carried, faults, yardFaults int
}

// stream is a steady load on some shops, which nobody counts.
type stream struct {
	firstShop, shops int
	// rate is how much there is of it, in messages a second; it may be zero.
	rate float64
}

// flow sends a stream until the returned function is called.
func (b *Bench) flow(ctx context.Context, p *process, s stream) (stop func() error) {
	if s.rate == 0 {
		return func() error { return nil }
	}

	ctx, cancel := context.WithCancel(ctx)
	plan := b.plan(p, flowConnections)
	plan.FirstShop, plan.Shops, plan.During = s.firstShop, s.shops, deliverWithin
	ended := make(chan error, 1)

	go func() {
		_, err := load.Open(ctx, plan, s.rate)
		ended <- err
	}()

	return func() error {
		cancel()

		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("load beside: %w", err)
		}

		return nil
	}
}

// delivered is one round's outcome.
type delivered struct {
	rate float64
	// middle and tail are the 50th and 99th percentile, in milliseconds.
	middle, tail float64
	// cpu is the processor time of one message, in microseconds.
	cpu float64
}

func (d *deliveries) plan(p *process, connections int) load.Plan {
	plan := d.Bench.plan(p, connections)
	if d.shops > 0 {
		plan.Shops = d.shops
	}

	return plan
}

// await waits for the last message of a run, and reports whether it came.
func await(watch *sink.Watch, within time.Duration) bool {
	select {
	case <-watch.Done():
		<-time.After(afterwards)

		return true
	case <-time.After(within):
		return false
	}
}

// count adds up a run's faults.
func (d *deliveries) count(p *process, r sink.Report) {
	if p != d.product {
		d.yardFaults += r.Faults()

		return
	}

	d.runs++
	d.carried += r.Delivered
	d.faults += r.Faults()

	if r.Faults() > 0 {
		d.note("product: %d lost, %d doubled, %d out of order", r.Lost, r.Doubled, r.Reordered)
	}
}

// carry sends and waits until everything has arrived.
func (d *deliveries) carry(ctx context.Context, p *process, watch *sink.Watch, send func() error) (sink.Report, error) {
	err := awake(p, func() (err error) {
		stop := d.flow(ctx, p, d.beside)
		defer func() { err = errors.Join(err, stop()) }()

		if err := send(); err != nil {
			return fmt.Errorf("load %s: %w", p.name, err)
		}

		await(watch, deliverWithin)

		return nil
	})
	report := watch.Report()
	d.count(p, report)

	return report, err
}

// warm opens every conversation.
func (d *deliveries) warm(ctx context.Context, p *process) error {
	plan := d.plan(p, deliverConnections)
	plan.Count = conversations
	watch := d.sink.Watch(plan.Run, plan.Count, conversations)

	_, err := d.carry(ctx, p, watch, func() error {
		_, err := load.Closed(ctx, plan)

		return err
	})

	return err
}

// full carries a fixed number of messages as fast as they are taken: from the
// first webhook to the last arrival.
func (d *deliveries) full(ctx context.Context, p *process, count int) (delivered, error) {
	plan := d.plan(p, deliverConnections)
	plan.Count = count
	watch := d.sink.Watch(plan.Run, plan.Count, conversations)

	before, err := p.processor()
	if err != nil {
		return delivered{}, err
	}

	var began time.Time

	report, err := d.carry(ctx, p, watch, func() error {
		r, err := load.Closed(ctx, plan)
		began = r.Began

		return err
	})
	if err != nil {
		return delivered{}, err
	}

	after, err := p.processor()

	return delivered{
		rate: float64(report.Delivered) / report.Latest.Sub(began).Seconds(),
		cpu:  float64((after - before).Microseconds()) / float64(max(report.Delivered, 1)),
	}, err
}

// steady carries messages at a rate and takes their latencies from when their
// webhooks were due until they arrived.
func (d *deliveries) steady(ctx context.Context, p *process, rate float64) (delivered, error) {
	plan := d.plan(p, deliverConnections)
	plan.During = openWindow
	watch := d.sink.Watch(plan.Run, load.Messages(plan, rate), conversations)

	var began time.Time

	report, err := d.carry(ctx, p, watch, func() error {
		r, err := load.Open(ctx, plan, rate)
		began = r.Began

		return err
	})
	if err != nil {
		return delivered{}, err
	}

	latencies := latenciesOf(report, began, rate)

	return delivered{
		rate:   rate,
		middle: milliseconds(percentile(latencies, 50)),
		tail:   milliseconds(percentile(latencies, 99)),
	}, nil
}

// latenciesOf leaves out the beginning, and takes what was lost for as late as
// it can be.
func latenciesOf(r sink.Report, began time.Time, rate float64) []time.Duration {
	var latencies []time.Duration

	for n, at := range r.Arrived {
		due := load.Due(began, rate, uint32(n))

		switch {
		case due.Sub(began) < openWarm:
		case at.IsZero():
			latencies = append(latencies, deliverWithin)
		default:
			latencies = append(latencies, at.Sub(due))
		}
	}

	return latencies
}

// nearLimit measures the limit and, right after it, what messages take at a
// share of that: a machine that was faster a minute ago would make it more than
// the limit, and the latency that of a queue that only grows.
func (d *deliveries) nearLimit(ctx context.Context, p *process) (delivered, error) {
	limit, err := d.full(ctx, p, deliverCount)
	if err != nil {
		return delivered{}, err
	}

	return d.steady(ctx, p, busyShare*limit.rate)
}

func (d *deliveries) throughput(ctx context.Context) error {
	var rates, costs pairs

	err := rounds(fewRounds,
		func() (delivered, error) { return d.full(ctx, d.product, deliverCount) },
		func() (delivered, error) { return d.full(ctx, d.yard, deliverCount) },
		func(ours, theirs delivered) {
			rates.add(ours.rate, theirs.rate)
			costs.add(ours.cpu, theirs.cpu)
		})
	if err != nil {
		return err
	}

	return errors.Join(
		d.goal(atLeast("G4", "delivered end to end ÷ refpipe", 0.7, 0.9, rates.ratio(), fewRounds).
			with(&rates, "product", "refpipe", unitRate)),
		d.figure("processor time of a delivered message, product", unitCPU, median(costs.product)),
		d.figure("processor time of a delivered message, refpipe", unitCPU, median(costs.yardstick)),
	)
}

// latency measures both at a steady rate each.
func (d *deliveries) latency(ctx context.Context, ours, theirs float64) (middle, tail pairs, err error) {
	return latencies(
		func() (delivered, error) { return d.steady(ctx, d.product, ours) },
		func() (delivered, error) { return d.steady(ctx, d.yard, theirs) },
	)
}

// latencies measures both, each in its way.
func latencies(ours, theirs func() (delivered, error)) (middle, tail pairs, err error) {
	err = rounds(fewRounds, ours, theirs, func(ours, theirs delivered) {
		middle.add(ours.middle, theirs.middle)
		tail.add(ours.tail, theirs.tail)
	})

	return middle, tail, err
}

func (d *deliveries) idle(ctx context.Context) error {
	middle, tail, err := d.latency(ctx, idleRate, idleRate)
	if err != nil {
		return err
	}

	return errors.Join(
		d.goal(atMost("G5", "idle, order window 0: webhook to sink, p50 ÷ refpipe", unitRatio, 1.5, 1.2, middle.ratio(), fewRounds).
			with(&middle, "product", "refpipe", unitTime)),
		d.goal(atMost("G5", "idle, order window 0: webhook to sink, p99 ÷ refpipe", unitRatio, 2, 1.3, tail.ratio(), fewRounds).
			with(&tail, "product", "refpipe", unitTime)),
	)
}

func (d *deliveries) busy(ctx context.Context) error {
	middle, tail, err := latencies(
		func() (delivered, error) { return d.nearLimit(ctx, d.product) },
		func() (delivered, error) { return d.nearLimit(ctx, d.yard) },
	)
	if err != nil {
		return err
	}

	const at = "at 80 % of the own limit, order window 0: "

	return errors.Join(
		d.goal(atMost("G6", at+"p50", unitTime, 5, 3, median(middle.product), fewRounds)),
		d.goal(atMost("G6", at+"p99", unitTime, 50, 20, median(tail.product), fewRounds)),
		d.goal(atMost("G6", at+"p50 ÷ refpipe", unitRatio, 1.5, 1.5, middle.ratio(), fewRounds).
			with(&middle, "product", "refpipe", unitTime)),
		d.goal(atMost("G6", at+"p99 ÷ refpipe", unitRatio, 1.5, 1.5, tail.ratio(), fewRounds).
			with(&tail, "product", "refpipe", unitTime)),
	)
}

// defaultWindow measures an idle product that waits for earlier messages, as
// it does unless told otherwise.
func (b *Bench) defaultWindow(ctx context.Context) (err error) {
	product, err := b.product(ctx, setting{name: "window", installations: installations, rate: fastest})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, product.end()) }()

	d := &deliveries{Bench: b, product: product}
	if err := errors.Join(product.pause(), d.warm(ctx, product)); err != nil {
		return err
	}

	got, err := d.steady(ctx, product, idleRate)
	if err != nil {
		return err
	}

	most := milliseconds(defaultWindow + beyondWindow)

	return b.goal(atMost("G5", "idle, default order window: webhook to sink, p50", unitTime, most, most, got.middle, 1))
}
