package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sellerchat/server/bridge"
)

// FlowLife is how long an open install page may be used.
const FlowLife = bridge.FlowFor

// StateLife is how long TikTok's answer to an authorization is taken to belong to its install
// page: no longer than that page is remembered.
const StateLife = bridge.FlowFor

// Flow is what the form of an install page carries from post to post. It is signed, not
// secret: what was typed and fetched stays on the server under the flow's id.
type Flow struct {
	ID      string    // of the stored flow
	Nonce   string    // given by the page that framed ours; empty without a frame
	Parent  string    // origin of that page; empty without a frame
	Expires time.Time // set by ParseFlow; SignFlow ignores it
}

type flowClaims struct {
	jwt.RegisteredClaims
	Nonce  string `json:"nonce,omitempty"`
	Parent string `json:"parent,omitempty"`
}

// SignFlow makes the token of an install page, good for FlowLife from now.
func (t *Tokens) SignFlow(f Flow) (string, error) {
	return t.flow.sign(flowClaims{
		RegisteredClaims: t.flow.registered("", f.ID),
		Nonce:            f.Nonce,
		Parent:           f.Parent,
	})
}

// ParseFlow checks the token of an install page. Refusals match ErrToken, and
// ErrTokenExpired when the page was merely open too long.
func (t *Tokens) ParseFlow(token string) (Flow, error) {
	var c flowClaims
	if err := t.flow.parse(token, &c); err != nil {
		return Flow{}, err
	}

	return Flow{
		ID:      c.Subject,
		Nonce:   c.Nonce,
		Parent:  c.Parent,
		Expires: c.ExpiresAt.Time,
	}, nil
}

// State ties TikTok's answer to the install page that sent the seller there.
type State struct {
	ID      string    // unguessable; the caller stores that it was redeemed
	FlowID  string    // of the open install page; empty for a repair
	Repairs string    // id of the installation whose shops are authorized again; else empty
	Market  string    // whose consent page the seller was sent to
	Expires time.Time // set by ParseState, for how long to remember ID; SignState ignores it
}

type stateClaims struct {
	jwt.RegisteredClaims
	Market  string `json:"market"`
	Repairs string `json:"repairs,omitempty"`
}

// SignState makes the value of OAuth's state parameter, good for StateLife from now.
func (t *Tokens) SignState(s State) (string, error) {
	return t.state.sign(stateClaims{
		RegisteredClaims: t.state.registered(s.ID, s.FlowID),
		Market:           s.Market,
		Repairs:          s.Repairs,
	})
}

// ParseState checks the state that came back for market. A state made for another market is
// refused like any other foreign one. Refusals match ErrToken.
func (t *Tokens) ParseState(token, market string) (State, error) {
	var c stateClaims
	if err := t.state.parse(token, &c); err != nil {
		return State{}, err
	}
	if c.Market != market {
		return State{}, refusal("made for another market")
	}

	return State{ID: c.ID, FlowID: c.Subject, Repairs: c.Repairs, Market: c.Market, Expires: c.ExpiresAt.Time}, nil
}
