package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

const (
	linkOrigin = "https://chat.example.com"
	linkDomain = "acme.freshchat.com"
	// linkNextDomain is another host of the same account.
	linkNextDomain = "api.eu.freshchat.com"
)

var (
	linkSecret     = strings.Repeat("a", 43)
	linkNextSecret = strings.Repeat("b", 43)
	otherSecret    = strings.Repeat("c", 43)
	linkBody       = []byte(`{"event":"onMessageCreate","timestamp":1,"data":{}}`)
)

var errStore = errors.New("store is down")

func lookupLink(_ context.Context, id string) ([]LinkKey, error) {
	switch id {
	case "inst-1":
		return []LinkKey{{[]byte(linkSecret), linkDomain}, {[]byte(linkNextSecret), linkNextDomain}}, nil
	case "inst-2":
		return []LinkKey{{[]byte(otherSecret), "other.freshchat.com"}}, nil
	case "inst-bare":
		return []LinkKey{{nil, linkDomain}}, nil
	case "inst-silent":
		return nil, nil
	case "inst-nowhere":
		return []LinkKey{{[]byte(linkSecret), ""}}, nil
	case "inst-fault":
		return nil, errStore
	}

	return nil, ErrNoInstall
}

// forgery is a link JWT in the making; it starts genuine.
type forgery struct {
	method jwt.SigningMethod
	header map[string]any
	claims jwt.MapClaims
	key    any
	after  func(string) string
	body   []byte
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)

	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func genuineLink() *forgery {
	return &forgery{
		method: jwt.SigningMethodHS256,
		header: map[string]any{"kid": "inst-1"},
		claims: jwt.MapClaims{
			"iss": "freshworks-app",
			"aud": linkOrigin,
			"sub": linkDomain,
			"iat": noon.Unix(),
			"exp": noon.Add(time.Minute).Unix(),
			"jti": "j1",
			"evt": "onMessageCreate",
			"bh":  hashOf(linkBody),
		},
		key:   []byte(linkSecret),
		after: func(s string) string { return s },
		body:  linkBody,
	}
}

func (f *forgery) token(t *testing.T) string {
	t.Helper()
	tok := jwt.NewWithClaims(f.method, f.claims)
	maps.Copy(tok.Header, f.header)
	raw, err := tok.SignedString(f.key)
	if err != nil {
		t.Fatal(err)
	}

	return f.after(raw)
}

func set(name string, value any) func(*forgery) {
	return func(f *forgery) { f.claims[name] = value }
}

func drop(name string) func(*forgery) {
	return func(f *forgery) { delete(f.claims, name) }
}

func head(name string, value any) func(*forgery) {
	return func(f *forgery) { f.header[name] = value }
}

// newer signs with the secret that takes the place of the one in force.
func newer(f *forgery) { f.key, f.claims["sub"] = []byte(linkNextSecret), linkNextDomain }

func keyed(key string) func(*forgery) {
	return func(f *forgery) { f.key = []byte(key) }
}

// times sets iat and exp, in seconds from now.
func times(iat, exp int) func(*forgery) {
	return func(f *forgery) {
		f.claims["iat"] = noon.Add(time.Duration(iat) * time.Second).Unix()
		f.claims["exp"] = noon.Add(time.Duration(exp) * time.Second).Unix()
	}
}

func altered(after func(string) string) func(*forgery) {
	return func(f *forgery) { f.after = after }
}

func TestLinkTokens(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	lastBits := func(s string) string {
		// The last character of a signature holds two bits that strict decoding must not ignore.
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		at := strings.IndexByte(alphabet, s[len(s)-1])

		return s[:len(s)-1] + string(alphabet[at^1])
	}

	for _, tt := range []struct {
		name   string
		change func(*forgery)
		good   bool
	}{
		{"genuine", func(*forgery) {}, true},
		{"signed with the newer secret", newer, true},
		{"made by a clock that is 50 seconds fast", times(50, 110), true},
		{"made by a clock that is 50 seconds slow", times(-110, -50), true},
		{"good for 10 seconds", times(0, 10), true},
		{"audience in a list of one", set("aud", []string{linkOrigin}), true},
		{"with more claims than we know", set("extra", "x"), true},
		{"another event that is allowed here", set("evt", "onConversationUpdate"), true},

		{"no algorithm", func(f *forgery) {
			f.method, f.key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
		}, false},
		{"HS512", func(f *forgery) { f.method = jwt.SigningMethodHS512 }, false},
		{"RS256", func(f *forgery) { f.method, f.key = jwt.SigningMethodRS256, private }, false},
		{"algorithm in other letters", head("alg", "hs256"), false},
		{"another installation's secret", keyed(otherSecret), false},
		{"an empty secret", func(f *forgery) { f.header["kid"], f.key = "inst-bare", []byte{} }, false},
		{"an installation without a secret in force", head("kid", "inst-silent"), false},
		{"an installation without a domain", func(f *forgery) {
			f.header["kid"] = "inst-nowhere"
			f.claims["sub"] = ""
		}, false},
		{"an unknown kid", head("kid", "inst-9"), false},
		{"the kid of another installation", head("kid", "inst-2"), false},
		{"the kid and secret of another installation for our domain", func(f *forgery) {
			f.header["kid"], f.key = "inst-2", []byte(otherSecret)
		}, false},
		{"no kid", func(f *forgery) { delete(f.header, "kid") }, false},
		{"an empty kid", head("kid", ""), false},
		{"a kid that is a list", head("kid", []string{"inst-1"}), false},
		{"an endless kid", head("kid", strings.Repeat("k", linkIDLimit+1)), false},
		{"a header that must be understood", head("crit", []string{"b64"}), false},
		{"another issuer", set("iss", "sellerchat"), false},
		{"no issuer", drop("iss"), false},
		{"another audience", set("aud", "https://elsewhere.example.com"), false},
		{"the audience with a slash", set("aud", linkOrigin+"/"), false},
		{"our audience among others", set("aud", []string{linkOrigin, "https://elsewhere.example.com"}), false},
		{"no audience", drop("aud"), false},
		{"another domain", set("sub", "other.freshchat.com"), false},
		{"the domain of the newer secret", set("sub", linkNextDomain), false},
		{"the newer secret for the older domain", keyed(linkNextSecret), false},
		{"no domain", drop("sub"), false},
		{"an event of another route", set("evt", "onAppUninstall"), false},
		{"no event", drop("evt"), false},
		{"another body", func(f *forgery) { f.body = append([]byte(" "), linkBody...) }, false},
		{"a body where none was signed", set("bh", hashOf(nil)), false},
		{"a padded body hash", set("bh", hashOf(linkBody)+"="), false},
		{"a hexadecimal body hash", set("bh", strings.Repeat("0", 64)), false},
		{"no body hash", drop("bh"), false},
		{"expired for longer than the tolerance", times(-121, -61), false},
		{"no end", drop("exp"), false},
		{"an end that is text", set("exp", "tomorrow"), false},
		{"good for 61 seconds", times(0, 61), false},
		{"good for years", set("exp", noon.AddDate(9, 0, 0).Unix()), false},
		{"good for longer than time can hold", set("exp", 1e300), false},
		{"no iat", drop("iat"), false},
		{"made 61 seconds from now", times(61, 90), false},
		{"not good before an hour from now", set("nbf", noon.Add(time.Hour).Unix()), false},
		{"no jti", drop("jti"), false},
		{"an empty jti", set("jti", ""), false},
		{"an endless jti", set("jti", strings.Repeat("j", linkIDLimit+1)), false},
		{"a jti that is a number", set("jti", 7), false},
		{"a changed claim", altered(func(s string) string {
			parts := strings.Split(s, ".")

			return parts[0] + "." + parts[1][:20] + swapped(parts[1][20]) + parts[1][21:] + "." + parts[2]
		}), false},
		{"something behind it", altered(func(s string) string { return s + "x" }), false},
		{"a fourth part", altered(func(s string) string { return s + ".x" }), false},
		{"padding behind it", altered(func(s string) string { return s + "=" }), false},
		{"loose bits in the signature", altered(lastBits), false},
		{"no signature", altered(func(s string) string { return s[:strings.LastIndex(s, ".")+1] }), false},
		{"the scheme before it", altered(func(s string) string { return "Bearer " + s }), false},
		{"nothing", altered(func(string) string { return "" }), false},
		{"a flood", altered(func(s string) string { return s + strings.Repeat("A", linkTokenLimit) }), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := genuineLink()
			tt.change(f)
			v := NewLinkVerifier(linkOrigin, lookupLink, func() time.Time { return noon })

			got, err := v.Verify(t.Context(), f.token(t), f.body, "onMessageCreate", "onConversationUpdate")
			if tt.good && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if !tt.good && !errors.Is(err, ErrLinkToken) {
				t.Fatalf("err = %v, want ErrLinkToken", err)
			}
			if !tt.good && got != (LinkClaims{}) {
				t.Errorf("claims came with the refusal: %+v", got)
			}
			if err != nil && (strings.Contains(err.Error(), linkSecret) || strings.Contains(err.Error(), linkDomain)) {
				t.Errorf("the cause tells too much: %v", err)
			}
		})
	}
}

func TestLinkClaims(t *testing.T) {
	v := NewLinkVerifier(linkOrigin, lookupLink, func() time.Time { return noon })
	for i, sign := range []func(*forgery){keyed(linkSecret), newer} {
		f := genuineLink()
		sign(f)
		got, err := v.Verify(t.Context(), f.token(t), linkBody, "onMessageCreate")
		if err != nil {
			t.Fatal(err)
		}
		want := LinkClaims{
			InstallID: "inst-1",
			Event:     "onMessageCreate",
			JTI:       "j1",
			BodyHash:  hashOf(linkBody),
			Expires:   noon.Add(time.Minute).Local(),
			Secret:    i,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

// A store that is down must not look like a bad token: the caller is told to come back
// rather than that it is not installed.
func TestLinkLookupFaultIsNotARefusal(t *testing.T) {
	f := genuineLink()
	head("kid", "inst-fault")(f)
	v := NewLinkVerifier(linkOrigin, lookupLink, func() time.Time { return noon })
	_, err := v.Verify(t.Context(), f.token(t), linkBody, "onMessageCreate")
	if !errors.Is(err, errStore) || errors.Is(err, ErrLinkToken) {
		t.Errorf("err = %v, want the lookup's fault alone", err)
	}
}

func TestNoEventIsAllowedUnlessNamed(t *testing.T) {
	v := NewLinkVerifier(linkOrigin, lookupLink, func() time.Time { return noon })
	if _, err := v.Verify(t.Context(), genuineLink().token(t), linkBody); !errors.Is(err, ErrLinkToken) {
		t.Errorf("err = %v, want ErrLinkToken", err)
	}
}

func FuzzLinkToken(f *testing.F) {
	tok := jwt.NewWithClaims(jwt.SigningMethodHS256, genuineLink().claims)
	tok.Header["kid"] = "inst-1"
	genuine, err := tok.SignedString([]byte(linkSecret))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(genuine)
	f.Add(genuine[:len(genuine)-1])
	f.Add("e30.e30.")
	f.Add("bnVsbA.bnVsbA.bnVsbA")
	f.Add("..")
	v := NewLinkVerifier(linkOrigin, lookupLink, func() time.Time { return noon })
	f.Fuzz(func(t *testing.T, raw string) {
		_, err := v.Verify(t.Context(), raw, linkBody, "onMessageCreate")
		// Line breaks are the one thing that base64 decoding skips.
		if err == nil && strings.NewReplacer("\r", "", "\n", "").Replace(raw) != genuine {
			t.Errorf("accepted %q", raw)
		}
		if err != nil && !errors.Is(err, ErrLinkToken) && !errors.Is(err, errStore) {
			t.Errorf("unnamed error %v", err)
		}
	})
}

// Anybody can send nonsense; it must cost no look-up.
func TestNonsenseIsNotLookedUp(t *testing.T) {
	asked := false
	v := NewLinkVerifier(linkOrigin, func(context.Context, string) ([]LinkKey, error) {
		asked = true

		return nil, ErrNoInstall
	}, func() time.Time { return noon })
	for _, tt := range []struct {
		name   string
		change func(*forgery)
	}{
		{"an empty kid", head("kid", "")},
		{"an endless kid", head("kid", strings.Repeat("k", linkIDLimit+1))},
		{"a flood", altered(func(s string) string { return s + strings.Repeat("A", linkTokenLimit) })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := genuineLink()
			tt.change(f)
			if _, err := v.Verify(t.Context(), f.token(t), linkBody, "onMessageCreate"); !errors.Is(err, ErrLinkToken) {
				t.Errorf("err = %v, want ErrLinkToken", err)
			}
			if asked {
				t.Error("the store was asked")
			}
		})
	}
}
