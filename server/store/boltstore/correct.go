package boltstore

import (
	"context"
	"encoding/binary"
	"fmt"

	"sellerchat/server/bridge"
)

// Correct implements bridge.Lanes. The record stays at its place.
func (s *Store) Correct(ctx context.Context, id bridge.DeliveryID, st bridge.Settlement) error {
	now := s.now()
	if st.At.IsZero() {
		st.At = now
	}

	notes, err := checkSettlement(st, now)
	if err != nil {
		return err
	}

	var (
		lane  string
		order uint64
	)

	return s.do(ctx, &op{
		alone: true,
		run: func(t *txn) error {
			place := s.place(t, uint64(id))

			r, err := t.correctable(uint64(id), place, st.State)
			if err != nil {
				return err
			}

			key, at, _, err := queuePlace([]byte(r.queue))
			if err != nil {
				return err
			}

			lane, order = string(key), at

			link, err := t.changedLink(readLaneKey(lane).Link, st.Link)
			if err != nil {
				return err
			}

			// What is derived from it goes to the file before it changes.
			s.index.pending.writeAll(t)
			t.recount(readLaneKey(lane), r, st)
			t.raiseMark(key, mark{order, st.At.UnixNano()})
			t.putLink(link)

			for _, k := range st.Origins {
				t.know(k, uint64(id), now)
			}

			t.put(bucketDeliveries, numberKey(place), r.corrected(st).encode())
			t.accept(notes, now)

			return nil
		},
		apply: func() {
			s.index.pending.cleared()
			s.index.raise(lane, order)
			s.enqueued(notes)
		},
	})
}

// correctable returns a delivery that did not end as it is said to have.
func (t *txn) correctable(id, place uint64, to bridge.State) (deliveryRecord, error) {
	r, err := t.requeueable(id, place)
	if err != nil {
		return r, err
	}

	switch {
	case to == bridge.Delivered, to == bridge.Failed && r.state == bridge.Uncertain:
	case to == bridge.Failed:
		return r, bridge.ErrConflict
	default:
		return r, fmt.Errorf("boltstore: correct cannot settle as %q", to)
	}

	q, err := decodeQueue(r.queue)
	if err != nil {
		return r, fmt.Errorf("delivery %d: %w", id, err)
	}

	if t.has(bucketTombstones, []byte(q.lane.Link.Installation)) {
		return r, bridge.ErrConflict
	}

	return r, nil
}

// corrected is the record after a correction.
func (r deliveryRecord) corrected(st bridge.Settlement) deliveryRecord {
	r.state, r.reason, r.settled, r.sent = st.State, st.Reason, st.At, true

	if len(st.Remote) > 0 {
		r.done = st.Remote
	}

	if st.State == bridge.Delivered {
		r.intent = nil
	}

	return r
}

// raise lifts the mark of a lane in memory to what the file has by now.
func (x *index) raise(lane string, order uint64) {
	if l := x.lanes[lane]; l != nil && l.marked {
		l.mark = max(l.mark, order)
	}
}

// recount counts a delivery as what it became.
func (t *txn) recount(lane bridge.LaneKey, was deliveryRecord, st bridge.Settlement) {
	t.uncount(countedAs(lane, was.state, was.reason))

	key := countedAs(lane, st.State, st.Reason).key()
	n, upTo := readCount(t.get(bucketCounts, key))
	t.put(bucketCounts, key, binary.BigEndian.AppendUint64(numberKey(n+1), upTo))
}

func (t *txn) raiseMark(lane []byte, m mark) {
	t.put(bucketMarks, lane, readMark(t.get(bucketMarks, lane)).join(m).value())
}
