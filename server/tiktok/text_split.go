package tiktok

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// TextLimit is how long one text may be, in UTF-16 units. The platform says
// "2000 characters" and not what it counts; this is the smallest reading.
// https://partner.tiktokshop.com/docv2/page/send-message-202309
const TextLimit = 2000

// SplitText cuts a text into pieces of at most TextLimit units, in order, at
// the end of a line or else of a word, or else between two characters as people
// see them. The blank at a cut goes; nothing else does, save pieces that are
// blank throughout, since nobody could read them. A blank text has no pieces.
func (*Client) SplitText(text string) []string {
	var out []string
	keep := func(piece string) {
		if strings.TrimSpace(piece) != "" {
			out = append(out, piece)
		}
	}

	for {
		end := fit(text, TextLimit)
		if end == len(text) {
			keep(text)
			return out
		}
		cut, next := cutBefore(text, end)
		keep(text[:cut])
		text = text[next:]
	}
}

// fit returns how many bytes of text have at most limit UTF-16 units.
func fit(text string, limit int) int {
	units := 0
	for i, r := range text {
		if units += width(r); units > limit {
			return i
		}
	}

	return len(text)
}

// width counts UTF-16 units.
func width(r rune) int {
	if r > 0xFFFF {
		return 2
	}

	return 1
}

// cutBefore returns where the piece ends and where the rest begins; the text
// goes on after end. A line end is taken when it leaves the piece at least half
// full, so that a short first line does not make a message of its own.
func cutBefore(text string, end int) (cut, next int) {
	if i := lastBefore(text, end, end/2, lineEnd); i >= 0 {
		return i, i + blankAt(text, i)
	}
	if i := lastBefore(text, end, 0, wordEnd); i >= 0 {
		return i, i + blankAt(text, i)
	}
	if i := lastBefore(text, end, 0, boundary); i >= 0 {
		return i, i
	}

	return end, end
}

// lastBefore returns the last place from end down to start, and above it, that
// fits; -1 when there is none.
func lastBefore(text string, end, start int, fits func(string, int) bool) int {
	for i := end; i > start; {
		if fits(text, i) {
			return i
		}
		_, size := utf8.DecodeLastRuneInString(text[:i])
		i -= size
	}

	return -1
}

func wordEnd(text string, i int) bool { return blankAt(text, i) > 0 }

func lineEnd(text string, i int) bool {
	return blankAt(text, i) > 0 && (text[i] == '\n' || text[i] == '\r')
}

// blankAt returns the size in bytes of the blank that stands at i and may give
// way to a cut; 0 when there is none. A line end of two characters is one.
func blankAt(text string, i int) int {
	size := 0
	switch r, n := utf8.DecodeRuneInString(text[i:]); {
	case strings.HasPrefix(text[i:], "\r\n"):
		size = 2
	case breaks(r):
		size = n
	}
	if size == 0 || !boundary(text, i) || !boundary(text, i+size) {
		return 0
	}

	return size
}

// breaks reports whether a line may be broken at this blank.
func breaks(r rune) bool {
	const (
		noBreak       = '\u00a0'
		figure        = '\u2007'
		narrowNoBreak = '\u202f'
	)

	return unicode.IsSpace(r) && r != noBreak && r != figure && r != narrowNoBreak
}
