package boltstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

const (
	// clearAhead is how many lanes of each side whose turn comes next are cleared
	// with each commit.
	clearAhead = 64
	// clearMost bounds the deliveries that are cleared and wait: after a crash
	// each of them is read back before it is sent.
	clearMost = 256
)

// cleared are the deliveries of which the file says that their first call may
// have been made: one record names them all, and every commit that has
// anything to add writes it again. Whoever claims one of them need not wait
// for a commit of its own before that call.
//
// The file may name more than are here, never fewer.
type cleared struct {
	// waiting are those that nobody has claimed since.
	waiting map[uint64]clearedAt
	// taken are those that somebody has, and what an earlier run left. They
	// stay until something else in the file says what became of them.
	taken map[uint64]takenAt
	// round tells apart what a commit has chosen again.
	round uint32
	// record and names are made anew in the same room for each commit.
	record []byte
	names  []clearedName
}

type clearedAt struct {
	at    int64
	round uint32
}

type takenAt struct {
	at   int64
	lane *lane
}

// clearedName is a delivery with the time since when its first call may have
// been made.
type clearedName struct {
	id uint64
	at int64
}

func newCleared() cleared {
	return cleared{waiting: map[uint64]clearedAt{}, taken: map[uint64]takenAt{}}
}

// take reports whether a claimed delivery of a lane is cleared.
func (c *cleared) take(l *lane, id uint64) bool {
	if w, ok := c.waiting[id]; ok {
		delete(c.waiting, id)
		c.taken[id] = takenAt{w.at, l}
	}

	_, ok := c.taken[id]

	return ok
}

// giveBack undoes take for a delivery of which nothing was sent.
func (c *cleared) giveBack(id uint64) {
	if k, ok := c.taken[id]; ok {
		delete(c.taken, id)
		c.waiting[id] = clearedAt{at: k.at}
	}
}

func (c *cleared) forget(id uint64) {
	delete(c.waiting, id)
	delete(c.taken, id)
}

// clear writes what is cleared from this commit on, when that is more than
// before or something else. What is not any more must not be claimed as such
// while the commit is on its way.
func (s *Store) clear(t *txn) {
	x, now := s.index, s.now().UnixNano()

	x.mu.Lock()
	record := x.choose(t, now)
	x.mu.Unlock()

	if record != nil {
		t.put(bucketMeta, metaCleared, record)
	}
}

// choose decides what is cleared with a commit: what somebody is at, then
// whose turn comes next, then what waits longer. It returns the record, nil
// when the file has it.
func (x *index) choose(t *txn, now int64) []byte {
	c := &x.cleared
	c.round++
	c.names = c.names[:0]
	again := t.closing

	for id, k := range c.taken {
		if t.over[id] {
			again = true
		} else {
			c.names = append(c.names, clearedName{id, k.at})
		}
	}

	most := len(c.names) + clearMost

	if t.closing {
		clear(c.waiting)
	} else {
		x.chooseNext(t, now)
	}

	for id, w := range c.waiting {
		switch {
		case w.round == c.round:
		case len(c.names) >= most:
			delete(c.waiting, id)
		default:
			c.names = append(c.names, clearedName{id, w.at})
		}
	}

	if !again && len(t.clearing) == 0 {
		return nil
	}

	c.record = appendCleared(c.record[:0], c.names, now)

	return c.record
}

// chooseNext clears what is likely to be claimed before the next commit.
func (x *index) chooseNext(t *txn, now int64) {
	for _, l := range t.settling {
		if it, ok := l.following(); ok {
			x.clearOne(t, it.id, now)
		}
	}

	for _, entries := range t.arriving {
		for i := range entries {
			if e := &entries[i]; e.item.id != 0 && x.lanes[e.lane] == nil {
				x.clearOne(t, e.item.id, now)
			}
		}
	}

	for _, side := range sides {
		x.plans[side].upcoming(now, clearAhead, func(l *lane) {
			if it := l.head(); l.begunOf(it.id) == nil {
				x.clearOne(t, it.id, now)
			}
		})
	}
}

// clearOne clears a delivery, or keeps it cleared.
func (x *index) clearOne(t *txn, id uint64, now int64) {
	c := &x.cleared

	w, was := c.waiting[id]
	if was {
		w.round = c.round
		c.waiting[id] = w
	} else if _, taken := c.taken[id]; taken {
		return
	} else {
		w.at = now
		t.clearing = append(t.clearing, clearedName{id, now})
	}

	c.names = append(c.names, clearedName{id, w.at})
}

// clearedBy notes what a commit has cleared.
func (x *index) clearedBy(t *txn) {
	for _, n := range t.clearing {
		x.cleared.waiting[n.id] = clearedAt{at: n.at}
	}
}

// unclear leaves only those cleared of which something may have been sent, so
// that nothing has to be read back after an orderly end.
func (s *Store) unclear() {
	x := s.index

	x.mu.Lock()
	some := len(x.cleared.waiting) > 0
	ended := map[uint64]bool{}

	for id, k := range x.cleared.taken {
		if k.lane.begunOf(id) == nil {
			ended[id], some = true, true
		}
	}
	x.mu.Unlock()

	if !some {
		return
	}

	s.commit([]*op{{
		run: func(t *txn) error {
			t.wrote, t.closing, t.over = true, true, ended

			return nil
		},
		done: make(chan struct{}),
	}})
}

// end says that from this commit on something else in the file tells what
// became of a delivery.
func (t *txn) end(id uint64) {
	if t.over == nil {
		t.over = map[uint64]bool{}
	}

	t.over[id] = true
}

// readCleared finds what an earlier run may have sent without having had the
// time to say so.
func (x *index) readCleared(t *txn) error {
	names, err := decodeCleared(t.get(bucketMeta, metaCleared))
	if err != nil {
		return err
	}

	for _, n := range names {
		raw := t.get(bucketQueue, numberKey(n.id))
		if raw == nil || x.pending.place(n.id) != 0 {
			continue // settled since
		}

		key, order, accepted, err := queuePlace(raw)
		if err != nil {
			return fmt.Errorf("delivery %d: %w", n.id, err)
		}

		l := x.lane(string(key))
		if l.begunOf(n.id) != nil {
			continue // its progress tells more
		}

		l.setUnsure(item{order: order, id: n.id, ready: accepted}, n.at)
		x.cleared.taken[n.id] = takenAt{n.at, l}
	}

	return nil
}

// Start implements bridge.Lanes.
func (s *Store) Start(ctx context.Context, c bridge.Claim, intent bridge.Intent, lease time.Duration) error {
	return s.change(ctx, c, func(l *lane, now time.Time) error {
		id := l.claimed.id
		if _, ok := s.index.cleared.taken[id]; !ok || l.begunOf(id) != nil {
			return bridge.ErrConflict
		}

		l.setBegun(l.claimed, &intent, nil)
		l.lease = now.Add(lease).UnixNano()
		s.index.update(l)

		return nil
	})
}

// appendCleared writes names with how long before now they were cleared, in
// milliseconds and rather too long.
func appendCleared(b []byte, names []clearedName, now int64) []byte {
	b = append(b, recordVersion)
	b = binary.AppendVarint(b, now)
	b = binary.AppendUvarint(b, uint64(len(names)))

	for _, n := range names {
		b = binary.AppendUvarint(b, n.id)
		b = binary.AppendUvarint(b, uint64(max(now-n.at, 0)/int64(time.Millisecond)+1))
	}

	return b
}

func decodeCleared(b []byte) ([]clearedName, error) {
	if len(b) == 0 {
		return nil, nil
	}

	d := decoder{s: string(b)}
	d.version()

	now, n := d.int(), d.uint()
	if n > uint64(len(b)) {
		d.bad, n = true, 0
	}

	names := make([]clearedName, n)
	for i := range names {
		names[i] = clearedName{id: d.uint(), at: now - int64(d.uint())*int64(time.Millisecond)}
	}

	return names, d.err("cleared")
}
