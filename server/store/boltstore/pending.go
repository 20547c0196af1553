package boltstore

import (
	"cmp"
	"maps"
	"slices"
	"sync"
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
	// marks are the highest orders sent, by lane.
	marks map[string]uint64
	// places are the numbers in bucketDeliveries, by delivery.
	places map[uint64]uint64
	// origins are the deliveries that seen keys stand for.
	origins map[string]uint64
}

func newDerived() derived {
	return derived{marks: map[string]uint64{}, places: map[uint64]uint64{}, origins: map[string]uint64{}}
}

// puts are the keys and values in the order in which the file keeps them.
func (d derived) puts() []derivedPut {
	out := make([]derivedPut, 0, len(d.marks)+len(d.places)+len(d.origins))

	for _, lane := range slices.Sorted(maps.Keys(d.marks)) {
		out = append(out, derivedPut{bucketMarks, []byte(lane), d.marks[lane]})
	}

	for _, id := range slices.Sorted(maps.Keys(d.places)) {
		out = append(out, derivedPut{bucketPlaces, numberKey(id), d.places[id]})
	}

	for _, at := range slices.Sorted(maps.Keys(d.origins)) {
		out = append(out, derivedPut{bucketSeen, []byte(at), d.origins[at]})
	}

	return out
}

type derivedPut struct {
	bucket bucket
	key    []byte
	number uint64
}

// putDerived writes one of those that are complete up to a settlement, unless
// the file has a later one already: a mark never falls.
func (t *txn) putDerived(p derivedPut, upTo uint64) {
	had := t.get(p.bucket, p.key)

	if p.bucket == bucketMarks && readNumber(had) >= p.number {
		return
	}

	if p.bucket == bucketSeen && seenBefore(had) > upTo {
		return
	}

	t.put(p.bucket, p.key, numberKey(p.number))
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
func (p *pending) mark(lane string) (uint64, bool) {
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

// raise lifts a lane's mark to the order of what was sent.
func (p *pending) raise(l *lane, order uint64) {
	if l.marked && order <= l.mark {
		return
	}

	l.mark, l.marked = order, true
	p.fresh.marks[l.key] = order
}

// settled notes the place of a delivery that became final.
func (p *pending) settled(id, number uint64) {
	p.fresh.places[id] = number
	p.last = max(p.last, number)
	p.since++
}

// unsettled forgets it.
func (p *pending) unsettled(id uint64) {
	delete(p.fresh.places, id)
	delete(p.flushing.places, id)
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
	for _, d := range [...]derived{p.flushing, p.fresh} {
		for _, put := range d.puts() {
			t.putDerived(put, p.last)
		}
	}

	t.put(bucketMeta, metaDerived, numberKey(p.last))
}

func (p *pending) cleared() {
	p.fresh, p.flushing, p.puts = newDerived(), derived{}, nil
	p.upTo, p.since = p.last, 0
}
