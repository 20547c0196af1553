package freshchat

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// userPages bounds a search that never ends.
const userPages = 5

// property is a field shown beside the conversation. Its value is a string.
type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// user is what the API knows of a person.
type user struct {
	ID         scalar `json:"id"`
	Reference  scalar `json:"reference_id"`
	FirstName  scalar `json:"first_name"`
	LastName   scalar `json:"last_name"`
	CreatedAt  scalar `json:"created_time"`
	Properties list[struct {
		Name  scalar `json:"name"`
		Value scalar `json:"value"`
	}] `json:"properties"`
}

func (u user) person() bridge.Person {
	p := bridge.Person{
		ID: bridge.UserID(u.ID), Reference: string(u.Reference),
		Name: strings.TrimSpace(string(u.FirstName + " " + u.LastName)),
	}
	for _, f := range u.Properties {
		if p.Properties == nil {
			p.Properties = map[string]string{}
		}

		p.Properties[string(f.Name)] = string(f.Value)
	}

	return p
}

// FindPerson finds the user that has exactly this reference; the oldest one
// when there are several, since nothing makes references unique. Nobody is
// bridge.ErrNotFound. https://developers.freshchat.com/api/
func (c *Client) FindPerson(
	ctx context.Context, access bridge.FreshchatAccess, reference string,
) (bridge.Person, error) {
	var matches []user

	seen := map[scalar]bool{}

	err := c.pages(ctx, access, request{
		op: opFindPerson, path: []string{"users"}, query: url.Values{"reference_id": {reference}},
	}, userPages, func(p page) (fresh int, full bool) {
		for _, u := range p.Users {
			if u.ID == "" || seen[u.ID] {
				continue
			}

			seen[u.ID] = true
			fresh++

			if string(u.Reference) == reference {
				matches = append(matches, u)
			}
		}

		return fresh, false
	})
	if err != nil {
		return bridge.Person{}, err
	}

	if len(matches) == 0 {
		return bridge.Person{}, &bridge.Failure{
			Op: opFindPerson.name, Class: bridge.Permanent, Certain: true, Err: bridge.ErrNotFound,
		}
	}

	return slices.MinFunc(matches, older).person(), nil
}

// older compares users by age; one without a time counts as the youngest.
func older(a, b user) int {
	at, bt := a.CreatedAt.time(), b.CreatedAt.time()
	if at.IsZero() != bt.IsZero() {
		if bt.IsZero() {
			return -1
		}

		return 1
	}

	if d := at.Compare(bt); d != 0 {
		return d
	}

	return strings.Compare(string(a.ID), string(b.ID))
}

// CreatePerson makes a user and returns it with its id. When Freshchat says
// that there is one already, that one is returned. Two concurrent calls for
// one reference may make two: the caller keeps them apart, and looks before it
// creates. https://developers.freshchat.com/api/
func (c *Client) CreatePerson(
	ctx context.Context, access bridge.FreshchatAccess, p bridge.Person,
) (bridge.Person, error) {
	in := struct {
		Reference  string     `json:"reference_id"`
		FirstName  string     `json:"first_name"`
		Properties []property `json:"properties,omitempty"`
	}{Reference: p.Reference, FirstName: p.Name}

	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		in.Properties = append(in.Properties, property{Name: name, Value: p.Properties[name]})
	}

	var out user

	r := request{op: opCreatePerson, method: http.MethodPost, path: []string{"users"}, in: in, out: &out}

	err := c.call(ctx, access, r)
	if f := (*bridge.Failure)(nil); errors.As(err, &f) && f.Status == http.StatusConflict {
		found, findErr := c.FindPerson(ctx, access, p.Reference)
		if errors.Is(findErr, bridge.ErrNotFound) {
			return bridge.Person{}, err
		}

		return found, findErr
	}

	if err != nil {
		return bridge.Person{}, err
	}

	if out.ID == "" {
		return bridge.Person{}, unreadable(r, answer{status: http.StatusOK}, errUnreadable)
	}

	p.ID = bridge.UserID(out.ID)

	return p, nil
}

// RenamePerson changes the name that agents see; an unknown user is
// bridge.ErrNotFound. https://developers.freshchat.com/api/
func (c *Client) RenamePerson(
	ctx context.Context, access bridge.FreshchatAccess, id bridge.UserID, name string,
) error {
	in := struct {
		FirstName string `json:"first_name"`
	}{FirstName: name}

	return c.call(ctx, access, request{
		op: opRenamePerson, method: http.MethodPut, path: []string{"users", string(id)}, in: in,
	})
}
