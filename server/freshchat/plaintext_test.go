package freshchat

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPlainText(t *testing.T) {
	for _, tt := range []struct {
		name, content, want string
	}{
		{"plain text", "Hi! Your parcel left.", "Hi! Your parcel left."},
		{"line breaks of plain text", "one\ntwo\r\n\r\nthree", "one\ntwo\n\nthree"},
		{"blanks inside plain text", "a  b", "a  b"},
		{"blanks around it", "  a \n", "a"},
		{"emoji", "👍🏽 danke", "👍🏽 danke"},
		{"emoji by name are somebody else's work", "ok :+1:", "ok :+1:"},

		{"a comparison", "a < b and b > c", "a < b and b > c"},
		{"a comparison without blanks", "if a<b and c>d", "if a<b and c>d"},
		{"a comparison that looks like the start of a tag", "1<b", "1<b"},
		{"a heart", "I <3 you", "I <3 you"},
		{"a broken heart", "</3 sorry > me", "</3 sorry > me"},
		{"an arrow", "<- here -> there", "<- here -> there"},
		{"an address in angle brackets", "write to <help@acme.example>", "write to <help@acme.example>"},
		{"a link in angle brackets", "see <https://acme.example/a>", "see <https://acme.example/a>"},
		{"a placeholder in angle brackets", "your <order number> please", "your <order number> please"},
		{"an exclamation in angle brackets", "<!important> read", "<!important> read"},
		{"a tag that never ends", "almost <b", "almost <b"},
		{"an attribute that never ends", `almost <a href="x`, `almost <a href="x`},
		{"a script that was only mentioned", "put a <script> there", "put a <script> there"},

		{"emphasis", "<b>Hi</b> <i>Mei</i>", "Hi Mei"},
		{"paragraphs", "<p>one</p><p>two</p>", "one\ntwo"},
		{"paragraphs on lines of their own", "<p>one</p>\n<p>two</p>\n", "one\ntwo"},
		{"breaks", "one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"},
		{"an empty line of an editor", "<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"},
		{"a list", "<ul><li>one</li><li>two</li></ul>after", "- one\n- two\nafter"},
		{"a table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"a style of the editor", `<span style="color:red" class="x" data-id="7">red</span>`, "red"},
		{"a comment", "a<!-- hidden -->b", "ab"},
		{"a document", "<!doctype html><html><head></head><body>x</body></html>", "x"},

		{"entities", "a &lt; b &amp;&amp; c &gt; d &quot;x&quot; &#39;y&#x27; caf&eacute;", `a < b && c > d "x" 'y' café`},
		{"an entity for a blank", "a&nbsp;b", "a b"},
		{"an entity is read once", "&amp;lt;b&amp;gt;", "&lt;b&gt;"},
		{"markup written as entities stays text", "&lt;b&gt;x&lt;/b&gt;", "<b>x</b>"},
		{"an address whose query looks like an entity", "https://x.example/?a=1&region=2&copy=3", "https://x.example/?a=1&region=2&copy=3"},
		{"an address in HTML", "https://x.example/?a=1&amp;region=2", "https://x.example/?a=1&region=2"},
		{"an unknown entity", "a &unknown; b", "a &unknown; b"},
		{"an entity for a control character", "a&#8;b", "ab"},

		{"a link with a label", `See <a href="https://x.example/a?b=1&amp;c=2" target="_blank">our page</a>.`, "See our page (https://x.example/a?b=1&c=2)."},
		{"a link whose label is its address", `<a href="https://x.example/">https://x.example</a>`, "https://x.example"},
		{"a link whose label leaves the scheme out", `<a href="https://www.x.example/a">x.example/a</a>`, "x.example/a"},
		{"a link without a label", `<a href="https://x.example/a"></a>`, "https://x.example/a"},
		{"a link that never ends", `<a href="https://x.example/a">here`, "here (https://x.example/a)"},
		{"a link of script", `<a href="javascript:alert(1)">here</a>`, "here"},
		{"a link of data", `<a href="data:text/html,x">here</a>`, "here"},
		{"an e-mail link", `<a href="mailto:a@x.example">a@x.example</a>`, "a@x.example"},
		{"a place in the page", `<a name="top">here</a>`, "here"},

		{"an emoji as a picture", `ok <img class="emoji" alt="😀" src="https://x.example/1.png">`, "ok 😀"},
		{"a picture without words", `<img src="https://x.example/1.png">`, "https://x.example/1.png"},
		{"a picture inside the text", `<img src="data:image/png;base64,AAAA">x`, "x"},

		{"script", "a<script>alert('x')</script>b", "ab"},
		{"script in capitals", "a<SCRIPT>alert('x')</SCRIPT>b", "ab"},
		{"an end of script that was only mentioned", "close it with </script> there", "close it with </script> there"},
		{"styles", "<style>p{color:red}</style>text", "text"},
		{"a handler is not markup of an editor, and does nothing as text", `<img src=x onerror=alert(1)>`, `<img src=x onerror=alert(1)>`},
		{"nothing", "", ""},
		{"only markup", "<p><br></p>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := PlainText(tt.content); got != tt.want {
				t.Errorf("PlainText(%q) = %q, want %q", tt.content, got, tt.want)
			}
		})
	}
}

// A text may be as long as a webhook. Reading what is left of it again at every
// tag, as was done once for scripts, took two minutes for one of these.
func TestLongTextsAreReadOnce(t *testing.T) {
	for _, s := range []string{
		"<script></script>", "</script>", "<style>", "<STYLE>a</style>", "<a href=https://x.example>", "<p>", "<li>", "</a>", "<", "<b", "&amp;", "&", "<!--", "<br> ",
		":+1:", ":+1: ", "::", ":a", " :", "https://x.example/:+1:", " \t", "\n",
	} {
		long := strings.Repeat(s, 1<<20/len(s))

		began := time.Now()
		got := shortcodes(PlainText(long))

		if took := time.Since(began); took > 20*time.Second || len(got) > 8*len(long) {
			t.Errorf("%q: %d bytes became %d in %v", s, len(long), len(got), took)
		}
	}
}

func TestTextWithoutMarkupIsLeftAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9 .,;:!?()\n'"/=+*#@%>äß…😀안-]{0,80}`).Draw(t, "text")

		var lines []string
		for line := range strings.SplitSeq(text, "\n") {
			lines = append(lines, strings.TrimRight(line, " "))
		}

		if want := strings.TrimSpace(strings.Join(lines, "\n")); PlainText(text) != want {
			t.Errorf("PlainText(%q) = %q, want %q", text, PlainText(text), want)
		}
	})
}

func FuzzPlainText(f *testing.F) {
	for _, s := range []string{
		"<p>a</p>", "a<b", "<a href=https://x>y", "<script>", "</3", "&#0;&#xD800;", "<textarea>a</textarea>b", "<plaintext>a<b>c", "<!--", "\x00<",
	} {
		f.Add(s)
	}

	f.Fuzz(func(t *testing.T, content string) {
		got := PlainText(content)

		if utf8.ValidString(content) && !utf8.ValidString(got) {
			t.Errorf("PlainText(%q) = %q, which is no text", content, got)
		}

		if got != strings.TrimSpace(got) || strings.ContainsAny(got, "\x00\x08\x1b\r") {
			t.Errorf("PlainText(%q) = %q", content, got)
		}

		if !strings.ContainsAny(content, "<&") && strings.TrimSpace(content) != "" && got == "" && strings.ContainsFunc(content, func(r rune) bool { return r > ' ' && r != 0x7f && r != 0xa0 }) {
			t.Errorf("PlainText(%q) lost everything", content)
		}
	})
}
