package dial

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
)

// signed stands in every address: it must be in no error.
const signed = "?signature=planted"

func TestFetch(t *testing.T) {
	answer := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}

			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}

	tests := map[string]struct {
		handle http.HandlerFunc
		path   string
		body   string
		class  bridge.Class
		cause  bridge.Cause
	}{
		"a file":                           {handle: answer(http.StatusOK, "0123456789"), body: "0123456789"},
		"a file that is empty":             {handle: answer(http.StatusOK, "")},
		"a file that is declared too long": {handle: answer(http.StatusOK, "0123456789a", "Content-Length", "11"), class: bridge.Unsupported},
		"a file that turns out too long": {
			handle: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "01234")
				_ = http.NewResponseController(w).Flush()
				_, _ = io.WriteString(w, "56789a")
			},
			class: bridge.Unsupported,
		},
		"a file that breaks off": {
			handle: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "10")
				_, _ = io.WriteString(w, "01234")
			},
			class: bridge.Temporary,
		},
		"a link that has expired":          {handle: answer(http.StatusForbidden, "AccessDenied"), class: bridge.Permanent, cause: bridge.CauseLink},
		"a link that wants a password":     {handle: answer(http.StatusUnauthorized, ""), class: bridge.Permanent, cause: bridge.CauseLink},
		"a file that is not there":         {handle: answer(http.StatusNotFound, ""), class: bridge.Permanent, cause: bridge.CauseLink},
		"a file that is no longer there":   {handle: answer(http.StatusGone, ""), class: bridge.Permanent, cause: bridge.CauseLink},
		"a server that is busy":            {handle: answer(http.StatusTooManyRequests, ""), class: bridge.Temporary},
		"a server that is broken":          {handle: answer(http.StatusBadGateway, ""), class: bridge.Temporary},
		"an answer without the file":       {handle: answer(http.StatusNoContent, ""), class: bridge.Temporary},
		"a piece that nobody asked for":    {handle: answer(http.StatusPartialContent, "0"), class: bridge.Temporary},
		"sent on to another server":        {handle: answer(http.StatusFound, "", "Location", "http://127.0.0.1:9/"+signed), class: bridge.Permanent},
		"sent on to another scheme":        {handle: answer(http.StatusFound, "", "Location", "file:///etc/passwd"), class: bridge.Permanent},
		"sent on to nothing that is known": {handle: answer(http.StatusFound, "", "Location", "http://%zz/"+signed), class: bridge.Permanent},
		"sent on within the server": {
			handle: func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					w.Header().Set("Location", "/file")
					w.WriteHeader(http.StatusTemporaryRedirect)

					return
				}

				_, _ = io.WriteString(w, "moved"+r.Referer())
			},
			body: "moved",
		},
		"sent on in a circle":           {handle: answer(http.StatusMovedPermanently, "", "Location", "/"), class: bridge.Permanent},
		"a redirect without a place":    {handle: answer(http.StatusFound, ""), class: bridge.Temporary},
		"an address that is none":       {path: "http://[planted", class: bridge.Permanent},
		"an address without encryption": {path: "http://files.example.com/" + signed, class: bridge.Permanent},
		"an address inside the network": {path: "https://192.168.0.1/" + signed, class: bridge.Permanent},
		"an address with a password":    {path: "https://planted:planted@files.example.com/", class: bridge.Permanent},
		"another scheme":                {path: "ftp://files.example.com/" + signed, class: bridge.Permanent},
		"nothing at all":                {path: " ", class: bridge.Permanent},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.handle)
			defer server.Close()

			address := test.path
			if address == "" {
				address = server.URL + "/" + signed
			}

			transport := NewTransport(Options{AllowLoopback: true})
			defer transport.CloseIdleConnections()

			body, err := fetchAll(t, NewFetcher(transport), address)
			if body != test.body {
				t.Errorf("read %q, want %q", body, test.body)
			}

			checkFailure(t, err, test.class, test.cause)
		})
	}
}

// fetchAll reads a file of at most ten bytes.
func fetchAll(t *testing.T, f *Fetcher, address string) (string, error) {
	t.Helper()

	r, err := f.Fetch(t.Context(), address, 10)
	if err != nil {
		return "", err
	}
	defer r.Close()

	body, err := io.ReadAll(r)
	if err == nil {
		return string(body), nil
	}

	if len(body) > 10 {
		t.Errorf("%d bytes came before the limit", len(body))
	}

	if n, again := r.Read(make([]byte, 1)); n != 0 || !errors.Is(again, err) {
		t.Errorf("after its error the body answers %d, %v", n, again)
	}

	return "", err
}

func checkFailure(t *testing.T, err error, class bridge.Class, cause bridge.Cause) {
	t.Helper()

	if class == 0 {
		if err != nil {
			t.Errorf("it failed: %v", err)
		}

		return
	}

	var f *bridge.Failure
	if !errors.As(err, &f) || f.Class != class || f.Cause != cause || !f.Certain {
		t.Fatalf("it answered %#v, %v; want %s, %q, certain", f, err, class, cause)
	}

	if strings.Contains(err.Error(), "planted") {
		t.Errorf("the error tells the address: %v", err)
	}
}

func TestLoopbackIsForDevelopment(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()

	_, err := NewFetcher(NewTransport(Options{})).Fetch(t.Context(), server.URL+"/"+signed, 10)
	checkFailure(t, err, bridge.Permanent, "")

	if !errors.Is(err, ErrForbidden) {
		t.Errorf("it answered %v", err)
	}
}

// transportFunc answers without a network.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestFetchIsTimed(t *testing.T) {
	const (
		whole  = 100 // bytes, one at a time
		silent = time.Hour
	)

	tests := map[string]struct {
		headers, between time.Duration
		class            bridge.Class
		within           time.Duration
	}{
		"a slow file comes":                       {19 * time.Second, 3 * time.Second, 0, 6 * time.Minute},
		"a server that does not answer is left":   {silent, 0, bridge.Temporary, answerWithin},
		"a file that stands still is left":        {0, silent, bridge.Temporary, goOnWithin},
		"a file that trickles for ever is left":   {0, 15 * time.Second, bridge.Temporary, doneWithin},
		"the time for headers is not the body's":  {19 * time.Second, 2 * time.Second, 0, 6 * time.Minute},
		"a file that comes at once takes no time": {0, 0, 0, 0},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				f := NewFetcher(transportFunc(func(r *http.Request) (*http.Response, error) {
					if err := rest(r, test.headers); err != nil {
						return nil, err
					}

					return &http.Response{
						StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: -1,
						Body: io.NopCloser(&trickle{r, test.between, whole}),
					}, nil
				}))

				r, err := f.Fetch(t.Context(), "https://files.example.com/"+signed, whole)
				if err == nil {
					_, err = io.Copy(io.Discard, r)
					_ = r.Close() // it was read
				}

				checkFailure(t, err, test.class, "")

				if took := time.Since(began); took > test.within {
					t.Errorf("it took %v, more than %v", took, test.within)
				}
			})
		})
	}
}

// trickle yields one byte after each rest.
type trickle struct {
	r       *http.Request
	between time.Duration
	left    int
}

func (s *trickle) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}

	if err := rest(s.r, s.between); err != nil {
		return 0, err
	}

	s.left--
	p[0] = 'x'

	return 1, nil
}

func rest(r *http.Request, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

func TestAFetchEndsWithItsContext(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()

	transport := NewTransport(Options{AllowLoopback: true})
	r, err := NewFetcher(transport).Fetch(t.Context(), server.URL, 10)

	if err != nil {
		t.Fatal(err)
	}

	if err := r.Close(); err != nil {
		t.Error(err)
	}

	if _, err := r.Read(make([]byte, 1)); err == nil {
		t.Error("a closed body can be read")
	}
}
