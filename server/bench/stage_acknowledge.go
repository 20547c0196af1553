package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sellerchat/server/bench/load"
	"sellerchat/server/bench/yardstick"
)

// The windows in which acknowledgements are counted, with the beginning that
// is not.
const (
	ackWindow    = 1150 * time.Millisecond
	singleWindow = 1500 * time.Millisecond
	ackWarm      = 150 * time.Millisecond
	probeWindow  = 500 * time.Millisecond
)

const (
	manyRounds = 15
	fewRounds  = 5
)

// acknowledge measures what a webhook costs until it is answered (G1, G2). The
// product runs with its default settings: deliveries go on at the default
// rate, what arrives faster waits in its lane.
func (b *Bench) acknowledge(ctx context.Context) (err error) {
	limit, err := b.yardstick(ctx, "limit")
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, limit.end()) }()

	product, err := b.product(ctx, setting{name: "acknowledge", installations: installations})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, product.end()) }()

	if err := product.pause(); err != nil {
		return err
	}

	if err := b.oneConnection(ctx, product, limit); err != nil {
		return err
	}

	for _, connections := range []int{64, 256} {
		if err := b.manyConnections(ctx, product, limit, connections); err != nil {
			return err
		}
	}

	return nil
}

// acks sends as fast as it is answered for one window.
func (b *Bench) acks(ctx context.Context, p *process, plan load.Plan) (r load.Result, cpu time.Duration, err error) {
	err = awake(p, func() error {
		before, err := p.processor()
		if err != nil {
			return err
		}

		if r, err = load.Closed(ctx, plan); err != nil {
			return fmt.Errorf("load %s: %w", p.name, err)
		}

		after, err := p.processor()
		cpu = after - before

		return err
	})

	return r, cpu, err
}

func (b *Bench) oneConnection(ctx context.Context, product, limit *process) error {
	var middle, tail, toLimit pairs

	for range fewRounds {
		bare, err := b.probe(ctx)
		if err != nil {
			return err
		}

		var latencies [2][]time.Duration

		for i, p := range []*process{limit, product} {
			plan := b.plan(p, 1)
			plan.During, plan.Warm = singleWindow, ackWarm

			r, _, err := b.acks(ctx, p, plan)
			if err != nil {
				return err
			}

			latencies[i] = r.Latencies
		}

		ours, theirs := latencies[1], latencies[0]
		middle.add(milliseconds(percentile(ours, 50)), milliseconds(percentile(bare, 50)))
		toLimit.add(milliseconds(percentile(ours, 50)), milliseconds(percentile(theirs, 50)))
		tail.add(milliseconds(percentile(ours, 99)), milliseconds(percentile(theirs, 99)))
	}

	return errors.Join(
		b.goal(atMost("G2", "acknowledgement at 1 connection, p50 ÷ raw fdatasync", unitRatio, 6, 3.5, middle.ratio(), fewRounds).
			with(&middle, "product", "fdatasync", unitTime)),
		b.goal(atMost("G2", "acknowledgement at 1 connection, p99 ÷ limit", unitRatio, 1.5, 1, tail.ratio(), fewRounds).
			with(&tail, "product", "limit", unitTime)),
		b.figure("acknowledgement at 1 connection, p50 of limit", unitTime, median(toLimit.yardstick)),
	)
}

// probe measures the disk, in a process of its own.
func (b *Bench) probe(ctx context.Context) ([]time.Duration, error) {
	dir := filepath.Join(b.work, "probe")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}

	return yardstick.RunProbe(ctx, b.self, dir, probeWindow)
}

// ackRound is one window's outcome.
type ackRound struct {
	rate float64
	sent int
	cpu  time.Duration
}

func (b *Bench) manyConnections(ctx context.Context, product, limit *process, connections int) error {
	measure := func(p *process) func() (ackRound, error) {
		return func() (ackRound, error) {
			plan := b.plan(p, connections)
			plan.During, plan.Warm = ackWindow, ackWarm

			r, cpu, err := b.acks(ctx, p, plan)

			return ackRound{r.Rate, r.Sent, cpu}, err
		}
	}

	var rates, costs pairs

	err := rounds(manyRounds, measure(product), measure(limit), func(ours, theirs ackRound) {
		rates.add(ours.rate, theirs.rate)
		costs.add(ours.each(), theirs.each())
	})
	if err != nil {
		return err
	}

	at := fmt.Sprintf(" at %d connections", connections)

	return errors.Join(
		b.goal(atLeast("G1", "acknowledgements"+at+" ÷ limit", 0.8, 1, rates.ratio(), manyRounds).
			with(&rates, "product", "limit", unitRate)),
		b.figure("processor time of an acknowledgement"+at+", product", unitCPU, median(costs.product)),
		b.figure("processor time of an acknowledgement"+at+", limit", unitCPU, median(costs.yardstick)),
	)
}

// each is the processor time of one message, in microseconds.
func (r ackRound) each() float64 { return float64(r.cpu.Microseconds()) / float64(max(r.sent, 1)) }
