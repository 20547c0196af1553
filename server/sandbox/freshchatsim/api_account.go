package freshchatsim

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
)

func accountConfiguration(c *call) (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	return ok(map[string]any{
		"account_id": c.number, "app_id": c.spec.AppID, "account_domain": c.spec.Domain, "web_chat_id": c.spec.AppID,
		"datacenter": c.spec.Region, "plan_type": "GROWTH", "bundle_id": c.number % 10_000_000, "bundle_type": "FRESHCHAT",
		"organisation_id": c.number + 7, "organisation_domain": "org-" + strconv.FormatInt(c.number, 36) + ".myfreshworks.com",
	}), nil
}

func agentGet(c *call) (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	g := c.agents[c.r.PathValue("id")]
	if g == nil {
		return answer{}, notFound("agent")
	}

	return ok(map[string]any{
		"id": g.ID, "first_name": g.FirstName, "last_name": g.LastName, "email": g.Email, "avatar": avatar(g.Avatar),
		"groups": []any{}, "social_profiles": []any{}, "biography": "", "is_deactivated": false, "org_contact_id": g.number,
	}), nil
}

// channelJSON is a topic as the list shows it.
type channelJSON struct {
	ID      string         `json:"id"`
	Icon    map[string]any `json:"icon"`
	Updated string         `json:"updated_time"`
	Enabled bool           `json:"enabled"`
	Public  bool           `json:"public"`
	Name    string         `json:"name"`
	Tags    []string       `json:"tags"`
	Source  string         `json:"source"`
	Locale  string         `json:"locale"`
	Welcome map[string]any `json:"welcome_message"`
}

func channelList(c *call) (answer, error) {
	q := c.r.URL.Query()
	p, err := readPage(q, 10, 100)
	if err != nil {
		return answer{}, err
	}
	topics, err := c.sortedTopics(q)
	if err != nil {
		return answer{}, err
	}

	p.total = len(topics)
	from, to := p.bounds()
	list := []channelJSON{}
	for _, t := range topics[from:to] {
		list = append(list, channelJSON{
			ID: t.ID, Icon: map[string]any{}, Updated: stamp(t.updated), Enabled: !t.Disabled, Public: !t.Private, Name: t.Name,
			Tags: t.Tags, Source: t.Source, Locale: "en",
			Welcome: map[string]any{
				"message_parts": []Part{Text(t.Welcome)}, "message_type": TypeNormal,
				"restrictResponse": false, "botsPrivateNote": false, "isBotsInput": false,
			},
		})
	}

	return ok(map[string]any{"channels": list, "pagination": p.json(), "links": p.links("/v2/channels", "channel", q)}), nil
}

// sortedTopics copies the topics in the order that the query asks for.
func (c *call) sortedTopics(q url.Values) ([]topic, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	topics := make([]topic, 0, len(c.order.topics))
	for _, id := range c.order.topics {
		topics = append(topics, *c.topics[id])
	}

	var by func(x, y topic) int
	switch q.Get("sort_by") {
	case "":
		return topics, nil
	case "name":
		by = func(x, y topic) int { return cmp.Compare(x.Name, y.Name) }
	case "updated_time":
		by = func(x, y topic) int { return x.updated.Compare(y.updated) }
	default:
		return nil, badRequest("sort_by is not valid")
	}
	slices.SortStableFunc(topics, by)
	switch q.Get("sort_order") {
	case "", "asc":
	case "desc":
		slices.Reverse(topics)
	default:
		return nil, badRequest("sort_order is not valid")
	}

	return topics, nil
}

// page is the part of a list that a query asks for.
type page struct{ number, size, total int }

func readPage(q url.Values, usual, most int) (page, error) {
	p := page{number: 1, size: usual}
	for name, field := range map[string]*int{"page": &p.number, "items_per_page": &p.size} {
		if !q.Has(name) {
			continue
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 1 {
			return page{}, badRequest(name + " is not valid")
		}
		*field = n
	}
	if p.size > most {
		return page{}, badRequest(fmt.Sprintf("items_per_page is more than %d", most))
	}

	return p, nil
}

// bounds are the positions of the page in a list of total items.
func (p page) bounds() (from, to int) {
	if p.number > p.pages() {
		return p.total, p.total
	}

	return (p.number - 1) * p.size, min(p.total, p.number*p.size)
}

func (p page) pages() int { return (p.total + p.size - 1) / p.size }

func (p page) json() map[string]int {
	return map[string]int{"total_items": p.total, "total_pages": p.pages(), "current_page": p.number, "items_per_page": p.size}
}

// links are the pages around p; those that do not exist are left out.
func (p page) links(path, rel string, q url.Values) map[string]any {
	out := map[string]any{}
	link := func(name string, number int) {
		if number < 1 || number > max(1, p.pages()) {
			return
		}
		next := maps.Clone(q)
		next.Set("page", strconv.Itoa(number))
		next.Set("items_per_page", strconv.Itoa(p.size))
		out[name] = map[string]string{"rel": rel, "type": "GET", "href": path + "?" + next.Encode()}
	}
	link("first_page", 1)
	link("last_page", max(1, p.pages()))
	link("next_page", p.number+1)
	link("previous_page", p.number-1)

	return out
}
