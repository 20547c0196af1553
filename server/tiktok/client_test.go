package tiktok

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// What tests plant must not come out again: see TestNoSecretLeaves.
var (
	testApp = App{
		Market: "uk", AppKey: "6k1exampleapp", AppSecret: "planted-app-secret", ServiceID: "7490000000000000001",
	}
	testAccess = bridge.Access{Market: "uk", Token: "ROW_planted-token", Cipher: "ROW_planted-cipher"}
	testNow    = time.Date(2026, time.November, 23, 13, 37, 30, 0, time.UTC)
)

// request is a request as the platform saw it.
type request struct {
	method, path, body string
	query              url.Values
	header             http.Header
	length             int64
}

// recorder is a platform that gives one answer and remembers what it was asked.
type recorder struct {
	status int
	header map[string]string
	body   string

	mu   sync.Mutex
	seen []request
}

func (p *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)

	p.mu.Lock()
	p.seen = append(p.seen, request{
		method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header,
		body: string(body), length: r.ContentLength,
	})
	p.mu.Unlock()

	for name, value := range p.header {
		w.Header().Set(name, value)
	}
	if p.status != 0 {
		w.WriteHeader(p.status)
	}
	_, _ = io.WriteString(w, p.body)
}

func (p *recorder) all() []request {
	p.mu.Lock()
	defer p.mu.Unlock()

	return slices.Clone(p.seen)
}

func (p *recorder) last(t *testing.T) request {
	t.Helper()
	all := p.all()
	if len(all) == 0 {
		t.Fatal("nothing was asked")
	}

	return all[len(all)-1]
}

func answering(status int, body string) *recorder { return &recorder{status: status, body: body} }

// newClient returns a client of a platform; nil is one that must not be called.
func newClient(t *testing.T, platform http.Handler) *Client {
	t.Helper()
	if platform == nil {
		platform = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the platform was called") })
	}
	server := httptest.NewServer(platform)
	t.Cleanup(server.Close)

	return clientOf(t, server.URL)
}

// offline are the options of a client that makes no call.
func offline(apps ...App) Options {
	return Options{Apps: apps, APIURL: "https://api.example", AuthURL: "https://auth.example", HTTP: http.DefaultClient}
}

func clientOf(t *testing.T, address string) *Client {
	t.Helper()
	transport := dial.NewTransport(dial.Options{AllowLoopback: true})
	t.Cleanup(transport.CloseIdleConnections)

	c, err := New(Options{
		Apps:    []App{testApp},
		APIURL:  address,
		AuthURL: address,
		HTTP:    dial.NewClient(transport, 5*time.Second),
		Clock:   func() time.Time { return testNow },
	})
	if err != nil {
		t.Fatal(err)
	}

	return c
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	tests := map[string]struct {
		change func(*Options)
		want   string
	}{
		"no HTTP client":                     {func(o *Options) { o.HTTP = nil }, "no HTTP client"},
		"an API address with a path":         {func(o *Options) { o.APIURL = "https://h.example/api" }, "origin"},
		"an API address without a scheme":    {func(o *Options) { o.APIURL = "h.example" }, "absolute"},
		"a token address with a user":        {func(o *Options) { o.AuthURL = "https://u:p@h.example" }, "absolute"},
		"a market named twice":               {func(o *Options) { o.Apps = append(o.Apps, testApp) }, "twice"},
		"an app without a market":            {func(o *Options) { o.Apps[0].Market = "" }, "no market"},
		"an app without a key":               {func(o *Options) { o.Apps[0].AppKey = "" }, "no app key"},
		"an app without a secret":            {func(o *Options) { o.Apps[0].AppSecret = "" }, "no app secret"},
		"an app without a service id":        {func(o *Options) { o.Apps[0].ServiceID = "" }, "no service id"},
		"a market without a known authorize": {func(o *Options) { o.Apps[0].Market = "mars" }, "none is known"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := offline(testApp)
			test.change(&o)
			_, err := New(o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error is %v, want one with %q", err, test.want)
			}
			if strings.Contains(err.Error(), testApp.AppSecret) {
				t.Error("the error tells the secret")
			}
		})
	}
}

func TestMarketsKeepTheirOrder(t *testing.T) {
	uk, asia := testApp, testApp
	asia.Market = "asia"
	c, err := New(offline(uk, asia))
	if err != nil {
		t.Fatal(err)
	}

	got := c.Markets()
	if diff := cmp.Diff([]bridge.Market{"uk", "asia"}, got); diff != "" {
		t.Error(diff)
	}
	got[0] = "changed"
	if c.Markets()[0] != "uk" {
		t.Error("a caller can change the client's markets")
	}
}

func TestAuthorizeURL(t *testing.T) {
	tests := map[string]struct {
		market   bridge.Market
		override string
		state    string
		want     string
	}{
		"United Kingdom goes to the worldwide host": {
			market: "uk", state: "s1",
			want: "https://services.tiktokshop.com/open/authorize?service_id=7490000000000000001&state=s1",
		},
		"Asia too": {
			market: "asia", state: "s1",
			want: "https://services.tiktokshop.com/open/authorize?service_id=7490000000000000001&state=s1",
		},
		"the United States have their own": {
			market: "us", state: "s1",
			want: "https://services.us.tiktokshop.com/open/authorize?service_id=7490000000000000001&state=s1",
		},
		"the state is trimmed and escaped": {
			market: "uk", state: " a+b&c ",
			want: "https://services.tiktokshop.com/open/authorize?service_id=7490000000000000001&state=a%2Bb%26c",
		},
		"no state leaves the parameter out": {
			market: "uk",
			want:   "https://services.tiktokshop.com/open/authorize?service_id=7490000000000000001",
		},
		"another base keeps its own query": {
			market: "mars", override: "http://127.0.0.1:9/consent?lang=en", state: "s1",
			want: "http://127.0.0.1:9/consent?lang=en&service_id=7490000000000000001&state=s1",
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := testApp
			a.Market, a.AuthorizeURL = test.market, test.override
			c, err := New(offline(a))
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.AuthorizeURL(test.market, test.state)
			if err != nil || got != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}

	_, err := newClient(t, nil).AuthorizeURL("mars", "s1")
	if !errors.Is(err, ErrUnknownMarket) || bridge.CodeOf(err) != bridge.Missing {
		t.Errorf("an unknown market answers %v", err)
	}
}
