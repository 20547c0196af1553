package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sellerchat/server/sandbox/marketplace"
)

// claim changes one claim of a link token; nil takes it away.
func claim(name string, value any) marketplace.Override {
	return func(k *marketplace.Token) {
		if value == nil {
			delete(k.Claims, name)

			return
		}

		k.Claims[name] = value
	}
}

// header does the same for the header.
func header(name string, value any) marketplace.Override {
	return func(k *marketplace.Token) {
		if value == nil {
			delete(k.Header, name)

			return
		}

		k.Header[name] = value
	}
}

// skewed is a token made by a clock that is off.
func skewed(now time.Time, by time.Duration) marketplace.Override {
	return func(k *marketplace.Token) {
		k.Claims["iat"], k.Claims["exp"] = now.Add(by).Unix(), now.Add(by+time.Minute).Unix()
	}
}

// productEvent is what the Marketplace tells of an agent's message.
func productEvent(t *testing.T, c *chat, id, text string) map[string]any {
	t.Helper()

	var webhook struct {
		Data struct {
			Message map[string]any `json:"message"`
		} `json:"data"`
	}

	if err := json.Unmarshal([]byte(freshchatBody(t, c, id, text, c.tn.w.clock.Now())), &webhook); err != nil {
		t.Fatal(err)
	}

	return map[string]any{
		"event": "onMessageCreate", "timestamp": c.tn.w.clock.Now().UnixMilli(),
		"data": map[string]any{
			"actor":   map[string]any{"type": "agent"},
			"message": map[string]any{"messages": []any{webhook.Data.Message}},
		},
	}
}

func TestLinkTokensThatAreNotRight(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn, other := w.addInstalled(tenantSpec{name: "Glow Beauty"}), w.addInstalled(tenantSpec{name: "Nusa Living", market: "asia"})
	tn.events.Store(false)

	emma := tn.opened("Emma Clarke")
	now := w.clock.Now()
	foreign, _ := other.market.Saved()

	attacks := map[string][]marketplace.Override{
		"no algorithm":                       {header("alg", "none")},
		"another algorithm":                  {header("alg", "HS512")},
		"an algorithm with a public key":     {header("alg", "RS256")},
		"another secret":                     {func(k *marketplace.Token) { k.Secret = []byte(strings.Repeat("x", 43)) }},
		"an empty secret":                    {func(k *marketplace.Token) { k.Secret = nil }},
		"no kid":                             {header("kid", nil)},
		"the kid of nobody":                  {header("kid", "ins_01ARZ3NDEKTSV4RRFFQ69G5FAV")},
		"the kid of another installation":    {header("kid", foreign.InstallID)},
		"a kid that is a path":               {header("kid", "../../etc/passwd")},
		"a header that must be understood":   {header("crit", []string{"exp"})},
		"another issuer":                     {claim("iss", "freshworks")},
		"another audience":                   {claim("aud", "https://elsewhere.example")},
		"several audiences":                  {claim("aud", []string{w.origin, "https://elsewhere.example"})},
		"another account's domain":           {claim("sub", "other.freshchat.com")},
		"no domain":                          {claim("sub", nil)},
		"another event":                      {claim("evt", "onAppUninstall")},
		"no event":                           {claim("evt", nil)},
		"another body":                       {claim("bh", base64.RawURLEncoding.EncodeToString(make([]byte, 32)))},
		"no body hash":                       {claim("bh", nil)},
		"no iat":                             {claim("iat", nil)},
		"no exp":                             {claim("exp", nil)},
		"no jti":                             {claim("jti", nil)},
		"a jti of a thousand characters":     {claim("jti", strings.Repeat("j", 1000))},
		"good for an hour":                   {claim("exp", now.Add(time.Hour).Unix())},
		"made in two minutes":                {skewed(now, 2*time.Minute)},
		"made three minutes ago and expired": {skewed(now, -3*time.Minute)},
	}

	n := 0
	for name, overrides := range attacks {
		n++
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)

		t.Run(name, func(t *testing.T) {
			got := tn.call(t, "/events/message", "onMessageCreate", productEvent(t, emma, id, "forged: "+name), overrides...)
			wantRefusal(t, got, http.StatusUnauthorized)
		})
	}

	for name, by := range map[string]time.Duration{"fifty seconds ahead": 50 * time.Second, "fifty seconds behind": -50 * time.Second} {
		n++
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)

		t.Run("a clock "+name+" is believed", func(t *testing.T) {
			if got := tn.call(t, "/events/message", "onMessageCreate", productEvent(t, emma, id, name), skewed(now, by)); got.status != http.StatusOK {
				t.Errorf("answered %d: %s", got.status, got.body)
			}
		})
	}

	emma.buyerSees("fifty seconds ahead")
	emma.buyerSees("fifty seconds behind")
	w.quiet()

	if got := emma.received(); len(got) != 2 {
		t.Errorf("the buyer got %q", got)
	}
}

// wantRefusal fails unless a call was refused with words fit for the admin.
func wantRefusal(t *testing.T, got reply, status int) {
	t.Helper()

	if got.status != status {
		t.Errorf("answered %d, not %d: %s", got.status, status, got.body)
	}

	if m := got.message(); m == "" || utf8.RuneCountInString(m) > 60 {
		t.Errorf("the message is %q", m)
	}
}

func TestLinkCallsThatAreNotRight(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addInstalled(tenantSpec{})
	at := w.clock.Now()
	signed := func(event, body string) []string {
		return []string{"Authorization", "Bearer " + tn.market.Sign(event, []byte(body))}
	}

	huge := `{"event":"onMessageCreate","data":"` + strings.Repeat("a", 600<<10) + `"}`
	mixed := fmt.Sprintf(`{"event":"onAppUninstall","timestamp":%d}`, at.UnixMilli())
	timeless := `{"event":"onAppInstall","host":"acme.freshchat.com"}`
	unsigned := tn.market.Sign("onAppInstall", []byte("{}"))

	tests := map[string]struct {
		path, body string
		header     []string
		status     int
	}{
		"no token":                      {"/lifecycle/install", "{}", nil, http.StatusUnauthorized},
		"another scheme":                {"/lifecycle/install", "{}", []string{"Authorization", "Basic abc"}, http.StatusUnauthorized},
		"nonsense for a token":          {"/lifecycle/install", "{}", []string{"Authorization", "Bearer a.b.c"}, http.StatusUnauthorized},
		"a token without its signature": {"/lifecycle/install", "{}", []string{"Authorization", "Bearer " + unsigned[:strings.LastIndexByte(unsigned, '.')+1]}, http.StatusUnauthorized},
		"broken JSON, rightly signed":   {"/events/message", `{"event":`, signed("onMessageCreate", `{"event":`), http.StatusBadRequest},
		"a body over the limit":         {"/events/message", huge, signed("onMessageCreate", huge), http.StatusRequestEntityTooLarge},
		"an event in the body that is another than the token's": {"/lifecycle/install", mixed, signed("onAppInstall", mixed), http.StatusBadRequest},
		"a lifecycle event without a time":                      {"/lifecycle/install", timeless, signed("onAppInstall", timeless), http.StatusBadRequest},
		"an unknown setup code":                                 {"/install/exchange", `{"code":"AAAA-BBBB-CCCC-DDDD"}`, nil, http.StatusNotFound},
		"an empty setup code":                                   {"/install/exchange", `{"code":""}`, nil, http.StatusNotFound},
		"no setup code":                                         {"/install/exchange", `nonsense`, nil, http.StatusBadRequest},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, w.send(t, test.path, test.body, test.header...), test.status)
		})
	}
}

// TestATokenThatComesAgain replays a token: with the same body it gets the
// answer that was stored, also after a restart; with another body it is
// refused.
func TestATokenThatComesAgain(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addInstalled(tenantSpec{})
	at := w.clock.Now()
	same := func(event string) marketplace.Override { return claim("jti", "the-same-jti-"+event) }

	session := tn.lifecycle("session", at)
	first := tn.call(t, "/lifecycle/session", "session", session, same("session"))

	if first.status != http.StatusOK || !strings.Contains(first.body, "/settings?") {
		t.Fatalf("answered %d: %s", first.status, first.body)
	}

	again := func(t *testing.T) {
		t.Helper()

		if got := tn.call(t, "/lifecycle/session", "session", session, same("session")); got.status != http.StatusOK || got.body != first.body {
			t.Errorf("the same call is answered %d %s, not %s", got.status, got.body, first.body)
		}

		session["region"] = "EU"
		wantRefusal(t, tn.call(t, "/lifecycle/session", "session", session, same("session")), http.StatusUnauthorized)
		session["region"] = "US"
	}

	again(t)
	w.restart()
	again(t)

	emma := tn.opened("Emma Clarke")
	event := productEvent(t, emma, "00000000-0000-4000-8000-000000000001", "once")

	for range 3 {
		if got := tn.call(t, "/events/message", "onMessageCreate", event, same("event")); got.status != http.StatusOK {
			t.Errorf("answered %d: %s", got.status, got.body)
		}
	}

	emma.buyerSees("once")
	w.quiet()
	emma.wantReceived("once")
}
