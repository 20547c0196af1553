package marketplace

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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
