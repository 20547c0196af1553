package marketplace

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

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
