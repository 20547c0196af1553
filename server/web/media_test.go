package web

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

const mediaToken = "planted-media-token"

// keep stores a copy of a file for an installation.
func (s *stage) keep(id bridge.InstallationID, name string, content []byte) bridge.Media {
	s.t.Helper()

	stored, err := s.blobs.Put(s.t.Context(), bytes.NewReader(content), 1<<20)
	if err != nil {
		s.t.Fatal(err)
	}

	m := bridge.Media{
		Token: mediaToken, Installation: id, Delivery: 1, Name: name, Blob: stored,
		StoredAt: s.time(), ExpiresAt: s.time().Add(bridge.MediaFor),
	}
	if err := s.store.AddMedia(s.t.Context(), m); err != nil {
		s.t.Fatal(err)
	}

	return m
}

func picture(t *testing.T) []byte {
	t.Helper()

	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}

	return b.Bytes()
}

// clip begins like a video in an MP4 file.
var clip = append([]byte("\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"), bytes.Repeat([]byte("frame"), 200)...)

func TestAFileIsServedAsWhatItIs(t *testing.T) {
	tests := map[string]struct {
		name        string
		content     []byte
		kind        string
		disposition string
	}{
		"a picture is shown":                       {"tea.png", picture(t), "image/png", `inline; filename=tea.png`},
		"a video is shown":                         {"tea.mp4", clip, "video/mp4", `inline; filename=tea.mp4`},
		"a picture gets the ending of one":         {"tea.html", picture(t), "image/png", `inline; filename=tea.png`},
		"a page is saved, not shown":               {"tea.html", []byte("<!doctype html><script>alert(1)</script>"), "application/octet-stream", `attachment; filename=tea.html`},
		"a page is no picture by its name":         {"tea.png", []byte("<html><script>alert(1)</script></html>"), "application/octet-stream", `attachment; filename=tea.png`},
		"a drawing that can hold scripts is saved": {"tea.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "application/octet-stream", `attachment; filename=tea.svg`},
		"a document is saved":                      {"offer.pdf", []byte("%PDF-1.7\n"), "application/octet-stream", `attachment; filename=offer.pdf`},
		"half a picture is saved":                  {"tea.png", picture(t)[:12], "application/octet-stream", `attachment; filename=tea.png`},
		"a name from elsewhere has two forms":      {"Größe 7.pdf", []byte("%PDF-1.7\n"), "application/octet-stream", `attachment; filename="Gr__e 7.pdf"; filename*=utf-8''Gr%C3%B6%C3%9Fe%207.pdf`},
		"nothing at all is saved":                  {"", nil, "application/octet-stream", `attachment; filename=file`},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.keep(bridge.InstallationID(s.active().InstallID), test.name, test.content)

			a := s.get("/media/" + mediaToken).is(http.StatusOK)
			if a.body != string(test.content) {
				t.Errorf("%d bytes came, want %d", len(a.body), len(test.content))
			}

			got := map[string]string{}
			want := map[string]string{
				"Content-Type": test.kind, "Content-Disposition": test.disposition,
				"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
				"Referrer-Policy": "no-referrer", "Cache-Control": "private, max-age=3600", "Accept-Ranges": "bytes",
				"Cross-Origin-Resource-Policy": "cross-origin", "Strict-Transport-Security": "max-age=31536000",
			}

			for key := range want {
				got[key] = a.Header.Get(key)
			}

			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}

			head := s.call(http.MethodHead, "/media/"+mediaToken, nil).is(http.StatusOK)
			if head.body != "" || head.ContentLength != int64(len(test.content)) || head.Header.Get("Content-Type") != test.kind {
				t.Errorf("HEAD answered %q, length %d, type %s", head.body, head.ContentLength, head.Header.Get("Content-Type"))
			}

			if strings.Contains(s.log.String(), mediaToken) {
				t.Errorf("the log tells the token: %s", s.log.String())
			}
		})
	}
}

func TestRangesOfAFile(t *testing.T) {
	s := newStage(t)
	s.keep(bridge.InstallationID(s.active().InstallID), "tea.mp4", clip)

	tag := s.get("/media/" + mediaToken).Header.Get("ETag")
	size := len(clip)

	tests := map[string]struct {
		header []string
		status int
		body   string
	}{
		"the beginning":                  {[]string{"Range", "bytes=0-3"}, http.StatusPartialContent, string(clip[:4])},
		"the rest":                       {[]string{"Range", "bytes=1000-"}, http.StatusPartialContent, string(clip[1000:])},
		"the end":                        {[]string{"Range", "bytes=-5"}, http.StatusPartialContent, string(clip[size-5:])},
		"past the end":                   {[]string{"Range", "bytes=5000-"}, http.StatusRequestedRangeNotSatisfiable, "invalid range: failed to overlap\n"},
		"no range that can be read":      {[]string{"Range", "bytes=x"}, http.StatusRequestedRangeNotSatisfiable, "invalid range\n"},
		"of the file that was seen":      {[]string{"Range", "bytes=0-3", "If-Range", tag}, http.StatusPartialContent, string(clip[:4])},
		"of another file than was seen":  {[]string{"Range", "bytes=0-3", "If-Range", `"other"`}, http.StatusOK, string(clip)},
		"what is seen already":           {[]string{"If-None-Match", tag}, http.StatusNotModified, ""},
		"what has not changed meanwhile": {[]string{"If-Modified-Since", began.Add(time.Hour).Format(http.TimeFormat)}, http.StatusNotModified, ""},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.on(t)

			if a := s.get("/media/"+mediaToken, test.header...).is(test.status); a.body != test.body {
				t.Errorf("answered %d bytes: %.80q", len(a.body), a.body)
			}
		})
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	tests := map[string]struct {
		change func(s *stage, m bridge.Media)
		path   string
		status int
		says   string
	}{
		"an unknown token":           {nil, "/media/unknown", http.StatusNotFound, "There is nothing at this address"},
		"no token":                   {nil, "/media/", http.StatusNotFound, "There is nothing at this address"},
		"a path instead of a token":  {nil, "/media/..%2f..%2fstore.db", http.StatusNotFound, "There is nothing at this address"},
		"a token of any length":      {nil, "/media/" + strings.Repeat("x", 8000), http.StatusNotFound, "There is nothing at this address"},
		"a file that had its time":   {func(s *stage, _ bridge.Media) { s.pass(bridge.MediaFor) }, "/media/" + mediaToken, http.StatusGone, "deleted after 30 days"},
		"a file that was not stored": {func(s *stage, m bridge.Media) { _ = s.blobs.Delete(s.t.Context(), m.Blob.Key) }, "/media/" + mediaToken, http.StatusGone, "sent again"},
		"a file of an account that removed the app": {func(s *stage, m bridge.Media) {
			_ = s.store.Uninstall(s.t.Context(), m.Installation, s.time(), func(*bridge.Installation) error { return nil })
		}, "/media/" + mediaToken, http.StatusGone, "when the app is removed"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			m := s.keep(bridge.InstallationID(s.active().InstallID), "planted-name.png", picture(t))

			if test.change != nil {
				test.change(s, m)
			}

			a := s.get(test.path).is(test.status)
			if !strings.Contains(a.text("main"), test.says) || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("it says %q, to be kept %q", a.text("main"), a.Header.Get("Cache-Control"))
			}

			s.call(http.MethodHead, test.path, nil).is(test.status)
			checkSecrets(t, a.body+s.log.String())
		})
	}
}

func TestABrowserAsksAgainBeforeAFileIsGone(t *testing.T) {
	s := newStage(t)
	s.keep(bridge.InstallationID(s.active().InstallID), "tea.png", picture(t))
	s.pass(bridge.MediaFor - time.Minute)

	if got := s.get("/media/" + mediaToken).is(http.StatusOK).Header.Get("Cache-Control"); got != "private, max-age=60" {
		t.Errorf("it may be kept %q", got)
	}
}

func TestNamesOfFiles(t *testing.T) {
	long := strings.Repeat("ä", 200)

	tests := map[string]struct{ name, ending, want string }{
		"a plain name":                            {"tea.pdf", "", `; filename=tea.pdf`},
		"a path of a system":                      {"../../etc/passwd", "", `; filename=passwd`},
		"a path of another system":                {`C:\Windows\win.ini`, "", `; filename=win.ini`},
		"nothing but a path":                      {"../..", "", `; filename=file`},
		"no name, shown":                          {"", ".mp4", `; filename=file.mp4`},
		"hidden on some systems":                  {".htaccess", "", `; filename=htaccess`},
		"dots and blanks at the end":              {"tea.exe. . ", "", `; filename=tea.exe`},
		"an attempt to begin a line":              {"a\r\nSet-Cookie: x=y", "", `; filename="aSet-Cookie_ x=y"`},
		"an attempt to end the value":             {`a"; filename="b.exe`, "", `; filename="a_; filename=_b.exe"`},
		"an attempt to turn the writing around":   {"tea\u202Efdp.exe", "", `; filename=teafdp.exe`},
		"bytes that are no text":                  {"tea\xff\xfe.pdf", "", `; filename=tea.pdf`},
		"an escaped path":                         {"%2e%2e%2fx", "", `; filename=_2e_2e_2fx`},
		"the ending that fits":                    {"tea.JPEG", ".jpg", `; filename=tea.JPEG`},
		"the ending that does not":                {"tea.jpg.exe", ".jpg", `; filename=tea.jpg.jpg`},
		"a long name keeps its ending":            {strings.Repeat("x", 200) + ".pdf", "", `; filename=` + strings.Repeat("x", 96) + ".pdf"},
		"a long name that is all ending":          {"." + strings.Repeat("x", 200), "", `; filename=` + strings.Repeat("x", 99)},
		"a long name from elsewhere is shortened": {long, "", `; filename=` + strings.Repeat("_", 100) + `; filename*=utf-8''` + strings.Repeat("%C3%A4", 100)},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fileName(test.name, test.ending)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestADownloadIsTimedByItsProgress reads a file over a connection without
// buffers, behind a server that allows an answer 90 seconds.
func TestADownloadIsTimedByItsProgress(t *testing.T) {
	tests := map[string]struct {
		pause time.Duration
		whole bool
	}{
		"slow, for many minutes": {20 * time.Second, true},
		"standing still":         {40 * time.Second, false},
	}

	const chunks = 32

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				file := bytes.NewReader(make([]byte, chunks*32<<10))
				server := &http.Server{
					Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						http.ServeContent(newPaced(w), r, "", time.Time{}, file)
					}),
					ReadTimeout: 30 * time.Second, WriteTimeout: 90 * time.Second,
				}
				pipe := newPipe()

				served := make(chan error, 1)
				go func() { served <- server.Serve(pipe) }()

				got := download(t, pipe, test.pause)
				if whole := got == file.Size(); whole != test.whole {
					t.Errorf("%d bytes came", got)
				}

				_ = server.Close() // its connection has ended
				<-served
			})
		})
	}
}

// download reads a file in pieces, with a pause after each.
func download(t *testing.T, p *pipe, pause time.Duration) int64 {
	t.Helper()

	client := &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return p.dial(), nil },
	}}
	defer client.CloseIdleConnections()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://server/", nil)
	if err != nil {
		t.Fatal(err)
	}

	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()

	var got int64

	for {
		n, err := io.CopyN(io.Discard, res.Body, 32<<10)
		got += n

		if err != nil {
			return got
		}

		<-time.After(pause)
	}
}

// pipe is a listener of connections without buffers.
type pipe struct {
	accepted chan net.Conn
	closed   chan struct{}
}

func newPipe() *pipe { return &pipe{make(chan net.Conn), make(chan struct{})} }

func (p *pipe) dial() net.Conn {
	here, there := net.Pipe()
	p.accepted <- there

	return here
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	close(p.closed)

	return nil
}

func (p *pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }
