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

// Post writes a message into a conversation and returns its id. A picture is
// known by the address that UploadImage gave, a file by the hash that
// UploadFile gave; a video, and a file too, by any address that agents'
// browsers can reach. CauseMedia says that the same may be posted in another
// form.
//
// It cannot be repeated safely: where the failure is not Certain, read the
// conversation first. The thread may be either of the conversation's ids: when Freshchat
// does not know one (bridge.CauseConversation), it may know the other.
// https://developers.freshchat.com/api/
func (c *Client) Post(
	ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID, p bridge.Post,
) (bridge.MessageID, error) {
	op := opPost
	op.bot, op.media = p.User == "" && p.Agent == "", carries(p.Piece)

	in, failure := write(op, p)
	if failure != nil {
		return "", failure
	}

	// The message itself, or a list with it.
	var out struct {
		message

		Messages list[message] `json:"messages"`
	}

	r := request{
		op: op, method: http.MethodPost, path: []string{"conversations", string(thread), "messages"},
		in: in, out: &out,
	}
	if err := c.call(ctx, access, r); err != nil {
		return "", err
	}

	for _, m := range append(list[message]{out.message}, out.Messages...) {
		if f := m.refused(op, access.Host); f != nil {
			return "", f
		}

		if m.ID != "" {
			return bridge.MessageID(m.ID), nil
		}
	}

	return "", unreadable(r, answer{status: http.StatusOK}, errUnreadable)
}

// carries reports whether a piece is a file.
func carries(p bridge.Piece) bool { return p.Kind != "" && p.Kind != bridge.PartText }

// Messages reads what was written in a conversation at or after a time, newest
// first: at most 1,000 messages. A zero time reads from the beginning. The
// thread may be either of the conversation's ids, as for Post.
// https://developers.freshchat.com/api/
func (c *Client) Messages(
	ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID, since time.Time,
) ([]bridge.RemoteMessage, error) {
	var messages []bridge.RemoteMessage

	// The platform's times have no more than milliseconds.
	since = since.Truncate(time.Millisecond)

	err := c.scan(ctx, access, thread, since, func(m message) (found bool) {
		if r := m.remote(); r.CreatedAt.IsZero() || !r.CreatedAt.Before(since) {
			messages = append(messages, r)
		}

		return false
	})
	if err != nil {
		return nil, err
	}

	slices.SortStableFunc(messages, func(a, b bridge.RemoteMessage) int { return b.CreatedAt.Compare(a.CreatedAt) })

	return messages, nil
}

// messageSlack is how much earlier than it is said to be a message is looked
// for: an event's own time, which stands in for a missing one, is later.
const messageSlack = time.Minute

// Message reads one message again, for what it did not hold when it was
// announced, such as the address of a file. The time is about when it was
// written; a zero one searches the whole conversation. What is not there is
// bridge.ErrNotFound. https://developers.freshchat.com/api/
func (c *Client) Message(
	ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID, id bridge.MessageID, near time.Time,
) (bridge.Message, error) {
	if !near.IsZero() {
		near = near.Add(-messageSlack).Truncate(time.Millisecond)
	}

	var found *message

	err := c.scan(ctx, access, thread, near, func(m message) bool {
		if bridge.MessageID(m.ID) != id {
			return false
		}

		found = &m

		return true
	})
	if err != nil {
		return bridge.Message{}, err
	}

	if found == nil {
		return bridge.Message{}, &bridge.Failure{
			Op: opMessages.name, Class: bridge.Permanent, Certain: true, Err: bridge.ErrNotFound,
		}
	}

	return found.event(conversation{}, time.Time{}).Message, nil
}

// scan shows the messages of a conversation, written at or after a time, to
// take, each once, until it has found what it looks for.
func (c *Client) scan(
	ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID, since time.Time, take func(message) (found bool),
) error {
	query := url.Values{"items_per_page": {strconv.Itoa(messagesPerPage)}}
	if !since.IsZero() {
		query.Set("from_time", since.UTC().Format("2006-01-02T15:04:05.000Z"))
	}

	seen := map[scalar]bool{}

	return c.pages(ctx, access, request{
		op: opMessages, path: []string{"conversations", string(thread), "messages"}, query: query,
	}, messagePages, func(p page) (fresh int, full bool) {
		for _, m := range p.Messages {
			if m.ID == "" || seen[m.ID] {
				continue
			}

			seen[m.ID] = true

			if take(m) {
				return 0, false
			}

			fresh++
		}

		return fresh, len(p.Messages) >= messagesPerPage
	})
}

// remote is the message as it is read back. Text that came through the API, a
// buyer's or a note, is as it was sent; an agent's editor writes HTML.
func (m message) remote() bridge.RemoteMessage {
	asWritten := m.author() == bridge.Buyer || m.private()

	var texts []string
	for _, p := range m.parts() {
		content, ok := p.text()
		if !ok {
			continue
		}

		if !asWritten {
			content = shortcodes(PlainText(content))
		}

		texts = append(texts, content)
	}

	ev := m.event(conversation{}, m.CreatedAt.time())

	return bridge.RemoteMessage{
		Message: ev.Message, Hidden: ev.Hidden, Private: m.private(), Text: strings.Join(texts, "\n"),
	}
}
