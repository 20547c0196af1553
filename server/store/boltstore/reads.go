package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// Sent implements bridge.Lanes.
func (s *Store) Sent(_ context.Context, lane bridge.LaneKey) (bridge.Intent, bool) {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	l := s.index.lanes[laneKey(lane)]
	if l == nil {
		return bridge.Intent{}, false
	}

	switch b := l.started(); {
	case b == nil:
		return bridge.Intent{}, false
	case b.intent != nil:
		return *b.intent, true
	default:
		return bridge.Intent{}, b.unsure != 0
	}
}

// Opening implements bridge.Lanes.
func (s *Store) Opening(_ context.Context, id bridge.InstallationID, user bridge.UserID) (bridge.LinkKey, bool) {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	t := s.index.tenants[id]
	if t == nil || t.opening[user] == "" {
		return bridge.LinkKey{}, false
	}

	return readLaneKey(t.opening[user]).Link, true
}

// Delivery implements bridge.Lanes.
func (s *Store) Delivery(ctx context.Context, id bridge.DeliveryID) (bridge.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return bridge.Delivery{}, err
	}

	var d bridge.Delivery

	find := func(t *txn) (err error) {
		d, err = s.locate(t, uint64(id))

		return err
	}

	err := s.view(find)
	if errors.Is(err, bridge.ErrNotFound) {
		// It may have become final between a look at the memory and one at the
		// file. The writer has both as they belong together.
		err = s.do(ctx, &op{alone: true, run: find})
	}

	if err != nil || d.State.Final() {
		return d, err
	}

	s.index.watch(&d, s.now())

	return d, nil
}

// Waiting implements bridge.Lanes.
func (s *Store) Waiting(ctx context.Context, lane bridge.LaneKey, limit int) ([]bridge.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	items := s.index.front(laneKey(lane), limit)
	if len(items) == 0 {
		return nil, nil
	}

	waiting := make([]bridge.Delivery, 0, len(items))

	err := s.view(func(t *txn) error {
		for _, it := range items {
			d, err := t.queued(it.id)
			if errors.Is(err, bridge.ErrNotFound) {
				continue // settled since
			}

			if err != nil {
				return err
			}

			waiting = append(waiting, d)
		}

		return nil
	})
	if err != nil {
		return nil, err
	}

	for i := range waiting {
		s.index.watch(&waiting[i], s.now())
	}

	return slices.DeleteFunc(waiting, func(d bridge.Delivery) bool { return d.State.Final() }), nil
}

// front returns the first items of a lane in the order in which they go.
func (x *index) front(key string, limit int) []item {
	x.mu.Lock()
	defer x.mu.Unlock()

	l := x.lanes[key]
	if l == nil || len(l.items) == 0 || limit < 1 {
		return nil
	}

	var first []item

	for _, b := range l.begun {
		if b.intent != nil {
			first = append(first, b.item)
		}
	}

	for _, b := range l.begun {
		if b.intent == nil {
			first = append(first, b.item)
		}
	}

	begun := len(first)

	for _, it := range l.items {
		if len(first) >= limit {
			break
		}

		if !slices.ContainsFunc(first[:begun], func(b item) bool { return b.id == it.id }) {
			first = append(first, it)
		}
	}

	return first[:min(len(first), limit)]
}

// watch completes a queued delivery with what only the index knows.
func (x *index) watch(d *bridge.Delivery, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()

	if t := x.tenants[d.Lane.Link.Installation]; t != nil && !t.gone.IsZero() {
		d.State, d.Reason, d.SettledAt = bridge.Skipped, bridge.SkipUninstalled, t.gone

		return
	}

	l := x.lanes[laneKey(d.Lane)]
	if l == nil {
		return
	}

	if b := l.begunOf(uint64(d.ID)); b != nil {
		b.tell(d)
	}

	if l.epoch == 0 || l.claimed.id != uint64(d.ID) {
		return
	}

	if l.busy || l.lease > now.UnixNano() {
		d.State = bridge.Sending
	}
}

// locate reads a delivery, final or not; ErrNotFound.
func (s *Store) locate(t *txn, id uint64) (bridge.Delivery, error) {
	d, err := t.final(id, s.place(t, id))
	if errors.Is(err, bridge.ErrNotFound) {
		return t.queued(id)
	}

	return d, err
}

// place returns the number of a final delivery, zero when none is known.
func (s *Store) place(t *txn, id uint64) uint64 {
	s.index.mu.Lock()
	n := s.index.pending.place(id)
	s.index.mu.Unlock()

	return cmp.Or(n, readNumber(t.get(bucketPlaces, numberKey(id))))
}

// final reads a delivery that is final, at its place; ErrNotFound.
func (t *txn) final(id, place uint64) (bridge.Delivery, error) {
	key := numberKey(place)

	raw := t.get(bucketDeliveries, key)
	if raw == nil {
		raw = t.get(bucketArchive, key)
	}

	if raw == nil {
		return bridge.Delivery{}, bridge.ErrNotFound
	}

	r, err := decodeDelivery(string(raw))
	if err != nil {
		return bridge.Delivery{}, fmt.Errorf("delivery %d: %w", id, err)
	}

	q, err := decodeQueue(r.queue)
	if err != nil {
		return bridge.Delivery{}, fmt.Errorf("delivery %d: %w", id, err)
	}

	d := q.delivery(id)
	d.State, d.Reason, d.Attempts, d.Done = r.state, r.reason, r.attempts, r.done
	d.Intent, d.Late, d.Told, d.SettledAt = r.intent, r.late, r.told, r.settled

	return d, t.readParts(numberKey(id), q.text, &d.Message)
}

// Stats implements bridge.Lanes.
func (s *Store) Stats(ctx context.Context) (bridge.Stats, error) {
	if err := ctx.Err(); err != nil {
		return bridge.Stats{}, err
	}

	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	st := bridge.Stats{Queued: map[bridge.Direction]int{}, Lanes: len(s.index.lanes)}
	for _, d := range bridge.Directions {
		st.Queued[d] = s.index.queued[d]
	}

	for _, t := range s.index.leaving {
		for _, g := range t.groups {
			st.Lanes -= g.lanes.len()

			for _, l := range g.lanes.all {
				st.Queued[g.direction] -= len(l.items)
			}
		}
	}

	return st, nil
}
