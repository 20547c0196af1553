package freshchatsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// Authors of a message.
const (
	ActorUser   = "user"
	ActorAgent  = "agent"
	ActorBot    = "bot"
	ActorSystem = "system"
)

// Types of a message.
const (
	TypeNormal  = "normal"
	TypePrivate = "private" // a note, for agents only
	TypeSystem  = "system"
)

// Kinds of ledger entries: who wrote the message. An entry's Author is the
// user's reference id, or the id of the agent or bot.
const (
	KindUser   = "user_message"
	KindAgent  = "agent_message"
	KindBot    = "bot_message"
	KindSystem = "system_message"
)

var ledgerKinds = map[string]string{ActorUser: KindUser, ActorAgent: KindAgent, ActorBot: KindBot, ActorSystem: KindSystem}

// Message is one message of a conversation.
type Message struct {
	ID        string    `json:"id"` // UUID
	ActorType string    `json:"actor_type"`
	ActorID   string    `json:"actor_id"`
	Type      string    `json:"message_type"`
	Source    string    `json:"message_source"` // "api" when it came through the API, "web" and others when not
	Parts     []Part    `json:"message_parts"`
	Created   time.Time `json:"created"` // rises or stays within a conversation
}

// Text joins the text parts.
func (m Message) Text() string { return plainText(m.Parts) }

// message is a Message with what only the platform knows.
type message struct {
	Message

	actorNumber string // org_actor_id
	urlless     int    // reads that will still lack the attachments' addresses
}

// draft is a message that is about to be taken.
type draft struct {
	actorType, actorID, actorNumber string
	kind                            string // message type
	source                          string
	parts                           []Part
}

// take appends a message, enters it in the ledger and announces it. It is the
// only way into a conversation. The caller holds the lock.
func (a *account) take(c *conversation, d draft) *message {
	m := &message{
		Message: Message{
			ID: a.sim.ids.uuid(), ActorType: d.actorType, ActorID: d.actorID, Type: d.kind, Source: d.source,
			Parts: slices.Clone(d.parts), Created: a.sim.now(),
		},
		actorNumber: d.actorNumber,
	}
	if n := len(c.messages); n > 0 && m.Created.Before(c.messages[n-1].Created) {
		m.Created = c.messages[n-1].Created
	}
	a.delayAddresses(c, m)

	c.messages = append(c.messages, m)
	c.updated = m.Created
	c.owe(m)
	a.record(c, m)
	a.announceMessage(c, m)

	return m
}

// delayAddresses plays attachments that are announced before their addresses
// exist. A switch that is to strike once waits for a message with one.
func (a *account) delayAddresses(c *conversation, m *message) {
	if !slices.ContainsFunc(m.Parts, Part.attachment) {
		return
	}
	if f, late := a.sim.faults.Should(FaultAttachmentLate, a.spec.AppID, c.id); late {
		m.urlless = max(1, faultCount(f.Value))
		m.hash(a.sim.ids)
	}
}

// hash gives every attachment the hash by which it is known while its address
// is missing.
func (m *message) hash(ids *identities) {
	for i, p := range m.Parts {
		if p.attachment() && p.Hash == "" {
			m.Parts[i].Hash = ids.hex(8)
		}
	}
}

func (a *account) record(c *conversation, m *message) {
	author := m.ActorID
	if m.ActorType == ActorUser {
		author = c.user.ReferenceID
	}
	a.sim.ledger.Add(simkit.Entry{
		Kind: ledgerKinds[m.ActorType], Account: a.spec.AppID, Conversation: c.id, Author: author, MessageID: m.ID,
		Text: plainText(m.Parts), Parts: a.ledgerParts(m.Parts), Note: m.Type == TypePrivate,
	})
}

// owe notes whether an agent has to answer now.
func (c *conversation) owe(m *message) {
	switch {
	case m.Type != TypeNormal || m.ActorType == ActorSystem:
	case m.ActorType != ActorUser:
		c.due = dueNothing
	case c.answered():
		c.due = dueNext
	default:
		c.due = dueFirst
	}
}

// answered tells whether an agent was assigned, which every reply does.
func (c *conversation) answered() bool { return !c.assigned.IsZero() }

// messageJSON is a message as the API and the webhooks write it. The pointers
// are absent in old payloads.
type messageJSON struct {
	BotsInput        *bool             `json:"bots_input,omitempty"`
	Parts            []json.RawMessage `json:"message_parts"`
	AppID            string            `json:"app_id"`
	ActorID          string            `json:"actor_id,omitempty"`
	OrgActorID       string            `json:"org_actor_id,omitempty"`
	ID               string            `json:"id,omitempty"`
	ChannelID        string            `json:"channel_id"`
	ConversationID   string            `json:"conversation_id"`
	Number           string            `json:"freshchat_conversation_id,omitempty"`
	ChannelNumber    string            `json:"freshchat_channel_id,omitempty"`
	Interaction      string            `json:"interaction_id"`
	Type             string            `json:"message_type"`
	ActorType        string            `json:"actor_type"`
	Created          string            `json:"created_time"`
	UserID           string            `json:"user_id"`
	RestrictResponse *bool             `json:"restrictResponse,omitempty"`
	BotsPrivateNote  *bool             `json:"botsPrivateNote,omitempty"`
	IsBotsInput      *bool             `json:"isBotsInput,omitempty"`
	Source           string            `json:"message_source"`

	ErrorCode     int    `json:"error_code,omitempty"`
	ErrorStatus   string `json:"status,omitempty"`
	ErrorMessage  string `json:"error_message,omitempty"`
	ErrorCategory string `json:"error_category,omitempty"`
}

// messageJSON writes m. The caller holds the lock.
func (a *account) messageJSON(c *conversation, m *message) messageJSON {
	out := messageJSON{
		Parts: a.parts(m, dialect{urlless: m.urlless > 0}), AppID: a.spec.AppID, ActorID: m.ActorID, OrgActorID: m.actorNumber,
		ID: m.ID, ChannelID: c.topicID, ConversationID: c.id, Interaction: c.interaction,
		Type: m.Type, ActorType: m.ActorType, Created: stamp(m.Created), UserID: c.user.ID, Source: m.Source,
	}
	if !a.spec.Behavior.OldPayloads {
		no := false
		out.Number, out.ChannelNumber = c.number, c.topicNumber
		out.BotsInput, out.RestrictResponse, out.BotsPrivateNote, out.IsBotsInput = &no, &no, &no, &no
	}

	return out
}

// shown copies m for a reader who sees every attachment.
func (a *account) shown(m *message) Message {
	out := m.Message
	out.Parts = slices.Clone(m.Parts)
	for i, p := range out.Parts {
		if p.URL == "" && p.Hash != "" {
			out.Parts[i].URL = a.sim.media.fileURL(p.Hash, fileLifetime)
		}
	}

	return out
}

// parts writes the parts of m. Files that are known by hash get a fresh
// address each time.
func (a *account) parts(m *message, d dialect) []json.RawMessage {
	out := make([]json.RawMessage, 0, len(m.Parts))
	for _, p := range m.Parts {
		if p.URL == "" && p.Hash != "" && !d.urlless {
			p.URL = a.sim.media.fileURL(p.Hash, a.lifetime())
		}
		out = append(out, p.encode(d))
	}

	return out
}

// lifetime is how long an address that is written now is good.
func (a *account) lifetime() time.Duration {
	if f, stale := a.sim.faults.Should(FaultAddressStale, a.spec.AppID); stale {
		return f.Delay
	}

	return fileLifetime
}

// faultCount is the number in a fault's value, 0 without one.
func faultCount(value string) int {
	n := 0
	_, _ = fmt.Sscan(value, &n)

	return n
}
