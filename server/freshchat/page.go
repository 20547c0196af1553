package freshchat

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"sellerchat/server/bridge"
)

// link is how the platform names a page.
type link struct {
	Href scalar `json:"href"`
}

// page is one page of any list. Everything in it may be missing.
type page struct {
	Channels      list[channel]      `json:"channels"`
	Users         list[user]         `json:"users"`
	Conversations list[conversation] `json:"conversations"`
	Messages      list[message]      `json:"messages"`

	Pagination struct {
		Total   scalar `json:"total_pages"`
		Current scalar `json:"current_page"`
	} `json:"pagination"`
	Links struct {
		Next link `json:"next_page"`
	} `json:"links"`
	Link link `json:"link"`
}

// next names the page after this one; empty when none is promised.
func (p page) next() string {
	if p.Links.Next.Href != "" {
		return string(p.Links.Next.Href)
	}

	if p.Link.Href != "" {
		return string(p.Link.Href)
	}

	if current, total := p.Pagination.Current.size(), p.Pagination.Total.size(); current > 0 && current < total {
		return strconv.FormatInt(current+1, 10)
	}

	return ""
}

// pages reads a list page by page: until take says that a page brought nothing
// new, no further page is promised, a promise is repeated, or limit pages were
// read. The pages are counted here: an address that the platform names is
// compared, never followed.
func (c *Client) pages(
	ctx context.Context, access bridge.FreshchatAccess, r request, limit int, take func(page) (fresh int, full bool),
) error {
	query, promised := url.Values{}, map[string]bool{}
	maps.Copy(query, r.query)

	for number := 1; number <= limit; number++ {
		var p page

		query.Set("page", strconv.Itoa(number))
		r.method, r.query, r.out = http.MethodGet, query, &p

		if err := c.call(ctx, access, r); err != nil {
			return err
		}

		fresh, full := take(p)
		next := p.next()

		if fresh == 0 || next == "" && !full || promised[next] && next != "" {
			return nil
		}

		promised[next] = true
	}

	return nil
}
