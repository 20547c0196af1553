package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// blockedSettle is how long a program has to find out that a destination
	// is dead, and blockedWindow how long it is watched afterwards.
	blockedSettle = 30 * time.Second
	blockedWindow = 12 * time.Second
)

// blocked measures the processor time that messages take which cannot leave
// (G13): one installation's Freshchat hangs and one's refuses connections. The
// program beside it has none to deliver; both run at the same time, since
// processor time is not shared.
func (b *Bench) blocked(ctx context.Context) (err error) {
	t, err := openTrouble(ctx)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, t.close()) }()

	hosts := []string{t.hung.Addr(), t.refusing}

	full, err := b.product(ctx, setting{name: "blocked", installations: len(hosts), hosts: hosts})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, full.end()) }()

	empty, err := b.product(ctx, setting{name: "unblocked", installations: len(hosts)})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, empty.end()) }()

	plan := b.plan(full, queueConnections)
	plan.Shops, plan.Count = len(hosts), backlogCount

	b.note("queueing %d messages", backlogCount)

	if err := b.queue(ctx, full, plan); err != nil {
		return err
	}

	<-time.After(blockedSettle)

	var shares pairs

	for range fewRounds {
		if err := watchIdle(full, empty, &shares); err != nil {
			return err
		}
	}

	var beyond []float64
	for i := range shares.product {
		beyond = append(beyond, shares.product[i]-shares.yardstick[i])
	}

	what := fmt.Sprintf("processor time of %d messages to dead destinations, beyond idle", backlogCount)

	return b.goal(atMost("G13", what, unitShare, 2, 0.5, median(beyond), fewRounds).
		with(&shares, "blocked", "idle", unitShare))
}

// watchIdle adds the shares of a processor that two programs take which are
// left alone.
func watchIdle(full, empty *process, shares *pairs) error {
	var used [2]time.Duration

	for i, p := range []*process{full, empty} {
		before, err := p.processor()
		if err != nil {
			return err
		}

		used[i] = -before
	}

	<-time.After(blockedWindow)

	for i, p := range []*process{full, empty} {
		after, err := p.processor()
		if err != nil {
			return err
		}

		used[i] += after
	}

	percent := func(d time.Duration) float64 { return 100 * d.Seconds() / blockedWindow.Seconds() }
	shares.add(percent(used[0]), percent(used[1]))

	return nil
}
