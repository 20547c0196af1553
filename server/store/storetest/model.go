package storetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sellerchat/server/bridge"
)

// checkModel runs random sequences of operations against an engine and the
// simplest thing that obeys the same rules.
func checkModel(t *testing.T, newHarness func(testing.TB) Harness) {
	rapid.Check(t, func(r *rapid.T) {
		m := &model{
			bench:  newBench(t, r, newHarness(t)),
			r:      r,
			lanes:  map[bridge.LaneKey]*modelLane{},
			all:    map[bridge.DeliveryID]*modelDelivery{},
			known:  map[bridge.OriginKey]bool{},
			paused: map[bridge.Pause]bool{},
		}

		defer func() { m.must(m.Close()) }()

		r.Repeat(map[string]func(*rapid.T){
			"enqueue": m.enqueueAny,
			"claim":   m.claimAny,
			"begin":   m.beginAny,
			"start":   m.startAny,
			"settle":  m.settleAny,
			"retry":   m.retryAny,
			"release": m.releaseAny,
			"requeue": m.requeueAny,
			"pause":   m.pauseAny,
			"correct": m.correctAny,
			"tell":    m.tellAny,
			"waiting": m.waitingAny,
			"reopen":  m.reopenNow,
			"wait":    func(r *rapid.T) { m.clock.pass(time.Duration(rapid.IntRange(1, 90).Draw(r, "seconds")) * time.Second) },
			"":        func(*rapid.T) {},
		})

		m.finish()
	})
}

// modelDelivery is what is known of a delivery.
type modelDelivery struct {
	id       bridge.DeliveryID
	lane     bridge.LaneKey
	order    uint64
	state    bridge.State
	attempts int
	done     []bridge.MessageID
	intent   bool
	// started is true while only the memory has the intent, unsure after that
	// was lost.
	started bool
	unsure  bool
	due     time.Time
	told    bool
}

func (d *modelDelivery) before(o *modelDelivery) int {
	return cmp.Or(cmp.Compare(d.rank(), o.rank()), cmp.Compare(d.order, o.order), cmp.Compare(d.id, o.id))
}

// rank puts what may have been sent in front.
func (d *modelDelivery) rank() int {
	switch {
	case d.intent, d.unsure:
		return 0
	case len(d.done) > 0:
		return 1
	default:
		return 2
	}
}

type modelLane struct {
	claim *bridge.Claim // in force
	until time.Time
	retry time.Time
	mark  uint64
}

type model struct {
	*bench
	r      *rapid.T
	lanes  map[bridge.LaneKey]*modelLane
	all    map[bridge.DeliveryID]*modelDelivery
	known  map[bridge.OriginKey]bool
	paused map[bridge.Pause]bool
	claims []bridge.Claim // every one ever given
	epoch  uint64
}

func (m *model) lane(k bridge.LaneKey) *modelLane {
	if m.lanes[k] == nil {
		m.lanes[k] = &modelLane{}
	}

	return m.lanes[k]
}

// head is what the lane must give next; nil when it is empty.
func (m *model) head(k bridge.LaneKey) *modelDelivery {
	waiting := m.waiting(k)
	if len(waiting) == 0 {
		return nil
	}

	return slices.MinFunc(waiting, (*modelDelivery).before)
}

func (m *model) waiting(k bridge.LaneKey) []*modelDelivery {
	var waiting []*modelDelivery

	for _, d := range m.all {
		if d.lane == k && d.state == bridge.Queued {
			waiting = append(waiting, d)
		}
	}

	return waiting
}

func drawLane(r *rapid.T) bridge.LaneKey {
	l := lane(rapid.SampledFrom([]string{"a", "b"}).Draw(r, "installation"), rapid.SampledFrom([]string{"1", "2"}).Draw(r, "conversation"))
	l.Direction = rapid.SampledFrom([]bridge.Direction{bridge.In, bridge.Out}).Draw(r, "direction")

	return l
}

func (m *model) enqueueAny(r *rapid.T) {
	var entries []bridge.Entry

	for range rapid.IntRange(1, 3).Draw(r, "entries") {
		l := drawLane(r)
		e := entry(l, rapid.IntRange(1, 40).Draw(r, "number"))
		e.Origin.Side = l.Direction.Target()
		entries = append(entries, e)
	}

	got, err := m.Enqueue(m.ctx, entries...)
	m.must(err)

	for i, e := range entries {
		if got[i].Duplicate != m.known[e.Origin] {
			r.Fatalf("%+v: duplicate is %v", e.Origin, got[i].Duplicate)
		}

		if got[i].Duplicate {
			continue
		}

		m.known[e.Origin] = true
		m.all[got[i].ID] = &modelDelivery{id: got[i].ID, lane: e.Lane, order: e.Message.Order, state: bridge.Queued}
	}
}

// due returns the heads that must be claimable now.
func (m *model) due() map[bridge.DeliveryID]*modelDelivery {
	now := m.clock.Now()
	due := map[bridge.DeliveryID]*modelDelivery{}

	for k, l := range m.lanes {
		d := m.head(k)
		held := m.paused[bridge.Pause{Installation: k.Link.Installation, Direction: k.Direction, Cause: bridge.PauseTopic}]

		switch {
		case d == nil || held:
		case l.claim != nil && now.Before(l.until):
		case l.claim == nil && now.Before(l.retry):
		default:
			due[d.id] = d
		}
	}

	return due
}

func (m *model) claimAny(r *rapid.T) {
	for _, d := range m.all {
		m.lane(d.lane)
	}

	want := m.due()
	limit := rapid.IntRange(1, 8).Draw(r, "limit")
	got := m.bench.claims(limit)

	if len(got) != min(limit, len(want)) {
		r.Fatalf("%d were claimed of %d that are due, at most %d", len(got), len(want), limit)
	}

	for _, c := range got {
		d := want[c.Delivery.ID]
		if d == nil {
			r.Fatalf("%v is not due, or not the head", c.Delivery.ID)
		}

		l := m.lane(d.lane)
		m.compare(r, d, l, c)
		m.epoch = c.Epoch
		l.claim, l.until = &c, m.clock.Now().Add(lease)
		m.claims = append(m.claims, c)
	}
}

func (m *model) compare(r *rapid.T, d *modelDelivery, l *modelLane, c bridge.Claim) {
	g := c.Delivery

	if c.Epoch <= m.epoch {
		r.Fatalf("epoch %d follows %d", c.Epoch, m.epoch)
	}

	if c.Cleared && (d.intent || d.unsure || len(d.done) > 0) {
		r.Fatalf("claimed %+v is cleared, though something may have been sent", g)
	}

	if g.Started.IsZero() == d.unsure {
		r.Fatalf("claimed %+v, want it started: %v", g, d.unsure)
	}

	if g.Told != d.told || g.Late != (d.order < l.mark) || g.Attempts != d.attempts || (g.Intent != nil) != d.intent || !slices.Equal(g.Done, d.done) {
		r.Fatalf("claimed %+v, want %+v with mark %d", g, d, l.mark)
	}
}

// withClaim runs an operation with any claim ever given, and checks that it
// is fenced exactly when another one took over or it was settled.
func (m *model) withClaim(r *rapid.T, run func(bridge.Claim) error) (*modelDelivery, *modelLane) {
	if len(m.claims) == 0 {
		r.Skip("nothing was claimed")
	}

	c := m.claims[max(len(m.claims)-1-rapid.IntRange(0, 4).Draw(r, "claim"), 0)]
	l := m.lane(c.Delivery.Lane)
	inForce := l.claim != nil && l.claim.Epoch == c.Epoch

	switch err := run(c); {
	case inForce && err == nil:
		return m.all[c.Delivery.ID], l
	case !inForce && errors.Is(err, bridge.ErrFenced):
		return nil, nil
	default:
		r.Fatalf("claim in force: %v, answered %v", inForce, err)

		return nil, nil
	}
}

var drawDone = rapid.SampledFrom([][]bridge.MessageID{nil, {"r1"}, {"r1", "r2"}})

func (m *model) beginAny(r *rapid.T) {
	done := drawDone.Draw(r, "done")

	d, _ := m.withClaim(r, func(c bridge.Claim) error { return m.Begin(m.ctx, c, bridge.Intent{Call: len(done)}, done) })
	if d == nil {
		return
	}

	d.intent, d.started, d.unsure, d.done = true, false, false, done
}

// startAny starts a claim, which works when it is cleared and nothing was sent
// since.
func (m *model) startAny(r *rapid.T) {
	refused := false

	d, _ := m.withClaim(r, func(c bridge.Claim) error {
		err := m.Start(m.ctx, c, bridge.Intent{Piece: bridge.Words("x")}, lease)
		if d := m.all[c.Delivery.ID]; errors.Is(err, bridge.ErrConflict) && (!c.Cleared || d.intent || len(d.done) > 0) {
			refused, err = true, nil
		}

		return err
	})
	if d == nil || refused {
		return
	}

	d.intent, d.started = true, true
	m.lane(d.lane).until = m.clock.Now().Add(lease)
}

func (m *model) settleAny(r *rapid.T) {
	state := rapid.SampledFrom([]bridge.State{bridge.Delivered, bridge.Skipped, bridge.Failed, bridge.Uncertain}).Draw(r, "state")
	with := []bridge.DeliveryID{m.drawID(r), m.drawID(r)}[:rapid.IntRange(0, 2).Draw(r, "with")]

	d, l := m.withClaim(r, func(c bridge.Claim) error {
		st := bridge.Settlement{State: state, With: with}
		if state == bridge.Delivered || state == bridge.Skipped {
			return m.Ack(m.ctx, c, st)
		}

		return m.Bury(m.ctx, c, st)
	})
	if d == nil {
		return
	}

	m.end(d, l, state)

	for _, id := range with {
		if o := m.all[id]; o != nil && o.lane == d.lane && o.state == bridge.Queued {
			m.end(o, l, state)
		}
	}

	l.claim, l.retry = nil, time.Time{}
}

func (m *model) end(d *modelDelivery, l *modelLane, state bridge.State) {
	if state == bridge.Delivered || state == bridge.Uncertain || d.intent || d.unsure || len(d.done) > 0 {
		l.mark = max(l.mark, d.order)
	}

	d.intent = d.intent || d.started || d.unsure
	d.state, d.started, d.unsure = state, false, false
}

// drawID draws a delivery, or one that does not exist.
func (m *model) drawID(r *rapid.T) bridge.DeliveryID {
	return bridge.DeliveryID(rapid.IntRange(1, len(m.all)+1).Draw(r, "id"))
}

func (m *model) correctAny(r *rapid.T) {
	id := m.drawID(r)
	state := rapid.SampledFrom([]bridge.State{bridge.Delivered, bridge.Failed}).Draw(r, "state")
	err := m.Correct(m.ctx, id, bridge.Settlement{State: state})

	switch d := m.all[id]; {
	case d == nil:
		m.missing("correct", err)
	case d.state == bridge.Uncertain, d.state == bridge.Failed && state == bridge.Delivered:
		m.must(err)
		m.lane(d.lane).mark = max(m.lane(d.lane).mark, d.order)
		d.state, d.started, d.unsure = state, false, false
	default:
		m.conflict("correct", err)
	}
}

func (m *model) tellAny(r *rapid.T) {
	id := m.drawID(r)
	m.must(m.Tell(m.ctx, []bridge.DeliveryID{id}))

	if d := m.all[id]; d != nil && d.state == bridge.Queued {
		d.told = true
	}
}

func (m *model) waitingAny(r *rapid.T) {
	k := drawLane(r)

	got, err := m.Waiting(m.ctx, k, 100)
	m.must(err)

	want := m.waiting(k)
	slices.SortFunc(want, (*modelDelivery).before)

	if !slices.EqualFunc(got, want, func(g bridge.Delivery, d *modelDelivery) bool { return g.ID == d.id && g.Told == d.told }) {
		r.Fatalf("%+v wait, want %+v", got, want)
	}
}

func (m *model) retryAny(r *rapid.T) {
	p := bridge.Postponement{
		At:      m.clock.Now().Add(time.Duration(rapid.IntRange(0, 60).Draw(r, "seconds")) * time.Second),
		Attempt: rapid.Bool().Draw(r, "attempt"),
		Done:    drawDone.Draw(r, "done"),
	}
	if rapid.Bool().Draw(r, "unknown") {
		p.Intent = &bridge.Intent{Piece: bridge.Words("x")}
	}

	d, l := m.withClaim(r, func(c bridge.Claim) error {
		if m.all[c.Delivery.ID].unsure && rapid.Bool().Draw(r, "unsure") {
			p.Unsure, p.Intent, p.Done = true, nil, nil
		}

		return m.Retry(m.ctx, c, p)
	})
	if d == nil {
		return
	}

	if p.Attempt {
		d.attempts++
	}

	d.intent, d.started, d.unsure, d.done, d.due = p.Intent != nil, false, p.Unsure, p.Done, p.At
	l.claim, l.retry = nil, p.At
}

func (m *model) releaseAny(r *rapid.T) {
	at := m.clock.Now().Add(time.Duration(rapid.IntRange(0, 60).Draw(r, "seconds")) * time.Second)

	if d, l := m.withClaim(r, func(c bridge.Claim) error { return m.Release(m.ctx, c, at) }); d != nil {
		l.claim, l.retry = nil, at
	}
}

func (m *model) requeueAny(r *rapid.T) {
	id := bridge.DeliveryID(rapid.IntRange(1, len(m.all)+1).Draw(r, "id"))
	err := m.Requeue(m.ctx, id)

	switch d := m.all[id]; {
	case d == nil:
		m.missing("requeue", err)
	case d.state != bridge.Failed && d.state != bridge.Uncertain:
		m.conflict("requeue", err)
	default:
		m.must(err)

		d.intent = d.intent && d.state == bridge.Uncertain
		d.state, d.attempts, d.due, d.told = bridge.Queued, 0, time.Time{}, false
	}
}

func (m *model) pauseAny(r *rapid.T) {
	l := drawLane(r)
	p := bridge.Pause{Installation: l.Link.Installation, Direction: l.Direction, Cause: bridge.PauseTopic}

	if m.paused[p] {
		m.must(m.Resume(m.ctx, p))
	} else {
		m.must(m.Pause(m.ctx, p))
	}

	m.paused[p] = !m.paused[p]
}

// reopenNow forgets what is not durable: claims, releases, and what was meant
// to be sent without waiting for the disk.
func (m *model) reopenNow(*rapid.T) {
	m.reopen()

	for k, l := range m.lanes {
		l.claim, l.retry = nil, time.Time{}

		for _, d := range m.all {
			if d.lane != k || d.state != bridge.Queued {
				continue
			}

			if d.due.After(l.retry) {
				l.retry = d.due
			}

			if d.started {
				d.intent, d.started, d.unsure = false, false, true
			}
		}
	}
}

// finish empties the lanes, and checks that everything accepted is final, and
// was settled as the model says.
func (m *model) finish() {
	for p, held := range m.paused {
		if held {
			m.must(m.Resume(m.ctx, p))
		}
	}

	m.clock.pass(time.Hour)

	for range len(m.all) + 1 {
		for _, c := range m.bench.claims(100) {
			m.ack(c)

			d := m.all[c.Delivery.ID]
			if d == nil || d.state != bridge.Queued {
				m.r.Fatalf("%v was settled twice", c.Delivery.ID)
			}

			d.state = bridge.Delivered
		}
	}

	for id, d := range m.all {
		if got := m.delivery(id); got.State != d.state {
			m.r.Fatalf("delivery %v is %s, want %s", id, got.State, d.state)
		}
	}

	m.stats(0, 0, 0)
}
