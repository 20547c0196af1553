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
			t.end(uint64(c.Delivery.ID))

			return nil
		},
		apply: func() {
			l.setBegun(l.claimed, &intent, done)
			s.index.cleared.forget(l.claimed.id)
			s.index.release(l)
		},
		undo: func() { s.index.release(l) },
	})
}

// Retry implements bridge.Lanes.
func (s *Store) Retry(ctx context.Context, c bridge.Claim, p bridge.Postponement) error {
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

			link, err := t.changedLink(c.Delivery.Lane.Link, p.Link)
			if err != nil {
				return s.letGo(l, err)
			}

			t.putLink(link)
			t.putProgress(c.Delivery, r, s.now())

			if !p.Unsure {
				t.end(uint64(c.Delivery.ID))
			}

			return nil
		},
		apply: func() {
			if !p.Unsure {
				l.setBegun(l.claimed, p.Intent, p.Done)
				s.index.cleared.forget(l.claimed.id)
			}

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
		l     *lane
		ended []ending
	)

	return s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if l, err = s.index.hold(c); err != nil {
				return err
			}

			if ended, err = s.endings(t, l, st); err != nil {
				return s.letGo(l, err)
			}

			link, err := t.changedLink(c.Delivery.Lane.Link, st.Link)
			if err != nil {
				return s.letGo(l, err)
			}

			t.putLink(link)

			for _, k := range st.Origins {
				ended[0].record.origins = t.knowLater(ended[0].record.origins, k, uint64(c.Delivery.ID), now)
			}

			for i, e := range ended {
				ended[i].number = t.finish(e.item.id, e.record, now)
			}

			t.accept(notes, now)
			t.settling = append(t.settling, l)

			return nil
		},
		apply: func() {
			s.index.count(l, ended)
			s.enqueued(notes)
			s.index.free(l, 0)

			for _, e := range ended {
				s.index.drop(l, e.item)
			}
		},
		undo: func() { s.index.release(l) },
	})
}

// ending is a delivery that becomes final, and its number among those.
type ending struct {
	item   item
	record deliveryRecord
	number uint64
}

// count notes what became final of a lane.
func (x *index) count(l *lane, ended []ending) {
	for _, e := range ended {
		if e.record.sent {
			x.pending.raise(l, e.item.order, e.record.settled)
		}

		x.pending.settled(l.key, e.item.id, e.number, countedAs(readLaneKey(l.key), e.record.state, e.record.reason))
	}
}

// endings are the records of what a claim's settlement ends, the claimed
// delivery first.
func (s *Store) endings(t *txn, l *lane, st bridge.Settlement) ([]ending, error) {
	var ended []ending

	for _, it := range append([]item{l.claimed}, l.find(st.With)...) {
		p, err := s.progressOf(t, l, it.id)
		if err != nil {
			return nil, err
		}

		r := finalRecord(st, p)
		r.late = it.order < l.mark
		ended = append(ended, ending{item: it, record: r})
	}

	return ended, nil
}

// progressOf reads the progress of a delivery of a held lane, with what was
// started since it was written.
func (s *Store) progressOf(t *txn, l *lane, id uint64) (progressRecord, error) {
	p, err := t.progress(bridge.DeliveryID(id))
	if err != nil || p.intent != nil {
		return p, err
	}

	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	if b := l.begunOf(id); b != nil {
		p.intent = b.intent
		if b.unsure != 0 {
			p.intent = &bridge.Intent{At: time.Unix(0, b.unsure).UTC()}
		}
	}

	return p, nil
}

// checkSettlement refuses what could not be stored, before it shares a
// transaction with others, and encodes the notes.
func checkSettlement(st bridge.Settlement, now time.Time) ([]entry, error) {
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
		told:     p.told,
		sent: st.State == bridge.Delivered || st.State == bridge.Uncertain ||
			p.intent != nil || len(p.done) > 0,
	}

	if len(st.Remote) > 0 {
		r.done = st.Remote
	}

	if st.State == bridge.Uncertain || st.State == bridge.Failed {
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
// its number there. Its queue record goes with what is derived.
func (t *txn) finish(id uint64, r deliveryRecord, now time.Time) uint64 {
	key := numberKey(id)

	r.hour, r.id = hourOf(now), id
	r.queue = string(t.get(bucketQueue, key))
	number := t.next(bucketDeliveries)

	t.finished = append(t.finished, id)

	for _, b := range [...]bucket{bucketProgress, bucketFound} {
		if t.has(b, key) {
			t.delete(b, key)
		}
	}

	t.put(bucketDeliveries, numberKey(number), r.encode())

	return number
}
