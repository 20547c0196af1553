package freshchat

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// planted stands for an account's API key; nothing may ever repeat it.
const planted = "planted.secret.key"

var testNow = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// platform is a server that plays Freshchat with prepared answers.
type platform struct {
	t      *testing.T
	client *Client
	access bridge.FreshchatAccess

	mu    sync.Mutex
	calls []recorded
}

type recorded struct {
	Method, Path, Query, Auth, Body string
}

// play starts a platform that answers every call with handle.
func play(t *testing.T, handle http.HandlerFunc) *platform {
	t.Helper()

	p := &platform{t: t}

	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))

		p.mu.Lock()
		p.calls = append(p.calls, recorded{
			r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), string(body),
		})
		p.mu.Unlock()

		handle(w, r)
	}))
	t.Cleanup(srv.Close)

	p.access = bridge.FreshchatAccess{Host: strings.TrimPrefix(srv.URL, "http://"), Key: planted}
	p.client = devClient(t, Options{})

	return p
}

// devClient returns a client that may call this machine.
func devClient(t *testing.T, o Options) *Client {
	t.Helper()

	hosts, err := ParseHosts([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}

	o.Hosts, o.Insecure = hosts, true
	o.HTTP = dial.NewClient(dial.NewTransport(dial.Options{AllowLoopback: true}), 5*time.Second)
	t.Cleanup(o.HTTP.CloseIdleConnections)

	if o.Clock == nil {
		o.Clock = func() time.Time { return testNow }
	}

	return New(o)
}

// answering plays a platform that gives one answer to everything.
func answering(t *testing.T, status int, body string) *platform {
	t.Helper()

	return play(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// only returns the one call that was made.
func (p *platform) only() recorded {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()

	if len(p.calls) != 1 {
		p.t.Fatalf("%d calls, want one: %v", len(p.calls), p.calls)
	}

	return p.calls[0]
}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()

	return len(p.calls)
}

func sample(t *testing.T, name string) []byte {
	t.Helper()

	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}

	return b
}

// same compares JSON by meaning.
func same(t *testing.T, got, want string) {
	t.Helper()

	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("not JSON: %q", got)
	}

	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}

	gb, _ := json.MarshalIndent(g, "", " ")
	wb, _ := json.MarshalIndent(w, "", " ")

	if string(gb) != string(wb) {
		t.Errorf("got\n%s\nwant\n%s", gb, wb)
	}
}
