package freshchatsim

import (
	"net/http"
	"slices"
	"strings"
)

// userJSON is a user as the API shows it.
type userJSON struct {
	ID          string         `json:"id"`
	Created     string         `json:"created_time"`
	Updated     string         `json:"updated_time"`
	Contact     string         `json:"org_contact_id"`
	ReferenceID string         `json:"reference_id"`
	FirstName   string         `json:"first_name"`
	LastName    string         `json:"last_name"`
	Avatar      map[string]any `json:"avatar"`
	Properties  []Property     `json:"properties"`
	Email       string         `json:"email"`
	Phone       string         `json:"phone"`
	LoginStatus bool           `json:"login_status"`
}

func (u *user) json() userJSON {
	return userJSON{
		ID: u.ID, Created: stamp(u.Created), Updated: stamp(u.Updated), Contact: u.contact, ReferenceID: u.ReferenceID,
		FirstName: u.FirstName, LastName: u.LastName, Avatar: avatar(u.Avatar), Properties: u.Properties, Email: u.Email, Phone: u.Phone,
	}
}

func userCreate(c *call) (answer, error) {
	var in userFields
	if err := c.read(&in); err != nil {
		return answer{}, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	u, err := c.createUser(in)
	if err != nil {
		return answer{}, err
	}

	return answer{status: http.StatusCreated, body: u.json()}, nil
}

// userList answers only with a filter, because no client is known that asks
// without one.
func userList(c *call) (answer, error) {
	q := c.r.URL.Query()
	p, err := readPage(q, 10, 100)
	if err != nil {
		return answer{}, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	var found []*user
	switch {
	case q.Get("reference_id") != "":
		found = c.byReference[q.Get("reference_id")]
	case q.Get("email") != "":
		found = c.byEmail[q.Get("email")]
	case q.Get("phone") != "":
		found = c.byPhone[q.Get("phone")]
	default:
		return answer{}, badRequest("a filter such as reference_id, email or phone is required")
	}
	if len(found) == 0 {
		return ok(map[string]any{"users": []any{}}), nil
	}

	p.total = len(found)
	from, to := p.bounds()
	list := []userJSON{}
	for _, u := range found[from:to] {
		list = append(list, u.json())
	}

	return ok(map[string]any{"users": list, "pagination": p.json(), "links": map[string]any{}}), nil
}

func userFetch(c *call) (answer, error) {
	var in struct {
		IDs []string `json:"ids"`
	}
	if err := c.read(&in); err != nil {
		return answer{}, err
	}
	if len(in.IDs) == 0 {
		return answer{}, badRequest("ids is empty")
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	list := []userJSON{}
	for _, id := range in.IDs {
		if u := c.users[id]; u != nil {
			list = append(list, u.json())
		}
	}

	return ok(map[string]any{"users": list}), nil
}

func userGet(c *call) (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	u := c.users[c.r.PathValue("id")]
	if u == nil {
		return answer{}, notFound("user")
	}

	return ok(u.json()), nil
}

func userUpdate(c *call) (answer, error) {
	var in userFields
	if err := c.read(&in); err != nil {
		return answer{}, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	u := c.users[c.r.PathValue("id")]
	if u == nil {
		return answer{}, notFound("user")
	}
	if err := c.updateUser(u, in); err != nil {
		return answer{}, err
	}

	return ok(u.json()), nil
}

// userConversations lists ids only, by id: the order is not promised, so it
// must not tell which is the newest.
func userConversations(c *call) (answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	u := c.users[c.r.PathValue("id")]
	if u == nil {
		return answer{}, notFound("user")
	}

	type item struct {
		ID   string            `json:"id"`
		Link map[string]string `json:"link"`
	}
	list := []item{}
	for _, conv := range u.conversations {
		list = append(list, item{conv.id, map[string]string{"rel": "self", "href": "/v2/conversations/" + conv.id}})
	}
	slices.SortFunc(list, func(x, y item) int { return strings.Compare(x.ID, y.ID) })

	return ok(map[string]any{"conversations": list}), nil
}
