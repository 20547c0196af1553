package freshchat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// scalar reads a string, number or boolean as text. Identifiers, codes and
// sizes come as either, and a field of an unexpected shape must not cost the
// message around it: everything else reads as empty.
type scalar string

// UnmarshalJSON never fails on valid JSON.
func (s *scalar) UnmarshalJSON(b []byte) error {
	*s = ""

	switch b = bytes.TrimSpace(b); {
	case len(b) == 0 || b[0] == '{' || b[0] == '[' || bytes.Equal(b, []byte("null")):
		return nil
	case b[0] != '"':
		*s = scalar(b)

		return nil
	case verbatim(b):
		*s = scalar(b[1 : len(b)-1])

		return nil
	}

	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("read scalar: %w", err)
	}

	*s = scalar(text)

	return nil
}

// verbatim reports whether a string stands as it is between its quotes, like
// nearly every identifier. A decoder of its own for each takes far longer.
func verbatim(quoted []byte) bool {
	return bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted)
}

func (s scalar) isTrue() bool { return s == "true" }

// size reads a count of bytes; 0 when it is none.
func (s scalar) size() int64 {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || n < 0 {
		return 0
	}

	return n
}

// time reads the platform's times: ISO 8601, with or without a colon in the
// offset. It is zero when there is none.
func (s scalar) time() time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, string(s)); err == nil {
			return t.UTC()
		}
	}

	return time.Time{}
}

// list reads an array, item by item: one that cannot be read is left out, and
// anything else than an array reads as empty.
type list[T any] []T

// UnmarshalJSON never fails on valid JSON.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = nil

	var items []json.RawMessage
	if json.Unmarshal(b, &items) != nil {
		return nil //nolint:nilerr // another shape is an empty list
	}

	for _, item := range items {
		var v T
		if json.Unmarshal(item, &v) == nil {
			*l = append(*l, v)
		}
	}

	return nil
}
