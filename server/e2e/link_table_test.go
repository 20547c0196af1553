package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sellerchat/server/sandbox/marketplace"
)

// linkRoute is a route that server.js calls, with the event and a body of its
// own.
type linkRoute struct {
	path, event string
	body        map[string]any
	// good is what a call is answered that is rightly signed.
	good int
}

// linkRoutes are all of them. An uninstall stands last.
func linkRoutes(t *testing.T, s *siege) []linkRoute {
	t.Helper()

	at := s.clock.Now()
	asked := map[string]any{"event": "panel", "timestamp": at.UnixMilli(), "conversation_id": s.emma.thread().ID}
	retry := map[string]any{"delivery_id": "1"}
	maps.Copy(retry, asked)

	return []linkRoute{
		{"/lifecycle/install", "onAppInstall", s.victim.lifecycle("onAppInstall", at), http.StatusOK},
		{"/lifecycle/session", "session", s.victim.lifecycle("session", at), http.StatusOK},
		{"/events/message", "onMessageCreate", productEvent(t, s.emma, "00000000-0000-4000-8000-000000000001", "rightly signed"), http.StatusOK},
		{"/events/conversation", "onConversationUpdate", conversationEvent(s.emma, at), http.StatusOK},
		{"/panel/state", "panel", asked, http.StatusOK},
		{"/panel/retry", "panel", retry, http.StatusConflict}, // it has arrived
		{"/lifecycle/uninstall", "onAppUninstall", s.victim.lifecycle("onAppUninstall", at), http.StatusOK},
	}
}

// signed makes a token with any algorithm, its claims from a genuine one.
func signed(t *testing.T, tn *tenant, r linkRoute, body []byte, method jwt.SigningMethod, key any) string {
	t.Helper()

	var genuine marketplace.Token

	tn.market.Sign(r.event, body, func(k *marketplace.Token) { genuine = *k })

	token := jwt.NewWithClaims(method, jwt.MapClaims(genuine.Claims))
	token.Header["kid"] = genuine.Header["kid"]

	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}

	return text
}

// token is one as the tenant's server.js makes them.
func (tn *tenant) token() marketplace.Token {
	var made marketplace.Token

	tn.market.Sign("session", nil, func(k *marketplace.Token) { made = *k })

	return made
}

// TestTheTableOfLinkTokens tries every forgery on every route of server.js.
// Each is refused, and all in the same words: none tells which it was.
func TestTheTableOfLinkTokens(t *testing.T) {
	t.Parallel()

	s := newSiege(t)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}

	own, foreign := s.victim.token(), s.thief.token()
	now := s.clock.Now()

	with := func(overrides ...marketplace.Override) func(linkRoute, []byte) string {
		return func(r linkRoute, body []byte) string { return s.victim.market.Sign(r.event, body, overrides...) }
	}
	by := func(method jwt.SigningMethod, key any) func(linkRoute, []byte) string {
		return func(r linkRoute, body []byte) string { return signed(t, s.victim, r, body, method, key) }
	}
	other := map[string]string{"onAppInstall": "onAppUninstall", "onMessageCreate": "onConversationUpdate"}

	forgeries := []struct {
		name string
		sign func(linkRoute, []byte) string
	}{
		{"other algorithm, HS512 with the right key", by(jwt.SigningMethodHS512, own.Secret)},
		{"other algorithm, RS256", by(jwt.SigningMethodRS256, private)},
		{"no algorithm and no signature", by(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType)},
		{"no algorithm, signed all the same", with(header("alg", "none"))},
		{"wrong key", with(func(k *marketplace.Token) { k.Secret = []byte(strings.Repeat("x", 43)) })},
		{"wrong key, that of another account", with(func(k *marketplace.Token) { k.Secret = foreign.Secret })},
		{"no key", with(func(k *marketplace.Token) { k.Secret = nil })},
		{"audience", with(claim("aud", "https://elsewhere.example"))},
		{"audience, ours among others", with(claim("aud", []string{s.origin, "https://elsewhere.example"}))},
		{"subject", with(claim("sub", "other.freshchat.com"))},
		{"event of another route", func(r linkRoute, body []byte) string {
			name := other[r.event]
			if name == "" {
				name = "onAppInstall"
			}

			return s.victim.market.Sign(name, body)
		}},
		{"body hash", with(claim("bh", base64.RawURLEncoding.EncodeToString(make([]byte, 32))))},
		{"a body that was changed on the way", func(r linkRoute, body []byte) string {
			return s.victim.market.Sign(r.event, append([]byte(" "), body...))
		}},
		{"expiry, over", with(skewed(now, -3*time.Minute))},
		{"expiry, in an hour", with(claim("exp", now.Add(time.Hour).Unix()))},
		{"made in the future", with(skewed(now, 2*time.Minute))},
		{"unknown kid", with(header("kid", "ins_01ARZ3NDEKTSV4RRFFQ69G5FAV"))},
		{"kid of another account", with(header("kid", foreign.Header["kid"]))},
		{"no kid", with(header("kid", nil))},
	}

	says := map[string]string{}

	for _, r := range linkRoutes(t, s) {
		body, err := json.Marshal(r.body)
		if err != nil {
			t.Fatal(err)
		}

		call := func(t *testing.T, body []byte, token string) reply {
			t.Helper()

			return s.send(t, r.path, string(body), "Authorization", "Bearer "+token)
		}

		for _, f := range forgeries {
			t.Run(r.path+" "+f.name, func(t *testing.T) {
				got := call(t, body, f.sign(r, body))
				wantRefusal(t, got, http.StatusUnauthorized)
				says[got.body] = r.path + " " + f.name
			})
		}

		t.Run(r.path+" replay", func(t *testing.T) {
			once := claim("jti", "once for "+r.path)

			first := call(t, body, s.victim.market.Sign(r.event, body, once))
			if first.status != r.good {
				t.Errorf("rightly signed it is answered %d: %s", first.status, first.body)
			}

			// An uninstalled account's calls are answered, not repeated.
			if again := call(t, body, s.victim.market.Sign(r.event, body, once)); again.status != first.status || again.body != first.body {
				t.Errorf("the same body is answered %d %s, not %s", again.status, again.body, first.body)
			}

			if r.good != http.StatusOK || r.event == "onAppUninstall" {
				return // nothing is kept of what was refused, and of what is gone
			}

			r.body["more"] = 1

			changed, err := json.Marshal(r.body)
			if err != nil {
				t.Fatal(err)
			}

			got := call(t, changed, s.victim.market.Sign(r.event, changed, once))
			wantRefusal(t, got, http.StatusUnauthorized)
			says[got.body] = r.path + " replay with another body"
		})
	}

	if len(says) != 1 {
		t.Errorf("the refusals differ: %v", says)
	}

	t.Logf("%d forgeries on %d routes, and replays with another body, are all answered %s", len(forgeries), len(linkRoutes(t, s)), slices.Collect(maps.Keys(says)))
}
