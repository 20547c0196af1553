package freshchat

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"sellerchat/server/bridge"
)

// SignatureHeader carries the signature of a webhook.
const SignatureHeader = "X-Freshchat-Signature"

// What can be wrong with a webhook or an event, for the log.
var (
	errSignature = errors.New("signature does not match")
	errShape     = errors.New("not of the documented shape")
	errNameless  = errors.New("message without an id")
)

// notification is the body of a webhook.
// https://developers.freshchat.com/api/
type notification struct {
	Action scalar `json:"action"`
	At     scalar `json:"action_time"`
	Data   struct {
		Message json.RawMessage `json:"message"`
		Resolve *transition     `json:"resolve"`
		Reopen  *transition     `json:"reopen"`
	} `json:"data"`
}

// transition is a change of a conversation's state.
type transition struct {
	Conversation conversation `json:"conversation"`
	Interaction  scalar       `json:"interaction_id"`
}

func (t *transition) event(kind bridge.FreshchatEventKind) bridge.FreshchatEvent {
	if t == nil {
		return bridge.FreshchatEvent{}
	}

	c := t.Conversation

	return bridge.FreshchatEvent{
		Kind: kind, Account: bridge.AccountID(c.App), Thread: bridge.ThreadID(c.Thread), Topic: bridge.TopicID(c.Channel),
		Numeric: bridge.ThreadID(first(scalar(c.numeric()), scalar(interactionThread(t.Interaction)))),
	}
}

// Webhook verifies a webhook against the account's public key, as ParseKey
// returned it, and reads it. The body has to be what was received, byte by
// byte: signed are the bytes, not what they mean.
//
// Errors are *bridge.Error: Unavailable without a key, Unauthorized for a
// signature that does not match, Invalid for a signed body of no known shape.
// An action that does not matter is FreshchatOther and no error.
func Webhook(pemKey, signature string, body []byte) (bridge.FreshchatEvent, error) {
	key, err := publicKey(pemKey)
	if err != nil {
		return bridge.FreshchatEvent{}, &bridge.Error{
			Code: bridge.Unavailable, Words: "The public key of Freshchat's webhooks is not saved yet.", Err: err,
		}
	}

	sig, err := base64.StdEncoding.DecodeString(strings.TrimSpace(signature))
	sum := sha256.Sum256(body)

	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) != nil {
		return bridge.FreshchatEvent{}, &bridge.Error{
			Code: bridge.Unauthorized, Words: "The signature of this webhook does not match.", Err: errSignature,
		}
	}

	return readNotification(body)
}

// readNotification reads the body of a verified webhook.
func readNotification(body []byte) (bridge.FreshchatEvent, error) {
	var n notification
	if json.Unmarshal(body, &n) != nil {
		return bridge.FreshchatEvent{}, invalid(errShape)
	}

	switch n.Action {
	case "message_create":
		var m message
		if json.Unmarshal(n.Data.Message, &m) != nil {
			return bridge.FreshchatEvent{}, invalid(errShape)
		}

		if m.ID == "" {
			return bridge.FreshchatEvent{}, invalid(errNameless)
		}

		return m.event(conversation{}, n.At.time()), nil
	case "conversation_resolution":
		return n.Data.Resolve.event(bridge.FreshchatResolved), nil
	case "conversation_reopen":
		return n.Data.Reopen.event(bridge.FreshchatReopened), nil
	default:
		return bridge.FreshchatEvent{}, nil
	}
}

func invalid(err error) error {
	return &bridge.Error{Code: bridge.Invalid, Words: "This event of Freshchat cannot be read.", Err: err}
}
