package boltstore

import (
	"bytes"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"sellerchat/server/bridge"
)

// appendFill packs the pages of buckets whose keys only rise; bbolt's default
// leaves half of each empty for keys that never come.
const appendFill = 0.95

// present is the value where the key says it all. It is not nil, which is
// what bbolt answers for a key that is missing.
var present = []byte{}

// txn is a transaction on the file. The first fault of a write is kept and
// fails the whole transaction: what an operation may be refused for, it must
// find out before it writes.
type txn struct {
	tx      *bolt.Tx
	buckets [bucketCount]*bolt.Bucket
	// cursors look keys up. One that is used again allocates nothing, where
	// each Bucket.Get makes one of its own.
	cursors [bucketCount]*bolt.Cursor
	// wrote is true once anything was written.
	wrote bool
	fault error
	// untimed is what anyUntimed found, once untimedRead is true.
	untimed, untimedRead bool
	// pending is what the file does not have yet; only the writer has it here.
	pending *pending
	// origins are the seen keys that became pending with this transaction.
	origins map[string]uint64
	// links are those that were changed.
	links []bridge.LinkKey
	// arriving is what was accepted, settling the lanes whose head is settled:
	// what they hold next may be cleared. clearing is what is, over what no
	// longer needs to be.
	arriving [][]entry
	settling []*lane
	// finished are the deliveries that become final with this transaction.
	finished []uint64
	clearing []clearedName
	over     map[uint64]bool
	// closing is true for the last commit, which clears nothing.
	closing bool
}

func (t *txn) bucket(b bucket) *bolt.Bucket {
	if t.buckets[b] == nil {
		t.buckets[b] = t.tx.Bucket(bucketNames[b])
		if b.appended() && t.tx.Writable() {
			t.buckets[b].FillPercent = appendFill
		}
	}

	return t.buckets[b]
}

// get returns the value, valid until the next write; nil when there is none.
func (t *txn) get(b bucket, key []byte) []byte {
	if t.cursors[b] == nil {
		t.cursors[b] = t.bucket(b).Cursor()
	}

	if k, v := t.cursors[b].Seek(key); bytes.Equal(k, key) {
		return v
	}

	return nil
}

// queueRecord returns the record of a delivery that is not final, valid until
// the next write; nil when there is none. Only the writer can tell it from one
// that is final and still has its record.
func (t *txn) queueRecord(id uint64) []byte {
	if slices.Contains(t.finished, id) || t.pending.place(id) != 0 {
		return nil
	}

	return t.get(bucketQueue, numberKey(id))
}

func (t *txn) has(b bucket, key []byte) bool { return t.get(b, key) != nil }

// put stores a value, which must not change before the transaction ends.
func (t *txn) put(b bucket, key, value []byte) {
	if t.fault != nil {
		return
	}

	t.changed(b, key)

	if err := t.bucket(b).Put(key, value); err != nil {
		t.fault = fmt.Errorf("put in %s: %w", bucketNames[b], err)
	}
}

func (t *txn) delete(b bucket, key []byte) {
	if t.fault != nil {
		return
	}

	t.changed(b, key)

	if err := t.bucket(b).Delete(key); err != nil {
		t.fault = fmt.Errorf("delete in %s: %w", bucketNames[b], err)
	}
}

// changed notes a write.
func (t *txn) changed(b bucket, key []byte) {
	t.wrote = true

	if b == bucketLinks {
		t.links = append(t.links, readLinkKey(key))
	}
}

// next gives the next number of a bucket's sequence.
func (t *txn) next(b bucket) uint64 {
	t.wrote = true

	n, err := t.bucket(b).NextSequence()
	if err != nil && t.fault == nil {
		t.fault = fmt.Errorf("number in %s: %w", bucketNames[b], err)
	}

	return n
}

// keys returns copies of up to limit keys with the prefix, so that they can
// be deleted while nothing iterates. A limit of zero is none.
func (t *txn) keys(b bucket, prefix []byte, limit int) [][]byte {
	var keys [][]byte

	for k := range t.scan(b, prefix) {
		keys = append(keys, append([]byte(nil), k...))
		if len(keys) == limit {
			break
		}
	}

	return keys
}

// scan yields keys and values with the prefix, in order. Nothing may be
// written meanwhile.
func (t *txn) scan(b bucket, prefix []byte) func(yield func(k, v []byte) bool) {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(b).Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}
