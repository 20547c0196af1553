package load

import (
	"bytes"
	"strconv"
)

// edge stands around a mark; nothing else in a message holds it.
const edge = '#'

// AppendMark writes what the sink recognises a message by.
func AppendMark(b []byte, m Message) []byte {
	b = append(b, edge)

	for i, n := range [...]uint32{m.Run, m.Conversation, m.Place, m.Number} {
		if i > 0 {
			b = append(b, '.')
		}

		b = strconv.AppendUint(b, uint64(n), 10)
	}

	return append(b, edge)
}

// FindMark reads the first mark in a text; false when there is none.
func FindMark(text []byte) (Message, bool) {
	_, text, found := bytes.Cut(text, []byte{edge})
	if !found {
		return Message{}, false
	}

	var (
		numbers [4]uint32
		which   int
		digits  int
	)

	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			numbers[which] = numbers[which]*10 + uint32(c-'0')
			digits++
		case c == '.' && which < 3 && digits > 0:
			which++
			digits = 0
		case c == edge && which == 3 && digits > 0:
			return Message{Run: numbers[0], Conversation: numbers[1], Place: numbers[2], Number: numbers[3]}, true
		default:
			return Message{}, false
		}
	}

	return Message{}, false
}
