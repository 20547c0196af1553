package freshchatsim

import (
	"fmt"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// messagePageMax is the most messages that one page of the list holds.
const messagePageMax = 50

// messageFields is a message as it is sent to the API.
type messageFields struct {
	Parts     []Part `json:"message_parts"`
	ActorType string `json:"actor_type"`
	ActorID   string `json:"actor_id"`
	Type      string `json:"message_type"`
	ChannelID string `json:"channel_id"`
	UserID    string `json:"user_id"`
}

// draft refuses a message that may not stand in a conversation of u in the
// topic, and completes it. The caller holds the lock.
func (a *account) draft(in messageFields, u *user, topicID string) (draft, error) {
	d := draft{actorType: in.ActorType, actorID: in.ActorID, kind: in.Type, source: "api", parts: in.Parts}
	if d.kind == "" {
		d.kind = TypeNormal
	}

	switch {
	case d.kind != TypeNormal && d.kind != TypePrivate:
		return draft{}, badRequest("message_type is not valid")
	case in.ChannelID != "" && in.ChannelID != topicID:
		return draft{}, badRequest("channel_id is not the channel of the conversation")
	case in.UserID != "" && in.UserID != u.ID:
		return draft{}, badRequest("user_id is not the user of the conversation")
	}
	if err := a.checkParts(in.Parts, true); err != nil {
		return draft{}, err
	}
	if err := a.fetchable(in.Parts); err != nil {
		return draft{}, err
	}

	return a.author(d, u)
}

// fetchable plays Freshchat's refusal of attachments whose addresses answer
// well to everybody else.
func (a *account) fetchable(parts []Part) error {
	for _, p := range parts {
		if !p.attachment() {
			continue
		}
		if _, refused := a.sim.faults.Should(FaultMediaRefused, a.spec.AppID, p.Kind); refused {
			return badRequest(strings.ToUpper(p.Kind) + "_EMPTY_CONTENT")
		}
	}

	return nil
}

// author checks who is said to have written d.
func (a *account) author(d draft, u *user) (draft, error) {
	switch d.actorType {
	case ActorUser:
		if d.actorID != u.ID {
			return draft{}, badRequest("actor_id is not the user of the conversation")
		}
		if d.kind == TypePrivate {
			return draft{}, badRequest("a user cannot write a private message")
		}
		d.actorNumber = u.contact
	case ActorAgent:
		g := a.agents[d.actorID]
		if g == nil {
			return draft{}, badRequest("actor_id is not an agent")
		}
		d.actorNumber = g.number
	case ActorBot:
		if a.spec.Behavior.RefuseBots {
			return draft{}, badRequest("actor_type is not valid")
		}
	case ActorSystem:
	default:
		return draft{}, badRequest("actor_type is not valid")
	}

	return d, nil
}

func messageCreate(c *call) (answer, error) {
	var in messageFields
	if err := c.read(&in); err != nil {
		return answer{}, err
	}

	var ans answer
	err := c.do(func() error {
		conv, err := c.find(c.r.PathValue("id"))
		if err != nil {
			return err
		}
		d, err := c.draft(in, conv.user, conv.topicID)
		if err != nil {
			return err
		}
		if d.actorType == ActorUser {
			if err := c.comeBack(conv); err != nil {
				return err
			}
		}
		if _, rejected := c.sim.strikes(c, FaultErrorMessage); rejected {
			ans = ok(c.rejected(conv, d))
			return nil
		}
		ans = answer{status: 200, body: c.messageJSON(conv, c.take(conv, d)), posted: true}
		return nil
	})

	return ans, err
}

// comeBack reopens a resolved conversation for a user's new message, or
// refuses to: accounts differ.
func (c *call) comeBack(conv *conversation) error {
	_, refused := c.sim.strikes(c, FaultNotLatest)
	resolved := conv.status == StatusResolved
	if refused || resolved && (c.spec.Behavior.RefuseResolved || !conv.user.latest(conv)) {
		return badRequest(conv.id + " is not the latest conversation of the user")
	}
	if resolved {
		c.reopen(conv, userActor(conv.user))
	}

	return nil
}

// rejected is the answer for a message that was not taken, in the guise of
// success.
func (a *account) rejected(conv *conversation, d draft) messageJSON {
	out := a.messageJSON(conv, &message{
		Message:     Message{ActorType: d.actorType, ActorID: d.actorID, Type: d.kind, Source: d.source, Parts: d.parts, Created: a.sim.now()},
		actorNumber: d.actorNumber,
	})
	out.ErrorCode, out.ErrorStatus, out.ErrorCategory = 400, "failed", "MESSAGE_DELIVERY"
	out.ErrorMessage = "The message could not be delivered"

	return out
}

// messageList answers newest first, notes and system lines included.
func messageList(c *call) (answer, error) {
	q := c.r.URL.Query()
	p, err := readPage(q, 10, messagePageMax)
	if err != nil {
		return answer{}, err
	}
	var since time.Time
	if q.Has("from_time") {
		if since, err = time.Parse(time.RFC3339, q.Get("from_time")); err != nil {
			return answer{}, badRequest("from_time is not valid")
		}
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	conv, err := c.find(c.r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	first := sort.Search(len(conv.messages), func(i int) bool { return !conv.messages[i].Created.Before(since) })
	p.total = len(conv.messages) - first
	from, to := p.bounds()
	list := []messageJSON{}
	for i := from; i < to; i++ {
		m := conv.messages[len(conv.messages)-1-i]
		list = append(list, c.messageJSON(conv, m))
		m.urlless = max(0, m.urlless-1)
	}

	body := map[string]any{"messages": list}
	if len(list) == p.size {
		body["link"] = map[string]string{"rel": "self", "type": "GET", "href": nextMessages(conv.id, q, p)}
	}

	return ok(body), nil
}

func nextMessages(id string, q url.Values, p page) string {
	next := url.Values{"page": {strconv.Itoa(p.number + 1)}, "items_per_page": {strconv.Itoa(p.size)}}
	if q.Has("from_time") {
		next.Set("from_time", q.Get("from_time"))
	}

	return fmt.Sprintf("/v2/conversations/%s/messages?%s", id, next.Encode())
}
