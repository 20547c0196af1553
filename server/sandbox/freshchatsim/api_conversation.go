package freshchatsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// conversationFields is the body of a create or an update.
type conversationFields struct {
	Status     string          `json:"status"`
	AgentID    *string         `json:"assigned_agent_id"`
	GroupID    *string         `json:"assigned_group_id"`
	Properties json.RawMessage `json:"properties"`

	ChannelID string `json:"channel_id"`
	Users     []struct {
		ID string `json:"id"`
	} `json:"users"`
	Messages []messageFields `json:"messages"`
}

// conversationJSON is a conversation as the API shows it.
type conversationJSON struct {
	ID           string                     `json:"conversation_id"`
	Internal     int64                      `json:"conversation_internal_id"`
	AppID        string                     `json:"app_id"`
	Status       string                     `json:"status"`
	ChannelID    string                     `json:"channel_id"`
	AgentID      string                     `json:"assigned_agent_id,omitempty"`
	OrgAgentID   string                     `json:"assigned_org_agent_id,omitempty"`
	GroupID      string                     `json:"assigned_group_id,omitempty"`
	URL          string                     `json:"url"`
	SkillID      int                        `json:"skill_id"`
	UserID       string                     `json:"user_id"`
	OrgContactID string                     `json:"org_contact_id"`
	CreatedBy    string                     `json:"created_by,omitempty"`
	Properties   map[string]json.RawMessage `json:"properties"`
	Created      string                     `json:"created_time"`
	Updated      string                     `json:"updated_time"`
	Users        []map[string]string        `json:"users,omitempty"`
	Messages     []messageJSON              `json:"messages,omitempty"`
}

// conversationJSON writes c. The caller holds the lock.
func (a *account) conversationJSON(c *conversation) conversationJSON {
	out := conversationJSON{
		ID: c.id, Internal: c.internal, AppID: a.spec.AppID, Status: c.status, ChannelID: c.topicID, AgentID: c.agentID, GroupID: c.groupID,
		URL:    fmt.Sprintf("https://%s/a/%d/inbox/0/0/conversation/%s", a.spec.Domain, a.number, c.number),
		UserID: c.user.ID, OrgContactID: c.user.contact, CreatedBy: c.createdBy, Properties: maps.Clone(c.properties),
		Created: stamp(c.created), Updated: stamp(c.updated),
	}
	if g := a.agents[c.agentID]; g != nil {
		out.OrgAgentID = g.number
	}

	return out
}

func conversationGet(c *call) (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	conv, err := c.find(c.r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}

	return ok(c.conversationJSON(conv)), nil
}

func conversationCreate(c *call) (answer, error) {
	var in conversationFields
	if err := c.read(&in); err != nil {
		return answer{}, err
	}

	var ans answer
	err := c.do(func() error {
		var err error
		ans, err = c.create(in)
		return err
	})

	return ans, err
}

// create opens a conversation with its first messages, all of them or none.
// The caller holds the lock.
func (c *call) create(in conversationFields) (answer, error) {
	t, u, err := c.parties(in)
	if err != nil {
		return answer{}, err
	}
	next, err := c.checkUpdate(in, conversationState{status: StatusNew})
	if err != nil {
		return answer{}, err
	}
	if next.status != StatusNew && next.status != StatusAssigned {
		return answer{}, badRequest("a new conversation cannot be " + next.status)
	}
	if len(in.Messages) == 0 {
		return answer{}, badRequest("messages is empty")
	}
	drafts := make([]draft, 0, len(in.Messages))
	for _, m := range in.Messages {
		d, err := c.draft(m, u, t.ID)
		if err != nil {
			return answer{}, err
		}
		drafts = append(drafts, d)
	}

	conv := c.openConversation(t, u, drafts[0].actorType)
	conv.setProperties(in.Properties)
	out := c.begin(conv, t, drafts)
	c.apply(conv, next, in.GroupID != nil)

	body := c.conversationJSON(conv)
	body.CreatedBy = ""
	body.Users, body.Messages = []map[string]string{{"id": u.ID}}, out

	return answer{status: http.StatusCreated, body: body, posted: out[0].ErrorMessage == ""}, nil
}

// parties finds whom and what a new conversation joins.
func (c *call) parties(in conversationFields) (*topic, *user, error) {
	t := c.topics[in.ChannelID]
	switch {
	case t == nil:
		return nil, nil, notFound("channel")
	case t.Disabled:
		return nil, nil, badRequest("channel is not enabled")
	case len(in.Users) != 1:
		return nil, nil, badRequest("users must name one user")
	case c.users[in.Users[0].ID] == nil:
		return nil, nil, notFound("user")
	}

	return t, c.users[in.Users[0].ID], nil
}

// begin takes the first messages of a new conversation, unless a fault
// rejects them under cover of success.
func (c *call) begin(conv *conversation, t *topic, drafts []draft) []messageJSON {
	out := make([]messageJSON, 0, len(drafts))
	if _, rejected := c.sim.strikes(c, FaultErrorMessage); rejected {
		for _, d := range drafts {
			out = append(out, c.rejected(conv, d))
		}
		return out
	}

	for i, d := range drafts {
		m := c.take(conv, d)
		out = append(out, c.messageJSON(conv, m))
		if i == 0 {
			c.productEvent("onConversationCreate", func() any { return c.createEvent(conv, m) })
		}
	}
	if c.spec.Behavior.SendWelcome {
		c.take(conv, draft{actorType: ActorSystem, kind: TypeNormal, source: "system", parts: []Part{Text(t.Welcome)}})
	}

	return out
}

func conversationUpdate(c *call) (answer, error) {
	var in conversationFields
	if err := c.read(&in); err != nil {
		return answer{}, err
	}

	var ans answer
	err := c.do(func() error {
		conv, err := c.find(c.r.PathValue("id"))
		if err != nil {
			return err
		}
		next, err := c.checkUpdate(in, conv.state())
		if err != nil {
			return err
		}
		conv.setProperties(in.Properties)
		c.apply(conv, next, in.GroupID != nil)
		conv.updated = c.sim.now()
		ans = answer{status: http.StatusAccepted, body: c.conversationJSON(conv)}
		return nil
	})

	return ans, err
}

// checkUpdate refuses an update that cannot be made, and returns the state
// that it leads to.
func (c *call) checkUpdate(in conversationFields, was conversationState) (conversationState, error) {
	next := was
	if in.AgentID != nil {
		next.agentID = *in.AgentID
		if next.agentID != "" && c.agents[next.agentID] == nil {
			return next, badRequest("assigned_agent_id is not valid")
		}
		next.status = StatusAssigned
		if next.agentID == "" {
			next.status = StatusNew
		}
	}
	if in.GroupID != nil {
		next.groupID = *in.GroupID
		if next.groupID != "" && c.groups[next.groupID] == nil {
			return next, badRequest("assigned_group_id is not valid")
		}
	}
	if in.Status != "" {
		next.status = in.Status
	}

	switch {
	case !slices.Contains([]string{StatusNew, StatusAssigned, StatusResolved, StatusReopened}, next.status):
		return next, badRequest("status is not valid")
	case next.status == StatusAssigned && next.agentID == "":
		return next, badRequest("assigned_agent_id is missing")
	case !validProperties(in.Properties):
		return next, badRequest("Conversation payload not valid")
	}

	return next, nil
}

// validProperties tells whether raw is an object of fields that exist; the
// sandbox's accounts have only the one that all have.
func validProperties(raw json.RawMessage) bool {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return true
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return false
	}
	delete(fields, "priority")

	return len(fields) == 0
}

func (c *conversation) setProperties(raw json.RawMessage) {
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &c.properties) // checked by validProperties
	}
}

// apply leads a conversation to its next state, with the events of the way.
func (c *call) apply(conv *conversation, next conversationState, group bool) {
	switch {
	case next.status == StatusResolved:
		c.resolve(conv, apiActor())
	case next.status == StatusReopened || next.status == StatusNew && conv.status == StatusResolved:
		c.reopen(conv, apiActor())
	case next.status == StatusAssigned:
		c.assign(conv, c.agents[next.agentID], apiActor())
	case next.status == StatusNew && conv.status != StatusNew:
		c.unassign(conv, apiActor())
	}
	if group && conv.groupID != next.groupID {
		c.regroup(conv, next.groupID, apiActor())
	}
}
