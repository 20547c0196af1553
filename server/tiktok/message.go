package tiktok

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"sellerchat/server/bridge"
)

// pageSize is the most messages that one page may have.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
const pageSize = "10"

// Messages reads a page of a conversation, newest first. An empty token asks
// for the first page; an empty Next ends the list.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
func (c *Client) Messages(
	ctx context.Context, access bridge.Access, id bridge.ConversationID, pageToken string,
) (bridge.RemotePage, error) {
	const op = "tiktok read messages"

	path, err := c.messages(id)
	if err != nil {
		return bridge.RemotePage{}, notAsked(op, err)
	}

	query := url.Values{"page_size": {pageSize}, "sort_order": {"DESC"}}
	if pageToken != "" {
		query.Set("page_token", pageToken)
	}

	var data struct {
		Messages []wireMessage `json:"messages"`
		Next     loose         `json:"next_page_token"`
	}
	err = c.call(ctx, call{op: op, method: http.MethodGet, path: path, query: query, access: access}, &data)
	if err != nil {
		return bridge.RemotePage{}, err
	}

	page := bridge.RemotePage{Next: string(data.Next)}
	for _, w := range data.Messages {
		page.Messages = append(page.Messages, w.remote())
	}

	return page, nil
}

// Send writes to the buyer and returns the id that the message's webhook will
// carry. A text may have up to TextLimit units: see SplitText. A failure that
// is not certain may have sent it.
// https://partner.tiktokshop.com/docv2/page/send-message-202309
func (c *Client) Send(
	ctx context.Context, access bridge.Access, id bridge.ConversationID, p bridge.Piece,
) (bridge.MessageID, error) {
	const op = "tiktok send message"

	path, err := c.messages(id)
	if err != nil {
		return "", notAsked(op, err)
	}

	// The platform wants its content as a string that holds JSON.
	content, err := json.Marshal(struct {
		Content string `json:"content"`
	}{p.Text})
	if err != nil {
		return "", notAsked(op, fmt.Errorf("encode content: %w", err))
	}

	var data struct {
		MessageID loose `json:"message_id"`
	}
	err = c.call(ctx, call{
		op:     op,
		method: http.MethodPost,
		path:   path,
		body: struct {
			Type    string `json:"type"`
			Content string `json:"content"`
		}{typeText, string(content)},
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

// MarkRead marks the buyer's messages of a conversation as read. It may be
// repeated, and counts against the daily quota.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
func (c *Client) MarkRead(ctx context.Context, access bridge.Access, id bridge.ConversationID) error {
	const op = "tiktok mark read"

	path, err := c.messages(id)
	if err != nil {
		return notAsked(op, err)
	}

	return c.call(ctx, call{op: op, method: http.MethodPost, path: path + "/read", access: access}, nil)
}
