package freshchat

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sellerchat/server/bridge"
)

const (
	topicsPerPage = 100
	// topicPages bounds a list that never ends.
	topicPages = 50
)

// channel is what the API calls a topic.
type channel struct {
	ID      scalar `json:"id"`
	Name    scalar `json:"name"`
	Enabled scalar `json:"enabled"`
	Source  scalar `json:"source"`
}

func (c channel) topic() bridge.Topic {
	return bridge.Topic{
		ID:   bridge.TopicID(c.ID),
		Name: string(c.Name),
		// Older accounts do not say; their topics all work.
		Enabled: c.Enabled != "false",
		Web:     strings.EqualFold(string(c.Source), "freshchat"),
	}
}

// Topics lists the account's topics, disabled ones included: web topics first,
// then by name. No topics is no error.
// https://developers.freshchat.com/api/
func (c *Client) Topics(ctx context.Context, access bridge.FreshchatAccess) ([]bridge.Topic, error) {
	var topics []bridge.Topic

	seen := map[bridge.TopicID]bool{}

	err := c.pages(ctx, access, request{op: opTopics, path: []string{"channels"}, query: url.Values{
		"items_per_page": {strconv.Itoa(topicsPerPage)}, "sort_by": {"name"}, "sort_order": {"asc"},
	}}, topicPages, func(p page) (fresh int, full bool) {
		for _, ch := range p.Channels {
			t := ch.topic()
			if t.ID == "" || seen[t.ID] {
				continue
			}

			seen[t.ID] = true
			topics = append(topics, t)
			fresh++
		}

		return fresh, len(p.Channels) >= topicsPerPage
	})
	if err != nil {
		return nil, err
	}

	slices.SortStableFunc(topics, func(a, b bridge.Topic) int {
		if a.Web != b.Web {
			if a.Web {
				return -1
			}

			return 1
		}

		return cmp.Or(
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})

	return topics, nil
}
