package tiktok

import (
	"unicode"
	"unicode/utf8"
)

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// boundary reports whether text may be cut at byte i without splitting what
// people see as one character. It covers what chats contain (emoji with their
// tones, joiners and flags, combining marks, Hangul), not all of Unicode's
// rules for grapheme clusters.
func boundary(text string, i int) bool {
	if i <= 0 || i >= len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i:])

	switch {
	case before == '\r' && after == '\n':
		return false
	case before == zeroWidthJoiner, extends(after):
		return false
	case regional(before) && regional(after):
		return regionalsBefore(text[:i])%2 == 0
	default:
		return !continuesHangul(before, after)
	}
}

// extends reports whether r belongs to the character before it.
func extends(r rune) bool {
	switch {
	case r == zeroWidthNonJoiner, r == zeroWidthJoiner:
		return true
	case 0x1F3FB <= r && r <= 0x1F3FF: // skin tones
		return true
	case 0xE0020 <= r && r <= 0xE007F: // tags, which spell flags of regions
		return true
	case r == 0xFF9E, r == 0xFF9F: // half-width voicing marks
		return true
	default:
		return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc)
	}
}

// regional reports whether r is one half of a flag.
func regional(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }

func regionalsBefore(text string) int {
	n := 0
	for text != "" {
		r, size := utf8.DecodeLastRuneInString(text)
		if !regional(r) {
			break
		}
		n++
		text = text[:len(text)-size]
	}

	return n
}

// continuesHangul reports whether two letters stand in one syllable block.
func continuesHangul(before, after rune) bool {
	leading := 0x1100 <= before && before <= 0x115F
	syllable := 0xAC00 <= before && before <= 0xD7A3
	switch {
	case 0x1160 <= after && after <= 0x11FF: // vowels and trailing consonants
		return leading || syllable || (0x1160 <= before && before <= 0x11FF)
	case 0x1100 <= after && after <= 0x115F, 0xAC00 <= after && after <= 0xD7A3:
		return leading
	default:
		return false
	}
}
