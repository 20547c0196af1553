package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"sellerchat/server/bench/load"
)

const (
	// manyInstallations and manyQueued are how much there is of either where
	// little is compared with much.
	manyInstallations = 10_000
	manyQueued        = 1 << 20
	manyKept          = 5_000_000
	fewKept           = 100_000

	flatConnections   = 64
	flatConversations = 10_240
	flatWindow        = 950 * time.Millisecond
)

// Flat cost (G10) is measured with two copies of the product, of which one has
// much behind it and the other little. The sink holds its answers, so that the
// messages stay queued and only their acceptance is measured.

// manyShops measures whether acknowledging costs the same with few
// installations and with many.
func (b *Bench) manyShops(ctx context.Context) (err error) {
	f := b.flat()

	defer func() { err = errors.Join(err, f.end()) }()

	if f.many, err = f.start(ctx, setting{name: "many-installations", installations: manyInstallations}); err != nil {
		return err
	}

	if f.few, err = f.start(ctx, setting{name: "few-installations", installations: installations}); err != nil {
		return err
	}

	return f.compare(ctx, fmt.Sprintf("with %d installations ÷ with %d", manyInstallations, installations))
}

// queued measures whether acknowledging costs the same with nothing queued and
// with a million, and what that million takes (G9, G16).
func (b *Bench) queued(ctx context.Context) (err error) {
	f := b.flat()

	defer func() { err = errors.Join(err, f.end()) }()

	full := setting{name: "many-queued", installations: manyInstallations}
	if f.many, err = f.start(ctx, full); err != nil {
		return err
	}

	each, err := f.fill(ctx, full)
	if err != nil {
		return err
	}

	// Not before: a program that is stopped for a minute finds all its calls
	// overdue.
	if f.few, err = f.start(ctx, setting{name: "few-queued", installations: manyInstallations}); err != nil {
		return err
	}

	if err := f.compare(ctx, fmt.Sprintf("with %d queued ÷ with few", manyQueued)); err != nil {
		return err
	}

	private, err := f.many.memory("RssAnon")

	return errors.Join(
		err,
		b.goal(atMost("G9", fmt.Sprintf("anonymous memory with %d installations and %d queued", manyInstallations, manyQueued),
			unitSize, 160, 96, private, 1)),
		b.goal(atMost("G16", "bytes on disk of a queued message ÷ its webhook", unitRatio, 1.5, 1.3, each/load.BodySize, 1)),
	)
}

// kept measures whether acknowledging costs the same after few deliveries and
// after many, which are all kept, and what has become of the file (G16).
func (b *Bench) kept(ctx context.Context) (err error) {
	f := b.flat()

	defer func() { err = errors.Join(err, f.end()) }()

	b.note("delivering %d messages", manyKept)

	if f.many, err = f.start(ctx, setting{name: "many-kept", installations: installations, kept: manyKept}); err != nil {
		return err
	}

	if f.few, err = f.start(ctx, setting{name: "few-kept", installations: installations, kept: fewKept}); err != nil {
		return err
	}

	if err := f.file(ctx); err != nil {
		return err
	}

	return f.compare(ctx, fmt.Sprintf("with %d deliveries kept ÷ with %d", manyKept, fewKept))
}

// flat are two copies of the product.
type flat struct {
	*Bench

	many, few *process
	// shops is how many each of them has.
	shops   map[*process]int
	release func()
}

// flat has the sink hold its answers until the end.
func (b *Bench) flat() *flat {
	return &flat{Bench: b, shops: map[*process]int{}, release: b.sink.Hold()}
}

// start starts one of the two and pauses it when it has come to rest.
func (f *flat) start(ctx context.Context, s setting) (*process, error) {
	began := time.Now()

	p, err := f.product(ctx, s)
	if err != nil {
		return nil, err
	}

	f.shops[p] = s.installations
	f.note("%s was ready after %s", s.name, time.Since(began).Round(time.Second))

	<-time.After(settle)

	return p, p.pause()
}

func (f *flat) end() (err error) {
	for _, p := range []*process{f.many, f.few} {
		if p != nil {
			err = errors.Join(err, p.end())
		}
	}

	f.release()

	return err
}

// plan is a load on one of the two, over the same conversations.
func (f *flat) plan(p *process, connections int) load.Plan {
	plan := f.Bench.plan(p, connections)
	plan.Conversations, plan.Shops = flatConversations, f.shops[p]

	return plan
}

// fill queues a million messages, and returns how many bytes of the file each
// takes.
func (f *flat) fill(ctx context.Context, s setting) (each float64, err error) {
	f.note("queueing %d messages", manyQueued)

	before, err := os.Stat(f.Bench.file(s))
	if err != nil {
		return 0, fmt.Errorf("look at store: %w", err)
	}

	plan := f.plan(f.many, queueConnections)
	plan.Count = manyQueued

	if _, _, err := f.acks(ctx, f.many, plan); err != nil {
		return 0, err
	}

	after, err := os.Stat(f.Bench.file(s))
	if err != nil {
		return 0, fmt.Errorf("look at store: %w", err)
	}

	return float64(after.Size()-before.Size()) / manyQueued, nil
}

// file compares the file with what lives in it.
func (f *flat) file(ctx context.Context) error {
	var size, free float64

	err := awake(f.many, func() (err error) {
		if size, err = f.many.metric(ctx, metricStore); err != nil {
			return err
		}

		free, err = f.many.metric(ctx, metricStoreFree)

		return err
	})
	if err != nil {
		return err
	}

	return errors.Join(
		f.goal(atMost("G16", fmt.Sprintf("file after %d deliveries ÷ what lives in it", manyKept),
			unitRatio, 1.2, 1.05, size/(size-free), 1)),
		f.figure("bytes on disk of a kept delivery", unitBytes, size/manyKept),
	)
}

// flatRound is one window's outcome.
type flatRound struct{ rate, tail float64 }

// compare measures both in turns.
func (f *flat) compare(ctx context.Context, at string) error {
	measure := func(p *process) func() (flatRound, error) {
		return func() (flatRound, error) {
			plan := f.plan(p, flatConnections)
			plan.During, plan.Warm = flatWindow, ackWarm

			r, _, err := f.acks(ctx, p, plan)

			return flatRound{r.Rate, milliseconds(percentile(r.Latencies, 99))}, err
		}
	}

	var rates, tails pairs

	err := rounds(manyRounds, measure(f.many), measure(f.few), func(m, f flatRound) {
		rates.add(m.rate, f.rate)
		tails.add(m.tail, f.tail)
	})
	if err != nil {
		return err
	}

	return errors.Join(
		f.goal(atLeast("G10", "acknowledgements "+at, 0.83, 0.95, rates.ratio(), manyRounds).
			with(&rates, "many", "few", unitRate)),
		f.goal(atMost("G10", "p99 of acknowledgements "+at, unitRatio, 1.2, 1.1, tails.ratio(), manyRounds).
			with(&tails, "many", "few", unitTime)),
	)
}
