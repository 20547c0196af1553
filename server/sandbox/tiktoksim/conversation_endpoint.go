package tiktoksim

import (
	"slices"
	"strconv"
)

const conversationsMax = 20

// locales that the vendor lists; they change system texts only.
var locales = []string{
	"en", "en-GB", "de-DE", "es-ES", "es-MX", "fr-FR", "id-ID", "it-IT", "ja-JP", "ms-MY", "th-TH", "vi-VN", "pt-BR", "zh-CN",
}

// participantData is a participant; the key of the platform differs between
// the list and the call for one conversation.
type participantData struct {
	Avatar        string `json:"avatar"`
	ImUserID      string `json:"im_user_id"`
	Nickname      string `json:"nickname"`
	Role          string `json:"role"`
	UserID        string `json:"user_id,omitempty"`
	BuyerPlatform string `json:"buyer_platform,omitempty"`
	Platform      string `json:"platform,omitempty"`
}

// conversationItem is a conversation as it is listed. The 202601 call leaves
// can_send_message and latest_message out.
type conversationItem struct {
	ID               string            `json:"id"`
	CreateTime       int64             `json:"create_time"`
	UnreadCount      int               `json:"unread_count"`
	ParticipantCount int               `json:"participant_count"`
	Participants     []participantData `json:"participants"`
	CanSendMessage   *bool             `json:"can_send_message,omitempty"`
	LatestMessage    *messageItem      `json:"latest_message,omitempty"`
}

// listConversations lists by age of the conversation, newest first. The
// vendor documents no order, so nobody may count on the liveliest coming
// first.
func (s *Sim) listConversations(c *call) (any, *refusal) {
	size, no := c.page(conversationsMax)
	if no != nil {
		return nil, no
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	end := len(c.shop.convs) // what the page ends before, counted from the oldest
	if token := c.query.Get("page_token"); token != "" {
		n, err := strconv.Atoi(token)
		if err != nil || n < 0 || n > end {
			return nil, errChatParameter("page_token")
		}
		end = n
	}

	start := max(0, end-size)
	list := make([]conversationItem, 0, end-start)
	for _, v := range slices.Backward(c.shop.convs[start:end]) {
		item := s.describeConversation(v)
		can := s.canSend(v.shop, v.buyer)
		item.CanSendMessage = &can
		if n := len(v.messages); n > 0 {
			m := s.describeMessage(v, v.messages[n-1])
			item.LatestMessage = &m
		}
		for i := range item.Participants {
			p := &item.Participants[i]
			p.BuyerPlatform, p.Platform = p.Platform, ""
		}
		list = append(list, item)
	}

	next := ""
	if start > 0 {
		next = strconv.Itoa(start)
	}

	return map[string]any{"conversations": list, "next_page_token": next}, nil
}

func (s *Sim) getConversation(c *call) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()

	v, no := s.conversationOf(c)
	if no != nil {
		return nil, no
	}

	return map[string]conversationItem{"conversation": s.describeConversation(v)}, nil
}

// createConversation answers with the existing conversation, which it
// reopens, or with a new one, when the rules of
// https://partner.tiktokshop.com/docv2/page/create-conversation-202309 let the seller write.
func (s *Sim) createConversation(c *call) (any, *refusal) {
	var in struct {
		BuyerUserID string `json:"buyer_user_id"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	if in.BuyerUserID == "" {
		return nil, errChatParameter("buyer_user_id")
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	b := s.userIDs[in.BuyerUserID]
	if b == nil {
		return nil, errNoRecord
	}
	if !s.canSend(c.shop, b) {
		return nil, errRule
	}

	_, known := c.shop.by[b.ImUserID]
	v := s.converse(c.shop, b)
	v.closed, v.reopened = false, s.clock.Now()
	if known {
		s.record(v, KindReopened, RoleAgent, nil, "", "")
	}

	return map[string]string{"conversation_id": v.id}, nil
}

// readMessage marks the buyer's messages read. It takes no body.
func (s *Sim) readMessage(c *call) (any, *refusal) {
	if len(c.body) > 0 {
		return nil, errParameter("Invalid request body: none is expected.")
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	v, no := s.conversationOf(c)
	if no != nil {
		return nil, no
	}
	v.unread = 0
	s.record(v, KindRead, RoleAgent, nil, "", "")

	return nil, nil
}

// conversationOf finds the conversation of the path, which must be the
// shop's own. The caller holds the lock.
func (s *Sim) conversationOf(c *call) (*conversation, *refusal) {
	v := s.convs[c.r.PathValue("conversation_id")]
	if v == nil || v.shop != c.shop {
		return nil, errNoRecord
	}

	return v, nil
}

func (s *Sim) describeConversation(v *conversation) conversationItem {
	item := conversationItem{
		ID: v.id, CreateTime: v.created.Unix(), UnreadCount: v.unread, ParticipantCount: 2,
		Participants: []participantData{
			{
				Avatar: s.stockURL("avatar-" + v.buyer.ImUserID), ImUserID: v.buyer.ImUserID, Nickname: v.buyer.Nickname,
				Role: RoleBuyer, UserID: v.buyer.UserID,
			},
			{Avatar: s.stockURL("shop-" + v.shop.ID), ImUserID: v.shop.imID, Nickname: v.shop.Name, Role: RoleShop, UserID: v.shop.ID},
		},
	}
	if v.shop.Region == "ID" {
		item.Participants[0].Platform = v.buyer.Platform
	}
	if v.agent {
		item.ParticipantCount++
		item.Participants = append(item.Participants, participantData{
			Avatar: s.stockURL("shop-" + v.shop.ID), ImUserID: v.shop.imID, Nickname: v.shop.Name, Role: RoleAgent,
		})
	}

	return item
}

// page reads the required page size and the locale.
func (c *call) page(largest int) (int, *refusal) {
	n, err := strconv.Atoi(c.query.Get("page_size"))
	if err != nil || n < 1 || n > largest {
		return 0, errChatParameter("page_size")
	}
	if l := c.query.Get("locale"); l != "" && !slices.Contains(locales, l) {
		return 0, errChatParameter("locale")
	}

	return n, nil
}
