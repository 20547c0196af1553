package boltstore

import (
	"maps"
	"slices"
)

const (
	// flushEvery is after how many settlements the marks go to the file, and
	// so how many are read again when it is opened.
	flushEvery = 8192
	// flushSlice bounds the marks that one commit carries.
	flushSlice = 256
)

// marks are the highest orders sent, lane by lane, as far as the file does
// not have them yet. In the file they are keyed by lane, so that writing each
// with its settlement would touch a page of its own: they go there later,
// many at a time in the order of their keys. Until then bucketSettled
// tells what they are.
type marks struct {
	dirty map[string]uint64
	// flushing is on its way to the file: those of the keys.
	flushing map[string]uint64
	keys     []string
	upTo     uint64

	// last is the last number in bucketSettled, since how many of them came
	// after the last flush began.
	last  uint64
	since int
}

// of returns a mark that is not in the file yet.
func (m *marks) of(lane string) (uint64, bool) {
	if v, ok := m.dirty[lane]; ok {
		return v, true
	}

	v, ok := m.flushing[lane]

	return v, ok
}

// raise lifts a lane's mark to the order of what was sent.
func (m *marks) raise(l *lane, order uint64) {
	if l.marked && order <= l.mark {
		return
	}

	l.mark, l.marked = order, true
	m.dirty[l.key] = order
}

// begin takes what is dirty for the next flush, once there is enough.
func (m *marks) begin() {
	if len(m.keys) > 0 || m.since < flushEvery {
		return
	}

	m.flushing, m.dirty = m.dirty, make(map[string]uint64)
	m.keys = slices.Sorted(maps.Keys(m.flushing))
	m.upTo, m.since = m.last, 0
}

// flush is the chore that writes the next slice; nil when there is none.
func (m *marks) flush() *op {
	m.begin()

	if len(m.keys) == 0 {
		return nil
	}

	slice := m.keys[:min(flushSlice, len(m.keys))]
	last := len(slice) == len(m.keys)

	return &op{
		run: func(t *txn) error {
			for _, k := range slice {
				t.put(bucketMarks, []byte(k), numberKey(m.flushing[k]))
			}

			if last {
				t.put(bucketMeta, metaMarked, numberKey(m.upTo))
			}

			return nil
		},
		apply: func() {
			m.keys = m.keys[len(slice):]
			if last {
				m.keys, m.flushing = nil, nil
			}
		},
	}
}
