package marketplace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/simkit"
)

var handover = Handover{"ins_1", "a-link-secret-of-at-least-32-bytes!", "acme.freshchat.com", "topic-1"}

// backend records what it is asked and answers as told.
type backend struct {
	*httptest.Server

	mu     sync.Mutex
	calls  []received
	answer func(nth int, path string) (int, string)
}

type received struct {
	path, token string
	body        []byte
}

func newBackend(t *testing.T, answer func(nth int, path string) (int, string)) *backend {
	t.Helper()
	b := &backend{answer: answer}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.calls = append(b.calls, received{r.URL.Path, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), body})
		nth := len(b.calls)
		b.mu.Unlock()
		status, said := b.answer(nth, r.URL.Path)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	}))
	t.Cleanup(b.Close)

	return b
}

func (b *backend) seen() []received {
	b.mu.Lock()
	defer b.mu.Unlock()

	return append([]received(nil), b.calls...)
}

func says(status int, body string) func(int, string) (int, string) {
	return func(int, string) (int, string) { return status, body }
}

func newMarket(t *testing.T, b *backend, change ...func(*Options)) *Market {
	t.Helper()
	opt := Options{Backend: b.URL, Origin: "http://127.0.0.1:9", RetryDelay: -1, Clock: simkit.NewClock()}
	for _, f := range change {
		f(&opt)
	}
	m := New(opt)
	t.Cleanup(m.Close)

	return m
}

func installed(t *testing.T, b *backend, change ...func(*Options)) *Market {
	t.Helper()
	m := newMarket(t, b, change...)
	if err := m.Accept(handover); err != nil {
		t.Fatal(err)
	}
	if err := m.Confirm(t.Context()); err != nil {
		t.Fatal(err)
	}

	return m
}

func TestTokenIsWhatTheContractAsksFor(t *testing.T) {
	b := newBackend(t, says(200, `{"status":"ok"}`))
	installed(t, b)

	call := b.seen()[0]
	token, err := jwt.Parse(call.token, func(token *jwt.Token) (any, error) {
		if token.Header["kid"] != handover.InstallID {
			t.Errorf("kid is %v", token.Header["kid"])
		}
		return []byte(handover.LinkSecret), nil
	}, jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("freshworks-app"), jwt.WithAudience(b.URL),
		jwt.WithSubject(handover.FreshchatDomain), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	if err != nil {
		t.Fatal(err)
	}

	claims, _ := token.Claims.(jwt.MapClaims)
	iat, _ := claims.GetIssuedAt()
	exp, _ := claims.GetExpirationTime()
	if life := exp.Sub(iat.Time); life > time.Minute {
		t.Errorf("good for %s", life)
	}
	if claims["evt"] != "onAppInstall" || claims["jti"] == "" {
		t.Errorf("claims %v", claims)
	}
	if m := newMarket(t, b); m.Accept(handover) != nil || !sameHash(m.Sign("onAppInstall", call.body), claims["bh"]) {
		t.Error("bh does not follow from the body")
	}

	var body map[string]any
	if err := json.Unmarshal(call.body, &body); err != nil {
		t.Fatal(err)
	}
	delete(body, "timestamp")
	want := map[string]any{"event": "onAppInstall", "host": "acme.freshchat.com", "region": "US"}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func sameHash(token string, want any) bool {
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(token, claims)

	return err == nil && claims["bh"] == want
}

func TestOverridesChangeWhatIsSigned(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := installed(t, b)

	token := m.Sign("panel", []byte("{}"), func(t *Token) { t.Claims["aud"] = "https://elsewhere.example"; delete(t.Claims, "jti") })
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(handover.LinkSecret), nil }); err != nil {
		t.Fatal(err)
	}
	if claims["aud"] != "https://elsewhere.example" || claims["jti"] != nil {
		t.Errorf("claims %v", claims)
	}
}

func TestLifecycle(t *testing.T) {
	rows := map[string]struct {
		answer    func(int, string) (int, string)
		do        func(*Market) error
		installed bool
		refused   string // "" when there is no refusal
		calls     int
	}{
		"a refused installation is not installed": {says(409, `{"message":"Another account has it"}`), confirm, false, "Another account has it", 1},
		"a taken installation is":                 {says(200, `{"status":"ok"}`), confirm, true, "", 1},
		"a fault of the backend is tried again": {func(nth int, _ string) (int, string) {
			if nth == 1 {
				return 503, ""
			}
			return 200, `{"status":"ok"}`
		}, confirm, true, "", 2},
		"after five tries it is a fault": {says(500, ""), confirm, false, " ", 5},
		"an uninstallation stands whatever the answer": {func(_ int, path string) (int, string) {
			if path == "/lifecycle/uninstall" {
				return 401, `{"message":"No"}`
			}
			return 200, "{}"
		}, func(m *Market) error { return errors.Join(confirm(m), m.Uninstall(context.Background())) }, false, "No", 2},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t, row.answer)
			m := newMarket(t, b)
			if err := m.Accept(handover); err != nil {
				t.Fatal(err)
			}

			err := row.do(m)
			var no *Refusal
			if errors.As(err, &no) != (row.refused != "") || no != nil && no.Message != strings.TrimSpace(row.refused) {
				t.Errorf("refusal %v, want %q", err, row.refused)
			}
			if _, is := m.Installed(); is != row.installed {
				t.Errorf("installed is %v", is)
			}
			calls := b.seen()
			if len(calls) != row.calls {
				t.Fatalf("%d calls, want %d", len(calls), row.calls)
			}
			if row.calls == 5 && calls[0].token != calls[4].token {
				t.Error("a retry was signed anew")
			}
		})
	}
}

func confirm(m *Market) error { return m.Confirm(context.Background()) }

func TestSetupCodeIsExchanged(t *testing.T) {
	b := newBackend(t, func(_ int, path string) (int, string) {
		if path != "/install/exchange" {
			return 500, ""
		}
		return 200, `{"install_id":"ins_1","link_secret":"s","freshchat_domain":"acme.freshchat.com","topic_id":"t"}`
	})
	m := newMarket(t, b)

	if err := m.Exchange(t.Context(), " CODE \n"); err != nil {
		t.Fatal(err)
	}
	if got := string(b.seen()[0].body); got != `{"code":"CODE"}` {
		t.Errorf("sent %s", got)
	}
	want := Parameters{"ins_1", "acme.freshchat.com", "t"}
	if got, ok := m.Saved(); !ok || got != want {
		t.Errorf("saved %+v", got)
	}
}

func TestSessionAddressMustBeComplete(t *testing.T) {
	for answer, good := range map[string]bool{
		`{"url":"https://app.example.com/settings?session=x"}`: true,
		`{"url":"/settings"}`: false,
		`{}`:                  false,
		`nonsense`:            false,
	} {
		b := newBackend(t, func(_ int, path string) (int, string) {
			if path == "/lifecycle/session" {
				return 200, answer
			}
			return 200, "{}"
		})
		if _, err := installed(t, b).Session(t.Context()); (err == nil) != good {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestEventsAreFiltered(t *testing.T) {
	rows := map[string]struct {
		file, event, path string
		want              Stats
	}{
		"an agent's text is passed on":         {"onMessageCreate.agent-text.json", "onMessageCreate", "/events/message", Stats{Forwarded: 1}},
		"an agent's picture too":               {"onMessageCreate.agent-image-file.json", "onMessageCreate", "/events/message", Stats{Forwarded: 1}},
		"a private note is not":                {"onMessageCreate.private-note.json", "onMessageCreate", "", Stats{Filtered: 1}},
		"what a user wrote is not":             {"onMessageCreate.user-echo.json", "onMessageCreate", "", Stats{Filtered: 1}},
		"a resolved conversation is passed on": {"onConversationUpdate.resolved.json", "onConversationUpdate", "/events/conversation", Stats{Forwarded: 1}},
		"an unknown event is not":              {"onConversationUpdate.resolved.json", "onSomethingElse", "", Stats{Filtered: 1}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			payload, err := os.ReadFile("testdata/" + row.file)
			if err != nil {
				t.Fatal(err)
			}
			b := newBackend(t, says(200, `{"status":"ok"}`))
			m := installed(t, b)

			if err := m.Event(t.Context(), row.event, payload); err != nil {
				t.Fatal(err)
			}
			if got := m.Stats(); got != row.want {
				t.Errorf("stats %+v, want %+v", got, row.want)
			}
			calls := b.seen()[1:]
			if row.path == "" {
				if len(calls) > 0 {
					t.Errorf("called %s", calls[0].path)
				}
				return
			}
			if len(calls) != 1 || calls[0].path != row.path {
				t.Fatalf("calls %+v", calls)
			}

			var sent, platform map[string]any
			if json.Unmarshal(calls[0].body, &sent) != nil || json.Unmarshal(payload, &platform) != nil {
				t.Fatal("not JSON")
			}
			want := map[string]any{"event": row.event, "timestamp": platform["timestamp"], "data": platform["data"]}
			if diff := cmp.Diff(want, sent); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallsOfAMinuteAreLimited(t *testing.T) {
	payload, err := os.ReadFile("testdata/onMessageCreate.agent-text.json")
	if err != nil {
		t.Fatal(err)
	}
	clock := simkit.NewClock()
	b := newBackend(t, says(200, "{}"))
	m := installed(t, b, func(o *Options) { o.CallsPerMinute, o.Clock = 2, clock })

	for range 3 {
		if err := m.Event(t.Context(), "onMessageCreate", payload); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := m.Stats(), (Stats{Forwarded: 2, Dropped: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}

	clock.Advance(time.Minute)
	if err := m.Event(t.Context(), "onMessageCreate", payload); err != nil {
		t.Fatal(err)
	}
	if got := m.Stats().Forwarded; got != 3 {
		t.Errorf("forwarded %d after a minute", got)
	}
}

func TestPassKeepsTheOrder(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := installed(t, b)

	const n = 20
	for i := range n {
		m.Pass("onMessageCreate", fmt.Appendf(nil,
			`{"timestamp":%d,"data":{"message":{"messages":[{"actor_type":"agent","message_type":"normal"}]}}}`, 100+i))
	}
	m.jobs.Wait()

	calls := b.seen()[1:]
	if len(calls) != n {
		t.Fatalf("%d events came through, want %d", len(calls), n)
	}
	for i, c := range calls {
		if !strings.Contains(string(c.body), fmt.Sprintf(`"timestamp":%d`, 100+i)) {
			t.Errorf("event %d is %s", i, c.body)
		}
	}
}

func TestPassIsSilentWithoutAnInstallation(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := newMarket(t, b)
	m.Pass("onMessageCreate", []byte("{}"))
	m.jobs.Wait()
	if len(b.seen()) > 0 {
		t.Error("an app that is not installed was called")
	}
}

func TestOnlyAKnownNonceHandsOver(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := newMarket(t, b)
	page := m.dialog(true)
	framed, err := url.Parse(page.FrameURL)
	if err != nil || framed.Query().Get("nonce") != page.Nonce || framed.Query().Get("parent") != "http://127.0.0.1:9" {
		t.Fatalf("frame %s", page.FrameURL)
	}

	post := func(nonce string) int {
		body, _ := json.Marshal(map[string]string{
			"nonce": nonce, "install_id": "i", "link_secret": "s", "freshchat_domain": "d", "topic_id": "t",
		})
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest("POST", Path+"handover", strings.NewReader(string(body))))
		return w.Code
	}
	if got := post("guessed"); got != http.StatusForbidden {
		t.Errorf("a guessed nonce got %d", got)
	}
	if got := post(page.Nonce); got != http.StatusNoContent {
		t.Errorf("the page's nonce got %d", got)
	}
	if got := post(page.Nonce); got != http.StatusForbidden {
		t.Errorf("the same nonce again got %d", got)
	}
}

func TestDialogNeverShowsTheSecret(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := newMarket(t, b)
	for _, step := range []func() error{
		func() error { return m.Accept(handover) },
		func() error { return m.Confirm(t.Context()) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest("GET", Path, nil))
		if strings.Contains(w.Body.String(), handover.LinkSecret) {
			t.Error("the dialog shows the link secret")
		}
		if w.Code != 200 || !strings.Contains(w.Body.String(), handover.FreshchatDomain) {
			t.Errorf("dialog %d %s", w.Code, w.Body)
		}
	}
}

func TestTheSetupCanBeGoneThroughAgain(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := installed(t, b)
	since, _ := m.Installed()
	press := func(path, form string) string {
		r := httptest.NewRequest("POST", Path+path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		m.Handler().ServeHTTP(httptest.NewRecorder(), r)
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest("GET", Path, nil))

		return w.Body.String()
	}

	if page := press("again", "open=yes"); !strings.Contains(page, "data-market-frame") || strings.Contains(page, `id="market-install"`) {
		t.Error("the setup is not open, or Install can be pressed before it ended")
	}
	next := handover
	next.LinkSecret = "another-secret-of-at-least-32-bytes!"
	if err := m.Accept(next); err != nil {
		t.Fatal(err)
	}
	if page := press("install", ""); !strings.Contains(page, "The app is installed") {
		t.Error("the second installation did not end")
	}
	if now, is := m.Installed(); !is || now != since {
		t.Error("the app is not installed since the first time")
	}
	calls := b.seen()
	if _, err := jwt.Parse(calls[len(calls)-1].token, func(*jwt.Token) (any, error) { return []byte(next.LinkSecret), nil }); err != nil {
		t.Errorf("the new secret did not sign: %v", err)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := installed(t, b)
	r := httptest.NewRequest("POST", Path+"uninstall", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	if _, still := m.Installed(); w.Code != http.StatusForbidden || !still {
		t.Errorf("another site's form got %d", w.Code)
	}
}
