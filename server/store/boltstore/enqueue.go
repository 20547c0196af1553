package boltstore

import (
	"context"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// entry is an accepted message, encoded before it reaches the writer.
type entry struct {
	origin bridge.OriginKey
	lane   string
	item   item
	queue  []byte
	// apart is the text, when it is not part of the queue record.
	apart []byte
	// found is the installation of what only a comparison found.
	found bridge.InstallationID
}

// encodeEntries checks and encodes, outside the writer's goroutine.
func encodeEntries(entries []bridge.Entry, now time.Time) ([]entry, error) {
	out := make([]entry, len(entries))

	for i, e := range entries {
		k := e.Lane.Link
		if e.Lane.Direction < bridge.In || int(e.Lane.Direction) > len(bridge.Directions) {
			return nil, fmt.Errorf("boltstore: entry has no direction")
		}

		if err := checkNames(string(k.Installation), string(k.Shop), string(k.Conversation),
			string(e.Origin.ID), string(e.Origin.Installation)); err != nil {
			return nil, fmt.Errorf("boltstore: entry: %w", err)
		}

		r := queueRecord{
			lane:     e.Lane,
			order:    orderOf(e.Message, now),
			accepted: now,
			path:     e.Path,
			about:    e.About,
			message:  e.Message,
		}
		key := laneKey(e.Lane)
		record, apart := r.encodeWithText(key)

		out[i] = entry{
			origin: e.Origin,
			lane:   key,
			item:   item{order: r.order, ready: now.Add(max(e.Wait, 0)).UnixNano()},
			queue:  record,
			apart:  apart,
		}

		if e.Path == bridge.PathReconcile {
			out[i].found = k.Installation
		}
	}

	return out, nil
}

// accept stores entries whose origin is not known, and numbers them.
func (t *txn) accept(entries []entry, now time.Time) []bridge.Accepted {
	out := make([]bridge.Accepted, len(entries))

	for i := range entries {
		e := &entries[i]

		at, known, found := t.origin(e.origin)
		if found {
			out[i] = bridge.Accepted{ID: bridge.DeliveryID(known), Duplicate: true}

			continue
		}

		e.item.id = t.next(bucketQueue)
		id := numberKey(e.item.id)

		t.put(bucketQueue, id, e.queue)

		if e.apart != nil {
			t.put(bucketTexts, id, e.apart)
		}

		if e.found != "" {
			t.put(bucketFound, id, []byte(e.found))
		}

		if at != nil {
			t.learn(at, id, now)
		}

		out[i].ID = bridge.DeliveryID(e.item.id)
	}

	return out
}

// enqueued puts what was accepted into the lanes.
func (s *Store) enqueued(entries []entry) {
	for _, e := range entries {
		if e.item.id == 0 {
			continue // a duplicate
		}

		s.index.add(e.lane, e.item)
	}
}

// Enqueue implements bridge.Lanes.
func (s *Store) Enqueue(ctx context.Context, entries ...bridge.Entry) ([]bridge.Accepted, error) {
	now := s.now()

	encoded, err := encodeEntries(entries, now)
	if err != nil {
		return nil, err
	}

	var out []bridge.Accepted

	err = s.do(ctx, &op{
		run: func(t *txn) error {
			out = t.accept(encoded, now)
			t.arriving = append(t.arriving, encoded)

			return nil
		},
		apply: func() { s.enqueued(encoded) },
	})
	if err != nil {
		return nil, err
	}

	return out, nil
}
