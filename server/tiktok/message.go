package tiktok

import (
	"context"
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
