package tiktok

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// lastSecond is the end of the year 9999, the last that a time can be encoded
// with. The platform promises some authorizations for a century.
const lastSecond = 253402300799 // Unix seconds

// loose is a value that the platform writes now as a string, now as a number.
// Digits are kept as they are, since ids are too large for a float. Whatever is
// neither counts as missing.
type loose string

// UnmarshalJSON never fails: one strange field must not cost a whole message.
func (l *loose) UnmarshalJSON(b []byte) error {
	*l = ""
	switch b[0] {
	case '{', '[', 'n':
		return nil
	case '"':
		if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			*l = loose(inner)

			return nil
		}

		_ = json.Unmarshal(b, (*string)(l))
	default:
		*l = loose(b)
	}

	return nil
}

// time reads Unix seconds; the zero time when there are none.
func (l loose) time() time.Time {
	n, err := strconv.ParseInt(string(l), 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}

	return time.Unix(min(n, lastSecond), 0).UTC()
}

// int reads a small whole number; 0 when there is none.
func (l loose) int() int {
	n, err := strconv.Atoi(string(l))
	if err != nil {
		return 0
	}

	return n
}
