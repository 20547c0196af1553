package tiktoksim

import (
	"cmp"
	"fmt"

	"sellerchat/server/sandbox/simkit"
)

// Kinds of ledger entries. Exactly one KindAPIMessage is written for every
// message that the API accepted, whatever answer its caller then saw.
const (
	KindBuyerMessage  = "buyer_message"  // a buyer wrote
	KindAPIMessage    = "api_message"    // Send Message took it
	KindSellerMessage = "seller_message" // typed in Seller Center
	KindOtherMessage  = "other_message"  // written by the shop, the system or a robot
	KindRefused       = "refused"        // Send Message refused it; Parts has the code
	KindConversation  = "conversation"   // a conversation was opened
	KindReopened      = "reopened"       // Create Conversation met an existing one
	KindRead          = "read"           // Read Message
	KindImage         = "image_uploaded"
	KindVideo         = "video_uploaded"
)

// Posted says what became of a message.
type Posted struct {
	MessageID      string `json:"message_id"`
	ConversationID string `json:"conversation_id"`
	Index          uint64 `json:"index,string"`
}

// BuyerWrites lets a buyer write to a shop, which opens their conversation
// when there is none. It fails with ErrNotFound for an unknown shop or buyer.
func (s *Sim) BuyerWrites(shopID, imUserID string, m Message) (Posted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	sh, b := s.shops[shopID], s.buyers[imUserID]
	if sh == nil || b == nil {
		return Posted{}, fmt.Errorf("buyer %s writes to shop %s: %w", imUserID, shopID, ErrNotFound)
	}

	return s.write(s.converse(sh, b), RoleBuyer, KindBuyerMessage, m)
}

// SellerWrites lets an agent write in Seller Center. The first one announces
// herself with webhook 13.
func (s *Sim) SellerWrites(conversationID string, m Message) (Posted, error) {
	return s.RoleWrites(conversationID, RoleAgent, m)
}

// RoleWrites writes into a conversation as any role but RoleBuyer. Its
// messages look in chats as if they came from the shop.
func (s *Sim) RoleWrites(conversationID, role string, m Message) (Posted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	c := s.convs[conversationID]
	if c == nil || role == RoleBuyer {
		return Posted{}, fmt.Errorf("%s writes to conversation %s: %w", role, conversationID, ErrNotFound)
	}
	kind := KindOtherMessage
	if role == RoleAgent {
		kind = KindSellerMessage
	}
	if role == RoleAgent && !c.agent {
		c.agent = true
		s.notify(c.shop, eventNewConversation, c.id, conversationData{ConversationID: c.id, CreateTime: c.created.Unix()})
	}

	return s.write(c, role, kind, m)
}

// write composes a message and appends it. The caller holds the lock.
func (s *Sim) write(c *conversation, role, kind string, m Message) (Posted, error) {
	m.Type = cmp.Or(m.Type, TypeText)
	made, err := s.compose(m)
	if err != nil {
		return Posted{}, err
	}

	msg := s.appendMessage(c, &message{
		kind: m.Type, content: made.content, words: m.Content, medium: made.medium, role: role, visible: !m.Hidden,
	})
	s.record(c, kind, role, msg, made.text, made.parts)
	s.notifyMessage(c, msg)

	return Posted{MessageID: msg.id, ConversationID: c.id, Index: msg.index}, nil
}

// appendMessage gives a message its id, time and index: microseconds, always
// larger than the one before, never one larger on purpose. The caller holds
// the lock.
func (s *Sim) appendMessage(c *conversation, m *message) *message {
	m.id = s.newID()
	m.created = s.clock.Now()
	m.index = uint64(m.created.UnixMicro())
	if n := len(c.messages); n > 0 {
		m.index = max(m.index, c.messages[n-1].index+2+s.dice.Uint64N(500))
	}
	c.messages = append(c.messages, m)

	switch m.role {
	case RoleBuyer:
		c.unread++
		c.lastBuyer, c.closed = m.created, false
	case RoleAgent:
		c.lastSeller = m.created
	}

	return m
}

// record adds what happened in a conversation to the ledger; m may be nil.
func (s *Sim) record(c *conversation, kind, author string, m *message, text, parts string) {
	e := simkit.Entry{Kind: kind, Account: c.shop.ID, Conversation: c.id, Author: author, Text: text, Parts: parts}
	if m != nil {
		e.MessageID = m.id
	}
	s.ledger.Add(e)
}
