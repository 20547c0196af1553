package freshchatsim

import "fmt"

// AgentReplies posts a reply as an agent would in Freshchat's inbox and
// returns it. An empty agent is the account's first one. A conversation that
// is not assigned is assigned to her, a resolved one is reopened by it.
func (s *Sim) AgentReplies(conversationID, agentID string, parts ...Part) (Message, error) {
	return s.agentWrites(conversationID, agentID, TypeNormal, parts)
}

// AgentNotes writes a private note as an agent.
func (s *Sim) AgentNotes(conversationID, agentID string, parts ...Part) (Message, error) {
	return s.agentWrites(conversationID, agentID, TypePrivate, parts)
}

func (s *Sim) agentWrites(conversationID, agentID, kind string, parts []Part) (Message, error) {
	var out Message
	err := s.within(conversationID, func(a *account, c *conversation) error {
		if agentID == "" {
			agentID = c.agentID
		}
		g, err := a.agent(agentID)
		if err != nil {
			return err
		}
		if err := a.checkParts(parts, false); err != nil {
			return err
		}
		if kind == TypeNormal && (c.agentID == "" || c.status == StatusResolved) {
			a.assign(c, g, agentActor(g))
		}
		out = a.shown(a.take(c, draft{ActorAgent, g.ID, g.number, kind, "web", parts}))
		return nil
	})

	return out, err
}

// BotWrites posts a message of a bot, as Freshchat's own bots do.
func (s *Sim) BotWrites(conversationID string, parts ...Part) (Message, error) {
	return s.othersWrite(conversationID, draft{actorType: ActorBot, actorID: "freddy-bot", kind: TypeNormal, source: "bot", parts: parts})
}

// SystemWrites posts a system message, such as an automatic greeting.
func (s *Sim) SystemWrites(conversationID string, parts ...Part) (Message, error) {
	return s.othersWrite(conversationID, draft{actorType: ActorSystem, kind: TypeNormal, source: "system", parts: parts})
}

// UserWrites posts a message of the conversation's user by another way than
// the API, such as the web widget.
func (s *Sim) UserWrites(conversationID string, parts ...Part) (Message, error) {
	return s.othersWrite(conversationID, draft{actorType: ActorUser, kind: TypeNormal, source: "web", parts: parts})
}

func (s *Sim) othersWrite(conversationID string, d draft) (Message, error) {
	var out Message
	err := s.within(conversationID, func(a *account, c *conversation) error {
		if err := a.checkParts(d.parts, false); err != nil {
			return err
		}
		if d.actorType == ActorUser {
			d.actorID, d.actorNumber = c.user.ID, c.user.contact
			if c.status == StatusResolved {
				a.reopen(c, userActor(c.user))
			}
		}
		out = a.shown(a.take(c, d))
		return nil
	})

	return out, err
}

// Resolve closes a conversation as an agent; an empty agent is the account's
// first one.
func (s *Sim) Resolve(conversationID, agentID string) error {
	return s.agentDoes(conversationID, agentID, func(a *account, c *conversation, g *Agent) { a.resolve(c, agentActor(g)) })
}

// Reopen opens a resolved conversation as an agent.
func (s *Sim) Reopen(conversationID, agentID string) error {
	return s.agentDoes(conversationID, agentID, func(a *account, c *conversation, g *Agent) { a.reopen(c, agentActor(g)) })
}

// Assign gives a conversation to an agent, as she would by taking it herself.
func (s *Sim) Assign(conversationID, agentID string) error {
	return s.agentDoes(conversationID, agentID, func(a *account, c *conversation, g *Agent) { a.assign(c, g, agentActor(g)) })
}

func (s *Sim) agentDoes(conversationID, agentID string, f func(*account, *conversation, *Agent)) error {
	return s.within(conversationID, func(a *account, c *conversation) error {
		g, err := a.agent(agentID)
		if err != nil {
			return err
		}
		f(a, c, g)
		return nil
	})
}

// actor is who did something, for announcements.
type actor struct {
	kind, id, name string
	agent          *Agent
	user           *user
}

func agentActor(g *Agent) actor {
	return actor{kind: ActorAgent, id: g.ID, name: g.name(), agent: g}
}

func userActor(u *user) actor {
	return actor{kind: ActorUser, id: u.ID, name: u.name(), user: u}
}

// apiActor is who an update through the API is put down to.
func apiActor() actor { return actor{kind: ActorSystem, name: "an integration"} }

// resolve and its likes below change a conversation's state, leave a system
// line in it and announce the change. The caller holds the lock.
func (a *account) resolve(c *conversation, by actor) {
	if c.status == StatusResolved {
		return
	}

	was := c.state()
	c.status, c.due = StatusResolved, dueNothing
	line := a.systemLine(c, by, fmt.Sprintf("Conversation was resolved by %s", by.name))
	a.announceChange(c, line, by, was, "conversation_resolution")
}

func (a *account) reopen(c *conversation, by actor) {
	if c.status != StatusResolved {
		return
	}

	was := c.state()
	c.status, c.agentID, c.reopened = StatusReopened, "", a.sim.now()
	c.interaction = fmt.Sprintf("%s-%d", c.number, c.reopened.UnixMilli())
	line := a.systemLine(c, by, fmt.Sprintf("Conversation was reopened by %s", by.name))
	a.announceChange(c, line, by, was, "conversation_reopen")
}

func (a *account) assign(c *conversation, to *Agent, by actor) {
	if c.status == StatusAssigned && c.agentID == to.ID {
		return
	}
	a.reopen(c, by)

	was := c.state()
	c.status, c.agentID, c.assigned = StatusAssigned, to.ID, a.sim.now()
	line := a.systemLine(c, by, fmt.Sprintf("Conversation was assigned to %s by %s", to.name(), by.name))
	a.announceChange(c, line, by, was, "conversation_assignment")
}

func (a *account) unassign(c *conversation, by actor) {
	was := c.state()
	c.status, c.agentID = StatusNew, ""
	line := a.systemLine(c, by, fmt.Sprintf("Conversation was unassigned by %s", by.name))
	a.announceChange(c, line, by, was, "conversation_assignment")
}

func (a *account) regroup(c *conversation, groupID string, by actor) {
	was := c.state()
	c.groupID = groupID
	line := a.systemLine(c, by, fmt.Sprintf("Conversation was moved to another group by %s", by.name))
	a.announceChange(c, line, by, was, "conversation_assignment")
}

func (a *account) systemLine(c *conversation, by actor, text string) *message {
	return a.take(c, draft{actorType: ActorSystem, actorID: by.id, kind: TypeSystem, source: "system", parts: []Part{Text(text)}})
}

// checkParts refuses parts that cannot stand in a message. The caller holds
// the lock.
func (a *account) checkParts(parts []Part, fromAPI bool) error {
	if len(parts) == 0 {
		return badRequest("message_parts is empty")
	}
	if n := a.spec.Behavior.MaxTextRunes; n > 0 && textRunes(parts) > n {
		return badRequest(fmt.Sprintf("text is longer than %d characters", n))
	}
	for _, p := range parts {
		if err := p.check(fromAPI); err != nil {
			return err
		}
		if p.attachment() && p.URL == "" {
			f, known := a.sim.media.get(a.spec.AppID, p.Hash)
			if !known {
				return badRequest("fileHash is not known")
			}
			if f.scan != "" && f.scan != scanPending && f.scan != scanSafe {
				return badRequest("the file is not safe")
			}
		}
	}

	return nil
}
