package boltstore

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// rebuild makes the index from the file.
func (s *Store) rebuild(ctx context.Context, t *txn) error {
	x := s.index

	for k := range t.scan(bucketPauses, nil) {
		p := readPauseKey(k)
		tn := x.tenant(p.Installation)
		tn.pauses = append(tn.pauses, p)
	}

	for k, v := range t.scan(bucketTombstones, nil) {
		x.tenant(bridge.InstallationID(k)).gone, _ = readTombstone(v)
	}

	// In this order: what was settled since the last flush still has its queue
	// record.
	if err := x.readSettled(t); err != nil {
		return err
	}

	if err := x.readQueue(ctx, t); err != nil {
		return err
	}

	if err := errors.Join(x.readProgress(t), x.readCleared(t)); err != nil {
		return err
	}

	for _, l := range x.lanes {
		x.update(l)
	}

	for _, tn := range x.tenants {
		if !tn.gone.IsZero() && len(tn.groups) > 0 {
			x.leaving = append(x.leaving, tn)
		}
	}

	return nil
}

// readQueue puts what is queued into the lanes. Nothing waits for an earlier
// message any more: whatever was to come has had its time.
func (x *index) readQueue(ctx context.Context, t *txn) error {
	n := 0

	for k, v := range t.scan(bucketQueue, nil) {
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}

		if x.pending.place(readNumber(k)) != 0 {
			continue // final
		}

		key, order, accepted, err := queuePlace(v)
		if err != nil {
			return fmt.Errorf("delivery %d: %w", readNumber(k), err)
		}

		l := x.lanes[string(key)]
		if l == nil {
			l = x.lane(string(key))
		}

		l.insert(item{order: order, id: readNumber(k), ready: accepted})
		x.queued[l.group.direction]++
	}

	return nil
}

// readSettled finds what is derived from final deliveries and not in the file
// yet.
func (x *index) readSettled(t *txn) error {
	p := &x.pending
	p.upTo = readNumber(t.get(bucketMeta, metaDerived))
	p.last = p.upTo

	c := t.bucket(bucketDeliveries).Cursor()
	for k, v := c.Seek(numberKey(p.upTo + 1)); k != nil; k, v = c.Next() {
		r, err := decodeDelivery(string(v))
		if err != nil {
			return fmt.Errorf("settlement %d: %w", readNumber(k), err)
		}

		for _, at := range r.origins {
			if seenBefore(t.get(bucketSeen, []byte(at))) <= readNumber(k) {
				p.fresh.origins[at] = r.id
			}
		}

		lane, order, _, err := queuePlace([]byte(r.queue))
		if err != nil {
			return fmt.Errorf("delivery %d: %w", r.id, err)
		}

		x.recount(t, r, string(lane), readNumber(k))

		if r.sent {
			x.remember(t, string(lane), mark{order, r.settled.UnixNano()})
		}
	}

	return nil
}

// recount notes a settlement, which a flush that was cut short may have counted
// already.
func (x *index) recount(t *txn, r deliveryRecord, lane string, number uint64) {
	as := countedAs(readLaneKey(lane), r.state, r.reason)
	x.pending.settled(lane, r.id, number, as)

	if _, upTo := readCount(t.get(bucketCounts, as.key())); upTo >= number {
		x.pending.fresh.counts[as]--
	}
}

// remember notes a mark, joined with what is known of it.
func (x *index) remember(t *txn, lane string, m mark) {
	known, dirty := x.pending.mark(lane)
	if !dirty {
		known = readMark(t.get(bucketMarks, []byte(lane)))
	}

	x.pending.fresh.marks[lane] = known.join(m)
}

// readProgress finds what was begun or backs off.
func (x *index) readProgress(t *txn) error {
	for k, v := range t.scan(bucketProgress, nil) {
		id := readNumber(k)

		r, err := decodeProgress(string(v))
		if err != nil {
			return fmt.Errorf("delivery %d: %w", id, err)
		}

		lane, order, accepted, err := queuePlace(t.get(bucketQueue, k))
		if err != nil {
			return fmt.Errorf("delivery %d: %w", id, err)
		}

		l := x.lane(string(lane))
		l.setBegun(item{order: order, id: id, ready: accepted}, r.intent, r.done)

		if !r.due.IsZero() {
			l.retry = max(l.retry, r.due.UnixNano())
		}

		if r.told {
			l.tell(item{order: order, id: id})
		}
	}

	return nil
}
