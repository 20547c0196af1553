package freshchat

import (
	"encoding/json"
	"strings"
	"time"

	"sellerchat/server/bridge"
)

// productData is the data of a product event: a conversation, under a name that
// depends on the event, with the messages that it is about.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/serverless-apps/product-events/
type productData struct {
	Message      *conversation `json:"message"`
	Conversation *conversation `json:"conversation"`
	Associations struct {
		Channel struct {
			ID scalar `json:"id"`
		} `json:"channel"`
	} `json:"associations"`
	Changes struct {
		Model struct {
			Status list[scalar] `json:"status"`
		} `json:"model_changes"`
	} `json:"changes"`
}

// ProductEvent reads the data of a product event of the Marketplace into the
// same events as Webhook. One may hold several messages, or nothing that
// matters, which is no error. The account is empty where the event does not
// name it. Errors are *bridge.Error of the code Invalid.
func ProductEvent(event string, data []byte) ([]bridge.FreshchatEvent, error) {
	var d *productData
	if json.Unmarshal(data, &d) != nil || d == nil {
		return nil, invalid(errShape)
	}

	switch event {
	case "onMessageCreate":
		return d.messages(d.Message)
	case "onConversationCreate":
		return d.messages(d.Conversation)
	case "onConversationUpdate":
		return d.transition()
	default:
		return nil, nil
	}
}

// messages are the events of the messages inside a conversation.
func (d *productData) messages(c *conversation) ([]bridge.FreshchatEvent, error) {
	if c == nil {
		return nil, invalid(errShape)
	}

	in := *c
	in.Channel = first(in.Channel, d.Associations.Channel.ID)

	var events []bridge.FreshchatEvent
	for _, m := range c.Messages {
		if m.ID != "" {
			events = append(events, m.event(in, time.Time{}))
		}
	}

	if len(events) == 0 && len(c.Messages) > 0 {
		return nil, invalid(errNameless)
	}

	return events, nil
}

// transition is the event of a change of status. The messages that come with
// it are the platform's own words about the change.
func (d *productData) transition() ([]bridge.FreshchatEvent, error) {
	if d.Conversation == nil {
		return nil, invalid(errShape)
	}

	var before, after string
	if change := d.Changes.Model.Status; len(change) > 1 {
		before, after = strings.ToLower(string(change[0])), strings.ToLower(string(change[1]))
	}

	var kind bridge.FreshchatEventKind

	switch {
	case before == after:
		return nil, nil
	case after == statusResolved:
		kind = bridge.FreshchatResolved
	case before == statusResolved || strings.HasPrefix(after, "reopen"):
		kind = bridge.FreshchatReopened
	default:
		return nil, nil
	}

	c := d.Conversation

	return []bridge.FreshchatEvent{{
		Kind: kind, Account: bridge.AccountID(c.App), Thread: bridge.ThreadID(c.Thread), Numeric: c.numeric(),
		Topic: bridge.TopicID(first(c.Channel, d.Associations.Channel.ID)),
	}}, nil
}

const statusResolved = "resolved"
