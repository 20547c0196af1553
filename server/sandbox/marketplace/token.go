package marketplace

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// tokenLife is how long a link token is good.
const tokenLife = 60 * time.Second

// Token is a link token before it is signed.
type Token struct {
	Header map[string]any
	Claims map[string]any
	Secret []byte // HMAC key
}

// Override changes a token before it is signed, to play a forger or a clock
// that is wrong.
type Override func(*Token)

// Sign makes the JWT that server.js sends with a call about an event: HS256
// with the link secret, bound to the body's exact bytes. Without a handover it
// is signed with an empty key.
func (m *Market) Sign(event string, body []byte, overrides ...Override) string {
	h, err := m.handover()
	if err != nil {
		h = Handover{}
	}

	now := m.opt.Clock.Now()
	sum := sha256.Sum256(body)
	t := Token{
		Header: map[string]any{"alg": "HS256", "typ": "JWT", "kid": h.InstallID},
		Claims: map[string]any{
			"iss": "freshworks-app", "aud": m.opt.Backend, "sub": h.FreshchatDomain,
			"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "jti": rand.Text(),
			"evt": event, "bh": base64.RawURLEncoding.EncodeToString(sum[:]),
		},
		Secret: []byte(h.LinkSecret),
	}
	for _, override := range overrides {
		override(&t)
	}

	return t.sign()
}

func (t Token) sign() string {
	signed := segment(t.Header) + "." + segment(t.Claims)
	mac := hmac.New(sha256.New, t.Secret)
	mac.Write([]byte(signed))

	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func segment(v map[string]any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // an override put in what JSON cannot hold
	}

	return base64.RawURLEncoding.EncodeToString(b)
}
