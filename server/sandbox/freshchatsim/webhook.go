package freshchatsim

import (
	"net/http"
	"slices"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// payloadVersion is sent with every webhook. The vendor does not say what it
// means.
const payloadVersion = "v2"

// webhookJSON is the envelope of every webhook.
type webhookJSON struct {
	Actor  webhookActor   `json:"actor"`
	Action string         `json:"action"`
	Time   string         `json:"action_time"`
	Data   map[string]any `json:"data"`
}

type webhookActor struct {
	Type string `json:"actor_type"`
	ID   string `json:"actor_id"`
}

// webhookConversation is the conversation inside the events about one.
type webhookConversation struct {
	ID              string `json:"conversation_id"`
	AppID           string `json:"app_id"`
	Status          string `json:"status"`
	ChannelID       string `json:"channel_id"`
	AssignedAgentID string `json:"assigned_agent_id,omitempty"`
	AssignedGroupID string `json:"assigned_group_id,omitempty"`
}

// announceMessage sends what Freshchat sends for a new message, whoever wrote
// it and by whichever path. The caller holds the lock.
func (a *account) announceMessage(c *conversation, m *message) {
	a.webhook(c, webhookActor{m.ActorType, m.ActorID}, "message_create", func() map[string]any {
		return map[string]any{"message": a.messageJSON(c, m)}
	})
	a.productEvent("onMessageCreate", func() any { return a.messageEvent(c, m) })
}

// conversationState is what an event about a change compares.
type conversationState struct{ status, agentID, groupID string }

func (c *conversation) state() conversationState {
	return conversationState{c.status, c.agentID, c.groupID}
}

// announceChange sends what Freshchat sends when a conversation is resolved,
// reopened or assigned. The caller holds the lock.
func (a *account) announceChange(c *conversation, line *message, by actor, was conversationState, action string) {
	a.webhook(c, webhookActor{by.kind, by.id}, action, func() map[string]any {
		return a.changeData(c, by, was, action)
	})
	a.productEvent("onConversationUpdate", func() any { return a.updateEvent(c, line, by, was) })
}

func (a *account) changeData(c *conversation, by actor, was conversationState, action string) map[string]any {
	about := webhookConversation{c.id, a.spec.AppID, c.status, c.topicID, c.agentID, c.groupID}
	switch action {
	case "conversation_resolution":
		return map[string]any{"resolve": map[string]any{
			"resolver": by.kind, "resolver_id": by.id, "conversation": about, "interaction_id": c.interaction,
		}}
	case "conversation_reopen":
		return map[string]any{"reopen": map[string]any{
			"reopener": by.kind, "reopener_id": by.id, "conversation": about, "interaction_id": c.interaction,
		}}
	default:
		return map[string]any{"assignment": map[string]any{
			"assignor": by.kind, "assignor_id": by.id, "to_agent_id": c.agentID, "to_group_id": c.groupID,
			"from_agent_id": was.agentID, "from_group_id": was.groupID, "conversation": about, "interaction_id": c.interaction,
		}}
	}
}

// webhook hands one webhook to the courier, when the account has ticked it.
func (a *account) webhook(c *conversation, by webhookActor, action string, data func() map[string]any) {
	if a.spec.WebhookURL == "" || len(a.spec.WebhookActions) > 0 && !slices.Contains(a.spec.WebhookActions, action) {
		return
	}

	body := encodeJSON(webhookJSON{Actor: by, Action: action, Time: stamp(a.sim.now()), Data: data()})
	a.sim.courier.send(a, c, body)
}

// courier signs webhooks and lets simkit's outbox deliver them.
type courier struct {
	sim    *Sim
	outbox *simkit.Outbox
}

// webhookTimeout is how long Freshchat waits for an answer.
const webhookTimeout = 3 * time.Second

func newCourier(s *Sim, opt Options) *courier {
	schedule := opt.WebhookSchedule
	if len(schedule) == 0 {
		schedule = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}
	}
	p := &postmark{sim: s, next: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}}
	client := &http.Client{
		Transport:     p,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}

	return &courier{sim: s, outbox: simkit.NewOutbox(simkit.OutboxOptions{
		Clock: s.clock, Faults: s.faults, Logger: s.log, Client: client, Schedule: schedule, Timeout: webhookTimeout,
		Repeat: opt.WebhookRepeat, Hold: opt.WebhookHold,
		Acked:   func(status int) bool { return status >= 200 && status < 300 },
		Observe: p.observe,
	})}
}

func (co *courier) send(a *account, c *conversation, body []byte) {
	id := co.sim.ids.uuid()
	co.outbox.Send(simkit.Delivery{
		ID: id, URL: a.spec.WebhookURL, Key: c.id, Subject: a.spec.AppID, Body: body,
		Header: http.Header{deliveryHeader: {id}, accountHeader: {a.spec.AppID}},
	})
}
