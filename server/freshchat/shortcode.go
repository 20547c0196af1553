package freshchat

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark-emoji/definition"
)

// shortcode is an emoji by its name, as agents' editors may leave it, with the
// tone of skin that some put behind it.
var shortcode = regexp.MustCompile(`:([a-z0-9_+-]{1,40}):(?::skin-tone-([2-6]):)?`)

// skinTones are the modifiers of Unicode, from skin-tone-2 to skin-tone-6.
var skinTones = []string{"\U0001f3fb", "\U0001f3fc", "\U0001f3fd", "\U0001f3fe", "\U0001f3ff"}

// shortcodes turns names such as :smile: into emoji. Names that nobody knows
// stay, and so does everything inside a word, a time or an address.
func shortcodes(text string) string {
	if strings.Count(text, ":") < 2 {
		return text
	}

	var out strings.Builder

	for text != "" {
		blank := strings.IndexFunc(text, unicode.IsSpace)
		if blank < 0 {
			blank = len(text)
		}

		writeEmoji(&out, text[:blank])

		rest := strings.TrimLeftFunc(text[blank:], unicode.IsSpace)
		out.WriteString(text[blank : len(text)-len(rest)])
		text = rest
	}

	return out.String()
}

// writeEmoji writes what stands between two blanks.
func writeEmoji(out *strings.Builder, word string) {
	address := strings.Contains(word, "://") || strings.HasPrefix(word, "www.")

	written := 0
	for from := 0; !address; {
		at := shortcode.FindStringSubmatchIndex(word[from:])
		if at == nil {
			break
		}

		start, end := from+at[0], from+at[1]

		emoji, known := definition.Github().Get(word[from+at[2] : from+at[3]])
		if !known || !emoji.IsUnicode() || inside(word[:start], word[end:]) {
			// The colon at its end may begin the next one.
			from += at[3]

			continue
		}

		out.WriteString(word[written:start] + string(emoji.Unicode))

		if at[4] >= 0 {
			out.WriteString(skinTones[word[from+at[4]]-'2'])
		}

		written, from = end, end
	}

	out.WriteString(word[written:])
}

// inside reports whether what stands between is part of a longer word or
// number.
func inside(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)

	return wordy(last) || wordy(next)
}

// wordy reports whether a colon next to it belongs to the same word. Scripts
// that are written without blanks between words are left out: there, an emoji
// stands right behind a letter.
func wordy(r rune) bool {
	return r == '_' || r == '/' || r == '@' || r == '\\' || unicode.IsDigit(r) ||
		unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}
