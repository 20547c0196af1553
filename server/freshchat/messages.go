package freshchat

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sellerchat/server/bridge"
)

const (
	// messagesPerPage is the most that the platform gives.
	messagesPerPage = 50
	// messagePages bounds how far back a conversation is read.
	messagePages = 20
)

// outgoing is a message as it is sent.
type outgoing struct {
	Parts     []outgoingPart `json:"message_parts"`
	Type      string         `json:"message_type"`
	ActorType string         `json:"actor_type"`
	ActorID   string         `json:"actor_id,omitempty"`
	User      bridge.UserID  `json:"user_id,omitempty"`
	Channel   bridge.TopicID `json:"channel_id,omitempty"`
}

type outgoingPart struct {
	Text outgoingText `json:"text"`
}

type outgoingText struct {
	Content string `json:"content"`
}

// write puts a post into the platform's form.
func write(p bridge.Post) outgoing {
	out := outgoing{
		Parts: []outgoingPart{{Text: outgoingText{Content: p.Text}}},
		Type:  typeNormal, ActorType: actorBot,
	}

	switch {
	case p.User != "":
		out.ActorType, out.ActorID, out.User = actorUser, string(p.User), p.User
	case p.Agent != "":
		out.ActorType, out.ActorID = actorAgent, string(p.Agent)
	}

	if p.Private {
		out.Type = typePrivate
	}

	return out
}

// Post writes a message into a conversation and returns its id. It cannot be
// repeated safely: where the failure is not Certain, read the conversation
// first. The thread may be either of the conversation's ids: when Freshchat
// does not know one (bridge.CauseConversation), it may know the other.
// https://developers.freshchat.com/api/
func (c *Client) Post(
	ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID, p bridge.Post,
) (bridge.MessageID, error) {
	op := opPost
	op.bot = p.User == "" && p.Agent == ""

	var out message

	r := request{
		op: op, method: http.MethodPost, path: []string{"conversations", string(thread), "messages"},
		in: write(p), out: &out,
	}
	if err := c.call(ctx, access, r); err != nil {
		return "", err
	}

	if f := out.refused(op, access.Host); f != nil {
		return "", f
	}

	if out.ID == "" {
		return "", unreadable(r, answer{status: http.StatusOK}, errUnreadable)
	}

	return bridge.MessageID(out.ID), nil
}

// Messages reads what was written in a conversation at or after a time, newest
// first: at most 1,000 messages. A zero time reads from the beginning. The
// thread may be either of the conversation's ids, as for Post.
// https://developers.freshchat.com/api/
func (c *Client) Messages(
	ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID, since time.Time,
) ([]bridge.RemoteMessage, error) {
	query := url.Values{"items_per_page": {strconv.Itoa(messagesPerPage)}}
	// The platform's times have no more than milliseconds.
	since = since.Truncate(time.Millisecond)
	if !since.IsZero() {
		query.Set("from_time", since.UTC().Format("2006-01-02T15:04:05.000Z"))
	}

	var messages []bridge.RemoteMessage

	seen := map[scalar]bool{}

	err := c.pages(ctx, access, request{
		op: opMessages, path: []string{"conversations", string(thread), "messages"}, query: query,
	}, messagePages, func(p page) (fresh int, full bool) {
		for _, m := range p.Messages {
			if m.ID == "" || seen[m.ID] {
				continue
			}

			seen[m.ID] = true
			fresh++

			if r := m.remote(); r.CreatedAt.IsZero() || !r.CreatedAt.Before(since) {
				messages = append(messages, r)
			}
		}

		return fresh, len(p.Messages) >= messagesPerPage
	})
	if err != nil {
		return nil, err
	}

	slices.SortStableFunc(messages, func(a, b bridge.RemoteMessage) int { return b.CreatedAt.Compare(a.CreatedAt) })

	return messages, nil
}

// remote is the message as it is read back. Text that came through the API, a
// buyer's or a note, is as it was sent; an agent's editor writes HTML.
func (m message) remote() bridge.RemoteMessage {
	asWritten := m.author() == bridge.Buyer || m.private()

	var texts []string
	for _, p := range m.Parts {
		content, ok := p.text()
		if !ok {
			continue
		}

		if !asWritten {
			content = PlainText(content)
		}

		texts = append(texts, content)
	}

	ev := m.event(conversation{}, m.CreatedAt.time())

	return bridge.RemoteMessage{
		Message: ev.Message, Hidden: ev.Hidden, Private: m.private(), Text: strings.Join(texts, "\n"),
	}
}
