package tiktok

import (
	"context"
	"net/http"
	"strings"

	"sellerchat/server/bridge"
)

// conversations is the path of the chat's calls.
func (c *Client) conversations() string {
	return "/customer_service/" + c.versions.Chat + "/conversations"
}

// messages is the path of the calls inside one conversation.
func (c *Client) messages(id bridge.ConversationID) (string, error) {
	part, err := inPath(id)
	if err != nil {
		return "", err
	}

	return c.conversations() + part + "/messages", nil
}

// Conversation reads who takes part in a conversation. The buyer's fields are
// empty when TikTok names no buyer.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
func (c *Client) Conversation(
	ctx context.Context, access bridge.Access, id bridge.ConversationID,
) (bridge.ConversationInfo, error) {
	const op = "tiktok read conversation"

	part, err := inPath(id)
	if err != nil {
		return bridge.ConversationInfo{}, notAsked(op, err)
	}

	var data struct {
		Conversation wireConversation `json:"conversation"`
	}
	err = c.call(ctx, call{
		op:     op,
		method: http.MethodGet,
		path:   "/customer_service/" + c.versions.Conversation + "/conversations" + part,
		access: access,
	}, &data)
	if err != nil {
		return bridge.ConversationInfo{}, err
	}

	info := data.Conversation.info()
	info.ID = id

	return info, nil
}

// wireConversation is a conversation as the platform writes it. The call for a
// single one leaves out the last two fields.
type wireConversation struct {
	ID           loose `json:"id"`
	Participants []struct {
		Role     loose `json:"role"`
		IMUserID loose `json:"im_user_id"`
		UserID   loose `json:"user_id"`
		Nickname loose `json:"nickname"`
	} `json:"participants"`
	CanSend loose       `json:"can_send_message"`
	Latest  wireMessage `json:"latest_message"`
}

// info converts to the domain's form.
func (w wireConversation) info() bridge.ConversationInfo {
	info := bridge.ConversationInfo{
		ID:          bridge.ConversationID(w.ID),
		Latest:      bridge.MessageID(w.Latest.id()),
		LatestAt:    w.Latest.CreateTime.time(),
		LatestOrder: w.Latest.order(),
		MaySend:     strings.EqualFold(string(w.CanSend), "true"),
	}
	for _, p := range w.Participants {
		if p.Role != roleBuyer {
			continue
		}
		info.BuyerID = string(p.IMUserID)
		info.BuyerUserID = string(p.UserID)
		info.BuyerName = string(p.Nickname)

		break
	}

	return info
}

// CreateConversation opens a conversation with a buyer, by her id for orders,
// or reopens the one there is: then its id is the old one. It may be repeated.
// https://partner.tiktokshop.com/docv2/page/create-conversation-202309
func (c *Client) CreateConversation(
	ctx context.Context, access bridge.Access, buyerUserID string,
) (bridge.ConversationID, error) {
	const op = "tiktok create conversation"

	var data struct {
		ConversationID loose `json:"conversation_id"`
	}
	err := c.call(ctx, call{
		op:     op,
		method: http.MethodPost,
		path:   c.conversations(),
		body: struct {
			BuyerUserID string `json:"buyer_user_id"`
		}{buyerUserID},
		access: access,
	}, &data)
	if err != nil {
		return "", err
	}
	if data.ConversationID == "" {
		return "", incomplete(op, "conversation id")
	}

	return bridge.ConversationID(data.ConversationID), nil
}
