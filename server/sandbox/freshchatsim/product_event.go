package freshchatsim

import (
	"sync"
	"time"
)

// eventQueue passes product events on in order and outside the account's
// lock. Whoever caused one drains the queue, unless somebody is at it already.
type eventQueue struct {
	mu       sync.Mutex
	waiting  []productEvent
	draining bool
}

type productEvent struct {
	appID, name string
	payload     []byte
}

func (q *eventQueue) add(e productEvent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, e)
}

func (q *eventQueue) drain(pass func(appID, event string, payload []byte)) {
	if !q.begin() {
		return
	}
	for batch := q.take(); len(batch) > 0; batch = q.take() {
		for _, e := range batch {
			pass(e.appID, e.name, e.payload)
		}
	}
}

func (q *eventQueue) begin() bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	if q.draining || len(q.waiting) == 0 {
		return false
	}
	q.draining = true

	return true
}

// take returns what waits; nothing ends the draining.
func (q *eventQueue) take() []productEvent {
	q.mu.Lock()
	defer q.mu.Unlock()

	batch := q.waiting
	q.waiting = nil
	q.draining = len(batch) > 0

	return batch
}

// productEvent queues an event of platform 3.0, without the app's iparams,
// when anybody listens. The caller holds the lock.
func (a *account) productEvent(name string, data func() any) {
	if a.sim.onProductEvent == nil {
		return
	}

	payload := encodeJSON(map[string]any{
		"currentHost": map[string]any{
			"endpoint_urls":      map[string]string{"freshchat": "https://" + a.spec.Domain},
			"subscribed_modules": []string{"chat_conversation"},
		},
		"event": name, "region": a.spec.Region, "timestamp": a.sim.now().UnixMilli(), "version": "1.0.0", "data": data(),
	})
	a.events.add(productEvent{a.spec.AppID, name, payload})
}

// messageEvent is the data of onMessageCreate.
func (a *account) messageEvent(c *conversation, m *message) any {
	block := a.eventConversation(c, m)
	block["assigned_agent_id"] = orNull(c.agentID)

	return map[string]any{"actor": a.eventActor(c, m), "associations": a.associations(c), "message": block}
}

// createEvent is the data of onConversationCreate.
func (a *account) createEvent(c *conversation, first *message) any {
	return map[string]any{
		"actor": a.eventActor(c, first), "associations": a.associations(c), "conversation": a.eventConversation(c, first),
	}
}

// updateEvent is the data of onConversationUpdate.
func (a *account) updateEvent(c *conversation, line *message, by actor, was conversationState) any {
	who := a.person(by.agent, by.user)
	who["sub_type"] = by.kind
	who["type"] = ActorSystem

	block := a.eventConversation(c, line)
	block["assigned_agent_id"] = orNull(c.agentID)
	assoc := a.associations(c)
	if g := a.agents[c.agentID]; g != nil {
		agent := a.person(g, nil)
		agent["groups"], agent["social_profiles"], agent["status"] = []any{}, []any{}, 0
		assoc["agent"] = agent
	}

	changed := map[string]any{}
	for field, pair := range map[string][2]string{
		"status": {was.status, c.status}, "assigned_agent_id": {was.agentID, c.agentID}, "assigned_group_id": {was.groupID, c.groupID},
	} {
		if pair[0] != pair[1] {
			changed[field] = []any{orNull(pair[0]), orNull(pair[1])}
		}
	}

	return map[string]any{
		"actor": who, "associations": assoc, "conversation": block, "changes": map[string]any{"model_changes": changed},
	}
}

// eventActor is who wrote m.
func (a *account) eventActor(c *conversation, m *message) map[string]any {
	var out map[string]any
	if m.ActorType == ActorUser {
		out = a.person(nil, c.user)
	} else {
		out = a.person(a.agents[m.ActorID], nil)
	}
	out["type"], out["id"] = m.ActorType, m.ActorID

	return out
}

// person is an agent or a user as actor; both may be nil.
func (a *account) person(g *Agent, u *user) map[string]any {
	out := map[string]any{"type": ActorSystem, "id": "", "first_name": nil, "last_name": nil, "email": nil, "phone": nil, "avatar": map[string]any{}}
	switch {
	case g != nil:
		out["type"], out["id"], out["first_name"], out["last_name"] = ActorAgent, g.ID, g.FirstName, g.LastName
		out["email"], out["avatar"] = orNull(g.Email), avatar(g.Avatar)
	case u != nil:
		out["type"], out["id"], out["first_name"], out["last_name"] = ActorUser, u.ID, u.FirstName, u.LastName
		out["email"], out["phone"], out["avatar"] = orNull(u.Email), orNull(u.Phone), avatar(u.Avatar)
	}

	return out
}

func (a *account) associations(c *conversation) map[string]any {
	out := map[string]any{"channel": map[string]any{}, "group": map[string]any{}, "user": map[string]any{
		"avatar": avatar(c.user.Avatar), "created_time": stamp(c.user.Created), "email": orNull(c.user.Email),
		"first_name": c.user.FirstName, "last_name": c.user.LastName, "id": c.user.ID, "phone": orNull(c.user.Phone),
		"properties": c.user.Properties, "reference_id": c.user.ReferenceID,
	}}
	if t := a.topics[c.topicID]; t != nil {
		out["channel"] = t.eventJSON()
	}
	if g := a.groups[c.groupID]; g != nil {
		out["group"] = map[string]any{"id": g.ID, "name": g.Name, "description": g.Description, "routing_type": "DISABLED"}
	}

	return out
}

func (t *topic) eventJSON() map[string]any {
	return map[string]any{
		"enabled": !t.Disabled, "icon": map[string]any{}, "id": t.ID, "name": t.Name, "public": !t.Private, "tags": t.Tags,
		"updated_time": stamp(t.updated), "locale": "",
		"welcome_message": map[string]any{
			"message_parts": []any{map[string]any{"text": map[string]string{"content": t.Welcome}}}, "message_type": TypeNormal,
		},
	}
}

// eventConversation is the conversation of an event with the one message that
// the event is about. It has a narrower message than webhooks do.
func (a *account) eventConversation(c *conversation, m *message) map[string]any {
	return map[string]any{
		"app_id": a.spec.AppID, "assigned_group_id": orNull(c.groupID), "assigned_time": timeOrNull(c.assigned),
		"channel_id": c.topicID, "conversation_id": c.id, "created_time": stamp(c.created),
		"reopened_time": timeOrNull(c.reopened), "response_due_type": c.due, "status": c.status, "user_id": c.user.ID,
		"messages": []any{map[string]any{
			"actor_id": m.ActorID, "actor_type": m.ActorType, "app_id": a.spec.AppID, "channel_id": c.topicID,
			"conversation_id": c.id, "created_time": stamp(m.Created), "id": m.ID, "message_type": m.Type, "user_id": c.user.ID,
			"message_parts": a.parts(m, dialect{product: true, siblings: a.spec.Behavior.NullSiblings, urlless: m.urlless > 0}),
		}},
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}

	return s
}

func timeOrNull(t time.Time) any { return orNull(stamp(t)) }

func avatar(url string) map[string]any {
	if url == "" {
		return map[string]any{}
	}

	return map[string]any{"url": url}
}
