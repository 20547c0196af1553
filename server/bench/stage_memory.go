package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bench/load"
)

const (
	// settle is how long a program has to come to rest, and idleWindow how long
	// its memory is watched afterwards.
	settle     = 5 * time.Second
	idleWindow = 10 * time.Second
	// peakRounds is how often a program carries as much as it can.
	peakRounds = 10
)

// idle measures what a program takes that has nothing to do (G9).
func (b *Bench) idle(ctx context.Context) error {
	return errors.Join(
		b.idleMemory(ctx, setting{name: "idle"}, 24, 16),
		b.idleMemory(ctx, setting{name: "idle-many", installations: manyInstallations}, 64, 40),
	)
}

func (b *Bench) idleMemory(ctx context.Context, s setting, must, stretch float64) (err error) {
	p, err := b.product(ctx, s)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, p.end()) }()

	<-time.After(settle)

	var resident float64

	for began := time.Now(); time.Since(began) < idleWindow; <-time.After(idleWindow / 20) {
		now, err := p.memory("VmRSS")
		if err != nil {
			return err
		}

		resident = max(resident, now)
	}

	what := fmt.Sprintf("resident memory, idle with %d installations", s.installations)

	return b.goal(atMost("G9", what, unitSize, must, stretch, resident, 1))
}

// peak measures the most memory that a program takes at full load (G9): webhooks
// as fast as they are answered, from as many connections as ever, while it
// delivers as fast as it can.
func (b *Bench) peak(ctx context.Context) (err error) {
	product, err := b.product(ctx, setting{name: "peak", installations: installations, rate: fastest, window: "0"})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, product.end()) }()

	d := &deliveries{Bench: b, product: product}
	if err := errors.Join(product.pause(), d.warm(ctx, product)); err != nil {
		return err
	}

	for range peakRounds {
		plan := b.plan(product, queueConnections)
		plan.Count = deliverCount
		watch := b.sink.Watch(plan.Run, plan.Count, conversations)

		_, err := d.carry(ctx, product, watch, func() error {
			_, err := load.Closed(ctx, plan)

			return err
		})
		if err != nil {
			return err
		}
	}

	most, err := product.memory("VmHWM")
	if err != nil {
		return err
	}

	private, err := product.memory("RssAnon")

	return errors.Join(
		err,
		b.goal(atMost("G9", "resident memory, peak at full load", unitSize, 96, 64, most, 1)),
		b.figure("anonymous memory after full load", unitSize, private),
	)
}
