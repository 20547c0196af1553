package freshchat

import (
	"context"
	"net/http"

	"sellerchat/server/bridge"
)

// conversation is a conversation in any of the places where it is told.
type conversation struct {
	ID       scalar `json:"id"`
	Thread   scalar `json:"conversation_id"`
	Internal scalar `json:"conversation_internal_id"`
	Numeric  scalar `json:"freshchat_conversation_id"`
	App      scalar `json:"app_id"`
	Channel  scalar `json:"channel_id"`
	Status   scalar `json:"status"`

	Messages list[message] `json:"messages"`

	// Its status is the conversation's own, and says nothing about an answer.
	disclaimer
}

// numeric is the conversation's other id; empty when it is not told.
func (c conversation) numeric() bridge.ThreadID {
	if c.Numeric != "" {
		return bridge.ThreadID(c.Numeric)
	}

	return bridge.ThreadID(c.Internal)
}

// Open starts a conversation with a first message by the user, whose piece is
// as for Post.
//
// Freshchat may make the conversation and refuse its message. The failure then
// comes with the conversation, whose Message is empty: what follows can be
// posted there. https://developers.freshchat.com/api/
func (c *Client) Open(
	ctx context.Context, access bridge.FreshchatAccess, o bridge.Opening,
) (bridge.Opened, error) {
	type userRef struct {
		ID bridge.UserID `json:"id"`
	}

	in := struct {
		Status   string         `json:"status"`
		Channel  bridge.TopicID `json:"channel_id"`
		Users    []userRef      `json:"users"`
		Messages []outgoing     `json:"messages"`
	}{Status: "new", Channel: o.Topic, Users: []userRef{{ID: o.User}}}

	op := opOpen
	op.media = carries(o.Piece)

	first, failure := write(op, bridge.Post{User: o.User, Piece: o.Piece})
	if failure != nil {
		return bridge.Opened{}, failure
	}

	first.Channel, first.User = o.Topic, ""
	in.Messages = []outgoing{first}

	var out conversation

	r := request{op: op, method: http.MethodPost, path: []string{"conversations"}, in: in, out: &out}
	if err := c.call(ctx, access, r); err != nil {
		return bridge.Opened{}, err
	}

	opened := bridge.Opened{Thread: bridge.ThreadID(out.Thread), Numeric: out.numeric()}

	if f := out.refused(op, access.Host); f != nil {
		return opened, f
	}

	if len(out.Messages) > 0 {
		m := out.Messages[0]
		if f := m.refused(op, access.Host); f != nil {
			return opened, f
		}

		opened.Message = bridge.MessageID(m.ID)
	}

	if opened.Thread == "" {
		return bridge.Opened{}, unreadable(r, answer{status: http.StatusOK}, errUnreadable)
	}

	return opened, nil
}

// Reopen opens a resolved conversation again. It may be repeated. The thread
// may be either of the conversation's ids: when Freshchat does not know one
// (bridge.CauseConversation), it may know the other.
// https://developers.freshchat.com/api/
func (c *Client) Reopen(ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID) error {
	in := struct {
		Status string `json:"status"`
	}{Status: "reopened"}

	return c.call(ctx, access, request{
		op: opReopen, method: http.MethodPut, path: []string{"conversations", string(thread)}, in: in,
	})
}

// Threads lists the conversations of a user, in no order; an unknown user is
// bridge.ErrNotFound. https://developers.freshchat.com/api/
func (c *Client) Threads(
	ctx context.Context, access bridge.FreshchatAccess, id bridge.UserID,
) ([]bridge.ThreadID, error) {
	var threads []bridge.ThreadID

	seen := map[scalar]bool{}

	err := c.pages(ctx, access, request{
		op: opThreads, path: []string{"users", string(id), "conversations"},
	}, userPages, func(p page) (fresh int, full bool) {
		for _, conv := range p.Conversations {
			if conv.ID == "" || seen[conv.ID] {
				continue
			}

			seen[conv.ID] = true
			threads = append(threads, bridge.ThreadID(conv.ID))
			fresh++
		}

		return fresh, false
	})

	return threads, err
}
