package tiktok

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func TestTextIsSplitWherePeopleWould(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	const family = "👩‍👩‍👧‍👦" // four people and three joiners, 11 units

	tests := map[string]struct {
		text string
		want []string
	}{
		"nothing":                           {"", nil},
		"blanks only":                       {" \n\t", nil},
		"a short text, as it is":            {" a\n", []string{" a\n"}},
		"exactly the limit":                 {x(2000), []string{x(2000)}},
		"one more, without a blank":         {x(2001), []string{x(2000), "x"}},
		"at the last word end":              {x(10) + " " + x(1980) + " " + x(20), []string{x(10) + " " + x(1980), x(20)}},
		"a blank right at the limit":        {x(2000) + " " + x(5), []string{x(2000), x(5)}},
		"at a line end before a word end":   {x(1500) + "\n" + x(300) + " " + x(300), []string{x(1500), x(300) + " " + x(300)}},
		"not after a short first line":      {x(100) + "\n" + x(1800) + " " + x(300), []string{x(100) + "\n" + x(1800), x(300)}},
		"a line end of two characters":      {x(1999) + "\r\n" + x(5), []string{x(1999), x(5)}},
		"a line end of two at the limit":    {x(2000) + "\r\n" + x(5), []string{x(2000), x(5)}},
		"only one blank goes":               {x(1999) + "  " + x(5), []string{x(1999) + " ", x(5)}},
		"a blank that holds words together": {x(1000) + " " + x(900) + "\u00a0" + x(200), []string{x(1000), x(900) + "\u00a0" + x(200)}},
		"a long run of blanks":              {x(1500) + strings.Repeat(" ", 5000) + "y", []string{x(1500) + strings.Repeat(" ", 500), strings.Repeat(" ", 497) + "y"}},
		"not inside a surrogate pair":       {x(1999) + "😀", []string{x(1999), "😀"}},
		"not inside a family":               {x(1995) + family, []string{x(1995), family}},
		"not before a skin tone":            {x(1998) + "👍🏽", []string{x(1998), "👍🏽"}},
		"not before an accent":              {x(1999) + "e\u0301", []string{x(1999), "e\u0301"}},
		"not inside a flag":                 {x(1996) + "🇬🇧🇩🇪", []string{x(1996) + "🇬🇧", "🇩🇪"}},
		"not inside a Hangul syllable":      {x(1999) + "\u1112\u1161\u11ab", []string{x(1999), "\u1112\u1161\u11ab"}},
		"inside what can only be cut":       {"e" + strings.Repeat("\u0301", 2500), []string{"e" + strings.Repeat("\u0301", 1999), strings.Repeat("\u0301", 501)}},
		"three pieces":                      {x(1990) + " " + x(1990) + " " + x(1990), []string{x(1990), x(1990), x(1990)}},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, new(Client).SplitText(test.text)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestSplittingLosesNothingButBlanks(t *testing.T) {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{" ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "😀", "👍🏽", "🇬🇧", "é", "👩‍👩‍👧‍👦", "\u0301", "\u200d", "\r", "\xff"}),
		rapid.StringN(1, 40, -1),
		rapid.Map(rapid.IntRange(1, 2500), func(n int) string { return strings.Repeat("x", n) }),
		rapid.Map(rapid.IntRange(1, 2500), func(n int) string { return strings.Repeat(" ", n) }),
	)

	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "text"), "")
		checkSplit(t, text)
	})
}

// checkSplit checks what must hold of every text that is split.
func checkSplit(t interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}, text string) {
	t.Helper()
	got := new(Client).SplitText(text)

	rest := text
	for _, p := range got {
		if units(p) > TextLimit {
			t.Fatalf("a piece has %d units", units(p))
		}
		i := strings.Index(rest, p)
		if i < 0 {
			t.Fatalf("piece %q is not in the rest of the text", p)
		}
		if strings.TrimSpace(rest[:i]) != "" {
			t.Fatalf("lost %q", rest[:i])
		}
		rest = rest[i+len(p):]
	}
	if strings.TrimSpace(rest) != "" {
		t.Fatalf("lost %q at the end", rest)
	}
	if slices.ContainsFunc(got, func(p string) bool { return strings.TrimSpace(p) == "" }) {
		t.Fatal("a blank piece")
	}
	if utf8.ValidString(text) && slices.ContainsFunc(got, func(p string) bool { return !utf8.ValidString(p) }) {
		t.Fatal("a piece was cut inside a character")
	}
	if units(text) <= TextLimit && len(got) > 1 {
		t.Fatal("a text that fits was split")
	}
}
