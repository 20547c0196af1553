package boltstore

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// flushEvery is after how many settlements what is derived from them goes
	// to the file, and so how many are read again when it is opened.
	flushEvery = 8192
	// flushSlice bounds the keys that one commit carries of it.
	flushSlice = 512
)

// derived is what follows from final deliveries and is found by a key of its
// own.
type derived struct {
	// marks are by lane.
	marks map[string]mark
	// places are the numbers in bucketDeliveries, by delivery.
	places map[uint64]uint64
	// origins are the deliveries that seen keys stand for.
	origins map[string]uint64
	// counts are how many came to an end, by what it was.
	counts map[counted]uint64
	// recent are the latest in each lane, oldest first.
	recent map[string][]uint64
}

// mark is the highest order sent in a lane, and when it was last sent in.
type mark struct {
	order uint64
	at    int64
}

func readMark(b []byte) mark {
	m := mark{order: readNumber(b)}
	if len(b) >= 16 {
		m.at = int64(readNumber(b[8:]))
	}

	return m
}

func (m mark) value() []byte { return binary.BigEndian.AppendUint64(numberKey(m.order), uint64(m.at)) }

// join is what both say: a mark never falls.
func (m mark) join(o mark) mark { return mark{max(m.order, o.order), max(m.at, o.at)} }

func newDerived() derived {
	return derived{
		marks: map[string]mark{}, places: map[uint64]uint64{},
		origins: map[string]uint64{}, counts: map[counted]uint64{},
		recent: map[string][]uint64{},
	}
}

// puts are the keys and values in the order in which the file keeps them.
func (d derived) puts() []derivedPut {
	out := make([]derivedPut, 0, len(d.marks)+2*len(d.places)+len(d.origins)+len(d.counts)+len(d.recent))

	for _, lane := range slices.Sorted(maps.Keys(d.marks)) {
		m := d.marks[lane]
		out = append(out, derivedPut{bucket: bucketMarks, key: []byte(lane), number: m.order, at: m.at})
	}

	for _, lane := range slices.Sorted(maps.Keys(d.recent)) {
		out = append(out, derivedPut{bucket: bucketRecent, key: []byte(lane), recent: d.recent[lane]})
	}

	ids := slices.Sorted(maps.Keys(d.places))

	for _, id := range ids {
		out = append(out, derivedPut{bucket: bucketPlaces, key: numberKey(id), number: d.places[id]})
	}

	for _, id := range ids {
		out = append(out, derivedPut{bucket: bucketQueue, key: numberKey(id)})
	}

	for _, at := range slices.Sorted(maps.Keys(d.origins)) {
		out = append(out, derivedPut{bucket: bucketSeen, key: []byte(at), number: d.origins[at]})
	}

	for _, k := range slices.SortedFunc(maps.Keys(d.counts), counted.compare) {
		out = append(out, derivedPut{bucket: bucketCounts, key: k.key(), number: d.counts[k]})
	}

	return out
}

// derivedPut is one key of what is derived; at is set of marks only, recent of
// the latest in a lane. One of bucketQueue is deleted.
type derivedPut struct {
	bucket bucket
	key    []byte
	number uint64
	at     int64
	recent []uint64
}

// putDerived writes one of those that are complete up to a settlement, unless
// the file has a later one already.
func (t *txn) putDerived(p derivedPut, upTo uint64) {
	if p.bucket == bucketQueue {
		t.delete(p.bucket, p.key)

		return
	}

	had := t.get(p.bucket, p.key)

	switch p.bucket {
	case bucketMarks:
		t.put(p.bucket, p.key, readMark(had).join(mark{p.number, p.at}).value())
	case bucketCounts:
		t.addCount(p.key, p.number, upTo)
	case bucketRecent:
		t.put(p.bucket, p.key, recentValue(latest(readRecent(had), p.recent)))
	case bucketSeen:
		if seenBefore(had) <= upTo {
			t.put(p.bucket, p.key, numberKey(p.number))
		}
	default:
		t.put(p.bucket, p.key, numberKey(p.number))
	}
}

// pending is what is derived from deliveries, as far as the file does not have
// it yet. Its keys lie far apart, so that writing each with its settlement
// would touch a page of its own: they go there later, many at a time in their
// order. Until then bucketDeliveries tells what they are.
type pending struct {
	fresh derived
	// flushing is on its way to the file: puts are those still to come.
	flushing derived
	puts     []derivedPut
	upTo     uint64

	// last is the last number in bucketDeliveries, since how many of them came
	// after the last flush began.
	last  uint64
	since int
}

// mark returns a lane's mark that is not in the file yet.
func (p *pending) mark(lane string) (mark, bool) {
	if v, ok := p.fresh.marks[lane]; ok {
		return v, true
	}

	v, ok := p.flushing.marks[lane]

	return v, ok
}

// place returns the number of a final delivery, zero when it is not pending.
func (p *pending) place(id uint64) uint64 {
	return cmp.Or(p.fresh.places[id], p.flushing.places[id])
}

// origin returns the delivery that a seen key stands for, as far as the file
// does not have it yet.
func (p *pending) origin(at []byte) (uint64, bool) {
	if id, ok := p.fresh.origins[string(at)]; ok {
		return id, true
	}

	id, ok := p.flushing.origins[string(at)]

	return id, ok
}

// raise lifts a lane's mark to the order of what was sent at a time.
func (p *pending) raise(l *lane, order uint64, at time.Time) {
	l.mark, l.marked = max(order, l.mark), true
	p.fresh.marks[l.key] = p.fresh.marks[l.key].join(mark{l.mark, at.UnixNano()})
}

// settled notes the place of a delivery that became final, and counts it.
func (p *pending) settled(lane string, id, number uint64, as counted) {
	p.fresh.places[id] = number
	p.fresh.recent[lane] = push(p.fresh.recent[lane], id)
	p.fresh.counts[as]++
	p.last = max(p.last, number)
	p.since++
}

// full reports whether it is time for a flush, or one is under way.
func (p *pending) full() bool { return len(p.puts) > 0 || p.since >= flushEvery }

// flush is the chore that writes the next slice; nil when there is none. The
// lock guards the maps, which only the writer changes; sorting them takes too
// long to hold it.
func (p *pending) flush(mu sync.Locker) *op {
	if !p.full() {
		return nil
	}

	if len(p.puts) == 0 {
		mu.Lock()
		p.flushing, p.fresh = p.fresh, newDerived()
		p.upTo, p.since = p.last, 0
		mu.Unlock()

		p.puts = p.flushing.puts()
	}

	slice := p.puts[:min(flushSlice, len(p.puts))]
	last := len(slice) == len(p.puts)

	return &op{
		run: func(t *txn) error {
			for _, put := range slice {
				t.putDerived(put, p.upTo)
			}

			if last {
				t.put(bucketMeta, metaDerived, numberKey(p.upTo))
			}

			return nil
		},
		apply: func() {
			p.puts = p.puts[len(slice):]
			if last {
				p.puts, p.flushing = nil, derived{}
			}
		},
	}
}

// writeAll writes everything at once, for an operation that shares its commit
// with nobody; cleared tells the memory afterwards.
func (p *pending) writeAll(t *txn) {
	for _, put := range p.flushing.puts() {
		t.putDerived(put, p.upTo)
	}

	for _, put := range p.fresh.puts() {
		t.putDerived(put, p.last)
	}

	t.put(bucketMeta, metaDerived, numberKey(p.last))
}

func (p *pending) cleared() {
	p.fresh, p.flushing, p.puts = newDerived(), derived{}, nil
	p.upTo, p.since = p.last, 0
}
