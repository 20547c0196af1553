package views_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"sellerchat/static"
)

// heaviest is what the install page may weigh with everything it needs, compressed.
const heaviest = 60 * 1024

func TestInstallPageIsLight(t *testing.T) {
	for _, name := range []string{"fresh", "long texts"} {
		t.Run(name, func(t *testing.T) {
			var html bytes.Buffer
			if err := state(t, "Install", name).Whole.Render(context.Background(), &html); err != nil {
				t.Fatal(err)
			}
			total, requests := compressed(t, html.Bytes()), 1
			t.Logf("%6d bytes  the page, %d uncompressed", total, html.Len())

			doc, err := goquery.NewDocumentFromReader(&html)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			doc.Find("script[src], link[href], img[src]").Each(func(_ int, s *goquery.Selection) {
				address := s.AttrOr("src", s.AttrOr("href", ""))
				if seen[address] {
					return
				}
				seen[address] = true
				size := transferred(t, address)
				t.Logf("%6d bytes  %s", size, address)
				total += size
				requests++
			})
			t.Logf("%6d bytes in %d requests", total, requests)

			if total > heaviest {
				t.Errorf("the page weighs %d bytes, more than %d", total, heaviest)
			}
		})
	}
}

func transferred(t *testing.T, address string) int {
	t.Helper()

	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s answers %d", address, w.Code)
	}

	return w.Body.Len()
}

func compressed(t *testing.T, b []byte) int {
	t.Helper()

	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.Copy(z, strings.NewReader(string(b))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}

	return out.Len()
}
