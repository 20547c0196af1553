package static_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"sellerchat/static"
)

func get(t *testing.T, method, path, accept string) *http.Response {
	t.Helper()

	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	res := w.Result()
	t.Cleanup(func() { _ = res.Body.Close() })

	return res
}

func TestURLContainsAHashOfTheContent(t *testing.T) {
	want := regexp.MustCompile(`^/static/css/app\.[0-9a-f]{12}\.css$`)
	if got := static.URL("css/app.css"); !want.MatchString(got) {
		t.Errorf("URL = %q, want it to match %s", got, want)
	}
}

func TestURLPanicsForAFileThatIsNotThere(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("URL of a missing file did not panic")
		}
	}()
	static.URL("css/missing.css")
}

func TestHandlerServesEachKindForGood(t *testing.T) {
	tests := []struct {
		name, file, accept, wantType, wantEncoding string
	}{
		{"a style sheet is compressed", "css/app.css", "gzip, br", "text/css; charset=utf-8", "gzip"},
		{"a script is compressed", "js/page.js", "br;q=1.0, gzip;q=0.5", "text/javascript; charset=utf-8", "gzip"},
		{"an image is compressed", "svg/icon.svg", "GZIP", "image/svg+xml", "gzip"},
		{"a browser that takes no gzip gets the plain file", "css/app.css", "", "text/css; charset=utf-8", ""},
		{"a browser that rules gzip out gets the plain file", "css/app.css", "gzip;q=0, br", "text/css; charset=utf-8", ""},
		{"a coding that only resembles gzip is not gzip", "css/app.css", "xgzip", "text/css; charset=utf-8", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := get(t, http.MethodGet, static.URL(tt.file), tt.accept)

			if res.StatusCode != http.StatusOK {
				t.Fatalf("status = %d", res.StatusCode)
			}
			if got := res.Header.Get("Content-Type"); got != tt.wantType {
				t.Errorf("Content-Type = %q, want %q", got, tt.wantType)
			}
			if got := res.Header.Get("Content-Encoding"); got != tt.wantEncoding {
				t.Errorf("Content-Encoding = %q, want %q", got, tt.wantEncoding)
			}
			if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("Cache-Control = %q", got)
			}
			if got := res.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Vary = %q", got)
			}
			if got, want := body(t, res), source(t, tt.file); got != want {
				t.Errorf("body has %d bytes and differs from the file with %d", len(got), len(want))
			}
		})
	}
}

func TestHandlerRefuses(t *testing.T) {
	tests := []struct {
		name, method, path string
		want               int
	}{
		{"a file under its plain name", http.MethodGet, "/static/css/app.css", http.StatusNotFound},
		{"an old hash", http.MethodGet, "/static/css/app.000000000000.css", http.StatusNotFound},
		{"the folder", http.MethodGet, "/static/", http.StatusNotFound},
		{"a way out of the folder", http.MethodGet, "/static/../static.go", http.StatusNotFound},
		{"a post", http.MethodPost, static.URL("css/app.css"), http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := get(t, tt.method, tt.path, "gzip").StatusCode; got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestHeadAnswersWithoutABody(t *testing.T) {
	res := get(t, http.MethodHead, static.URL("js/page.js"), "gzip")
	if got := res.Header.Get("Content-Length"); got == "" || got == "0" {
		t.Errorf("Content-Length = %q", got)
	}
	if b, _ := io.ReadAll(res.Body); len(b) != 0 {
		t.Errorf("HEAD answered with %d bytes", len(b))
	}
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()

	var r io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	var out strings.Builder
	if _, err := io.Copy(&out, r); err != nil {
		t.Fatal(err)
	}

	return out.String()
}

func source(t *testing.T, name string) string {
	t.Helper()

	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}

	return string(b)
}
