package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// sweep removes expired things, as many as its budget allows.
type sweep struct {
	t    *txn
	s    *Store
	now  time.Time
	left int
	// gone are the tombstones that were removed.
	gone []bridge.InstallationID
	// derived is true once everything pending was written.
	derived bool
}

// Sweep implements bridge.Sweeper.
func (s *Store) Sweep(ctx context.Context, limit int) (int, error) {
	var w *sweep

	err := s.do(ctx, &op{
		alone: true,
		run: func(t *txn) error {
			w = &sweep{t: t, s: s, now: s.now(), left: limit}
			w.tickets()
			w.seen()
			w.untimed()
			w.texts()
			w.deliveries()
			w.media()
			w.tombstones()
			w.usages()

			return nil
		},
		apply: func() {
			if w.derived {
				s.index.pending.cleared()
			}

			for _, id := range w.gone {
				s.cache.installations.forget(id)

				if t := s.index.tenants[id]; t != nil {
					t.gone = time.Time{}
					s.index.forget(t)
				}
			}
		},
	})
	if err != nil {
		return 0, err
	}

	return limit - w.left, nil
}

// before returns copies of the keys in front of an end, as many as are left.
func (w *sweep) before(b bucket, from, end []byte) [][]byte {
	var keys [][]byte

	c := w.t.bucket(b).Cursor()
	for k, _ := c.Seek(from); k != nil && len(keys) < w.left && bytes.Compare(k, end) < 0; k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}

	w.left -= len(keys)

	return keys
}

func (w *sweep) tickets() {
	for _, k := range w.before(bucketExpiries, nil, secondKey(w.now, nil)) {
		w.t.delete(bucketExpiries, k)
		w.t.delete(bucketTickets, k[8:])
	}
}

// seen removes origin keys whose hour is past. Those without a time stand
// under hour zero, and have an hour of their own.
func (w *sweep) seen() {
	for _, k := range w.before(bucketSeen, hourKey(1), w.hoursAgo(bridge.OriginKeysFor)) {
		w.t.delete(bucketSeen, k)
	}
}

func (w *sweep) untimed() {
	for _, k := range w.before(bucketUntimed, nil, w.hoursAgo(bridge.OriginKeysFor)) {
		w.t.delete(bucketUntimed, k)
		w.t.delete(bucketSeen, k[4:])
	}
}

// hoursAgo returns the hour that is not yet past after a time.
func (w *sweep) hoursAgo(d time.Duration) []byte { return hourKey(hourOf(w.now.Add(-d))) }

// settledBefore returns copies of the final deliveries in a bucket, by their
// numbers, that are older than a time.
func (w *sweep) settledBefore(b bucket, d time.Duration) (numbers [][]byte, records []string) {
	end := w.hoursAgo(d)

	c := w.t.bucket(b).Cursor()
	for k, v := c.First(); k != nil && len(numbers) < w.left && bytes.Compare(v[1:deliveryHour], end) < 0; k, v = c.Next() {
		numbers, records = append(numbers, bytes.Clone(k)), append(records, string(v))
	}

	w.left -= len(numbers)

	return numbers, records
}

// texts removes the texts of deliveries that have long been final: what is
// left of them goes to the archive.
func (w *sweep) texts() {
	numbers, records := w.settledBefore(bucketDeliveries, bridge.TextFor)
	if len(numbers) == 0 {
		return
	}

	if readNumber(numbers[len(numbers)-1]) > readNumber(w.t.get(bucketMeta, metaDerived)) {
		w.s.index.pending.writeAll(w.t)
		w.derived = true
	}

	for i, n := range numbers {
		rest, apart, err := withoutText(records[i])
		if err != nil {
			w.s.log.Error("text cannot be told from the rest, both are removed", "error", err)
		}

		if apart {
			w.t.delete(bucketTexts, []byte(records[i][deliveryHour:deliveryHead]))
		}

		w.t.delete(bucketDeliveries, n)
		w.t.put(bucketArchive, n, []byte(rest))
	}
}

// withoutText cuts the text off a delivery record, and reports whether it
// stood apart. Of a record that cannot be read it leaves what sweeping needs.
func withoutText(record string) (rest string, apart bool, err error) {
	r, err := decodeDelivery(record)
	if err != nil {
		return record[:deliveryHead], true, err
	}

	q, err := decodeQueue(r.queue)
	if err != nil {
		return record[:deliveryHead], true, fmt.Errorf("delivery %d: %w", r.id, err)
	}

	r.queue, r.origins = r.queue[:len(r.queue)-len(q.text)], nil

	return string(r.encode()), q.text == textApart, nil
}

// deliveries removes what is left of a delivery; its text went long before.
func (w *sweep) deliveries() {
	numbers, records := w.settledBefore(bucketArchive, bridge.MetadataFor)
	for i, n := range numbers {
		w.t.delete(bucketArchive, n)

		id := []byte(records[i][deliveryHour:deliveryHead])
		if bytes.Equal(w.t.get(bucketPlaces, id), n) {
			w.t.delete(bucketPlaces, id)
		}
	}
}

// media forgets copies whose bytes went long ago.
func (w *sweep) media() {
	for _, k := range w.before(bucketGone, nil, secondKey(w.now, nil)) {
		w.t.delete(bucketGone, k)
		w.t.delete(bucketMedia, k[8:])
	}
}

// tombstones removes installations that ended long ago, with their links. One
// stays while anything of it is queued, or has bytes that it tells spent.
func (w *sweep) tombstones() {
	for k, v := range w.t.scan(bucketTombstones, nil) {
		at, _ := readTombstone(v)
		if w.left > 0 && w.now.Sub(at) >= bridge.TombstoneFor && w.empty(bridge.InstallationID(k)) {
			w.gone = append(w.gone, bridge.InstallationID(k))
		}
	}

	done := w.gone[:0]

	for _, id := range w.gone {
		if w.tombstone(id) {
			done = append(done, id)
		}
	}

	w.gone = done
}

// tombstone removes an installation once nothing of it is left, and reports
// whether it did.
func (w *sweep) tombstone(id bridge.InstallationID) bool {
	prefix := appendString(nil, id)

	for _, b := range ofInstallation {
		if w.left == 0 {
			return false
		}

		for _, k := range w.t.keys(b, prefix, w.left) {
			w.t.delete(b, k)
			w.left--
		}
	}

	if w.left == 0 {
		return false
	}

	w.t.delete(bucketTombstones, []byte(id))
	w.t.delete(bucketInstallations, []byte(id))
	w.left--

	return true
}

func (w *sweep) empty(id bridge.InstallationID) bool {
	return w.s.index.empty(id) && len(w.t.keys(bucketOwned, appendString(nil, id), 1)) == 0
}

// empty reports whether nothing of an installation is queued.
func (x *index) empty(id bridge.InstallationID) bool {
	x.mu.Lock()
	defer x.mu.Unlock()

	t := x.tenants[id]

	return t == nil || len(t.groups) == 0
}
