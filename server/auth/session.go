package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sellerchat/server/bridge"
)

const (
	// SessionAddressLife is how long the address of a settings session may be opened.
	SessionAddressLife = bridge.SessionAddressFor
	// SessionLife is how long a settings session lasts after it was opened.
	SessionLife = 30 * time.Minute
)

// Session is one visit to the settings pages of one installation.
type Session struct {
	ID        string    // unguessable
	InstallID string    // whose settings
	Expires   time.Time // set when parsed; ignored when signed
}

// SignSessionAddress makes the proof in a settings address. The caller lets each session id
// be opened once.
func (t *Tokens) SignSessionAddress(s Session) (string, error) { return signSession(t.address, s) }

// ParseSessionAddress checks the proof of a settings address. Refusals match ErrToken, and
// ErrTokenExpired when it was merely too late.
func (t *Tokens) ParseSessionAddress(token string) (Session, error) {
	return parseSession(t.address, token)
}

// SignSession makes the value of the settings cookie.
func (t *Tokens) SignSession(s Session) (string, error) { return signSession(t.session, s) }

// ParseSession checks the settings cookie. Refusals match ErrToken, and ErrTokenExpired when
// the session merely ended.
func (t *Tokens) ParseSession(token string) (Session, error) { return parseSession(t.session, token) }

// SignForm makes the token that a settings form carries. It proves that the post came from
// a page of this very session, which a cookie alone does not.
func (t *Tokens) SignForm(s Session) (string, error) { return signSession(t.form, s) }

// CheckForm refuses, with ErrToken, a form token that was not made for session s.
func (t *Tokens) CheckForm(token string, s Session) error {
	made, err := parseSession(t.form, token)
	if err != nil {
		return err
	}
	if made.ID != s.ID || made.InstallID != s.InstallID {
		return refusal("made for another session")
	}

	return nil
}

func signSession(p *purpose, s Session) (string, error) {
	return p.sign(p.registered(s.ID, s.InstallID))
}

func parseSession(p *purpose, token string) (Session, error) {
	var c jwt.RegisteredClaims
	if err := p.parse(token, &c); err != nil {
		return Session{}, err
	}

	return Session{ID: c.ID, InstallID: c.Subject, Expires: c.ExpiresAt.Time}, nil
}
