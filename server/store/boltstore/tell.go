package boltstore

import (
	"context"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// Overdue implements bridge.Lanes.
func (s *Store) Overdue(ctx context.Context, d bridge.Direction, before time.Time, limit int) ([]bridge.LaneKey, error) {
	var found []bridge.LaneKey

	// Group by group, so that nobody waits for a look at all lanes.
	for _, g := range s.index.groups(d) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}

		if found = s.index.overdue(found, g, before.UnixNano(), limit); len(found) >= limit {
			break
		}
	}

	return found, nil
}

// groups returns those of a direction whose installation is still there.
func (x *index) groups(d bridge.Direction) []*group {
	x.mu.Lock()
	defer x.mu.Unlock()

	var found []*group

	for _, t := range x.tenants {
		for _, g := range t.groups {
			if g.direction == d && t.gone.IsZero() {
				found = append(found, g)
			}
		}
	}

	return found
}

// overdue adds the lanes of a group, up to a limit of all found.
func (x *index) overdue(found []bridge.LaneKey, g *group, before int64, limit int) []bridge.LaneKey {
	x.mu.Lock()
	defer x.mu.Unlock()

	for _, l := range g.lanes.all {
		if len(found) >= limit {
			break
		}

		if l.overdue(before) {
			found = append(found, readLaneKey(l.key))
		}
	}

	return found
}

// tale is a delivery that somebody is told of, and its lane.
type tale struct {
	lane string
	item item
}

// Tell implements bridge.Lanes.
func (s *Store) Tell(ctx context.Context, told []bridge.DeliveryID, notes ...bridge.Entry) error {
	now := s.now()

	encoded, err := encodeEntries(notes, now)
	if err != nil {
		return err
	}

	var (
		tales []tale
		kept  []entry
	)

	return s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if tales, err = t.tell(told); err != nil {
				return err
			}

			for i, n := range notes {
				if slices.ContainsFunc(tales, func(tl tale) bool { return tl.item.id == uint64(n.About) }) {
					kept = append(kept, encoded[i])
				}
			}

			t.accept(kept, now)

			return nil
		},
		apply: func() {
			for _, tl := range tales {
				if l := s.index.lanes[tl.lane]; l != nil {
					l.tell(tl.item)
				}
			}

			s.enqueued(kept)
		},
	})
}

// tell marks those of the deliveries that are queued, and returns them.
func (t *txn) tell(ids []bridge.DeliveryID) ([]tale, error) {
	var (
		tales   []tale
		records []progressRecord
	)

	for _, id := range ids {
		raw := t.queueRecord(uint64(id))
		if raw == nil {
			continue
		}

		lane, order, _, err := queuePlace(raw)
		if err != nil {
			return nil, err
		}

		tales = append(tales, tale{string(lane), item{order: order, id: uint64(id)}})

		p, err := t.progress(id)
		if err != nil {
			return nil, err
		}

		p.told = true
		records = append(records, p)
	}

	for i, p := range records {
		t.put(bucketProgress, numberKey(tales[i].item.id), p.encode())
	}

	return tales, nil
}
