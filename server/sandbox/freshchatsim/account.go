package freshchatsim

import (
	"crypto/rsa"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// AllScopes is what a key made today may do. The names follow the pattern of
// real keys; where the vendor publishes none they are the sandbox's own.
var AllScopes = []string{
	"account:read", "agent:read", "channel:read", "conversation:create", "conversation:read", "conversation:update",
	"file:upload", "image:upload", "message:create", "message:get", "user:create", "user:read", "user:update",
}

// Behavior holds the ways in which real accounts differ. The zero value is
// the usual account.
type Behavior struct {
	PathIDs             string `json:"path_ids"`             // which conversation ids paths know: "uuid" (also when empty), "numeric", or "both"
	RefuseResolved      bool   `json:"refuse_resolved"`      // a user's message never reopens a resolved conversation
	RefuseBots          bool   `json:"refuse_bots"`          // the API may not post as a bot
	DuplicateReferences bool   `json:"duplicate_references"` // a second user with one reference_id is created instead of refused with 409
	SendWelcome         bool   `json:"send_welcome"`         // a new conversation begins with the topic's greeting
	OldPayloads         bool   `json:"old_payloads"`         // messages lack the numeric ids and the flags
	NullSiblings        bool   `json:"null_siblings"`        // parts in product events have null beside them
	MaxTextRunes        int    `json:"max_text_runes"`       // longest text that is taken; 0 is without limit
	CallsPerMinute      int    `json:"calls_per_minute"`     // calls answered before 429; 0 is without limit
}

// AccountSpec describes an account to be added. Ids and keys left empty are
// made up.
type AccountSpec struct {
	AppID          string          `json:"app_id"`        // UUID
	Name           string          `json:"name"`          // for people
	Domain         string          `json:"domain"`        // host such as acme.freshchat.com; required, unique
	RegionalHost   string          `json:"regional_host"` // older host shared by many accounts, such as api.freshchat.com
	Region         string          `json:"region"`        // US (default), EU, EUC, AUS, IND
	APIKey         string          `json:"api_key"`
	Scopes         []string        `json:"scopes"` // nil is AllScopes
	Topics         []Topic         `json:"topics"`
	Agents         []Agent         `json:"agents"`
	Groups         []Group         `json:"groups"`
	WebhookURL     string          `json:"webhook_url"`
	WebhookActions []string        `json:"webhook_actions"` // ticked events; empty is all
	Behavior       Behavior        `json:"behavior"`
	SigningKey     *rsa.PrivateKey `json:"-"` // for webhooks; nil makes one when it is first needed
}

// Account is an account as it is now. It holds the API key: show it to nobody
// but the person who plays the admin.
type Account struct {
	AccountSpec
	Number int64 `json:"account_id"` // what accounts/configuration calls account_id
}

// account is one account's state. Everything below mu is guarded by it.
type account struct {
	sim    *Sim
	signer signer
	events eventQueue

	mu     sync.Mutex
	spec   AccountSpec // without Topics, Agents and Groups
	number int64
	rate   rateWindow

	topics map[string]*topic
	agents map[string]*Agent
	groups map[string]*Group
	order  accountOrder

	users       map[string]*user
	byReference map[string][]*user
	byEmail     map[string][]*user
	byPhone     map[string][]*user

	conversations map[string]*conversation // by UUID
	byNumber      map[string]*conversation // by numeric id
}

// accountOrder keeps topics, agents and groups as they were added.
type accountOrder struct{ topics, agents, groups []string }

// AddAccount adds an account and returns it. A taken app id, domain or API
// key is refused.
func (s *Sim) AddAccount(spec AccountSpec) (Account, error) {
	if spec.Domain == "" {
		return Account{}, badRequest("an account needs a domain")
	}
	if err := checkWebhook(spec.WebhookURL); err != nil {
		return Account{}, err
	}
	spec.Domain = strings.ToLower(spec.Domain)
	s.fill(&spec)

	a := &account{
		sim: s, number: s.ids.accountNumber(), spec: spec, signer: signer{key: spec.SigningKey},
		topics: map[string]*topic{}, agents: map[string]*Agent{}, groups: map[string]*Group{},
		users: map[string]*user{}, byReference: map[string][]*user{}, byEmail: map[string][]*user{}, byPhone: map[string][]*user{},
		conversations: map[string]*conversation{}, byNumber: map[string]*conversation{},
	}
	a.spec.Topics, a.spec.Agents, a.spec.Groups = nil, nil, nil
	if err := s.register(a); err != nil {
		return Account{}, err
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range spec.Topics {
		a.addTopic(t)
	}
	for _, g := range spec.Agents {
		a.addAgent(g)
	}
	for _, g := range spec.Groups {
		a.addGroup(g)
	}

	return a.view(), nil
}

// fill makes up what the spec leaves open.
func (s *Sim) fill(spec *AccountSpec) {
	if spec.AppID == "" {
		spec.AppID = s.ids.uuid()
	}
	if spec.Region == "" {
		spec.Region = "US"
	}
	if spec.Scopes == nil {
		spec.Scopes = slices.Clone(AllScopes)
	}
	if spec.APIKey == "" {
		spec.APIKey = s.ids.apiKey(spec.AppID, spec.Scopes, s.clock.Now())
	}
}

// register makes a findable by app id, key and host.
func (s *Sim) register(a *account) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.accounts[a.spec.AppID] != nil || s.keys[a.spec.APIKey] != nil || s.domains[a.spec.Domain] {
		return refuse(409, "the app id, the domain or the API key is taken")
	}
	s.accounts[a.spec.AppID] = a
	s.appIDs = append(s.appIDs, a.spec.AppID)
	s.keys[a.spec.APIKey] = a
	s.domains[a.spec.Domain] = true
	if a.spec.RegionalHost != "" {
		s.domains[a.spec.RegionalHost] = true
	}

	return nil
}

func (s *Sim) account(appID string) (*account, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()

	if a := s.accounts[appID]; a != nil {
		return a, nil
	}

	return nil, notFound("account")
}

// Account returns an account as it is now.
func (s *Sim) Account(appID string) (Account, error) {
	a, err := s.account(appID)
	if err != nil {
		return Account{}, err
	}

	a.mu.Lock()
	defer a.mu.Unlock()

	return a.view(), nil
}

// Accounts returns the app ids in the order in which they were added.
func (s *Sim) Accounts() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()

	return slices.Clone(s.appIDs)
}

// view copies the account. The caller holds the lock.
func (a *account) view() Account {
	out := Account{AccountSpec: a.spec, Number: a.number}
	for _, id := range a.order.topics {
		out.Topics = append(out.Topics, a.topics[id].Topic)
	}
	for _, id := range a.order.agents {
		out.Agents = append(out.Agents, *a.agents[id])
	}
	for _, id := range a.order.groups {
		out.Groups = append(out.Groups, *a.groups[id])
	}

	return out
}

// RotateKey makes a new API key with all scopes, or with those given, and
// returns it. The old one answers 401 from now on.
func (s *Sim) RotateKey(appID string, scopes ...string) (string, error) {
	a, err := s.account(appID)
	if err != nil {
		return "", err
	}
	if len(scopes) == 0 {
		scopes = slices.Clone(AllScopes)
	}
	key := s.ids.apiKey(appID, scopes, s.clock.Now())

	s.mu.Lock()
	defer s.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()

	delete(s.keys, a.spec.APIKey)
	s.keys[key] = a
	a.spec.APIKey, a.spec.Scopes = key, scopes

	return key, nil
}

// SetBehavior changes how an account behaves.
func (s *Sim) SetBehavior(appID string, b Behavior) error {
	if !slices.Contains([]string{"", "uuid", "numeric", "both"}, b.PathIDs) {
		return badRequest(`path_ids must be "uuid", "numeric" or "both"`)
	}

	return s.change(appID, func(a *account) error {
		a.spec.Behavior = b
		return nil
	})
}

// SetWebhook sets the one address to which an account's webhooks go; empty
// switches them off. Without actions every event is ticked.
func (s *Sim) SetWebhook(appID, address string, actions ...string) error {
	if err := checkWebhook(address); err != nil {
		return err
	}

	return s.change(appID, func(a *account) error {
		a.spec.WebhookURL, a.spec.WebhookActions = address, slices.Clone(actions)
		return nil
	})
}

func checkWebhook(address string) error {
	u, err := url.Parse(address)
	if address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return badRequest("the webhook address must be a complete URL")
	}

	return nil
}

// PublicKey returns the account's webhook key in the form in which Freshchat's
// webhook page shows it.
func (s *Sim) PublicKey(appID string) (string, error) {
	a, err := s.account(appID)
	if err != nil {
		return "", err
	}
	shown, err := a.signer.adminForm()
	if err != nil {
		return "", fmt.Errorf("show webhook key: %w", err)
	}

	return shown, nil
}

// change runs f under the account's lock and then passes on what f caused.
func (s *Sim) change(appID string, f func(*account) error) error {
	a, err := s.account(appID)
	if err != nil {
		return err
	}

	return a.do(func() error { return f(a) })
}

// do runs f under the lock and then passes on the product events it caused.
func (a *account) do(f func() error) error {
	defer a.events.drain(a.sim.onProductEvent)

	a.mu.Lock()
	defer a.mu.Unlock()

	return f()
}
