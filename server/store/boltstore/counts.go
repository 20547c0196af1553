package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// counted is what deliveries are counted by once they are final.
type counted struct {
	installation bridge.InstallationID
	direction    bridge.Direction
	state        bridge.State
	reason       string
}

// countedAs says how a settlement is counted. Only what was skipped has one of
// a few reasons; others are sentences for people.
func countedAs(lane bridge.LaneKey, state bridge.State, reason string) counted {
	if state != bridge.Skipped {
		reason = ""
	}

	return counted{lane.Link.Installation, lane.Direction, state, reason}
}

func (c counted) compare(o counted) int {
	return cmp.Or(strings.Compare(string(c.installation), string(o.installation)), cmp.Compare(c.direction, o.direction),
		strings.Compare(string(c.state), string(o.state)), strings.Compare(c.reason, o.reason))
}

func (c counted) key() []byte {
	b := append(appendString(nil, c.installation), byte(c.direction))

	return appendString(appendString(b, c.state), c.reason)
}

func readCounted(key []byte) counted {
	d := decoder{s: string(key)}

	return counted{
		bridge.InstallationID(d.str()), bridge.Direction(d.octet()), bridge.State(d.str()), d.str(),
	}
}

// readCount returns a count and the settlement up to which it counts.
func readCount(v []byte) (n, upTo uint64) {
	if len(v) < 16 {
		return 0, 0
	}

	return readNumber(v), readNumber(v[8:])
}

// addCount adds to a count, unless a flush that was cut short has done so.
func (t *txn) addCount(key []byte, n, upTo uint64) {
	had, counted := readCount(t.get(bucketCounts, key))
	if counted < upTo && n > 0 {
		t.put(bucketCounts, key, binary.BigEndian.AppendUint64(numberKey(had+n), upTo))
	}
}

// uncount takes back one that is queued again.
func (t *txn) uncount(as counted) {
	key := as.key()
	if n, upTo := readCount(t.get(bucketCounts, key)); n > 0 {
		t.put(bucketCounts, key, binary.BigEndian.AppendUint64(numberKey(n-1), upTo))
	}
}

// Completeness implements bridge.Reconciling. Its operation has its commit to
// itself, so that nothing is on its way from the memory to the file.
func (s *Store) Completeness(ctx context.Context, id bridge.InstallationID) (bridge.Completeness, error) {
	var c bridge.Completeness

	err := s.do(ctx, &op{alone: true, run: func(t *txn) error {
		sum := s.index.counts(id)

		for k, v := range t.scan(bucketCounts, appendString(nil, id)) {
			as := readCounted(k)
			n, upTo := readCount(v)
			sum[as] += n

			if p := &s.index.pending; upTo >= p.upTo {
				// The flush under way, if there is one, has written this key.
				sum[as] -= p.flushing.counts[as]
			}
		}

		c = bridge.Completeness{Counts: listed(sum), Missing: t.found(id)}

		return nil
	}})

	return c, err
}

// listed are the counts in their order.
func listed(sum map[counted]uint64) []bridge.Count {
	var list []bridge.Count

	for _, as := range slices.SortedFunc(maps.Keys(sum), counted.compare) {
		if n := int(sum[as]); n > 0 {
			list = append(list, bridge.Count{Direction: as.direction, State: as.state, Reason: as.reason, N: n})
		}
	}

	return list
}

// found counts what only a comparison found and what is not final.
func (t *txn) found(id bridge.InstallationID) int {
	n := 0

	for _, v := range t.scan(bucketFound, nil) {
		if string(v) == string(id) {
			n++
		}
	}

	return n
}

// counts are those of an installation that the file does not have: what is
// queued, and what ended a short while ago.
func (x *index) counts(id bridge.InstallationID) map[counted]uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()

	sum := map[counted]uint64{}

	for _, d := range [...]derived{x.pending.fresh, x.pending.flushing} {
		for as, n := range d.counts {
			if as.installation == id {
				sum[as] += n
			}
		}
	}

	tn := x.tenants[id]
	if tn == nil {
		return sum
	}

	as := counted{installation: id, state: bridge.Queued}
	if !tn.gone.IsZero() {
		as.state, as.reason = bridge.Skipped, bridge.SkipUninstalled
	}

	for _, g := range tn.groups {
		as.direction = g.direction

		for _, l := range g.lanes.all {
			sum[as] += uint64(len(l.items))
		}
	}

	return sum
}
