package auth

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Refusals of our own tokens. The wrapped cause is for the log only.
var (
	// ErrToken is matched by every refusal.
	ErrToken = errors.New("token refused")
	// ErrTokenExpired is matched too when nothing but the time was wrong, so that a page can say so.
	ErrTokenExpired = errors.New("token expired")
)

const (
	tokenIssuer = "sellerchat"
	// tokenLeeway lets the clocks of several of our machines differ a little.
	tokenLeeway = 5 * time.Second
	// tokenLimit bounds, in characters, what is parsed at all.
	tokenLimit = 2048
)

// Tokens makes and checks the signed tokens of our own pages. Each purpose has a signing
// key and an audience of its own, so a token for one is refused everywhere else.
// It is safe for concurrent use.
type Tokens struct {
	flow    *purpose
	state   *purpose
	address *purpose
	session *purpose
	form    *purpose
	repair  *purpose
}

// NewTokens derives the signing keys of every purpose from k. The clock may be nil: the real one.
func NewTokens(k *Keyset, now func() time.Time) (*Tokens, error) {
	if now == nil {
		now = time.Now
	}

	t := &Tokens{}
	for _, p := range []struct {
		to   **purpose
		name string
		life time.Duration
	}{
		{&t.flow, "flow", FlowLife},
		{&t.state, "state", StateLife},
		{&t.address, "session-address", SessionAddressLife},
		{&t.session, "session", SessionLife},
		{&t.form, "form", SessionLife},
		{&t.repair, "repair", RepairLife},
	} {
		made, err := newPurpose(k, p.name, p.life, now)
		if err != nil {
			return nil, err
		}
		*p.to = made
	}

	return t, nil
}

// purpose is one kind of token.
type purpose struct {
	audience string
	life     time.Duration
	kid      string // of the key that signs
	keys     map[string][]byte
	parser   *jwt.Parser
	now      func() time.Time
}

func newPurpose(k *Keyset, name string, life time.Duration, now func() time.Time) (*purpose, error) {
	p := &purpose{
		audience: tokenIssuer + "/" + name,
		life:     life,
		kid:      k.roots[0].KID,
		keys:     make(map[string][]byte, len(k.roots)),
		now:      now,
	}
	for _, r := range k.roots {
		key, err := hkdf.Key(sha256.New, r.Key, nil, "sign "+p.audience, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("signing key for %s: %w", name, err)
		}
		p.keys[r.KID] = key
	}
	p.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(p.audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(tokenLeeway),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(now),
	)

	return p, nil
}

// registered fills the claims that every token of this purpose has.
func (p *purpose) registered(id, subject string) jwt.RegisteredClaims {
	now := p.now()

	return jwt.RegisteredClaims{
		Issuer:    tokenIssuer,
		Audience:  jwt.ClaimStrings{p.audience},
		ID:        id,
		Subject:   subject,
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(p.life)),
	}
}

func (p *purpose) sign(claims jwt.Claims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	t.Header["kid"] = p.kid
	s, err := t.SignedString(p.keys[p.kid])
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", p.audience, err)
	}

	return s, nil
}

func (p *purpose) parse(token string, claims jwt.Claims) error {
	if len(token) > tokenLimit {
		return fmt.Errorf("%w: longer than %d characters", ErrToken, tokenLimit)
	}

	_, err := p.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		key, ok := p.keys[kid]
		if !ok {
			return nil, errors.New("signed by no key of the keyset")
		}

		return key, nil
	})
	if errors.Is(err, jwt.ErrTokenExpired) {
		return fmt.Errorf("%w: %w", ErrToken, ErrTokenExpired)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrToken, err)
	}

	return nil
}

func refusal(cause string) error { return fmt.Errorf("%w: %s", ErrToken, cause) }
