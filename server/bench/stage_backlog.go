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
	// backlogRest is how long Freshchat asks to be left alone while a backlog
	// is gathered.
	backlogRest = 20 * time.Second
	// drainWithin bounds how long it may take to leave.
	drainWithin = 3 * time.Minute
	// liveRate is what goes on meanwhile in other shops, a second.
	liveRate   = 200
	liveWindow = 4 * time.Second
)

// backlog measures how fast what has gathered is delivered, and what the live
// traffic of other installations notices of it (G15). The product's backlog
// gathers because Freshchat asks for a pause, refpipe's because the sink keeps
// its answers; both drain from the moment on when the sink takes everything.
func (b *Bench) backlog(ctx context.Context) (err error) {
	yard, err := b.yardstick(ctx, "refpipe", "http://"+b.sink.Addr())
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, yard.end()) }()

	product, err := b.product(ctx, setting{name: "backlog", installations: 2 * installations, rate: fastest, window: "0"})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, product.end()) }()

	d := &drains{deliveries{Bench: b, product: product, yard: yard, shops: 2 * installations}}
	if err := errors.Join(product.pause(), d.warm(ctx, product), d.warm(ctx, yard)); err != nil {
		return err
	}

	var rates, tails, theirTails pairs

	err = rounds(fewRounds,
		func() (drained, error) {
			return d.drain(ctx, product, func() func() { return b.sink.Busy(backlogRest) })
		},
		func() (drained, error) { return d.drain(ctx, yard, b.sink.Hold) },
		func(ours, theirs drained) {
			rates.add(ours.rate, theirs.rate)
			tails.add(ours.during, ours.alone)
			theirTails.add(theirs.during, theirs.alone)
		})
	if err != nil {
		return err
	}

	return errors.Join(
		b.goal(atLeast("G15", fmt.Sprintf("draining %d messages ÷ refpipe", backlogCount), 0.7, 0.9, rates.ratio(), fewRounds).
			with(&rates, "product", "refpipe", unitRate)),
		b.goal(atMost("G15", "p99 of live traffic meanwhile ÷ without", unitRatio, 1.5, 1.2, tails.ratio(), fewRounds).
			with(&tails, "with", "without", unitTime)),
		b.goal(atMost("G15", "messages lost, doubled or out of order", unitCount, 0, 0, float64(d.faults), d.runs)),
		b.figure("p99 of live traffic meanwhile ÷ without, refpipe", unitRatio, theirTails.ratio()),
		b.figure("p99 of live traffic meanwhile, refpipe", unitTime, median(theirTails.product)),
	)
}

// drains are deliveries of what has gathered.
type drains struct{ deliveries }

// drained is one round's outcome.
type drained struct {
	rate float64
	// during and alone are the 99th percentile of live traffic while the
	// backlog drains and without one, in milliseconds.
	during, alone float64
}

// drain gathers a backlog while the sink keeps it away, and then carries it.
func (d *drains) drain(ctx context.Context, p *process, away func() (release func())) (got drained, err error) {
	err = awake(p, func() error {
		plan := d.Bench.plan(p, queueConnections)
		plan.Count = backlogCount
		watch := d.sink.Watch(plan.Run, plan.Count, conversations)
		release := away()
		err := d.queue(ctx, p, plan)

		release()

		if err != nil {
			return err
		}

		if got.rate, got.during, err = d.empty(ctx, p, watch); err != nil {
			return err
		}

		if got.alone, err = d.live(ctx, p); err != nil {
			return err
		}

		d.note("%s: %.0f/s, p99 of live traffic meanwhile %.1f ms, alone %.1f ms", p.name, got.rate, got.during, got.alone)

		return nil
	})

	return got, err
}

// empty waits until the backlog has arrived, with live traffic from its first
// message on.
func (d *drains) empty(ctx context.Context, p *process, watch *sink.Watch) (rate, tail float64, err error) {
	released := time.Now()
	before := watch.Report().Delivered

	select {
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	case <-watch.Begun():
	case <-time.After(deliverWithin):
	}

	if tail, err = d.live(ctx, p); err != nil {
		return 0, 0, err
	}

	if !await(watch, drainWithin) {
		d.note("%s: the backlog did not drain in time", p.name)
	}

	report := watch.Report()
	d.count(p, report)

	began := report.First
	if began.Before(released) {
		began = released
	}

	if since := report.Latest.Sub(began); since < liveWindow {
		d.note("%s: the backlog was gone after %s", p.name, since)
	}

	return float64(report.Delivered-before) / report.Latest.Sub(began).Seconds(), tail, nil
}

// live sends to the shops that have no backlog.
func (d *drains) live(ctx context.Context, p *process) (tail float64, err error) {
	plan := d.Bench.plan(p, deliverConnections)
	plan.FirstShop, plan.During = installations, liveWindow
	watch := d.sink.Watch(plan.Run, load.Messages(plan, liveRate), conversations)

	r, err := load.Open(ctx, plan, liveRate)
	if err != nil {
		return 0, fmt.Errorf("load %s: %w", p.name, err)
	}

	await(watch, deliverWithin)

	report := watch.Report()
	d.count(p, report)

	return milliseconds(percentile(latenciesOf(report, r.Began, liveRate), 99)), nil
}
