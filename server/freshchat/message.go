package freshchat

import (
	"strings"
	"time"

	"sellerchat/server/bridge"
)

// The platform's words for authors and kinds of messages.
const (
	actorUser   = "user"
	actorAgent  = "agent"
	actorBot    = "bot"
	typeNormal  = "normal"
	typePrivate = "private"
)

// message is a message as the API, the webhooks and the product events tell
// it. https://developers.freshchat.com/api/
type message struct {
	ID          scalar     `json:"id"`
	App         scalar     `json:"app_id"`
	Channel     scalar     `json:"channel_id"`
	Thread      scalar     `json:"conversation_id"`
	Numeric     scalar     `json:"freshchat_conversation_id"`
	Interaction scalar     `json:"interaction_id"`
	Type        scalar     `json:"message_type"`
	BotsNote    scalar     `json:"botsPrivateNote"`
	ActorType   scalar     `json:"actor_type"`
	ActorID     scalar     `json:"actor_id"`
	User        scalar     `json:"user_id"`
	CreatedAt   scalar     `json:"created_time"`
	Parts       list[part] `json:"message_parts"`
	ReplyParts  list[part] `json:"reply_parts"`
	// Legacy are the parts in the form that they had until 2018.
	Legacy list[legacyPart] `json:"msg_parts"`

	disclaimer
}

// parts are those that it is made of, in whichever form they came.
func (m message) parts() []part {
	if len(m.Parts) > 0 {
		return m.Parts
	}

	parts := make([]part, 0, len(m.Legacy))
	for _, p := range m.Legacy {
		parts = append(parts, p.modern())
	}

	return parts
}

// author says who wrote it, by the message's own word: the one who caused an
// event may be somebody else.
func (m message) author() bridge.AuthorRole {
	switch strings.ToLower(string(m.ActorType)) {
	case actorUser:
		return bridge.Buyer
	case actorAgent:
		return bridge.Agent
	default:
		return bridge.Automaton
	}
}

// private reports whether only agents see it.
func (m message) private() bool {
	return strings.EqualFold(string(m.Type), typePrivate) || m.BotsNote.isTrue()
}

// hidden says why it must not be relayed; parts are its own, converted.
func (m message) hidden(parts []bridge.Part) bridge.Hidden {
	switch {
	case m.private():
		return bridge.HiddenPrivate
	case m.Type != "" && !strings.EqualFold(string(m.Type), typeNormal):
		return bridge.HiddenSystem
	}

	switch strings.ToLower(string(m.ActorType)) {
	case actorUser:
		return bridge.HiddenOwn
	case actorBot:
		return bridge.HiddenAutomatic
	case actorAgent:
	default:
		return bridge.HiddenSystem
	}

	if empty(parts) {
		return bridge.HiddenEmpty
	}

	return ""
}

// empty reports whether there is nothing to relay. Greetings of a single full
// stop are how accounts switch a greeting off.
func empty(parts []bridge.Part) bool {
	for _, p := range parts {
		if p.Kind != bridge.PartText || strings.TrimSpace(p.Text) != "." {
			return false
		}
	}

	return true
}

// numeric is the conversation's other id: named, or the first half of the
// interaction's id, which is <numeric id>-<milliseconds>.
func (m message) numeric() bridge.ThreadID {
	if m.Numeric != "" {
		return bridge.ThreadID(m.Numeric)
	}

	return interactionThread(m.Interaction)
}

func interactionThread(interaction scalar) bridge.ThreadID {
	id, _, found := strings.Cut(string(interaction), "-")
	if !found || id == "" || strings.Trim(id, "0123456789") != "" {
		return ""
	}

	return bridge.ThreadID(id)
}

// event turns the message into an event. What the message leaves out is taken
// from its conversation, its time from the event; a message without any time
// has a zero one.
func (m message) event(in conversation, at time.Time) bridge.FreshchatEvent {
	parts := convert(m.parts(), m.ReplyParts)

	created := m.CreatedAt.time()
	if created.IsZero() {
		created = at
	}

	return bridge.FreshchatEvent{
		Kind:    bridge.FreshchatMessage,
		Account: bridge.AccountID(first(m.App, in.App)),
		Thread:  bridge.ThreadID(first(m.Thread, in.Thread)),
		Numeric: bridge.ThreadID(first(scalar(m.numeric()), scalar(in.numeric()))),
		Topic:   bridge.TopicID(first(m.Channel, in.Channel)),
		User:    bridge.UserID(m.User),
		Hidden:  m.hidden(parts),
		Message: bridge.Message{
			ID: bridge.MessageID(m.ID), Author: m.author(), AuthorID: string(m.ActorID),
			CreatedAt: created, Order: order(created), Parts: parts,
		},
	}
}

// order sorts by creation, in microseconds.
func order(created time.Time) uint64 {
	if n := created.UnixMicro(); n > 0 {
		return uint64(n)
	}

	return 0
}

func first(values ...scalar) scalar {
	for _, v := range values {
		if v != "" {
			return v
		}
	}

	return ""
}
