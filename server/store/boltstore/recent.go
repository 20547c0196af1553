package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"sellerchat/server/bridge"
)

// recentKept is how many final deliveries of a lane are kept at hand.
const recentKept = 10

// readRecent reads the ids of a lane's latest final deliveries, oldest first.
func readRecent(b []byte) []uint64 {
	ids := make([]uint64, 0, len(b)/8)
	for ; len(b) >= 8; b = b[8:] {
		ids = append(ids, readNumber(b))
	}

	return ids
}

func recentValue(ids []uint64) []byte {
	b := make([]byte, 0, 8*len(ids))
	for _, id := range ids {
		b = binary.BigEndian.AppendUint64(b, id)
	}

	return b
}

// latest joins two lists, each oldest first, of which later continues earlier.
// An id in both, which was put back and settled again, counts where it came
// last.
func latest(earlier, later []uint64) []uint64 {
	ids := slices.DeleteFunc(slices.Clone(earlier), func(id uint64) bool { return slices.Contains(later, id) })
	ids = append(ids, later...)

	return ids[max(0, len(ids)-recentKept):]
}

// push adds the latest to a list.
func push(ids []uint64, id uint64) []uint64 {
	ids = append(slices.DeleteFunc(ids, func(known uint64) bool { return known == id }), id)

	return ids[max(0, len(ids)-recentKept):]
}

// Recent implements bridge.Lanes.
func (s *Store) Recent(ctx context.Context, lane bridge.LaneKey, most int) ([]bridge.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	key := laneKey(lane)
	queued, settled := s.index.recent(key, most)

	var ids []uint64

	err := s.view(func(t *txn) error {
		ids = latest(readRecent(t.get(bucketRecent, []byte(key))), settled)

		return nil
	})
	if err != nil {
		return nil, err
	}

	ids = latest(ids, queued)
	slices.Reverse(ids)

	list := make([]bridge.Delivery, 0, min(most, len(ids)))

	for _, id := range ids[:min(most, len(ids))] {
		d, err := s.Delivery(ctx, bridge.DeliveryID(id))
		if errors.Is(err, bridge.ErrNotFound) {
			continue // swept
		}

		if err != nil {
			return nil, fmt.Errorf("read delivery: %w", err)
		}

		list = append(list, d)
	}

	return list, nil
}

// recent returns what waits in a lane and what became final in it and is not in
// the file yet: ids, oldest first.
func (x *index) recent(lane string, most int) (queued, settled []uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()

	if l := x.lanes[lane]; l != nil {
		for _, it := range l.items[max(0, len(l.items)-most):] {
			queued = append(queued, it.id)
		}
	}

	return queued, latest(x.pending.flushing.recent[lane], x.pending.fresh.recent[lane])
}
