package tiktoksim

import (
	"fmt"
	"slices"
	"time"
)

// Roles of those who write.
const (
	RoleBuyer          = "BUYER"
	RoleShop           = "SHOP" // automatic reply
	RoleAgent          = "CUSTOMER_SERVICE"
	RoleSystem         = "SYSTEM"
	RoleRobot          = "ROBOT"
	conversation30Days = 30 * 24 * time.Hour
	order60Days        = 60 * 24 * time.Hour
	silentBuyer        = 6 * time.Hour
	silentSeller       = 7 * 24 * time.Hour
)

// conversation is one buyer's chat with one shop. There is never a second.
type conversation struct {
	id         string
	shop       *shop
	buyer      *Buyer
	created    time.Time
	messages   []*message // by index, ascending
	unread     int        // buyer's messages that no agent read
	agent      bool       // an agent joined
	closed     bool       // ended by the seller or by ROBOT; a buyer's message or Create Conversation reopens it
	lastBuyer  time.Time
	lastSeller time.Time
	reopened   time.Time
}

// message is one entry of a conversation.
type message struct {
	id      string
	index   uint64
	kind    string // message type
	content string // a string holding JSON, as it was first told; see contentOf
	words   string // beside the medium, for types that have both
	medium  *medium
	created time.Time
	role    string
	visible bool
}

// converse returns the conversation of buyer and shop, a new one when there
// is none. The caller holds the lock.
func (s *Sim) converse(sh *shop, b *Buyer) *conversation {
	if c, ok := sh.by[b.ImUserID]; ok {
		return c
	}

	c := &conversation{id: s.newID(), shop: sh, buyer: b, created: s.clock.Now()}
	sh.by[b.ImUserID] = c
	sh.convs = append(sh.convs, c)
	s.convs[c.id] = c
	s.record(c, KindConversation, "", nil, "", "")

	return c
}

// canSend is can_send_message: talked within 30 days, ordered within 60, or
// ever returned anything.
func (s *Sim) canSend(sh *shop, b *Buyer) bool {
	now := s.clock.Now()
	if c := sh.by[b.ImUserID]; c != nil && now.Sub(latest(c.lastBuyer, c.lastSeller)) <= conversation30Days {
		return true
	}
	p := sh.bought[b.UserID]

	return p.refund || now.Sub(p.order) <= order60Days
}

// isClosed tells whether the session is over: ended, or closed by itself for
// silence when the settings say that this counts.
func (s *Sim) isClosed(c *conversation) bool {
	if c.closed || !s.settings.SessionsClose {
		return c.closed
	}

	now := s.clock.Now()
	if now.Sub(c.reopened) < silentBuyer {
		return false
	}
	if c.lastSeller.After(c.lastBuyer) {
		return now.Sub(c.lastSeller) > silentBuyer
	}

	return now.Sub(c.lastBuyer) > silentSeller
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}

	return b
}

// CloseConversation ends the session: messages are refused with 45109001
// until the buyer writes or Create Conversation reopens it.
func (s *Sim) CloseConversation(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	c, ok := s.convs[id]
	if !ok {
		return fmt.Errorf("close conversation %s: %w", id, ErrNotFound)
	}
	c.closed = true

	return nil
}

// ConversationView is a conversation as its pages and tests see it.
type ConversationView struct {
	ID       string    `json:"id"`
	ShopID   string    `json:"shop_id"`
	Buyer    Buyer     `json:"buyer"`
	Created  time.Time `json:"created"`
	Messages int       `json:"messages"`
	Unread   int       `json:"unread"`
	CanSend  bool      `json:"can_send"`
	Closed   bool      `json:"closed"`
}

// MessageView is a message as its pages and tests see it.
type MessageView struct {
	ID      string    `json:"id"`
	Index   uint64    `json:"index,string"`
	Type    string    `json:"type"`
	Content string    `json:"content"` // a string holding JSON
	Role    string    `json:"role"`
	Created time.Time `json:"created"`
	Visible bool      `json:"visible"`
	SHA256  string    `json:"sha256,omitempty"` // of what it shows, in hex
}

// Conversations lists the conversations of a shop, newest first.
func (s *Sim) Conversations(shopID string) ([]ConversationView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	sh, ok := s.shops[shopID]
	if !ok {
		return nil, fmt.Errorf("list conversations of shop %s: %w", shopID, ErrNotFound)
	}
	out := make([]ConversationView, 0, len(sh.convs))
	for _, c := range slices.Backward(sh.convs) {
		out = append(out, ConversationView{
			ID: c.id, ShopID: sh.ID, Buyer: *c.buyer, Created: c.created, Messages: len(c.messages), Unread: c.unread,
			CanSend: s.canSend(sh, c.buyer), Closed: s.isClosed(c),
		})
	}

	return out, nil
}

// Messages lists every message of a conversation, oldest first.
func (s *Sim) Messages(conversationID string) ([]MessageView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	c, ok := s.convs[conversationID]
	if !ok {
		return nil, fmt.Errorf("list messages of conversation %s: %w", conversationID, ErrNotFound)
	}
	out := make([]MessageView, 0, len(c.messages))
	for _, m := range c.messages {
		v := MessageView{
			ID: m.id, Index: m.index, Type: m.kind, Content: s.contentOf(m), Role: m.role, Created: m.created, Visible: m.visible,
		}
		if m.medium != nil {
			v.SHA256 = m.medium.sum
		}
		out = append(out, v)
	}

	return out, nil
}
