package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// maxName is how long an identifier may be: far beyond any that the platforms
// give, and short enough that no key can be refused inside a transaction that
// others share.
const maxName = 1024

// errTooLong says that an identifier cannot be stored.
var errTooLong = errors.New("identifier is longer than 1,024 bytes")

// checkNames refuses identifiers that are too long to be part of a key.
func checkNames[S ~string](names ...S) error {
	for _, n := range names {
		if len(n) > maxName {
			return errTooLong
		}
	}

	return nil
}

func appendString[S ~string](b []byte, s S) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))

	return append(b, s...)
}

// appendTime writes nanoseconds since 1970; zero stands for no time.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(b, 0)
	}

	return binary.AppendVarint(b, t.UnixNano())
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}

	return append(b, 0)
}

// decoder reads what the append functions wrote. It works on one copy of the
// record, which the strings read from it share. After the first fault it
// reads zero values; err tells.
type decoder struct {
	s   string
	at  int
	bad bool
}

func (d *decoder) octet() byte {
	if d.bad || d.at >= len(d.s) {
		d.bad = true

		return 0
	}

	d.at++

	return d.s[d.at-1]
}

func (d *decoder) uint() uint64 {
	var v uint64

	for shift := 0; shift < 64; shift += 7 {
		c := d.octet()
		v |= uint64(c&0x7f) << shift

		if c < 0x80 {
			return v
		}
	}

	d.bad = true

	return 0
}

// fixed reads a big-endian number of n bytes.
func (d *decoder) fixed(n int) uint64 {
	var v uint64

	for range n {
		v = v<<8 | uint64(d.octet())
	}

	return v
}

func (d *decoder) int() int64 {
	u := d.uint()

	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) bool() bool { return d.octet() == 1 }

func (d *decoder) str() string {
	n := d.uint()
	if d.bad || n > uint64(len(d.s)-d.at) {
		d.bad = true

		return ""
	}

	d.at += int(n)

	return d.s[d.at-int(n) : d.at]
}

func (d *decoder) time() time.Time {
	n := d.int()
	if n == 0 {
		return time.Time{}
	}

	return time.Unix(0, n).UTC()
}

func (d *decoder) lane() bridge.LaneKey {
	var k bridge.LaneKey

	k.Link.Installation = bridge.InstallationID(d.str())
	k.Link.Shop = bridge.ShopID(d.str())
	k.Direction = bridge.Direction(d.octet())
	k.Link.Conversation = bridge.ConversationID(d.str())
	k.Cause = bridge.NoteCause(d.str())

	return k
}

// version reads the leading byte of a record.
func (d *decoder) version() {
	if d.octet() != recordVersion {
		d.bad = true
	}
}

// rest returns what was not read yet.
func (d *decoder) rest() string { return d.s[d.at:] }

// err says whether the record could be read.
func (d *decoder) err(what string) error {
	if d.bad {
		return fmt.Errorf("boltstore: %s record cannot be read", what)
	}

	return nil
}
