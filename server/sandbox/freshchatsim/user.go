package freshchatsim

import (
	"net/http"
	"slices"
	"time"
)

// User is a contact: to the product, a buyer.
type User struct {
	ID          string     `json:"id"` // UUID
	ReferenceID string     `json:"reference_id"`
	FirstName   string     `json:"first_name"`
	LastName    string     `json:"last_name"`
	Email       string     `json:"email"`
	Phone       string     `json:"phone"`
	Avatar      string     `json:"avatar"` // URL
	Properties  []Property `json:"properties"`
	Created     time.Time  `json:"created"`
	Updated     time.Time  `json:"updated"`
}

// Property is one custom value of a user.
type Property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// user is a User with what only the platform knows.
type user struct {
	User

	contact       string          // org_contact_id
	conversations []*conversation // oldest first
}

func (u *user) name() string {
	if u.LastName == "" {
		return u.FirstName
	}

	return u.FirstName + " " + u.LastName
}

// latest tells whether c is the newest conversation of its user.
func (u *user) latest(c *conversation) bool {
	return len(u.conversations) > 0 && u.conversations[len(u.conversations)-1] == c
}

// userFields is what a caller may set. Fields left out stay as they are.
type userFields struct {
	ReferenceID *string `json:"reference_id"`
	FirstName   *string `json:"first_name"`
	LastName    *string `json:"last_name"`
	Email       *string `json:"email"`
	Phone       *string `json:"phone"`
	Avatar      *struct {
		URL string `json:"url"`
	} `json:"avatar"`
	Properties []Property `json:"properties"`
}

// createUser adds a user. The caller holds the lock.
func (a *account) createUser(f userFields) (*user, error) {
	if err := a.referenceTaken(f, nil); err != nil {
		return nil, err
	}

	now := a.sim.now()
	u := &user{User: User{ID: a.sim.ids.uuid(), Created: now, Properties: []Property{}}, contact: a.sim.ids.contact()}
	a.users[u.ID] = u
	a.setUser(u, f)

	return u, nil
}

// updateUser changes a user. The caller holds the lock.
func (a *account) updateUser(u *user, f userFields) error {
	if err := a.referenceTaken(f, u); err != nil {
		return err
	}
	a.setUser(u, f)

	return nil
}

func (a *account) referenceTaken(f userFields, self *user) error {
	if f.ReferenceID == nil || *f.ReferenceID == "" || a.spec.Behavior.DuplicateReferences {
		return nil
	}
	if slices.ContainsFunc(a.byReference[*f.ReferenceID], func(u *user) bool { return u != self }) {
		return refuse(http.StatusConflict, "a user with this reference_id exists")
	}

	return nil
}

func (a *account) setUser(u *user, f userFields) {
	index(a.byReference, u, &u.ReferenceID, f.ReferenceID)
	index(a.byEmail, u, &u.Email, f.Email)
	index(a.byPhone, u, &u.Phone, f.Phone)
	if f.FirstName != nil {
		u.FirstName = *f.FirstName
	}
	if f.LastName != nil {
		u.LastName = *f.LastName
	}
	if f.Avatar != nil {
		u.Avatar = f.Avatar.URL
	}
	for _, p := range f.Properties {
		u.setProperty(p)
	}
	u.Updated = a.sim.now()
}

// setProperty replaces the list rather than an element: copies of the user
// may still be read elsewhere.
func (u *user) setProperty(p Property) {
	next := slices.Clone(u.Properties)
	if i := slices.IndexFunc(next, func(old Property) bool { return old.Name == p.Name }); i >= 0 {
		next[i] = p
	} else {
		next = append(next, p)
	}
	u.Properties = next
}

// index moves u from its old value to the new one, unless that is left out.
func index(by map[string][]*user, u *user, field, value *string) {
	if value == nil || *field == *value {
		return
	}

	if *field != "" {
		rest := slices.DeleteFunc(by[*field], func(other *user) bool { return other == u })
		if len(rest) == 0 {
			delete(by, *field)
		} else {
			by[*field] = rest
		}
	}
	if *value != "" {
		by[*value] = append(by[*value], u)
	}
	*field = *value
}

// User returns a user as it is now.
func (s *Sim) User(appID, userID string) (User, error) {
	var out User
	err := s.change(appID, func(a *account) error {
		u := a.users[userID]
		if u == nil {
			return notFound("user")
		}
		out = u.User
		return nil
	})

	return out, err
}
