package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
)

// token is what server.js would send; change makes it wrong.
func (s *stage) token(h install.Handover, event, jti, body string, change ...func(jwt.MapClaims)) string {
	s.t.Helper()

	sum := sha256.Sum256([]byte(body))
	claims := jwt.MapClaims{
		"iss": "freshworks-app", "aud": origin, "sub": h.Domain, "iat": s.time().Unix(), "exp": s.time().Add(time.Minute).Unix(),
		"jti": jti, "evt": event, "bh": base64.RawURLEncoding.EncodeToString(sum[:]),
	}

	for _, f := range change {
		f(claims)
	}

	t := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	t.Header["kid"] = h.InstallID

	signed, err := t.SignedString([]byte(h.LinkSecret))
	if err != nil {
		s.t.Fatal(err)
	}

	return signed
}

func (s *stage) link(path, token, body string) answer {
	s.t.Helper()

	return s.call(http.MethodPost, path, strings.NewReader(body), "Authorization", "Bearer "+token, "Content-Type", "application/json")
}

func event(name string, at any) string {
	stamp, _ := json.Marshal(at) //nolint:errchkjson // numbers and strings

	return fmt.Sprintf(`{"event":%q,"timestamp":%s,"host":"Acme.MyFreshworks.com","region":"eu","more":1}`, name, stamp)
}

func TestLifecycle(t *testing.T) {
	s := newStage(t)
	h := s.active() // confirmed at 1000

	steps := []struct {
		name, path, event string
		at                any
		status            string
		state             bridge.InstallationState
	}{
		{"installed once more", "/lifecycle/install", "onAppInstall", 1100, "ok", bridge.Active},
		{"a time as digits in a string", "/lifecycle/install", "onAppInstall", "1200", "ok", bridge.Active},
		{"an uninstall that comes late", "/lifecycle/uninstall", "onAppUninstall", 1150, "ignored", bridge.Active},
		{"an uninstall", "/lifecycle/uninstall", "onAppUninstall", "2000", "ok", bridge.Uninstalled},
		{"an uninstall that is repeated", "/lifecycle/uninstall", "onAppUninstall", 2000, "ok", bridge.Uninstalled},
	}

	for i, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			s.on(t)

			body := event(step.event, step.at)
			a := s.link(step.path, s.token(h, step.event, fmt.Sprint(i), body), body).is(http.StatusOK)

			if want := `{"status":"` + step.status + `"}`; strings.TrimSpace(a.body) != want {
				t.Errorf("answered %s, want %s", a.body, want)
			}

			inst, err := s.store.Installation(t.Context(), bridge.InstallationID(h.InstallID))
			if err != nil || inst.State != step.state || inst.PlatformHost != "acme.myfreshworks.com" || inst.Host != acme {
				t.Errorf("stored %+v, %v", inst, err)
			}
		})
	}

	t.Run("after it only an uninstall is heard", func(t *testing.T) {
		s.on(t)

		body := event("onAppInstall", 3000)

		a := s.link("/lifecycle/install", s.token(h, "onAppInstall", "late", body), body).is(http.StatusUnauthorized)
		if !strings.Contains(a.message(), "Install it again.") {
			t.Errorf("it says %q", a.message())
		}
	})
}

func TestLinkCallsThatAreRefused(t *testing.T) {
	s := newStage(t)
	h := s.active()
	body := event("onAppInstall", 5000)
	stranger := h
	stranger.LinkSecret = strings.Repeat("x", 43)
	nobody := h
	nobody.InstallID = "ins_9"

	set := func(name string, value any) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) { c[name] = value }
	}
	drop := func(name string) func(jwt.MapClaims) { return func(c jwt.MapClaims) { delete(c, name) } }
	with := func(change func(jwt.MapClaims)) string { return s.token(h, "onAppInstall", "1", body, change) }

	tests := map[string]struct {
		path, token, body string
		status            int
	}{
		"no token":                     {"/lifecycle/install", "", body, 401},
		"no JWT":                       {"/lifecycle/install", "hello", body, 401},
		"another secret":               {"/lifecycle/install", s.token(stranger, "onAppInstall", "1", body), body, 401},
		"an unknown installation":      {"/lifecycle/install", s.token(nobody, "onAppInstall", "1", body), body, 401},
		"another body":                 {"/lifecycle/install", s.token(h, "onAppInstall", "1", body), body + " ", 401},
		"another event":                {"/lifecycle/uninstall", s.token(h, "onAppInstall", "1", body), body, 401},
		"another audience":             {"/lifecycle/install", with(set("aud", "https://other.example")), body, 401},
		"another domain":               {"/lifecycle/install", with(set("sub", "other.freshchat.com")), body, 401},
		"another issuer":               {"/lifecycle/install", with(set("iss", "somebody")), body, 401},
		"no time of issue":             {"/lifecycle/install", with(drop("iat")), body, 401},
		"no id":                        {"/lifecycle/install", with(drop("jti")), body, 401},
		"no end":                       {"/lifecycle/install", with(drop("exp")), body, 401},
		"good for an hour":             {"/lifecycle/install", with(set("exp", began.Add(time.Hour).Unix())), body, 401},
		"issued in the future":         {"/lifecycle/install", with(set("iat", began.Add(2*time.Minute).Unix())), body, 401},
		"over for two minutes":         {"/lifecycle/install", with(func(c jwt.MapClaims) { c["iat"], c["exp"] = began.Unix()-180, began.Unix()-121 }), body, 401},
		"a body that is no JSON":       {"/lifecycle/install", s.token(h, "onAppInstall", "2", "{"), "{", 400},
		"a body of another event":      {"/lifecycle/install", s.token(h, "onAppInstall", "3", event("onAppUninstall", 1)), event("onAppUninstall", 1), 400},
		"a body without a time":        {"/lifecycle/install", s.token(h, "onAppInstall", "4", `{"event":"onAppInstall"}`), `{"event":"onAppInstall"}`, 400},
		"a time that is none":          {"/lifecycle/install", s.token(h, "onAppInstall", "5", event("onAppInstall", "noon")), event("onAppInstall", "noon"), 400},
		"a message event of other ilk": {"/events/message", s.token(h, "onConversationUpdate", "6", `{"event":"onConversationUpdate"}`), `{"event":"onConversationUpdate"}`, 401},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.on(t)

			a := s.link(test.path, test.token, test.body).is(test.status)
			if n := len([]rune(a.message())); n == 0 || n > 60 {
				t.Errorf("it says %q, %d characters", a.message(), n)
			}
		})
	}

	if inst, err := s.store.Installation(t.Context(), bridge.InstallationID(h.InstallID)); err != nil || inst.LastLifecycle != 1000 {
		t.Errorf("something was applied: %+v, %v", inst, err)
	}

	if strings.Contains(s.log.String(), h.LinkSecret) || strings.Contains(s.log.String(), "Bearer") {
		t.Error("a secret is in the log")
	}
}

// The platform calls again when an answer was lost. The second call gets the
// first one's answer, whatever happened meanwhile.
func TestALinkTokenThatComesAgain(t *testing.T) {
	s := newStage(t)
	h := s.active()
	body := event("session", 5000)
	token := s.token(h, "session", "once", body)

	first := s.link("/lifecycle/session", token, body).is(http.StatusOK)
	s.pass(90 * time.Second)

	if second := s.link("/lifecycle/session", token, body).is(http.StatusOK); second.body != first.body {
		t.Errorf("first %s, then %s", first.body, second.body)
	}

	other := event("session", 6000)
	s.link("/lifecycle/session", s.token(h, "session", "once", other), other).is(http.StatusUnauthorized)

	t.Run("an event that comes again is taken in once", func(t *testing.T) {
		s.on(t)

		body := `{"event":"onMessageCreate","timestamp":1,"data":{}}`
		token := s.token(h, "onMessageCreate", "message", body)

		for range 2 {
			s.link("/events/message", token, body).is(http.StatusOK)
		}

		if len(s.freshchat.events) != 1 || s.freshchat.events[0] != "onMessageCreate" {
			t.Errorf("took in %v", s.freshchat.events)
		}
	})
}

func TestConversationEventsHaveTheirOwnRoute(t *testing.T) {
	s := newStage(t)
	h := s.active()

	for _, name := range []string{"onConversationCreate", "onConversationUpdate"} {
		body := `{"event":"` + name + `","timestamp":1,"data":{}}`
		s.link("/events/conversation", s.token(h, name, name, body), body).is(http.StatusOK)
	}

	if len(s.freshchat.events) != 2 {
		t.Errorf("took in %v", s.freshchat.events)
	}
}

func TestExchange(t *testing.T) {
	s := newStage(t)
	page := s.finished()
	setup := page.doc().Find("#setup-code").AttrOr("value", "")
	body, _ := json.Marshal(map[string]string{"code": setup}) //nolint:errchkjson // a string

	a := s.call(http.MethodPost, "/install/exchange", strings.NewReader(string(body))).is(http.StatusOK)

	var got map[string]string
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}

	if len(got) != 4 || got["install_id"] != "ins_1" || got["link_secret"] == "" || got["freshchat_domain"] != acme || got["topic_id"] != "topic-1" {
		t.Errorf("answered %v", got)
	}

	tests := map[string]struct {
		body   string
		status int
	}{
		"a second time":   {string(body), 404},
		"an unknown code": {`{"code":"00000000000000000000000000"}`, 404},
		"no code":         {`{}`, 404},
		"no JSON":         {`code=x`, 400},
		"nothing":         {``, 400},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.on(t)

			a := s.call(http.MethodPost, "/install/exchange", strings.NewReader(test.body)).is(test.status)
			if n := len([]rune(a.message())); n == 0 || n > 60 {
				t.Errorf("it says %q", a.message())
			}
		})
	}

	if strings.Contains(s.log.String(), setup) || strings.Contains(s.log.String(), got["link_secret"]) {
		t.Error("a secret is in the log")
	}
}

// finished is the page after Install, without scripts and without a frame.
func (s *stage) finished() answer {
	s.t.Helper()

	flow := s.get("/install").is(http.StatusOK).value("flow")
	s.post("/install/verify", url.Values{"flow": {flow}, "freshchat_domain": {acme}, "freshchat_api_key": {acmeKey}}).is(http.StatusOK)

	return s.post("/install/finish", url.Values{
		"flow": {flow}, "auth_code_url": {origin + "/tiktok/authorized?market=uk&code=" + code}, "shop_code": {beauty.Code}, "topic": {"topic-1"},
	}).is(http.StatusOK)
}
