package tiktoksim

import (
	"slices"
	"strconv"
	"strings"
)

const (
	messagesMax = 10

	unsupportedTips = "This message type isn't supported here. View it in TikTok Shop."
)

// messageItem is a message as it is listed: its id is called "id" here and
// "message_id" in webhooks.
type messageItem struct {
	ID         string     `json:"id"`
	Index      string     `json:"index"`
	Type       string     `json:"type"`
	Content    string     `json:"content"`
	CreateTime int64      `json:"create_time"`
	IsVisible  bool       `json:"is_visible"`
	Sender     senderItem `json:"sender"`
}

type senderItem struct {
	Avatar   string `json:"avatar"`
	ImUserID string `json:"im_user_id"`
	Nickname string `json:"nickname"`
	Role     string `json:"role"`
}

// listMessages pages through a conversation. Both sort fields give the same
// order here, since index and time rise together.
func (s *Sim) listMessages(c *call) (any, *refusal) {
	size, no := c.page(messagesMax)
	if no != nil {
		return nil, no
	}
	order, no := c.choice("sort_order", "DESC", "ASC")
	if no != nil {
		return nil, no
	}
	if _, no := c.choice("sort_field", "create_time", "index"); no != nil {
		return nil, no
	}
	last, no := c.messageToken(order)
	if no != nil {
		return nil, no
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	v, no := s.conversationOf(c)
	if no != nil {
		return nil, no
	}
	page, more := v.pageAfter(last, size, order)
	list := make([]messageItem, 0, len(page))
	for _, m := range page {
		list = append(list, s.describeMessage(v, m))
	}
	next := ""
	if more {
		next = order + "." + list[len(list)-1].Index
	}

	return map[string]any{"messages": list, "next_page_token": next, "unsupported_msg_tips": unsupportedTips}, nil
}

// messageToken reads the index after which the page begins, 0 for the first
// page. A token belongs to the order in which it was issued.
func (c *call) messageToken(order string) (uint64, *refusal) {
	token := c.query.Get("page_token")
	if token == "" {
		return 0, nil
	}

	was, index, _ := strings.Cut(token, ".")
	n, err := strconv.ParseUint(index, 10, 64)
	if err != nil || was != order {
		return 0, errChatParameter("page_token")
	}

	return n, nil
}

// pageAfter returns up to size messages that follow the index last in that
// order, and whether there are more.
func (v *conversation) pageAfter(last uint64, size int, order string) (page []*message, more bool) {
	all := v.messages
	at, found := slices.BinarySearchFunc(all, last, func(m *message, index uint64) int {
		switch {
		case m.index < index:
			return -1
		case m.index > index:
			return 1
		}
		return 0
	})

	if order == "ASC" {
		if found {
			at++
		}
		end := min(at+size, len(all))
		return all[at:end], end < len(all)
	}

	if last == 0 {
		at = len(all)
	}
	start := max(0, at-size)
	page = slices.Clone(all[start:at])
	slices.Reverse(page)

	return page, start > 0
}

func (s *Sim) describeMessage(v *conversation, m *message) messageItem {
	sender := senderItem{ImUserID: v.imIDOf(m.role), Role: m.role, Nickname: v.shop.Name, Avatar: s.stockURL("shop-" + v.shop.ID)}
	if m.role == RoleBuyer {
		sender.Nickname, sender.Avatar = v.buyer.Nickname, s.stockURL("avatar-"+v.buyer.ImUserID)
	}

	return messageItem{
		ID: m.id, Index: strconv.FormatUint(m.index, 10), Type: m.kind, Content: s.contentOf(m),
		CreateTime: m.created.Unix(), IsVisible: m.visible, Sender: sender,
	}
}

// choice reads a query parameter that has a default and one other value.
func (c *call) choice(name, standard, other string) (string, *refusal) {
	switch v := c.query.Get(name); v {
	case "", standard:
		return standard, nil
	case other:
		return other, nil
	default:
		return "", errChatParameter(name)
	}
}
