package views_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"sellerchat/views/gallery"
)

// draw renders a component and parses it.
func draw(t *testing.T, c templ.Component) (*goquery.Document, string) {
	t.Helper()

	var html strings.Builder
	if err := c.Render(context.Background(), &html); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html.String()))
	if err != nil {
		t.Fatal(err)
	}

	return doc, html.String()
}

// each goes through every state of the gallery, as a whole page and, where there are, in parts.
func each(t *testing.T, check func(t *testing.T, doc *goquery.Document, html string)) {
	t.Helper()
	for _, s := range gallery.States() {
		t.Run(s.String(), func(t *testing.T) {
			doc, html := draw(t, s.Whole)
			check(t, doc, html)
		})
		if s.Parts == nil {
			continue
		}
		t.Run(s.String()+" in parts", func(t *testing.T) {
			doc, html := draw(t, s.Parts)
			check(t, doc, html)
		})
	}
}

func TestGalleryHasEveryPage(t *testing.T) {
	shown := map[string]bool{}
	paths := map[string]bool{}
	for _, s := range gallery.States() {
		shown[s.Page] = true
		if s.Parts != nil {
			shown[s.PartsName] = true
		}
		if paths[s.Path()] {
			t.Errorf("two states share the path %s", s.Path())
		}
		paths[s.Path()] = true
	}
	for _, name := range pages(t) {
		if !shown[name] {
			t.Errorf("the gallery does not show %s", name)
		}
	}
}

// pages lists the exported components of this package.
func pages(t *testing.T) []string {
	t.Helper()

	files, err := filepath.Glob("*_templ.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
				out = append(out, f.Name.Name)
			}
		}
	}
	if len(out) < 10 {
		t.Fatalf("found only the pages %v", out)
	}

	return out
}

func TestNoPageHasInlineScriptOrStyle(t *testing.T) {
	each(t, func(t *testing.T, doc *goquery.Document, _ string) {
		doc.Find("script").Each(func(_ int, s *goquery.Selection) {
			if s.AttrOr("src", "") == "" || s.Text() != "" {
				t.Error("an inline script")
			}
		})
		if n := doc.Find("style, [style]").Length(); n > 0 {
			t.Errorf("%d inline styles", n)
		}
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Nodes[0].Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.HasPrefix(a.Val, "javascript:") {
					t.Errorf("the handler %s=%q", a.Key, a.Val)
				}
			}
		})
	})
}

func TestEverythingComesFromUs(t *testing.T) {
	each(t, func(t *testing.T, doc *goquery.Document, _ string) {
		doc.Find("[src], link[href]").Each(func(_ int, s *goquery.Selection) {
			address := s.AttrOr("src", s.AttrOr("href", ""))
			if !strings.HasPrefix(address, "/static/") {
				t.Errorf("%s is not one of our files", address)
			}
		})
	})
}

func TestEveryFieldHasItsLabelAndItsHelp(t *testing.T) {
	each(t, func(t *testing.T, doc *goquery.Document, _ string) {
		doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if doc.Find(`label[for="`+id+`"]`).Length() != 1 {
				t.Errorf("the field %q has not exactly one label", id)
			}
			for described := range strings.FieldsSeq(s.AttrOr("aria-describedby", "")) {
				if doc.Find("#"+described).Length() != 1 {
					t.Errorf("%q is described by %q, which is not there", id, described)
				}
			}
			if s.AttrOr("aria-invalid", "") == "true" && strings.TrimSpace(doc.Find("#"+id+"-error").Text()) == "" {
				t.Errorf("%q is in error without a word", id)
			}
		})
	})
}

func TestIDsOccurOnce(t *testing.T) {
	each(t, func(t *testing.T, doc *goquery.Document, _ string) {
		var seen []string
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if slices.Contains(seen, id) {
				t.Errorf("the id %q occurs twice", id)
			}
			seen = append(seen, id)
		})
	})
}

func TestTextOfPeopleIsEscaped(t *testing.T) {
	each(t, func(t *testing.T, _ *goquery.Document, html string) {
		if strings.Contains(html, "<b>Home</b>") {
			t.Error("a shop's name became markup")
		}
	})
}

func TestWholePagesHaveOneHeadingAndOneMain(t *testing.T) {
	for _, s := range gallery.States() {
		t.Run(s.String(), func(t *testing.T) {
			doc, _ := draw(t, s.Whole)
			if n := doc.Find("h1").Length(); n != 1 {
				t.Errorf("%d first headings", n)
			}
			if n := doc.Find("main").Length(); n != 1 {
				t.Errorf("%d main regions", n)
			}
			if title := doc.Find("title").Text(); !strings.HasSuffix(title, " – TikTok Seller Chat") || strings.HasPrefix(title, " ") {
				t.Errorf("title %q", title)
			}
		})
	}
}
