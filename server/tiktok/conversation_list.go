package tiktok

import (
	"context"
	"net/http"
	"net/url"

	"sellerchat/server/bridge"
)

// conversationsPerPage is the most that one page may have.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
const conversationsPerPage = "20"

// Conversations reads a page of the shop's conversations. An empty token asks
// for the first page; an empty Next ends the list. Nobody documents its order.
// Each page counts against the daily quota.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
func (c *Client) Conversations(
	ctx context.Context, access bridge.Access, pageToken string,
) (bridge.ConversationPage, error) {
	query := url.Values{"page_size": {conversationsPerPage}}
	if pageToken != "" {
		query.Set("page_token", pageToken)
	}

	var data struct {
		Conversations []wireConversation `json:"conversations"`
		Next          loose              `json:"next_page_token"`
	}
	err := c.call(ctx, call{
		op:     "tiktok list conversations",
		method: http.MethodGet,
		path:   c.conversations(),
		query:  query,
		access: access,
	}, &data)
	if err != nil {
		return bridge.ConversationPage{}, err
	}

	page := bridge.ConversationPage{Next: string(data.Next)}
	for _, w := range data.Conversations {
		if w.ID != "" { // nothing could be asked about it
			page.Conversations = append(page.Conversations, w.info())
		}
	}

	return page, nil
}
