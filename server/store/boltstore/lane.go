package boltstore

import (
	"cmp"
	"math"
	"slices"

	"sellerchat/server/bridge"
)

// never is the due time of what waits for something else than time.
const never = math.MaxInt64

// item is one queued delivery, as small as it can be: there may be a million.
type item struct {
	order uint64
	id    uint64
	// ready is when it may be claimed, in nanoseconds since 1970: what is
	// left of the time that it waits for an earlier one.
	ready int64
}

func (it item) compare(other item) int {
	if c := cmp.Compare(it.order, other.order); c != 0 {
		return c
	}

	return cmp.Compare(it.id, other.id)
}

// begun is a queued delivery of which something may have been sent.
type begun struct {
	item
	intent *bridge.Intent
	done   []bridge.MessageID
	// unsure is since when its first call may have been made by an earlier run
	// of the program; zero when it is known what was done.
	unsure int64
}

// lane is the ordered queue of one link in one direction.
type lane struct {
	key   string
	group *group
	items []item
	begun []begun

	// mark is the highest order sent, once marked says that it was read.
	mark   uint64
	marked bool
	// busy is true while a commit is changing it.
	busy bool

	// epoch is that of the claim in force, zero when there is none; claimed
	// what it holds, and lease when it ends.
	epoch   uint64
	claimed item
	lease   int64
	// retry is until when it backs off.
	retry int64
	// told is up to when what was accepted was told of.
	told int64

	due   int64
	place int32
}

func (l *lane) dueAt() int64   { return l.due }
func (l *lane) spot() int32    { return l.place }
func (l *lane) moved(to int32) { l.place = to }

// insert puts an item at its place; most come last.
func (l *lane) insert(it item) {
	if n := len(l.items); n == 0 || l.items[n-1].compare(it) < 0 {
		l.items = append(l.items, it)

		return
	}

	at, found := slices.BinarySearchFunc(l.items, it, item.compare)
	if !found {
		l.items = slices.Insert(l.items, at, it)
	}
}

// find returns those of the deliveries that wait behind the claimed one.
func (l *lane) find(ids []bridge.DeliveryID) []item {
	if len(ids) == 0 {
		return nil
	}

	var found []item

	for _, it := range l.items {
		if it.id != l.claimed.id && slices.Contains(ids, bridge.DeliveryID(it.id)) {
			found = append(found, it)
		}
	}

	return found
}

// remove takes an item out; most go first.
func (l *lane) remove(it item) bool {
	l.setBegun(it, nil, nil)

	at, found := slices.BinarySearchFunc(l.items, it, item.compare)
	if !found {
		return false
	}

	if at == 0 {
		l.items = l.items[1:]
	} else {
		l.items = slices.Delete(l.items, at, at+1)
	}

	return true
}

// setBegun notes what may have been sent of an item; nothing forgets it.
func (l *lane) setBegun(it item, intent *bridge.Intent, done []bridge.MessageID) {
	l.begun = slices.DeleteFunc(l.begun, func(b begun) bool {
		if b.id == it.id {
			l.group.tenant.opened(b.intent)
		}

		return b.id == it.id
	})

	if intent == nil && len(done) == 0 {
		return
	}

	l.group.tenant.opens(intent, l.key)
	l.putBegun(begun{item: it, intent: intent, done: done})
}

// setUnsure notes that the first call of an item may have been made.
func (l *lane) setUnsure(it item, since int64) { l.putBegun(begun{item: it, unsure: since}) }

func (l *lane) putBegun(b begun) {
	l.begun = append(l.begun, b)
	slices.SortFunc(l.begun, func(a, b begun) int { return a.compare(b.item) })
}

// begunOf returns what may have been sent of a delivery; nil when nothing was.
func (l *lane) begunOf(id uint64) *begun {
	for i := range l.begun {
		if l.begun[i].id == id {
			return &l.begun[i]
		}
	}

	return nil
}

// following returns what comes after the head that is claimed, unless it was
// begun.
func (l *lane) following() (item, bool) {
	for _, it := range l.items[:min(2, len(l.items))] {
		if it.id != l.claimed.id {
			return it, l.begunOf(it.id) == nil
		}
	}

	return item{}, false
}

// started returns the begun delivery that goes first: one whose outcome is
// not known, else the first of those that are half sent.
func (l *lane) started() *begun {
	for i := range l.begun {
		if l.begun[i].intent != nil || l.begun[i].unsure != 0 {
			return &l.begun[i]
		}
	}

	if len(l.begun) > 0 {
		return &l.begun[0]
	}

	return nil
}

// tell notes that a delivery was told of, if it is still there.
func (l *lane) tell(it item) {
	if at, found := slices.BinarySearchFunc(l.items, it, item.compare); found {
		l.told = max(l.told, l.items[at].ready)
	}
}

// overdue reports whether something that was not told of was accepted before a
// time.
func (l *lane) overdue(before int64) bool {
	return slices.ContainsFunc(l.items, func(it item) bool { return l.told < it.ready && it.ready < before })
}

// head is the delivery that goes next. One of which something may have been
// sent stays the head, whatever arrives: it is finished first.
func (l *lane) head() item {
	if b := l.started(); b != nil {
		return b.item
	}

	return l.items[0]
}

// next computes when the lane can be claimed next.
func (l *lane) next() int64 {
	switch {
	case l.busy:
		return never
	case l.epoch != 0:
		return l.lease
	default:
		return max(l.head().ready, l.retry)
	}
}
