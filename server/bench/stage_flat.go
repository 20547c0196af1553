package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// manyInstallations and manyQueued are how much there is of either where
	// little is compared with much.
	manyInstallations = 10_000
	manyQueued        = 1 << 20

	flatConnections   = 64
	flatConversations = 10_240
	flatWindow        = 950 * time.Millisecond
)

// flat measures whether acknowledging costs the same with little and with much
// behind it (G10). The sink holds its answers, so that the messages stay
// queued and only their acceptance is measured.
func (b *Bench) flat(ctx context.Context) error {
	defer b.sink.Hold()()

	if err := b.flatInstallations(ctx); err != nil {
		return err
	}

	return b.flatQueue(ctx)
}

// few starts the program that the one with much behind it is compared with.
func (b *Bench) few(ctx context.Context, name string) (*process, error) {
	p, err := b.product(ctx, setting{name: name, installations: installations})
	if err != nil {
		return nil, err
	}

	return p, p.pause()
}

func (b *Bench) flatInstallations(ctx context.Context) (err error) {
	few, err := b.few(ctx, "few-installations")
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, few.end()) }()

	began := time.Now()

	many, err := b.product(ctx, setting{name: "many", installations: manyInstallations})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, many.end()) }()

	b.note("%d installations were stored in %s", manyInstallations, time.Since(began).Round(time.Second))
	<-time.After(settle)

	resident, err := many.memory("VmRSS")
	if err != nil {
		return err
	}

	if err := many.pause(); err != nil {
		return err
	}

	rates, tails, err := b.compare(ctx, many, manyInstallations, few, installations)
	if err != nil {
		return err
	}

	at := fmt.Sprintf("with %d installations ÷ with %d", manyInstallations, installations)

	return errors.Join(
		b.goal(atMost("G9", fmt.Sprintf("resident memory, idle with %d installations", manyInstallations), unitSize, 64, 40, resident, 1)),
		b.goal(atLeast("G10", "acknowledgements "+at, 0.75, 0.95, rates.ratio(), manyRounds).
			with(&rates, "many", "few", unitRate)),
		b.figure("p99 of acknowledgements "+at, unitRatio, tails.ratio()),
	)
}

// flatQueue fills a program with messages that cannot leave.
func (b *Bench) flatQueue(ctx context.Context) (err error) {
	few, err := b.few(ctx, "few-queued")
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, few.end()) }()

	full, err := b.product(ctx, setting{name: "full", installations: installations})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, full.end()) }()

	if err := full.pause(); err != nil {
		return err
	}

	b.note("queueing %d messages", manyQueued)

	plan := b.plan(full, 256)
	plan.Conversations, plan.Count = flatConversations, manyQueued

	if _, _, err := b.acks(ctx, full, plan); err != nil {
		return err
	}

	rates, tails, err := b.compare(ctx, full, installations, few, installations)
	if err != nil {
		return err
	}

	private, err := full.memory("RssAnon")
	if err != nil {
		return err
	}

	at := fmt.Sprintf("with %d queued ÷ with few", manyQueued)

	return errors.Join(
		b.goal(atLeast("G10", "acknowledgements "+at, 0.75, 0.95, rates.ratio(), manyRounds).
			with(&rates, "many", "few", unitRate)),
		b.figure("p99 of acknowledgements "+at, unitRatio, tails.ratio()),
		b.figure(fmt.Sprintf("anonymous memory with %d queued", manyQueued), unitSize, private),
	)
}

// flatRound is one window's outcome.
type flatRound struct{ rate, tail float64 }

// compare measures two programs of the product with the same conversations,
// shared out to as many shops as each has.
func (b *Bench) compare(ctx context.Context, many *process, manyShops int, few *process, fewShops int) (rates, tails pairs, err error) {
	measure := func(p *process, shops int) func() (flatRound, error) {
		return func() (flatRound, error) {
			plan := b.plan(p, flatConnections)
			plan.Conversations, plan.Shops = flatConversations, shops
			plan.During, plan.Warm = flatWindow, ackWarm

			r, _, err := b.acks(ctx, p, plan)

			return flatRound{r.Rate, milliseconds(percentile(r.Latencies, 99))}, err
		}
	}

	err = rounds(manyRounds, measure(many, manyShops), measure(few, fewShops), func(m, f flatRound) {
		rates.add(m.rate, f.rate)
		tails.add(m.tail, f.tail)
	})

	return rates, tails, err
}
