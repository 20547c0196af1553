package boltstore

import (
	"context"
	"fmt"

	"sellerchat/server/bridge"
)

// Requeue implements bridge.Lanes. A delivery whose text is gone by now cannot
// be sent again: that is ErrConflict too.
func (s *Store) Requeue(ctx context.Context, id bridge.DeliveryID) error {
	var (
		lane  string
		it    item
		done  []bridge.MessageID
		asked *bridge.Intent
	)

	return s.do(ctx, &op{
		alone: true,
		run: func(t *txn) error {
			place := s.place(t, uint64(id))

			r, err := t.requeueable(uint64(id), place)
			if err != nil {
				return err
			}

			key, order, accepted, err := queuePlace([]byte(r.queue))
			if err != nil {
				return err
			}

			if t.has(bucketTombstones, []byte(readLaneKey(string(key)).Link.Installation)) {
				return bridge.ErrConflict
			}

			lane, it, done = string(key), item{order: order, id: uint64(id), ready: accepted}, r.done
			asked = r.asked()

			// What is derived from it goes to the file before it goes.
			s.index.pending.writeAll(t)
			t.unfinish(place, r)
			t.uncount(countedAs(readLaneKey(lane), r.state, r.reason))

			return nil
		},
		apply: func() {
			s.index.pending.cleared()
			s.index.lane(lane).setBegun(it, asked, done)
			s.index.add(lane, it)
		},
	})
}

// requeueable returns a delivery that somebody may ask to try again.
func (t *txn) requeueable(id, place uint64) (deliveryRecord, error) {
	at := numberKey(place)
	raw := t.get(bucketDeliveries, at)

	switch {
	case raw == nil && (t.has(bucketArchive, at) || t.has(bucketQueue, numberKey(id))):
		return deliveryRecord{}, bridge.ErrConflict
	case raw == nil:
		return deliveryRecord{}, bridge.ErrNotFound
	}

	r, err := decodeDelivery(string(raw))
	if err != nil {
		return r, fmt.Errorf("delivery %d: %w", id, err)
	}

	if r.state != bridge.Failed && r.state != bridge.Uncertain {
		return r, bridge.ErrConflict
	}

	return r, nil
}

// asked is the intent of a delivery whose outcome is unknown, once somebody has
// asked for it to be tried again: what it tells is looked at first.
func (r deliveryRecord) asked() *bridge.Intent {
	if r.state != bridge.Uncertain || r.intent == nil {
		return nil
	}

	in := *r.intent
	in.Asked = true

	return &in
}

// unfinish is the inverse of finish. The calls done are kept; attempts are
// counted anew, since somebody asked for them.
func (t *txn) unfinish(place uint64, r deliveryRecord) {
	key := numberKey(r.id)

	t.delete(bucketDeliveries, numberKey(place))
	t.delete(bucketPlaces, key)
	t.put(bucketQueue, key, []byte(r.queue))

	for _, at := range r.origins {
		if id, found := t.pendingOrigin([]byte(at)); found && id == r.id {
			t.moveOrigin([]byte(at), id)
		}
	}

	if asked := r.asked(); asked != nil || len(r.done) > 0 {
		t.put(bucketProgress, key, progressRecord{done: r.done, intent: asked}.encode())
	}
}
