package tiktok

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	quick "github.com/segmentio/encoding/json"

	"sellerchat/server/bridge"
)

// ErrSignature says that a webhook was not signed by the market's app.
var ErrSignature = errors.New("webhook signature does not match")

// The numbers of the webhooks that we need, and of the one that looks like a
// buyer's message: a creator's.
// https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
const (
	webhookDeauthorization = 6
	webhookExpiring        = 7
	webhookMessage         = 14
	webhookCreatorMessage  = 33
)

// wireWebhook is the frame of every webhook.
type wireWebhook struct {
	Type loose `json:"type"`
	Shop loose `json:"shop_id"`
	Time loose `json:"timestamp"`
	Data struct {
		wireMessage
		ExpirationTime loose `json:"expiration_time"`
	} `json:"data"`
}

// Webhook verifies a webhook over its raw body and says what it is about. It
// does not read a body whose signature does not match. The error is a
// *bridge.Error: Missing (ErrUnknownMarket) for a market without an app,
// Unauthorized (ErrSignature), or Invalid for a body that is not a webhook.
// https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
func (c *Client) Webhook(market bridge.Market, authorization string, body []byte) (bridge.TikTokEvent, error) {
	a, err := c.app(market)
	if err != nil {
		return bridge.TikTokEvent{}, err
	}

	got, err := hex.DecodeString(strings.TrimSpace(authorization))
	if err != nil || !hmac.Equal(got, a.webhooks.digest(body)) {
		return bridge.TikTokEvent{}, &bridge.Error{
			Code:  bridge.Unauthorized,
			Words: "The signature of this webhook does not match.",
			Err:   ErrSignature,
		}
	}

	w, err := readWebhook(body)
	if err != nil {
		return bridge.TikTokEvent{}, err
	}

	return c.event(w)
}

// readWebhook reads the quick way what has the shape that we know. Only the
// standard decoder goes on after a value of another shape: it leaves that
// empty, and what needs it says so.
func readWebhook(body []byte) (wireWebhook, error) {
	var w wireWebhook
	if quick.Unmarshal(body, &w) == nil {
		return w, nil
	}

	w = wireWebhook{}

	var shape *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &w); err != nil && (!errors.As(err, &shape) || shape.Field == "") {
		return wireWebhook{}, malformed("not a JSON object")
	}

	return w, nil
}

// event decides by number and by shape, since the vendor warns that numbers
// alone may change: what has the shape of a message is one.
func (c *Client) event(w wireWebhook) (bridge.TikTokEvent, error) {
	event := bridge.TikTokEvent{Type: w.Type.int(), At: w.Time.time(), Shop: bridge.ShopID(w.Shop)}

	data := &w.Data

	switch {
	case event.Type == webhookCreatorMessage:
		return event, nil
	case data.isMessage(event.Type):
		event.Kind = bridge.TikTokMessage
		event.Conversation = bridge.ConversationID(data.Conversation)
		event.Message, event.Hidden = data.message()
		c.noteUnknown(data.wireMessage)
	case event.Type == webhookMessage:
		return bridge.TikTokEvent{}, malformed("a message without its ids")
	case event.Type == webhookDeauthorization:
		event.Kind = bridge.TikTokDeauthorized
	case event.Type == webhookExpiring:
		event.Kind = bridge.TikTokExpiring
		event.ExpiresAt = data.ExpirationTime.time()
	}

	if event.Kind != bridge.TikTokOther && event.Shop == "" {
		return bridge.TikTokEvent{}, malformed("no shop")
	}

	return event, nil
}

// isMessage reports whether data is a message: by its ids under the number of
// messages, by its whole shape under any other.
func (w wireMessage) isMessage(number int) bool {
	if w.MessageID == "" || w.Conversation == "" {
		return false
	}

	return number == webhookMessage || (w.Type != "" && w.Sender.Role != "")
}

// noteUnknown logs what the platform added since this was written.
func (c *Client) noteUnknown(w wireMessage) {
	if w.known() {
		return
	}
	c.log.WarnContext(context.Background(), "tiktok message of an unknown kind",
		"type", plain(string(w.Type), nil), "role", plain(string(w.Sender.Role), nil))
}

func malformed(what string) error {
	return &bridge.Error{
		Code:  bridge.Invalid,
		Words: "This is not a webhook of TikTok Shop.",
		Err:   errors.New(what),
	}
}
