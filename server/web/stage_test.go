package web

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"sellerchat/server/auth"
	"sellerchat/server/blob"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/server/relay"
	"sellerchat/server/store/boltstore"
	"sellerchat/server/telemetry"
)

const (
	origin  = "https://chat.example.com"
	frame   = "https://acme.freshworks.example"
	acme    = "acme-123.freshchat.com"
	acmeKey = "planted-acme-api-key-x9Qk"
	code    = "ROW_planted-authorization-code"
)

var (
	beauty = bridge.ShopInfo{ID: "7495001", Code: "GBLCBEAUTY", Name: "Glow Beauty", Region: "GB", Cipher: "cipher-beauty"}
	home   = bridge.ShopInfo{ID: "7495002", Code: "GBLCHOME", Name: "Glow Home", Region: "GB", Cipher: "cipher-home"}
	began  = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

// stage is the site over real use cases and a real store, between two
// platforms that do as they are told.
type stage struct {
	*Server

	t         *testing.T
	url       string
	store     *boltstore.Store
	blobs     *blob.Folder
	tiktok    *tiktokFake
	freshchat *freshchatFake
	log       *safeBuffer

	mu  sync.Mutex
	now time.Time
}

// newStage starts a site; the options may be changed before.
func newStage(t *testing.T, change ...func(*Options)) *stage {
	t.Helper()

	s := &stage{t: t, now: began, log: &safeBuffer{}, freshchat: &freshchatFake{}}
	s.tiktok = &tiktokFake{clock: s.time, markets: []bridge.Market{"uk", "asia"}}

	store, err := boltstore.Open(t.Context(), boltstore.Options{Path: filepath.Join(t.TempDir(), "store.db"), Clock: s.time})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = store.Close() })
	s.store = store

	if s.blobs, err = blob.OpenFolder(t.TempDir(), s.time); err != nil {
		t.Fatal(err)
	}

	line, err := auth.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}

	keyset, err := auth.ParseKeyset(line)
	if err != nil {
		t.Fatal(err)
	}

	vault, err := auth.NewSealer(keyset)
	if err != nil {
		t.Fatal(err)
	}

	tokens, err := auth.NewTokens(keyset, s.time)
	if err != nil {
		t.Fatal(err)
	}

	log := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))

	var installations int

	o := Options{
		Relay: relay.New(relay.Options{
			Store: store, TikTok: s.tiktok, Freshchat: s.freshchat, Vault: vault, Observer: nobody{}, Clock: s.time, Logger: log,
			Blobs: s.blobs,
		}),
		Install: install.New(install.Options{
			Store: store, TikTok: s.tiktok, Freshchat: s.freshchat, Vault: vault, Secrets: secretsPort{auth.NewRandom(nil)},
			NewID: func() bridge.InstallationID {
				installations++

				return bridge.InstallationID("ins_" + strconv.Itoa(installations))
			},
			PublicURL: origin, Clock: s.time, Logger: log,
		}),
		Tokens: tokens, Random: auth.NewRandom(nil), Ready: &telemetry.Readiness{}, Logger: log, Clock: s.time,
		PublicURL: origin, FrameAncestors: []string{frame}, FormRate: 1000,
	}
	for _, f := range change {
		f(&o)
	}

	if s.Server, err = New(o); err != nil {
		t.Fatal(err)
	}

	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL

	return s
}

func (s *stage) time() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.now = s.now.Add(d)
}

// on lets a subtest fail by itself.
func (s *stage) on(t *testing.T) {
	whole := s.t
	s.t = t

	t.Cleanup(func() { s.t = whole })
}

// answer is a response that was read.
type answer struct {
	*http.Response

	t    *testing.T
	body string
}

// client stays where it is, so that redirects can be looked at.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// call sends a request with headers in pairs.
func (s *stage) call(method, path string, body io.Reader, header ...string) answer {
	s.t.Helper()

	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}

	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}

	res, err := client.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()

	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}

	return answer{res, s.t, string(text)}
}

// get opens a page as a browser does.
func (s *stage) get(path string, header ...string) answer {
	s.t.Helper()

	return s.call(http.MethodGet, path, nil, append([]string{"Accept", "text/html"}, header...)...)
}

// post sends a form as a browser does.
func (s *stage) post(path string, form url.Values, header ...string) answer {
	s.t.Helper()

	return s.call(http.MethodPost, path, strings.NewReader(form.Encode()), append([]string{
		"Accept", "text/html", "Content-Type", "application/x-www-form-urlencoded", "Origin", origin, "Sec-Fetch-Site", "same-origin",
	}, header...)...)
}

// is fails the test on another status.
func (a answer) is(status int) answer {
	a.t.Helper()

	if a.StatusCode != status {
		a.t.Fatalf("answered %d, want %d: %s", a.StatusCode, status, a.body)
	}

	return a
}

func (a answer) doc() *goquery.Document {
	a.t.Helper()

	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}

	return doc
}

// text is what a selector finds, with single blanks.
func (a answer) text(selector string) string {
	a.t.Helper()

	return strings.Join(strings.Fields(a.doc().Find(selector).Text()), " ")
}

// value is what stands in a field.
func (a answer) value(name string) string {
	a.t.Helper()

	return a.doc().Find(`[name="`+name+`"]`).First().AttrOr("value", "")
}

// has says whether the landmark is on the page.
func (a answer) has(testid string) bool {
	a.t.Helper()

	return a.doc().Find(`[data-testid="`+testid+`"]`).Length() > 0
}

// message is what a program is told.
func (a answer) message() string {
	a.t.Helper()

	var said struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal([]byte(a.body), &said); err != nil {
		a.t.Fatalf("no JSON: %s", a.body)
	}

	return said.Message
}

// active goes through an install page and confirms it as the Marketplace does.
func (s *stage) active() install.Handover {
	s.t.Helper()

	ctx := s.t.Context()
	if _, err := s.install.Verify(ctx, "setup", acme, acmeKey); err != nil {
		s.t.Fatal(err)
	}

	page, err := s.install.Finish(ctx, "setup", install.Form{
		Claim: install.Claim{AuthCodeURL: code, ShopCode: beauty.Code, Market: "uk"}, Topic: "topic-1",
	})
	if err != nil {
		s.t.Fatal(err)
	}

	h, err := s.install.Exchange(ctx, page.Installed.SetupCode)
	if err != nil {
		s.t.Fatal(err)
	}

	if _, err := s.install.Confirm(ctx, bridge.InstallationID(h.InstallID), install.Lifecycle{At: 1000}); err != nil {
		s.t.Fatal(err)
	}

	return h
}

// safeBuffer is a log that several requests write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.b.String()
}
