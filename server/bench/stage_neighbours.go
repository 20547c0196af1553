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
	// backlogCount is how many messages wait where many do.
	backlogCount = 100 * conversations
	// queueConnections is from how many connections they come.
	queueConnections = 256
	// contestCount is how many messages each round carries where two copies
	// of the product are compared.
	contestCount = 6 * conversations
	// slowAnswer is how long the Freshchat takes of the one that has them: so
	// few leave a second that many stay.
	slowAnswer = 100 * time.Millisecond
	// troubledRate is what goes on arriving for those in trouble, a second.
	troubledRate = 60
)

// neighbours measures what healthy installations notice of others in trouble
// (G11): one whose Freshchat takes calls and never answers, one whose Freshchat
// refuses connections, and one with a hundred thousand messages waiting, all
// at once, and messages for the three go on arriving. It is compared with the
// same program and the same load, where all are healthy.
func (b *Bench) neighbours(ctx context.Context) (err error) {
	t, err := openTrouble(ctx)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, t.close()) }()

	hosts := []string{t.hung.Addr(), t.refusing, t.slow.Addr()}
	sick := stream{firstShop: installations, shops: len(hosts), rate: troubledRate}

	d, err := b.contest(ctx, "neighbours", installations+len(hosts), hosts, sick)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, d.product.end(), d.yard.end()) }()

	waiting := b.plan(d.product, queueConnections)
	waiting.FirstShop, waiting.Shops, waiting.Count = installations+len(hosts)-1, 1, backlogCount

	drained := t.slow.Watch(waiting.Run, backlogCount, conversations)

	b.note("queueing %d messages", backlogCount)

	if _, _, err := b.acks(ctx, d.product, waiting); err != nil {
		return err
	}

	tails, err := d.tails(ctx, neighboursRate)
	if err != nil {
		return err
	}

	const who = "healthy ones beside a hung, a refusing and one with 100,000 waiting ÷ without: "

	err = errors.Join(
		b.goal(atMost("G11", who+"p99", unitRatio, 1.5, 1.2, tails.ratio(), fewRounds).
			with(&tails, "with", "without", unitTime)),
		b.figure("p99 of healthy ones while the trouble begins", unitTime, tails.product[0]),
	)
	if err != nil {
		return err
	}

	rates, err := d.rates(ctx)
	if err != nil {
		return err
	}

	return errors.Join(
		b.goal(atLeast("G11", who+"delivered", 0.9, 0.97, rates.ratio(), manyRounds).
			with(&rates, "with", "without", unitRate)),
		b.goal(atMost("G11", "healthy ones' messages lost, doubled or out of order", unitCount, 0, 0, float64(d.faults), d.runs)),
		b.figure("messages of those waiting that were delivered meanwhile", unitCount, float64(drained.Report().Delivered)),
	)
}

const (
	// neighboursRate is the load of the healthy ones, a second.
	neighboursRate = 500

	// many are the installations of which some are dead, and deadRate the
	// load of those.
	many     = 1000
	manyDead = many / 10
	deadRate = 50
)

// dead measures what healthy installations notice when every tenth is dead
// (G12): half of those hang, half refuse connections. Messages for the dead go
// on arriving.
func (b *Bench) dead(ctx context.Context) (err error) {
	t, err := openTrouble(ctx)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, t.close()) }()

	hosts := make([]string, manyDead)
	for i := range hosts {
		hosts[i] = []string{t.hung.Addr(), t.refusing}[i%2]
	}

	d, err := b.contest(ctx, "dead", many, hosts, stream{firstShop: many - manyDead, shops: manyDead, rate: deadRate})
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, d.product.end(), d.yard.end()) }()

	tails, err := d.tails(ctx, neighboursRate)
	if err != nil {
		return err
	}

	what := fmt.Sprintf("healthy ones of %d installations of which %d are dead ÷ without: p99", many, manyDead)

	return errors.Join(
		b.goal(atMost("G12", what, unitRatio, 2, 1.3, tails.ratio(), fewRounds).
			with(&tails, "with", "without", unitTime)),
		b.goal(atMost("G12", "healthy ones' messages lost, doubled or out of order", unitCount, 0, 0, float64(d.faults), d.runs)),
		b.figure("p99 of healthy ones while they die", unitTime, tails.product[0]),
	)
}

// trouble is where accounts are that do not do well.
type trouble struct {
	// hung takes calls and never answers, slow takes its time.
	hung, slow *sink.Sink
	// refusing is an address where nobody listens.
	refusing string
	release  func()
}

func openTrouble(ctx context.Context) (*trouble, error) {
	var sinks [3]*sink.Sink

	for i := range sinks {
		s, err := sink.Listen(ctx)
		if err != nil {
			return nil, fmt.Errorf("open sink: %w", err)
		}

		sinks[i] = s
	}

	t := &trouble{hung: sinks[0], slow: sinks[1], refusing: sinks[2].Addr(), release: sinks[0].Hold()}
	t.slow.Slow(slowAnswer)

	if err := sinks[2].Close(); err != nil {
		return nil, fmt.Errorf("close sink: %w", err)
	}

	return t, nil
}

func (t *trouble) close() error {
	t.release()

	return errors.Join(t.hung.Close(), t.slow.Close())
}

// contest starts the product twice with the same installations: once with its
// last ones at the hosts, once with all of them at the sink. Conversations of
// the healthy ones exist already, and the stream begins with what is measured.
func (b *Bench) contest(ctx context.Context, name string, all int, hosts []string, beside stream) (*deliveries, error) {
	with := setting{name: name + "-with", installations: all, rate: fastest, window: "0", hosts: hosts}
	without := setting{name: name + "-without", installations: all, rate: fastest, window: "0"}
	d := &deliveries{Bench: b, shops: all - len(hosts)}

	for _, start := range []struct {
		setting setting
		to      **process
	}{{with, &d.product}, {without, &d.yard}} {
		p, err := b.product(ctx, start.setting)
		if err != nil {
			return nil, err
		}

		*start.to = p

		if err := errors.Join(p.pause(), d.warm(ctx, p)); err != nil {
			return nil, err
		}
	}

	d.beside = beside

	return d, nil
}

// tails are the 99th percentiles at a steady load, in milliseconds.
func (d *deliveries) tails(ctx context.Context, rate float64) (pairs, error) {
	_, tails, err := d.latency(ctx, rate, rate)

	return tails, err
}

// rates are what is carried at most, a second.
func (d *deliveries) rates(ctx context.Context) (rates pairs, err error) {
	err = rounds(manyRounds,
		func() (delivered, error) { return d.full(ctx, d.product, contestCount) },
		func() (delivered, error) { return d.full(ctx, d.yard, contestCount) },
		func(ours, theirs delivered) { rates.add(ours.rate, theirs.rate) })

	return rates, err
}

// queue fills a program's shops with messages, as fast as it takes them.
func (b *Bench) queue(ctx context.Context, p *process, plan load.Plan) error {
	if _, err := load.Closed(ctx, plan); err != nil {
		return fmt.Errorf("load %s: %w", p.name, err)
	}

	return nil
}
