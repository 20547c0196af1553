package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// browser is one without scripts: it follows links and redirects, keeps
// cookies, and sends what a form holds.
type browser struct {
	t      testing.TB
	client *http.Client
	// seen is the source of every page so far.
	seen strings.Builder
}

func newBrowser(t testing.TB) *browser {
	t.Helper()

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}

	return &browser{t: t, client: &http.Client{Jar: jar}}
}

// page is what a browser shows.
type page struct {
	b      *browser
	url    *url.URL
	status int
	header http.Header
	doc    *goquery.Document
	// typed is what was typed into fields, by their names.
	typed map[string]string
}

func (b *browser) open(address string) *page {
	b.t.Helper()

	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}

	return b.do(req)
}

func (b *browser) post(address string, form url.Values, header ...string) *page {
	b.t.Helper()

	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}

	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}

	return b.do(req)
}

func (b *browser) do(req *http.Request) *page {
	b.t.Helper()
	req.Header.Set("Accept", "text/html,application/xhtml+xml")

	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	defer res.Body.Close()

	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}

	b.seen.Write(body)

	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}

	return &page{b: b, url: res.Request.URL, status: res.StatusCode, header: res.Header, doc: doc, typed: map[string]string{}}
}

// field finds a field by its visible label.
func (p *page) field(label string) *goquery.Selection {
	p.b.t.Helper()

	found := p.doc.Find("label").FilterFunction(func(_ int, l *goquery.Selection) bool { return words(l) == label })
	if found.Length() == 0 {
		p.b.t.Fatalf("%s has no field %q:\n%s", p.url.Path, label, p.text())
	}

	return p.doc.Find("#" + found.First().AttrOr("for", "none"))
}

// value is what a field shows.
func (p *page) value(label string) string {
	p.b.t.Helper()
	f := p.field(label)

	if goquery.NodeName(f) == "textarea" {
		return f.Text()
	}

	return f.AttrOr("value", "")
}

// fill types into a field that can be typed into.
func (p *page) fill(label, text string) *page {
	p.b.t.Helper()
	f := p.field(label)

	if disabled(f) {
		p.b.t.Fatalf("%s: the field %q is disabled", p.url.Path, label)
	}

	p.typed[f.AttrOr("name", "")] = text

	return p
}

// choose takes an entry of a drop-down by its words.
func (p *page) choose(label, entry string) *page {
	p.b.t.Helper()

	option := p.field(label).Find("option").FilterFunction(func(_ int, o *goquery.Selection) bool { return words(o) == entry })
	if option.Length() == 0 {
		p.b.t.Fatalf("%s: %q has no entry %q:\n%s", p.url.Path, label, entry, words(p.field(label)))
	}

	return p.fill(label, option.AttrOr("value", entry))
}

// press sends the form of a button with everything that was typed.
func (p *page) press(label string) *page {
	p.b.t.Helper()

	button := p.doc.Find("button").FilterFunction(func(_ int, b *goquery.Selection) bool { return words(b) == label })
	if button.Length() == 0 {
		p.b.t.Fatalf("%s has no button %q:\n%s", p.url.Path, label, p.text())
	}

	button = button.First()
	if disabled(button) {
		p.b.t.Fatalf("%s: the button %q is disabled", p.url.Path, label)
	}

	form := button.Closest("form")
	values := p.values(form)

	if name, ok := button.Attr("name"); ok {
		values.Set(name, button.AttrOr("value", ""))
	}

	action, err := p.url.Parse(button.AttrOr("formaction", form.AttrOr("action", "")))
	if err != nil {
		p.b.t.Fatal(err)
	}

	return p.b.post(action.String(), values, "Origin", action.Scheme+"://"+action.Host)
}

// values are what a form would send: what is disabled stays out.
func (p *page) values(form *goquery.Selection) url.Values {
	values := url.Values{}

	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, f *goquery.Selection) {
		name, kind := f.AttrOr("name", ""), f.AttrOr("type", "text")
		_, checked := f.Attr("checked")

		typed, wasTyped := p.typed[name]

		switch {
		case disabled(f) || (kind == "checkbox" || kind == "radio") && !checked:
		case wasTyped:
			values.Set(name, typed)
		case goquery.NodeName(f) == "textarea":
			values.Set(name, f.Text())
		case goquery.NodeName(f) == "select":
			values.Set(name, f.Find("option[selected]").AttrOr("value", ""))
		default:
			values.Set(name, f.AttrOr("value", ""))
		}
	})

	return values
}

// linked is where the first link that the selector finds leads to.
func (p *page) linked(find string) string {
	p.b.t.Helper()

	to, err := p.url.Parse(p.doc.Find(find).First().AttrOr("href", ""))
	if err != nil || to.Path == p.url.Path {
		p.b.t.Fatalf("%s has no link %s: %v\n%s", p.url.Path, find, err, p.text())
	}

	return to.String()
}

// notice is what the live region on top says.
func (p *page) notice() string { return words(p.doc.Find("#notices")) }

// complaint is what stands beside a field as wrong.
func (p *page) complaint(label string) string {
	p.b.t.Helper()

	return words(p.doc.Find("#" + p.field(label).AttrOr("id", "none") + "-error"))
}

func (p *page) text() string { return words(p.doc.Find("body")) }

func disabled(s *goquery.Selection) bool {
	_, own := s.Attr("disabled")

	return own || s.Closest("fieldset[disabled]").Length() > 0
}

// words is the text of an element with its white space folded.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }
