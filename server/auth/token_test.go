package auth

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newTokens(t *testing.T, k *Keyset, now func() time.Time) *Tokens {
	t.Helper()
	tokens, err := NewTokens(k, now)
	if err != nil {
		t.Fatal(err)
	}

	return tokens
}

// clock is set by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestTokensComeBackAsTheyWereMade(t *testing.T) {
	k, _ := testKeyset(t)
	tokens := newTokens(t, k, func() time.Time { return noon })

	flow := Flow{ID: "f1", Nonce: "n1", Parent: "https://acme.myfreshworks.com"}
	raw, err := tokens.SignFlow(flow)
	if err != nil {
		t.Fatal(err)
	}
	gotFlow, err := tokens.ParseFlow(raw)
	flow.Expires = noon.Add(FlowLife).Local()
	if err != nil || !cmp.Equal(gotFlow, flow) {
		t.Errorf("flow: %v %s", err, cmp.Diff(flow, gotFlow))
	}

	state := State{ID: "s1", FlowID: "f1", Market: "uk"}
	raw, err = tokens.SignState(state)
	if err != nil {
		t.Fatal(err)
	}
	gotState, err := tokens.ParseState(raw, "uk")
	state.Expires = noon.Add(StateLife).Local()
	if err != nil || !cmp.Equal(gotState, state) {
		t.Errorf("state: %v %s", err, cmp.Diff(state, gotState))
	}
	if _, err := tokens.ParseState(raw, "asia"); !errors.Is(err, ErrToken) {
		t.Errorf("state of another market: %v, want ErrToken", err)
	}

	session := Session{ID: "x1", InstallID: "i1"}
	for _, p := range []struct {
		name  string
		sign  func(Session) (string, error)
		parse func(string) (Session, error)
		life  time.Duration
	}{
		{"address", tokens.SignSessionAddress, tokens.ParseSessionAddress, SessionAddressLife},
		{"cookie", tokens.SignSession, tokens.ParseSession, SessionLife},
	} {
		raw, err := p.sign(session)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.parse(raw)
		want := Session{ID: "x1", InstallID: "i1", Expires: noon.Add(p.life).Local()}
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v %s", p.name, err, cmp.Diff(want, got))
		}
	}
}

// everyPurpose makes one token of each kind and names its parser.
func everyPurpose(t *testing.T, tokens *Tokens) (made map[string]string, parse map[string]func(string) error) {
	t.Helper()
	session := Session{ID: "x1", InstallID: "i1"}
	made = map[string]string{}
	for name, sign := range map[string]func() (string, error){
		"flow":    func() (string, error) { return tokens.SignFlow(Flow{ID: "x1"}) },
		"state":   func() (string, error) { return tokens.SignState(State{ID: "x1", FlowID: "i1", Market: "uk"}) },
		"address": func() (string, error) { return tokens.SignSessionAddress(session) },
		"session": func() (string, error) { return tokens.SignSession(session) },
		"form":    func() (string, error) { return tokens.SignForm(session) },
	} {
		raw, err := sign()
		if err != nil {
			t.Fatal(err)
		}
		made[name] = raw
	}

	return made, map[string]func(string) error{
		"flow":    func(s string) error { _, err := tokens.ParseFlow(s); return err },
		"state":   func(s string) error { _, err := tokens.ParseState(s, "uk"); return err },
		"address": func(s string) error { _, err := tokens.ParseSessionAddress(s); return err },
		"session": func(s string) error { _, err := tokens.ParseSession(s); return err },
		"form":    func(s string) error { return tokens.CheckForm(s, session) },
	}
}

func TestATokenIsGoodForItsPurposeOnly(t *testing.T) {
	k, _ := testKeyset(t)
	made, parse := everyPurpose(t, newTokens(t, k, func() time.Time { return noon }))
	for from, raw := range made {
		for to, check := range parse {
			err := check(raw)
			if from == to && err != nil {
				t.Errorf("%s refused by its own parser: %v", from, err)
			}
			if from != to && !errors.Is(err, ErrToken) {
				t.Errorf("%s token taken for a %s: %v", from, to, err)
			}
		}
	}
}

func TestTokensEnd(t *testing.T) {
	lives := map[string]time.Duration{
		"flow": FlowLife, "state": StateLife, "address": SessionAddressLife, "session": SessionLife, "form": SessionLife,
	}
	k, _ := testKeyset(t)
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			c := &clock{at: noon}
			made, parse := everyPurpose(t, newTokens(t, k, c.now))

			c.at = noon.Add(life - time.Second)
			if err := parse[name](made[name]); err != nil {
				t.Errorf("a second before its end: %v", err)
			}
			c.at = noon.Add(life + tokenLeeway + time.Second)
			if err := parse[name](made[name]); !errors.Is(err, ErrTokenExpired) || !errors.Is(err, ErrToken) {
				t.Errorf("after its end: %v, want ErrToken and ErrTokenExpired", err)
			}
			c.at = noon.Add(-time.Minute)
			if err := parse[name](made[name]); !errors.Is(err, ErrToken) || errors.Is(err, ErrTokenExpired) {
				t.Errorf("before it was made: %v, want ErrToken alone", err)
			}
		})
	}
}

func TestFormTokenBelongsToItsSession(t *testing.T) {
	k, _ := testKeyset(t)
	tokens := newTokens(t, k, func() time.Time { return noon })
	raw, err := tokens.SignForm(Session{ID: "x1", InstallID: "i1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		session Session
		good    bool
	}{
		{"its own session", Session{ID: "x1", InstallID: "i1"}, true},
		{"another session of the installation", Session{ID: "x2", InstallID: "i1"}, false},
		{"the same id in another installation", Session{ID: "x1", InstallID: "i2"}, false},
		{"no session", Session{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tokens.CheckForm(raw, tt.session)
			if (err == nil) != tt.good || !tt.good && !errors.Is(err, ErrToken) {
				t.Errorf("err = %v, want good: %v", err, tt.good)
			}
		})
	}
}

// resigned changes a genuine flow token and signs it with its real key, as only a fault of
// ours could: the parser must hold without relying on the signature alone.
func resigned(t *testing.T, tokens *Tokens, change func(jwt.MapClaims, map[string]any), method jwt.SigningMethod, key any) string {
	t.Helper()
	raw, err := tokens.SignFlow(Flow{ID: "f1"})
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	tok, _, err := jwt.NewParser().ParseUnverified(raw, claims)
	if err != nil {
		t.Fatal(err)
	}
	made := jwt.NewWithClaims(method, claims)
	made.Header["kid"] = tok.Header["kid"]
	change(claims, made.Header)
	out, err := made.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}

	return out
}

func TestForgedTokensAreRefused(t *testing.T) {
	k, _ := testKeyset(t)
	tokens := newTokens(t, k, func() time.Time { return noon })
	key := tokens.flow.keys[tokens.flow.kid]
	genuine, err := tokens.SignFlow(Flow{ID: "f1"})
	if err != nil {
		t.Fatal(err)
	}
	same := func(jwt.MapClaims, map[string]any) {}
	claim := func(name string, value any) string {
		return resigned(t, tokens, func(c jwt.MapClaims, _ map[string]any) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}, jwt.SigningMethodHS256, key)
	}

	for _, tt := range []struct {
		name string
		raw  string
		good bool
	}{
		{"signed again without a change", resigned(t, tokens, same, jwt.SigningMethodHS256, key), true},
		{"empty", "", false},
		{"not a token", "a.b.c", false},
		{"without a signature", genuine[:strings.LastIndex(genuine, ".")+1], false},
		{"with a changed signature", genuine[:len(genuine)-6] + swapped(genuine[len(genuine)-6]) + genuine[len(genuine)-5:], false},
		{"with something behind it", genuine + ".x", false},
		{"with padding", genuine + "=", false},
		{"too long to look at", genuine + strings.Repeat("A", tokenLimit), false},
		{"with another key", resigned(t, tokens, same, jwt.SigningMethodHS256, make([]byte, 32)), false},
		{"with the key's root", resigned(t, tokens, same, jwt.SigningMethodHS256, k.roots[0].Key), false},
		{"with HS512", resigned(t, tokens, same, jwt.SigningMethodHS512, key), false},
		{"with no algorithm", resigned(t, tokens, same, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), false},
		{"with an unknown kid", resigned(t, tokens, func(_ jwt.MapClaims, h map[string]any) { h["kid"] = "?" }, jwt.SigningMethodHS256, key), false},
		{"with a kid that is a number", resigned(t, tokens, func(_ jwt.MapClaims, h map[string]any) { h["kid"] = 1 }, jwt.SigningMethodHS256, key), false},
		{"from another issuer", claim("iss", "freshworks-app"), false},
		{"for another audience", claim("aud", "sellerchat/state"), false},
		{"without an audience", claim("aud", nil), false},
		{"without an end", claim("exp", nil), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tokens.ParseFlow(tt.raw)
			if (err == nil) != tt.good || !tt.good && !errors.Is(err, ErrToken) {
				t.Errorf("err = %v, want good: %v", err, tt.good)
			}
		})
	}
}
