package boltstore

import (
	"context"
	"encoding/binary"
	"time"

	"sellerchat/server/bridge"
)

// origin finds an origin key: where it is stored and with which delivery. Two
// paths may tell creation times that differ by minutes, and one of them none,
// so that the nearer hour beside is looked at too, and what has no time.
func (t *txn) origin(k bridge.OriginKey) (at []byte, id uint64, found bool) {
	if k.ID == "" {
		return nil, 0, false
	}

	hour := hourOf(k.CreatedAt)
	at = seenKey(k, hour)

	for _, h := range [...]uint32{hour, nearHour(k.CreatedAt), 0} {
		if h == 0 && hour != 0 && !t.anyUntimed() {
			break
		}

		binary.BigEndian.PutUint32(at, h)

		if v := t.get(bucketSeen, at); v != nil {
			return at, readNumber(v), true
		}
	}

	binary.BigEndian.PutUint32(at, hour)

	return at, 0, false
}

// nearHour is the hour beside that is less than thirty minutes away; zero
// without a time.
func nearHour(t time.Time) uint32 {
	hour := hourOf(t)

	switch {
	case hour == 0:
		return 0
	case t.Minute() < 30:
		return hour - 1
	default:
		return hour + 1
	}
}

// anyUntimed reports whether any key has no time: where none has, nobody need
// look for one. It looks once in a transaction.
func (t *txn) anyUntimed() bool {
	if !t.untimedRead {
		k, _ := t.bucket(bucketUntimed).Cursor().First()
		t.untimed, t.untimedRead = k != nil, true
	}

	return t.untimed
}

// know stores an origin key with the delivery that it now stands for.
func (t *txn) know(k bridge.OriginKey, id uint64, now time.Time) {
	at, was, found := t.origin(k)
	if k.ID == "" || (found && was == id) {
		return
	}

	if found {
		t.put(bucketSeen, at, numberKey(id))

		return
	}

	t.learn(at, numberKey(id), now)
}

// learn stores a seen key that is new; one without a time also under the hour
// in which it came.
func (t *txn) learn(at, id []byte, now time.Time) {
	t.put(bucketSeen, at, id)

	if binary.BigEndian.Uint32(at) == 0 {
		t.put(bucketUntimed, append(hourKey(hourOf(now)), at...), present)
		t.untimed, t.untimedRead = true, true
	}
}

// Known implements bridge.Lanes.
func (s *Store) Known(ctx context.Context, key bridge.OriginKey) (bridge.DeliveryID, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}

	var id uint64

	err := s.view(func(t *txn) error {
		var found bool
		if _, id, found = t.origin(key); !found {
			return bridge.ErrNotFound
		}

		return nil
	})

	return bridge.DeliveryID(id), err
}
