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

	for _, h := range seenHours(k) {
		if h == 0 && hour != 0 && !t.anyUntimed() {
			break
		}

		binary.BigEndian.PutUint32(at, h)

		if id, found := t.pendingOrigin(at); found {
			return at, id, true
		}

		if v := t.get(bucketSeen, at); v != nil {
			return at, readNumber(v), true
		}
	}

	binary.BigEndian.PutUint32(at, hour)

	return at, 0, false
}

// seenHours are the hours under which a key may stand.
func seenHours(k bridge.OriginKey) [3]uint32 {
	return [...]uint32{hourOf(k.CreatedAt), nearHour(k.CreatedAt), 0}
}

// origin finds an origin key that is not in the file yet; none without a time
// is pending.
func (x *index) origin(k bridge.OriginKey) (uint64, bool) {
	hours := seenHours(k)
	at := seenKey(k, 0)

	x.mu.Lock()
	defer x.mu.Unlock()

	for _, h := range hours[:2] {
		binary.BigEndian.PutUint32(at, h)

		if id, found := x.pending.origin(at); found {
			return id, true
		}
	}

	return 0, false
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
		t.moveOrigin(at, id)

		return
	}

	t.learn(at, numberKey(id), now)
}

// knowLater leaves it to pending to store an origin key of a settlement, whose
// record keeps those that are added to keys. The keys of one side are random.
func (t *txn) knowLater(keys []string, k bridge.OriginKey, id uint64, now time.Time) []string {
	at, was, found := t.origin(k)

	switch {
	case k.ID == "" || (found && was == id):
		return keys
	case binary.BigEndian.Uint32(at) == 0:
		t.know(k, id, now)

		return keys
	}

	t.pendOrigin(at, id)

	return append(keys, string(at))
}

func (t *txn) pendOrigin(at []byte, id uint64) {
	if t.origins == nil {
		t.origins = map[string]uint64{}
	}

	t.origins[string(at)] = id
}

// pendingOrigin returns what the file does not have yet of a seen key.
func (t *txn) pendingOrigin(at []byte) (uint64, bool) {
	if id, found := t.origins[string(at)]; found {
		return id, true
	}

	if t.pending == nil {
		return 0, false
	}

	return t.pending.origin(at)
}

// moveOrigin lets a key that is known stand for another delivery. It may be
// pending, or among the deliveries from which pending is made when the file is
// opened: what they say is older than the settlement to come, whose number
// stands behind the delivery.
func (t *txn) moveOrigin(at []byte, id uint64) {
	t.put(bucketSeen, at, binary.BigEndian.AppendUint64(numberKey(id), t.bucket(bucketDeliveries).Sequence()+1))

	if _, found := t.pendingOrigin(at); found {
		t.pendOrigin(at, id)
	}
}

// seenBefore is the number that moveOrigin put into the value of a seen key;
// zero when it did not.
func seenBefore(v []byte) uint64 {
	if len(v) < 16 {
		return 0
	}

	return readNumber(v[8:])
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

	// First the memory, then the file: what is in neither was not known when
	// this began.
	id, found := s.index.origin(key)
	if found {
		return bridge.DeliveryID(id), nil
	}

	err := s.view(func(t *txn) error {
		if _, id, found = t.origin(key); !found {
			return bridge.ErrNotFound
		}

		return nil
	})

	return bridge.DeliveryID(id), err
}
