package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var (
	// ErrLinkToken is matched by every refused link JWT. The wrapped cause is for the log
	// only: whoever sent the token learns no more than that it was refused.
	ErrLinkToken = errors.New("link token refused")
	// ErrNoInstall is what a LinkLookup returns for an install id that it does not know.
	ErrNoInstall = errors.New("no such installation")
)

const (
	linkIssuer = "freshworks-app"
	// linkLeeway is how far the clocks of the Marketplace and ours may differ.
	linkLeeway = 60 * time.Second
	// linkLife is how long after iat a link JWT may at most be good.
	linkLife = 60 * time.Second
	// linkSecretMin, in bytes, keeps an empty or cut secret from ever being a key.
	linkSecretMin  = 32
	linkTokenLimit = 4096
	linkIDLimit    = 128
)

// LinkKey is what a link JWT is checked with.
type LinkKey struct {
	Secret []byte // the bytes of a link_secret
	Domain string // the freshchat_domain that was handed over with it
}

// LinkLookup finds the keys of an installation that are good now: the current one, then a newer
// one. It returns ErrNoInstall when there is none; any other error is a fault of ours and reaches
// the caller of Verify as it is.
type LinkLookup func(ctx context.Context, installID string) ([]LinkKey, error)

// LinkClaims is what a genuine link JWT says.
type LinkClaims struct {
	InstallID string
	Event     string
	JTI       string    // at most 128 bytes
	BodyHash  string    // SHA-256 of the body, base64url without padding
	Expires   time.Time // after this and the clock tolerance the token cannot come again
	Secret    int       // which of the keys signed it
}

// LinkVerifier checks the JWTs by which the Marketplace app's server.js proves which
// installation is calling. Why such a token is needed: the platform signs nothing itself.
// It is safe for concurrent use. That a jti is used once is the caller's business.
type LinkVerifier struct {
	lookup LinkLookup
	parser *jwt.Parser
}

// NewLinkVerifier checks tokens that were made for origin, the origin of our public address.
// The clock may be nil: the real one.
func NewLinkVerifier(origin string, lookup LinkLookup, now func() time.Time) *LinkVerifier {
	if now == nil {
		now = time.Now
	}

	return &LinkVerifier{
		lookup: lookup,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
			jwt.WithIssuer(linkIssuer),
			jwt.WithAudience(origin),
			jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(),
			jwt.WithLeeway(linkLeeway),
			jwt.WithStrictDecoding(),
			jwt.WithTimeFunc(now),
		),
	}
}

type linkClaims struct {
	jwt.RegisteredClaims
	Event    string `json:"evt"`
	BodyHash string `json:"bh"`
}

// Verify checks a token against the exact bytes of the body that came with it. Only the
// named events are accepted. A refusal matches ErrLinkToken; an error that does not comes
// from the lookup.
func (v *LinkVerifier) Verify(ctx context.Context, token string, body []byte, events ...string) (LinkClaims, error) {
	if len(token) > linkTokenLimit {
		return LinkClaims{}, linkRefusal("longer than %d characters", linkTokenLimit)
	}

	id, err := v.installID(token)
	if err != nil {
		return LinkClaims{}, err
	}
	keys, err := v.lookup(ctx, id)
	if errors.Is(err, ErrNoInstall) {
		return LinkClaims{}, fmt.Errorf("%w: %w", ErrLinkToken, err)
	}
	if err != nil {
		return LinkClaims{}, fmt.Errorf("look up link keys: %w", err)
	}

	claims, signer, err := v.parse(token, keys)
	if err != nil {
		return LinkClaims{}, err
	}
	if err := claims.check(keys[signer].Domain, body, events); err != nil {
		return LinkClaims{}, err
	}

	return LinkClaims{
		InstallID: id,
		Event:     claims.Event,
		JTI:       claims.ID,
		BodyHash:  claims.BodyHash,
		Expires:   claims.ExpiresAt.Time,
		Secret:    signer,
	}, nil
}

// installID reads the one thing of the token that is needed before its signature can be checked.
func (v *LinkVerifier) installID(token string) (string, error) {
	t, _, err := v.parser.ParseUnverified(token, &linkClaims{})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrLinkToken, err)
	}
	// A header that must be understood and is not: RFC 7515, 4.1.11.
	if _, ok := t.Header["crit"]; ok {
		return "", linkRefusal("critical header")
	}
	kid, ok := t.Header["kid"].(string)
	if !ok || kid == "" || len(kid) > linkIDLimit {
		return "", linkRefusal("no usable kid")
	}

	return kid, nil
}

// parse returns the claims and which of the keys signed them.
func (v *LinkVerifier) parse(token string, keys []LinkKey) (*linkClaims, int, error) {
	err := errors.New("no secret in force")
	for i, key := range keys {
		if len(key.Secret) < linkSecretMin {
			continue
		}
		claims := &linkClaims{}
		_, err = v.parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key.Secret, nil })
		if err == nil {
			return claims, i, nil
		}
		if !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
			break
		}
	}

	return nil, 0, fmt.Errorf("%w: %w", ErrLinkToken, err)
}

// check looks at what the parser's own validation does not cover.
func (c *linkClaims) check(domain string, body []byte, events []string) error {
	sum := sha256.Sum256(body)
	hash := base64.RawURLEncoding.EncodeToString(sum[:])

	switch {
	case len(c.Audience) != 1:
		return linkRefusal("made for several audiences")
	case c.IssuedAt == nil:
		return linkRefusal("no iat")
	case c.ExpiresAt.Sub(c.IssuedAt.Time) > linkLife:
		return linkRefusal("good for longer than %s", linkLife)
	case c.ID == "" || len(c.ID) > linkIDLimit:
		return linkRefusal("no usable jti")
	case domain == "" || c.Subject != domain:
		return linkRefusal("another freshchat domain")
	case !slices.Contains(events, c.Event):
		return linkRefusal("an event that does not belong here")
	case subtle.ConstantTimeCompare([]byte(c.BodyHash), []byte(hash)) != 1:
		return linkRefusal("another body")
	}

	return nil
}

func linkRefusal(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrLinkToken}, args...)...)
}
