// Package static holds the style sheet, scripts and images of our own pages and serves them
// under addresses that contain a hash of the content, so that a browser may keep each one for
// good and never sees an old one. It must not know any page or hold anything secret.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is the path under which Handler has to be mounted, with its closing slash.
const Prefix = "/static/"

const hashLength = 12

//go:embed css js svg
var files embed.FS

// all is filled once, since the files are part of the program: by name for URL, by address for Handler.
var all = load(files)

type asset struct {
	url         string
	contentType string
	plain       []byte
	zipped      []byte
}

type assets struct {
	byName map[string]*asset
	byURL  map[string]*asset
}

// URL returns the address of a file, such as "/static/css/app.1f2e3d4c5b6a.css" for "css/app.css".
// A name that does not exist is a programming fault and panics.
func URL(name string) string {
	a, ok := all.byName[name]
	if !ok {
		panic(fmt.Sprintf("static: no file %q", name))
	}

	return a.url
}

// Handler serves every file under its address, to be kept for a year and never asked for again,
// compressed for those who take gzip. Anything else, also a file under its plain name, is 404.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := all.byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		a.serve(w, r)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")

	body := a.plain
	if len(a.zipped) < len(a.plain) && takesGzip(r.Header.Get("Accept-Encoding")) {
		body = a.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a browser that went away is no fault
}

// takesGzip reads Accept-Encoding as far as it matters here: gzip named, and not with weight zero.
func takesGzip(accept string) bool {
	for entry := range strings.SplitSeq(accept, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(entry), ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		_, weight, found := strings.Cut(params, "q=")
		if !found {
			return true
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		return err == nil && q > 0
	}

	return false
}

func load(source fs.FS) assets {
	out := assets{byName: map[string]*asset{}, byURL: map[string]*asset{}}
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(source, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		a := newAsset(name, body)
		out.byName[name] = a
		out.byURL[a.url] = a

		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("static: read embedded files: %v", err))
	}

	return out
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	hash := hex.EncodeToString(sum[:])[:hashLength]

	return &asset{
		url:         Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		contentType: contentTypes[ext],
		plain:       body,
		zipped:      compress(body),
	}
}

// contentTypes is our own list, since the one of package mime depends on the machine.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(fmt.Sprintf("static: compress: %v", err))
	}
	if _, err := w.Write(body); err != nil {
		panic(fmt.Sprintf("static: compress: %v", err))
	}
	if err := w.Close(); err != nil {
		panic(fmt.Sprintf("static: compress: %v", err))
	}

	return out.Bytes()
}
