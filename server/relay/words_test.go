package relay

import (
	"fmt"
	"slices"
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
	long := bridge.Delivery{
		Lane: bridge.LaneKey{Direction: bridge.Out},
		Message: bridge.Message{
			CreatedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC),
			Parts:     []bridge.Part{{Kind: bridge.PartText, Text: strings.Repeat("word ", 40)}},
		},
	}
	fresh := func(bridge.NoteCause) bool { return false }

	for say, w := range wordings {
		for _, many := range []int{1, 2, 20} {
			t.Run(fmt.Sprintf("%s, %d", say, many), func(t *testing.T) {
				parts := slices.Repeat([]bridge.Part{telling{say: say}.part(long)}, many)
				note := compose(parts, fresh)

				if strings.Contains(note, "%!") || !strings.HasSuffix(note, w.next) || strings.Contains(note, "  ") || strings.Contains(note, "!") {
					t.Errorf("the note reads %q", note)
				}

				if n := utf8.RuneCountInString(note); n > 400 && many == 1 || n > 1200 {
					t.Errorf("note of %d characters repeats too much of the message", n)
				}
			})
		}
	}
}

func TestAMessageIsNamedByItsWordsElseByItsFiles(t *testing.T) {
	// The words in a part that is a file are ours, for when it cannot be carried.
	file := func(kind bridge.PartKind, name string) bridge.Part {
		return bridge.Part{Kind: kind, Text: "[File] Open TikTok Seller Center to see it.", Name: name}
	}
	text := bridge.Part{Kind: bridge.PartText, Text: "Look here"}
	long := strings.Repeat("holiday ", 20) + "picture.png"
	cut := strings.Repeat("holiday ", 8) + "holi…picture.png"

	for _, row := range []struct {
		name    string
		d       bridge.Direction
		parts   []bridge.Part
		note    string
		dated   string
		inPanel string
	}{
		{
			"a text", bridge.Out, []bridge.Part{text},
			"“Look here”", "“Look here” (written 09:30 UTC)", "Look here",
		},
		{
			"a picture with a name", bridge.Out, []bridge.Part{file(bridge.PartImage, "cat.png")},
			"(picture “cat.png”)", "(picture “cat.png”, written 09:30 UTC)", "(picture “cat.png”)",
		},
		{
			"a video without one", bridge.Out, []bridge.Part{file(bridge.PartVideo, "")},
			"(video, written 09:30 UTC)", "(video, written 09:30 UTC)", "(video)",
		},
		{
			"a buyer's picture", bridge.In, []bridge.Part{file(bridge.PartImage, "")},
			"(picture, written 09:30 UTC)", "(picture, written 09:30 UTC)", "(picture)",
		},
		{
			"files of which one has a name", bridge.Out, []bridge.Part{file(bridge.PartFile, "offer.pdf"), file(bridge.PartImage, "")},
			"(file “offer.pdf” and picture, written 09:30 UTC)", "(file “offer.pdf” and picture, written 09:30 UTC)", "(file “offer.pdf” and picture)",
		},
		{
			"a text with a file", bridge.Out, []bridge.Part{text, file(bridge.PartFile, "offer.pdf")},
			"“Look here”", "“Look here” (written 09:30 UTC)", "Look here (file “offer.pdf”)",
		},
		{
			"a long name", bridge.Out, []bridge.Part{file(bridge.PartImage, long)},
			"(picture “" + cut + "”)", "(picture “" + cut + "”, written 09:30 UTC)", "(picture “" + cut + "”)",
		},
		{
			"a name on two lines", bridge.Out, []bridge.Part{file(bridge.PartImage, "cat\n.png")},
			"(picture “cat .png”)", "(picture “cat .png”, written 09:30 UTC)", "(picture “cat .png”)",
		},
		{
			"buttons", bridge.Out, []bridge.Part{{Kind: bridge.PartNotice, Text: "TikTok shows no buttons."}},
			"(written 09:30 UTC)", "(written 09:30 UTC)", "TikTok shows no buttons.",
		},
		{
			"a card of the buyer's", bridge.In, []bridge.Part{{Kind: bridge.PartCard, Text: "[Order] 17"}},
			"“[Order] 17”", "“[Order] 17” (written 09:30 UTC)", "[Order] 17",
		},
		{
			"nothing that is kept", bridge.Out, nil,
			"(written 09:30 UTC)", "(written 09:30 UTC)", "",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := bridge.Delivery{
				Lane:    bridge.LaneKey{Direction: row.d},
				Message: bridge.Message{CreatedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Parts: row.parts},
			}

			got := []string{named(d, false), named(d, true), subject(d)}
			if diff := cmp.Diff([]string{row.note, row.dated, row.inPanel}, got); diff != "" {
				t.Errorf("named in a note, with its time, in the panel -want +got:\n%s", diff)
			}
		})
	}
}

func TestNotesNameTheMessages(t *testing.T) {
	named := func(say saying, words, kinds string, names ...string) []bridge.Part {
		parts := make([]bridge.Part, len(names))
		for i, name := range names {
			parts[i] = bridge.Part{Type: string(say), Text: words, Ref: kinds, Name: name}
		}

		return parts
	}

	for _, row := range []struct {
		name  string
		parts []bridge.Part
		known bool
		want  string
	}{
		{"one", named(sayFailed, "Write it differently.", "", "“a”"), false, "Your message “a” was not sent to the buyer. Write it differently."},
		{"three alike", named(sayFailed, "Write it differently.", "", "“a”", "“b”", "“c”"), false, "3 of your messages were not sent to the buyer: “a”, “b” and “c”. Write it differently."},
		{
			"ten alike", named(sayLate, "", "", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"), false,
			"10 of your messages reached the buyer after one that you wrote later: 1, 2, 3, 4, 5, 6, 7, 8 and 2 more.",
		},
		{
			"two unlike", slices.Concat(named(sayFailed, "One.", "", "“a”"), named(sayPart, "Two.", "", "“b”")), false,
			"Your message “a” was not sent to the buyer. One.\nOnly the first part of your message “b” was sent to the buyer. Two.",
		},
		{"a kind for the first time", named(sayUnsupported, "It holds an image.", "image", "“a”"), false, "Your message “a” was not sent to the buyer. It holds an image."},
		{"a kind that was explained", named(sayUnsupported, "It holds an image.", "image", "“a”"), true, "Your message “a” was not sent to the buyer. As before, the reason is its image."},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := compose(row.parts, func(bridge.NoteCause) bool { return row.known })
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("note (-want +got):\n%s", diff)
			}
		})
	}
}
