package tiktok

import (
	"encoding/json"
	"strconv"
	"strings"

	"sellerchat/server/bridge"
)

// wireMessage is a message as webhooks and lists write it; only the name of its
// id differs.
// https://partner.tiktokshop.com/docv2/page/14-new-message
type wireMessage struct {
	MessageID    loose           `json:"message_id"` // in webhooks
	ID           loose           `json:"id"`         // in lists
	Conversation loose           `json:"conversation_id"`
	Index        loose           `json:"index"`
	Type         loose           `json:"type"`
	Content      json.RawMessage `json:"content"`
	CreateTime   loose           `json:"create_time"`
	IsVisible    loose           `json:"is_visible"`
	Sender       wireSender      `json:"sender"`
}

type wireSender struct {
	IMUserID loose `json:"im_user_id"`
	Role     loose `json:"role"`
}

// The roles of senders that are named in code; see roles.
const roleBuyer = "BUYER"

// standing is what a sender's role means to us.
type standing struct {
	author bridge.AuthorRole
	hidden bridge.Hidden
}

// roles are the known roles. CUSTOMER_SERVICE is a person in Seller Center and
// this app alike. SHOP and ROBOT answer by themselves.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
var roles = map[loose]standing{
	roleBuyer:          {author: bridge.Buyer},
	"CUSTOMER_SERVICE": {author: bridge.Seller},
	"SHOP":             {author: bridge.Automaton, hidden: bridge.HiddenAutomatic},
	"ROBOT":            {author: bridge.Automaton, hidden: bridge.HiddenAutomatic},
	"SYSTEM":           {author: bridge.Automaton, hidden: bridge.HiddenSystem},
}

// standing says who wrote the message. Where the buyer came from is the buyer's
// doing, though the platform often reports it in the name of the system; a role
// that we do not know is none that may reach a person. What is rightly ignored
// by its type is the system's, whoever's name stands over it, but for the
// buyer's: nothing of hers is dropped.
func (w wireMessage) standing() standing {
	if w.Type == typeFromProduct || w.Type == typeFromOrder {
		return standing{author: bridge.Buyer}
	}
	s, ok := roles[w.Sender.Role]
	if !ok || s.author == bridge.Seller && kindOf(string(w.Type)).Treatment == bridge.Ignored {
		return standing{author: bridge.Automaton, hidden: bridge.HiddenSystem}
	}

	return s
}

// message converts to the domain's form and says whether it must stay hidden.
func (w wireMessage) message() (bridge.Message, bridge.Hidden) {
	s := w.standing()
	m := bridge.Message{
		ID:        bridge.MessageID(w.id()),
		Author:    s.author,
		AuthorID:  string(w.Sender.IMUserID),
		CreatedAt: w.CreateTime.time(),
		Order:     w.order(),
		Parts:     parts(string(w.Type), w.Content, s.author),
	}
	if s.author == bridge.Buyer && w.Sender.Role != roleBuyer {
		// In the name of the system stands the shop's id, not the buyer's.
		m.AuthorID = ""
	}

	switch {
	case strings.EqualFold(string(w.IsVisible), "false"):
		return m, bridge.HiddenInvisible
	case s.hidden != "":
		return m, s.hidden
	case len(m.Parts) == 0:
		return m, bridge.HiddenEmpty
	default:
		return m, ""
	}
}

// remote converts a message that was read back.
func (w wireMessage) remote() bridge.RemoteMessage {
	m, hidden := w.message()
	texts := make([]string, 0, len(m.Parts))
	for _, p := range m.Parts {
		texts = append(texts, p.Text)
	}

	return bridge.RemoteMessage{Message: m, Hidden: hidden, Text: strings.Join(texts, "\n")}
}

func (w wireMessage) id() loose {
	if w.MessageID != "" {
		return w.MessageID
	}

	return w.ID
}

// order is the platform's index: larger is newer. Where there is none, the time
// in microseconds takes its place, which is what indexes look like.
func (w wireMessage) order() uint64 {
	if n, err := strconv.ParseUint(string(w.Index), 10, 64); err == nil {
		return n
	}
	if t := w.CreateTime.time(); !t.IsZero() {
		return uint64(t.UnixMicro())
	}

	return 0
}

// known reports whether role and type are among those that we know.
func (w wireMessage) known() bool {
	_, role := roles[w.Sender.Role]
	_, kind := rowOf[string(w.Type)]

	return role && kind
}
