package freshchat

import (
	"html"
	"regexp"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// PlainText turns what an agent's editor produced into plain text: line breaks
// and links are kept, the latter as "label (address)", everything else of the
// markup goes. What only looks like markup, such as "a < b" or "<3", is text
// and stays.
func PlainText(content string) string {
	w := &plainWriter{}
	z := nethtml.NewTokenizer(strings.NewReader(content))
	read := 0

	for {
		kind := z.Next()
		raw := string(z.Raw())

		if kind == nethtml.ErrorToken {
			// A tag that never ends is text.
			w.text(content[min(read, len(content)):])

			return w.String()
		}

		read += len(raw)

		switch kind {
		case nethtml.TextToken:
			w.text(raw)
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken, nethtml.EndTagToken:
			w.tag(kind, z.Token(), raw, content[read:])
		case nethtml.CommentToken:
			if !strings.HasPrefix(raw, "<!--") {
				w.text(raw)
			}
		default:
			// A document type is none of the text.
		}
	}
}

// layout is what an element does to the text around it.
type layout uint8

const (
	// inline elements leave no trace.
	inline layout = iota + 1
	// block elements stand on lines of their own.
	block
	// silent elements go with everything inside them.
	silent
)

// elements are those that editors produce. Anything else in angle brackets is
// something that somebody wrote.
var elements = func() map[atom.Atom]layout {
	m := map[atom.Atom]layout{atom.Script: silent, atom.Style: silent}
	for _, a := range []atom.Atom{
		atom.A, atom.Abbr, atom.B, atom.Big, atom.Cite, atom.Code, atom.Del, atom.Em, atom.Font, atom.I, atom.Ins, atom.Kbd,
		atom.Label, atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub,
		atom.Sup, atom.Td, atom.Th, atom.Time, atom.U, atom.Var, atom.Wbr, atom.Br, atom.Img,
	} {
		m[a] = inline
	}

	for _, a := range []atom.Atom{
		atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Div, atom.Dl, atom.Dt,
		atom.Figcaption, atom.Figure, atom.Footer, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Head,
		atom.Header, atom.Hr, atom.Html, atom.Li, atom.Main, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Section,
		atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr, atom.Ul,
	} {
		m[a] = block
	}

	return m
}()

// endings find the ends of the silent elements: without one, the element was
// only mentioned.
var endings = map[atom.Atom]*regexp.Regexp{
	atom.Script: regexp.MustCompile(`(?i)</script`), atom.Style: regexp.MustCompile(`(?i)</style`),
}

// attributes are those that editors produce. "a<b and c>d" has none of them.
var attributes = []string{
	"align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color", "colspan", "datetime", "dir", "face",
	"height", "href", "id", "lang", "name", "rel", "role", "rowspan", "size", "src", "start", "style", "tabindex",
	"target", "title", "type", "valign", "value", "width",
}

// layoutOf says what a tag is; false when it is not markup.
func layoutOf(t nethtml.Token) (layout, bool) {
	for _, a := range t.Attr {
		if !slices.Contains(attributes, a.Key) && !strings.HasPrefix(a.Key, "data-") && !strings.HasPrefix(a.Key, "aria-") {
			return 0, false
		}
	}

	l, known := elements[t.DataAtom]

	return l, known
}

// plainWriter collects the text.
type plainWriter struct {
	out strings.Builder
	// skip is the silent element that is open; 0 when none is.
	skip atom.Atom
	// broken is true after a tag that stands on a line of its own.
	broken bool
	// href is where the open link leads, from its place in the text.
	href string
	from int
}

func (w *plainWriter) text(raw string) {
	if w.skip != 0 {
		return
	}

	// Line breaks between the tags of an editor are for its own readers.
	if w.broken && strings.TrimSpace(raw) == "" {
		return
	}

	w.broken = false
	w.out.WriteString(unescape(raw))
}

func (w *plainWriter) tag(kind nethtml.TokenType, t nethtml.Token, raw, rest string) {
	l, known := layoutOf(t)

	if w.skip != 0 {
		if kind == nethtml.EndTagToken && t.DataAtom == w.skip {
			w.skip = 0
		}

		return
	}

	switch {
	case !known || l == silent && (kind != nethtml.StartTagToken || !endings[t.DataAtom].MatchString(rest)):
		w.text(raw)
	case l == silent:
		w.skip = t.DataAtom
	case t.DataAtom == atom.Br:
		w.out.WriteByte('\n')
		w.broken = true
	case t.DataAtom == atom.Img:
		w.picture(t)
	case t.DataAtom == atom.A:
		w.link(kind, t)
	case l == block:
		w.line()

		if t.DataAtom == atom.Li && kind == nethtml.StartTagToken {
			w.out.WriteString("- ")
		}
	case (t.DataAtom == atom.Td || t.DataAtom == atom.Th) && kind == nethtml.EndTagToken:
		w.out.WriteByte(' ')
	}
}

// line begins a new line unless one has just begun.
func (w *plainWriter) line() {
	w.broken = true
	if s := w.out.String(); s != "" && !strings.HasSuffix(s, "\n") {
		w.out.WriteByte('\n')
	}
}

// picture leaves what the picture stands for, as emoji in editors do, or its
// address.
func (w *plainWriter) picture(t nethtml.Token) {
	text := attribute(t, "alt")
	if text == "" {
		text = address(attribute(t, "src"))
	}

	w.broken = false
	w.out.WriteString(text)
}

// link puts the address behind the label, where the label is not the address.
func (w *plainWriter) link(kind nethtml.TokenType, t nethtml.Token) {
	w.endLink()

	if kind == nethtml.StartTagToken {
		w.href, w.from = address(attribute(t, "href")), w.out.Len()
	}
}

func (w *plainWriter) endLink() {
	if w.href == "" {
		return
	}

	label, href := strings.TrimSpace(w.out.String()[w.from:]), w.href
	w.href, w.broken = "", false

	switch {
	case label == "":
		w.out.WriteString(href)
	case bare(label) != bare(href):
		w.out.WriteString(" (" + href + ")")
	}
}

// String is the text, without blanks at the ends of lines and of the whole.
func (w *plainWriter) String() string {
	w.endLink()

	text := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u00a0", " ").Replace(w.out.String())
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}

		return r
	}, text)

	return strings.TrimSpace(trailing.ReplaceAllString(text, "\n"))
}

var (
	trailing = regexp.MustCompile(`[ \t]+\n`)
	// entity has to end in a semicolon: without one, an address such as
	// "?a=1&region=2" would change, as browsers let &reg stand for a sign.
	entity = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
)

func unescape(raw string) string { return entity.ReplaceAllStringFunc(raw, html.UnescapeString) }

func attribute(t nethtml.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return strings.TrimSpace(a.Val)
		}
	}

	return ""
}

// address returns an address that a person can use; empty for any other.
func address(href string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:"} {
		if len(href) > len(scheme) && strings.EqualFold(href[:len(scheme)], scheme) {
			return href
		}
	}

	return ""
}

// bare drops what a label may leave out of an address.
func bare(address string) string {
	address = strings.ToLower(address)
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:", "www."} {
		address = strings.TrimPrefix(address, scheme)
	}

	return strings.TrimSuffix(address, "/")
}
