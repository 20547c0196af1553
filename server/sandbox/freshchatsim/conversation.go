package freshchatsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Statuses of a conversation.
const (
	StatusNew      = "new"
	StatusAssigned = "assigned"
	StatusResolved = "resolved"
	StatusReopened = "reopened"
)

// Conversation is a conversation as an agent sees it.
type Conversation struct {
	ID              string    `json:"id"`     // UUID
	Number          string    `json:"number"` // the numeric id
	AppID           string    `json:"app_id"`
	TopicID         string    `json:"topic_id"`
	Status          string    `json:"status"`
	AssignedAgentID string    `json:"assigned_agent_id"`
	AssignedGroupID string    `json:"assigned_group_id"`
	User            User      `json:"user"`
	Created         time.Time `json:"created"`
	Updated         time.Time `json:"updated"`
	Messages        []Message `json:"messages"` // oldest first, notes and system lines included; nil in lists
}

// Chat returns the messages that the user could see.
func (c Conversation) Chat() []Message { return c.ofType(TypeNormal) }

// Notes returns the private notes.
func (c Conversation) Notes() []Message { return c.ofType(TypePrivate) }

func (c Conversation) ofType(t string) []Message {
	var out []Message
	for _, m := range c.Messages {
		if m.Type == t {
			out = append(out, m)
		}
	}

	return out
}

// conversation is one conversation's state, guarded by its account's lock.
type conversation struct {
	id, number         string
	internal           int64
	topicID            string
	topicNumber        string
	user               *user
	status             string
	agentID, groupID   string
	createdBy          string
	created, updated   time.Time
	assigned, reopened time.Time
	interaction        string
	due                string
	properties         map[string]json.RawMessage
	messages           []*message // oldest first
}

// What an agent owes, as product events call it.
const (
	dueNothing = "NO_RESPONSE_DUE"
	dueFirst   = "FIRST_RESPONSE_DUE"
	dueNext    = "RESPONSE_DUE"
)

// openConversation adds a conversation. The caller holds the lock.
func (a *account) openConversation(t *topic, u *user, createdBy string) *conversation {
	now := a.sim.now()
	n := a.sim.ids.conversationNumber()
	c := &conversation{
		id: a.sim.ids.uuid(), number: fmt.Sprint(n), internal: n, topicID: t.ID, topicNumber: t.number, user: u,
		status: StatusNew, createdBy: createdBy, created: now, updated: now, due: dueNothing,
		interaction: fmt.Sprintf("%d-%d", n, now.UnixMilli()),
		properties:  map[string]json.RawMessage{"priority": json.RawMessage(`"Low"`)},
	}
	if len(a.order.groups) > 0 {
		c.groupID = a.order.groups[0]
	}

	a.conversations[c.id], a.byNumber[c.number] = c, c
	t.conversations = append(t.conversations, c)
	u.conversations = append(u.conversations, c)
	a.sim.own(c.id, a)

	return c
}

// own remembers whose a conversation is.
func (s *Sim) own(conversationID string, a *account) {
	s.convMu.Lock()
	defer s.convMu.Unlock()
	s.owners[conversationID] = a
}

// owner finds the account of a conversation.
func (s *Sim) owner(conversationID string) (*account, error) {
	s.convMu.RLock()
	defer s.convMu.RUnlock()

	if a := s.owners[conversationID]; a != nil {
		return a, nil
	}

	return nil, notFound("conversation")
}

// within runs f on a conversation under its account's lock and then passes on
// what f caused.
func (s *Sim) within(conversationID string, f func(*account, *conversation) error) error {
	a, err := s.owner(conversationID)
	if err != nil {
		return err
	}

	return a.do(func() error { return f(a, a.conversations[conversationID]) })
}

// find looks a conversation up by an id as it stands in a path. The caller
// holds the lock.
func (a *account) find(id string) (*conversation, error) {
	var c *conversation
	switch a.spec.Behavior.PathIDs {
	case "numeric":
		c = a.byNumber[id]
	case "both":
		c = a.conversations[id]
		if c == nil {
			c = a.byNumber[id]
		}
	default:
		c = a.conversations[id]
	}
	if c == nil {
		return nil, notFound("conversation")
	}

	return c, nil
}

// show copies a conversation with its messages from the given position on.
func (a *account) show(c *conversation, from int) Conversation {
	out := Conversation{
		ID: c.id, Number: c.number, AppID: a.spec.AppID, TopicID: c.topicID, Status: c.status,
		AssignedAgentID: c.agentID, AssignedGroupID: c.groupID, User: c.user.User, Created: c.created, Updated: c.updated,
	}
	for _, m := range c.messages[from:] {
		out.Messages = append(out.Messages, a.shown(m))
	}

	return out
}

// Conversation returns a conversation with all its messages.
func (s *Sim) Conversation(conversationID string) (Conversation, error) {
	var out Conversation
	err := s.within(conversationID, func(a *account, c *conversation) error {
		out = a.show(c, 0)
		return nil
	})

	return out, err
}

// ConversationsOf lists the conversations of the users with a reference id,
// without their messages; each user's oldest first.
func (s *Sim) ConversationsOf(appID, referenceID string) ([]Conversation, error) {
	var out []Conversation
	err := s.change(appID, func(a *account) error {
		for _, u := range a.byReference[referenceID] {
			for _, c := range u.conversations {
				out = append(out, a.show(c, len(c.messages)))
			}
		}
		return nil
	})

	return out, err
}

// Conversations lists the conversations of a topic in the order in which they
// were opened, without their messages. An empty topic is every topic that was
// not removed.
func (s *Sim) Conversations(appID, topicID string) ([]Conversation, error) {
	var out []Conversation
	err := s.change(appID, func(a *account) error {
		ids := a.order.topics
		if topicID != "" {
			ids = []string{topicID}
		}
		for _, id := range ids {
			if a.topics[id] == nil {
				return notFound("channel")
			}
			for _, c := range a.topics[id].conversations {
				out = append(out, a.show(c, len(c.messages)))
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(x, y Conversation) int { return strings.Compare(x.Number, y.Number) })

	return out, err
}
