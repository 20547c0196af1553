package freshchatsim

import (
	"slices"
	"time"
)

// Topic is a channel: what agents call a topic.
type Topic struct {
	ID      string   `json:"id"` // UUID
	Name    string   `json:"name"`
	Source  string   `json:"source"` // FRESHCHAT (default, web and in-app), WHATSAPP and others
	Tags    []string `json:"tags"`
	Welcome string   `json:"welcome"` // greeting; default "Hello there!"
	// Disabled and Private turn around what the API calls enabled and public,
	// so that a topic of which only the name was given can be used.
	Disabled bool `json:"disabled"`
	Private  bool `json:"private"`
}

// topic is a Topic with what only the platform knows.
type topic struct {
	Topic

	number        string // freshchat_channel_id
	updated       time.Time
	conversations []*conversation
}

// Agent is a person who answers in Freshchat.
type Agent struct {
	ID        string `json:"id"` // UUID
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Avatar    string `json:"avatar"` // URL

	number string // org_actor_id
}

func (g Agent) name() string {
	if g.LastName == "" {
		return g.FirstName
	}

	return g.FirstName + " " + g.LastName
}

// Group is a team of agents.
type Group struct {
	ID          string `json:"id"` // UUID
	Name        string `json:"name"`
	Description string `json:"description"`
}

// AddTopic adds a topic and returns it with its id.
func (s *Sim) AddTopic(appID string, t Topic) (Topic, error) {
	var out Topic
	err := s.change(appID, func(a *account) error {
		if a.topics[t.ID] != nil {
			return refuse(409, "the topic's id is taken")
		}
		out = a.addTopic(t)
		return nil
	})

	return out, err
}

func (a *account) addTopic(t Topic) Topic {
	if t.ID == "" {
		t.ID = a.sim.ids.uuid()
	}
	if t.Source == "" {
		t.Source = "FRESHCHAT"
	}
	if t.Welcome == "" {
		t.Welcome = "Hello there!"
	}
	if t.Tags == nil {
		t.Tags = []string{}
	}
	a.topics[t.ID] = &topic{Topic: t, number: a.sim.ids.channelNumber(), updated: a.sim.now()}
	a.order.topics = append(a.order.topics, t.ID)

	return t
}

// EnableTopic switches a topic on or off. New conversations in one that is
// off are refused; those that exist go on.
func (s *Sim) EnableTopic(appID, topicID string, enabled bool) error {
	return s.change(appID, func(a *account) error {
		t := a.topics[topicID]
		if t == nil {
			return notFound("channel")
		}
		t.Disabled, t.updated = !enabled, a.sim.now()
		return nil
	})
}

// RemoveTopic deletes a topic. Its conversations stay readable by their ids.
func (s *Sim) RemoveTopic(appID, topicID string) error {
	return s.change(appID, func(a *account) error {
		if a.topics[topicID] == nil {
			return notFound("channel")
		}
		delete(a.topics, topicID)
		a.order.topics = slices.DeleteFunc(a.order.topics, func(id string) bool { return id == topicID })
		return nil
	})
}

// AddAgent adds an agent and returns her with her id.
func (s *Sim) AddAgent(appID string, g Agent) (Agent, error) {
	var out Agent
	err := s.change(appID, func(a *account) error {
		if a.agents[g.ID] != nil {
			return refuse(409, "the agent's id is taken")
		}
		out = a.addAgent(g)
		return nil
	})

	return out, err
}

func (a *account) addAgent(g Agent) Agent {
	if g.ID == "" {
		g.ID = a.sim.ids.uuid()
	}
	g.number = a.sim.ids.contact()
	a.agents[g.ID] = &g
	a.order.agents = append(a.order.agents, g.ID)

	return g
}

func (a *account) addGroup(g Group) {
	if g.ID == "" {
		g.ID = a.sim.ids.uuid()
	}
	a.groups[g.ID] = &g
	a.order.groups = append(a.order.groups, g.ID)
}

// agent finds an agent; an empty id is the first one.
func (a *account) agent(id string) (*Agent, error) {
	if id == "" && len(a.order.agents) > 0 {
		id = a.order.agents[0]
	}
	if g := a.agents[id]; g != nil {
		return g, nil
	}

	return nil, notFound("agent")
}
