package relay

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sellerchat/server/bridge"
)

func TestLatePrefix(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 30, 0, 0, time.UTC)
	for _, row := range []struct {
		name string
		sent time.Time
		want string
	}{
		{"a message of today shows its time", now.Add(-2 * time.Hour), "[Late, sent 16:30 UTC] "},
		{"one of twelve hours ago still does", now.Add(-12 * time.Hour), "[Late, sent 06:30 UTC] "},
		{"an older one shows its date as well", now.Add(-13 * time.Hour), "[Late, sent 23 Nov 2026 05:30 UTC] "},
		{"the zone of the sender does not matter", now.Add(-time.Hour).In(time.FixedZone("x", 3600)), "[Late, sent 17:30 UTC] "},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := latePrefix(row.sent, now); got != row.want {
				t.Errorf("prefix %q, want %q", got, row.want)
			}
		})
	}
}

func TestSameText(t *testing.T) {
	for _, row := range []struct {
		name string
		a, b string
		want bool
	}{
		{"equal texts are the same", "hello", "hello", true},
		{"white space does not count", "hello \n there", "hello there", true},
		{"HTML escapes do not count", "fish &amp; chips", "fish & chips", true},
		{"case counts", "Hello", "hello", false},
		{"a prefix is another text", "hello", "hello there", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := sameText(row.a, row.b); got != row.want {
				t.Errorf("same = %v, want %v", got, row.want)
			}
		})
	}
}

func TestSplitRunesLosesNothingAndKeepsTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab ü😀\n"))).Draw(t, "text")
		most := rapid.IntRange(2, 20).Draw(t, "most")

		pieces := splitRunes(text, most)
		for _, p := range pieces {
			if n := utf8.RuneCountInString(p); n > most {
				t.Fatalf("piece of %d characters, most %d", n, most)
			}
		}

		strip := func(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }
		if got, want := strip(strings.Join(pieces, "")), strip(text); got != want {
			t.Fatalf("pieces hold %q, want %q", got, want)
		}
	})
}

func TestPlanReply(t *testing.T) {
	text := bridge.Part{Kind: bridge.PartText, Text: "hello"}
	image := bridge.Part{Kind: bridge.PartImage, Text: "[image]"}
	buttons := bridge.Part{Kind: bridge.PartCard, Text: "[buttons]"}
	whole := func(s string) []string { return []string{s} }

	for _, row := range []struct {
		name  string
		parts []bridge.Part
		want  replyPlan
	}{
		{"a text goes out", []bridge.Part{text}, replyPlan{calls: []step{{text: "hello"}}}},
		{"two texts go out in order", []bridge.Part{text, {Kind: bridge.PartText, Text: "there"}}, replyPlan{calls: []step{{text: "hello"}, {text: "there"}}}},
		{"an empty text is nothing", []bridge.Part{{Kind: bridge.PartText, Text: "  "}}, replyPlan{}},
		{"an image goes out in its place", []bridge.Part{text, image, text}, replyPlan{calls: []step{{text: "hello"}, {file: true, part: 1}, {text: "hello"}}}},
		{"beside buttons nothing goes out", []bridge.Part{text, buttons}, replyPlan{left: []bridge.Part{text, buttons}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := planReply(row.parts, whole)
			if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(replyPlan{}, step{})); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNotesSayWhatHappenedAndWhatToDo(t *testing.T) {
	out := bridge.Delivery{
		Lane:    bridge.LaneKey{Direction: bridge.Out},
		Message: bridge.Message{Parts: []bridge.Part{{Kind: bridge.PartText, Text: strings.Repeat("word ", 40)}}},
	}
	in := out
	in.Lane.Direction = bridge.In

	for _, row := range []struct {
		name string
		note string
		want []string
	}{
		{"a failed reply", failedNote(out, "TikTok refused its words. Write it differently."), []string{"was not sent", "Write it differently"}},
		{"a buyer's message that cannot be shown", failedNote(in, "It is empty."), []string{"could not be shown", "Seller Center"}},
		{"an uncertain reply", uncertainNote(out), []string{"may or may not", "before you send it again"}},
		{"a reply with an image", unsupportedNote(out, replyPlan{calls: []step{{text: "x"}}, left: []bridge.Part{{Kind: bridge.PartImage}}}), []string{"without its image", "Seller Center"}},
		{"a reply of buttons", unsupportedNote(out, replyPlan{left: []bridge.Part{{Kind: bridge.PartCard}}}), []string{"was not sent", "Write it as text"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, want := range row.want {
				if !strings.Contains(row.note, want) {
					t.Errorf("note %q lacks %q", row.note, want)
				}
			}

			if utf8.RuneCountInString(row.note) > 400 {
				t.Errorf("note of %d characters repeats too much of the message", utf8.RuneCountInString(row.note))
			}
		})
	}
}
