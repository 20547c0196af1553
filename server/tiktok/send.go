package tiktok

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"sellerchat/server/bridge"
)

// Send writes to the buyer and returns the id that the message's webhook will
// carry. A text may have up to TextLimit units: see SplitText. A picture is
// what UploadImage made of it, a video what UploadVideo made. A failure that is
// not certain may have sent it.
// https://partner.tiktokshop.com/docv2/page/send-message-202309
func (c *Client) Send(
	ctx context.Context, access bridge.Access, id bridge.ConversationID, p bridge.Piece,
) (bridge.MessageID, error) {
	const op = "tiktok send message"

	path, err := c.messages(id)
	if err != nil {
		return "", notAsked(op, err)
	}

	body, err := outgoing(p)
	if err != nil {
		return "", unsupported(op, wordsNoSuchKind, err)
	}

	var data struct {
		MessageID loose `json:"message_id"`
	}
	err = c.call(ctx, call{
		op:      op,
		method:  http.MethodPost,
		path:    path,
		body:    body,
		access:  access,
		private: p.Text,
	}, &data)
	if err != nil {
		return "", err
	}
	if data.MessageID == "" {
		return "", incomplete(op, "message id")
	}

	return bridge.MessageID(data.MessageID), nil
}

// wireOutgoing is a message as the platform takes it. Its content is a string
// that holds JSON.
type wireOutgoing struct {
	Type    string `json:"type"`
	Content string `json:"content"`
}

// outgoing makes the message of a piece.
func outgoing(p bridge.Piece) (wireOutgoing, error) {
	var (
		typ    string
		inside any
	)
	switch p.Kind {
	case bridge.PartText, "":
		typ, inside = typeText, struct {
			Content string `json:"content"`
		}{p.Text}
	case bridge.PartImage:
		// The sizes are numbers on the way out, and strings on the way in.
		typ, inside = typeImage, struct {
			URL    string `json:"url"`
			Width  int    `json:"width"`
			Height int    `json:"height"`
		}{p.Ref, p.Width, p.Height}
	case bridge.PartVideo:
		typ, inside = typeVideo, struct {
			VID string `json:"vid"`
		}{p.Ref}
	default:
		return wireOutgoing{}, fmt.Errorf("there is no message of kind %q", p.Kind)
	}

	content, err := json.Marshal(inside)
	if err != nil {
		return wireOutgoing{}, fmt.Errorf("encode content: %w", err)
	}

	return wireOutgoing{Type: typ, Content: string(content)}, nil
}
