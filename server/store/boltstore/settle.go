package boltstore

import (
	"context"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// Begin implements bridge.Lanes.
func (s *Store) Begin(ctx context.Context, c bridge.Claim, intent bridge.Intent, done []bridge.MessageID) error {
	var l *lane

	return s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if l, err = s.index.hold(c); err != nil {
				return err
			}

			p, err := t.progress(c.Delivery.ID)
			if err != nil {
				return s.letGo(l, err)
			}

			p.intent, p.done = &intent, done
			t.putProgress(c.Delivery, p, s.now())

			return nil
		},
		apply: func() {
			l.setBegun(l.claimed, &intent, done)
			s.index.release(l)
		},
		undo: func() { s.index.release(l) },
	})
}

// Retry implements bridge.Lanes.
func (s *Store) Retry(ctx context.Context, c bridge.Claim, p bridge.Postponement) error {
	if err := checkLink(p.Link); err != nil {
		return err
	}

	var l *lane

	return s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if l, err = s.index.hold(c); err != nil {
				return err
			}

			r, err := t.progress(c.Delivery.ID)
			if err != nil {
				return s.letGo(l, err)
			}

			r.due, r.reason, r.intent, r.done = p.At, p.Reason, p.Intent, p.Done
			if p.Attempt {
				r.attempts++
			}

			if err := t.putLink(p.Link); err != nil {
				return s.letGo(l, err)
			}

			t.putProgress(c.Delivery, r, s.now())

			return nil
		},
		apply: func() {
			l.setBegun(l.claimed, p.Intent, p.Done)
			s.index.free(l, p.At.UnixNano())
		},
		undo: func() { s.index.release(l) },
	})
}

// Ack implements bridge.Lanes.
func (s *Store) Ack(ctx context.Context, c bridge.Claim, st bridge.Settlement) error {
	if st.State != bridge.Delivered && st.State != bridge.Skipped {
		return fmt.Errorf("boltstore: ack cannot settle as %q", st.State)
	}

	return s.settle(ctx, c, st)
}

// Bury implements bridge.Lanes.
func (s *Store) Bury(ctx context.Context, c bridge.Claim, st bridge.Settlement) error {
	if st.State != bridge.Failed && st.State != bridge.Uncertain {
		return fmt.Errorf("boltstore: bury cannot settle as %q", st.State)
	}

	return s.settle(ctx, c, st)
}

// settle ends a delivery, with everything that changes with it.
func (s *Store) settle(ctx context.Context, c bridge.Claim, st bridge.Settlement) error {
	now := s.now()
	if st.At.IsZero() {
		st.At = now
	}

	notes, err := checkSettlement(st, now)
	if err != nil {
		return err
	}

	var (
		l      *lane
		number uint64
		sent   bool
	)

	return s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if l, err = s.index.hold(c); err != nil {
				return err
			}

			p, err := t.progress(c.Delivery.ID)
			if err != nil {
				return s.letGo(l, err)
			}

			r := finalRecord(st, p)
			r.late = l.claimed.order < l.mark
			sent = r.sent

			if err := t.putLink(st.Link); err != nil {
				return s.letGo(l, err)
			}

			for _, k := range st.Origins {
				r.origins = t.knowLater(r.origins, k, uint64(c.Delivery.ID), now)
			}

			number = t.finish(uint64(c.Delivery.ID), r, now)
			t.accept(notes, now)

			return nil
		},
		apply: func() {
			x := s.index
			if sent {
				x.pending.raise(l, l.claimed.order, st.At)
			}

			x.pending.settled(uint64(c.Delivery.ID), number, countedAs(c.Delivery.Lane, st.State, st.Reason))
			s.enqueued(notes)

			done := l.claimed
			x.free(l, 0)
			x.drop(l, done)
		},
		undo: func() { s.index.release(l) },
	})
}

// checkSettlement refuses what could not be stored, before it shares a
// transaction with others, and encodes the notes.
func checkSettlement(st bridge.Settlement, now time.Time) ([]entry, error) {
	if err := checkLink(st.Link); err != nil {
		return nil, err
	}

	for _, k := range st.Origins {
		if err := checkNames(string(k.ID), string(k.Installation)); err != nil {
			return nil, fmt.Errorf("boltstore: origin: %w", err)
		}
	}

	return encodeEntries(st.Notes, now)
}

// finalRecord joins a settlement with what had happened before it.
func finalRecord(st bridge.Settlement, p progressRecord) deliveryRecord {
	r := deliveryRecord{
		state:    st.State,
		reason:   st.Reason,
		attempts: p.attempts,
		done:     p.done,
		settled:  st.At,
		sent: st.State == bridge.Delivered || st.State == bridge.Uncertain ||
			p.intent != nil || len(p.done) > 0,
	}

	if len(st.Remote) > 0 {
		r.done = st.Remote
	}

	if st.State == bridge.Uncertain {
		r.intent = p.intent
	}

	return r
}

// letGo ends the hold of an operation that is refused after all.
func (s *Store) letGo(l *lane, err error) error {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	s.index.release(l)

	return err
}

func (t *txn) progress(id bridge.DeliveryID) (progressRecord, error) {
	return decodeProgress(string(t.get(bucketProgress, numberKey(uint64(id)))))
}

// putProgress stores what happened to a delivery. The ids of its calls done
// are known from now on: they may come back before it is settled.
func (t *txn) putProgress(d bridge.Delivery, p progressRecord, now time.Time) {
	t.put(bucketProgress, numberKey(uint64(d.ID)), p.encode())

	for _, id := range p.done {
		if id == "" {
			continue // was left out
		}

		t.know(bridge.OriginKey{
			Installation: d.Lane.Link.Installation,
			Side:         d.Lane.Direction.Target(),
			ID:           id,
			CreatedAt:    now,
		}, uint64(d.ID), now)
	}
}

// finish moves a delivery from what is queued to what is final, and returns
// its number there.
func (t *txn) finish(id uint64, r deliveryRecord, now time.Time) uint64 {
	key := numberKey(id)

	r.hour, r.id = hourOf(now), id
	r.queue = string(t.get(bucketQueue, key))
	number := t.next(bucketDeliveries)

	t.delete(bucketQueue, key)
	t.delete(bucketProgress, key)

	if t.has(bucketFound, key) {
		t.delete(bucketFound, key)
	}

	t.put(bucketDeliveries, numberKey(number), r.encode())

	return number
}
