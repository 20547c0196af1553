package install

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// flow is what was typed and fetched on one install page: kept sealed, on our
// side only.
type flow struct {
	id string

	Host    string
	Key     string
	Account bridge.AccountID
	// Domain is what the account calls itself.
	Domain string
	Topics []bridge.Topic
	// TopicsFailed is true when the topics could not be read.
	TopicsFailed bool

	// Offered is the code that the authorize tab handed over, and its market.
	Offered       string
	OfferedMarket bridge.Market

	// Spent is the code that was exchanged for Grant; Shops are what the
	// grant covers.
	Spent  string
	Market bridge.Market
	Grant  *bridge.Grant
	Shops  []bridge.ShopInfo
	// Adopted is the code whose grant the shops that are held already have.
	Adopted string

	Done *ending
}

// finish leaves of a page what it still shows. Key and tokens are the
// installation's now, and have to go when that goes.
func (f *flow) finish(e *ending) {
	*f = flow{id: f.id, Host: f.Host, Domain: f.Domain, Spent: f.Spent, Done: e}
}

func (f *flow) name() string { return cmp.Or(f.Domain, f.Host) }

// blank reports whether nothing is known yet: whatever else there is came after
// a host.
func (f *flow) blank() bool { return f.Host == "" }

// ending is what an installation handed over.
type ending struct {
	Handover Handover
	Shop     bridge.ShopInfo
	Topic    bridge.Topic
	CodeHash string
}

// Handover is what the Marketplace's settings page stores.
type Handover struct {
	InstallID  string `json:"install_id"`
	LinkSecret string `json:"link_secret"`
	Domain     string `json:"freshchat_domain"`
	TopicID    string `json:"topic_id"`
}

// Page is what an install page shows beside what was just typed.
type Page struct {
	Verified bool
	Host     string
	// Name is the account's own domain, by which it is named to a seller: some
	// hosts are shared by many accounts.
	Name string
	// KeyEnd is the last four characters of the verified key.
	KeyEnd       string
	Topics       []bridge.Topic
	TopicsFailed bool

	// Offered is the code that came from the authorize tab, and its market;
	// CodeTaken is true when a code was exchanged and stays with the page.
	Offered       string
	OfferedMarket bridge.Market
	CodeTaken     bool
	// Shops are those that the exchanged code covers.
	Shops []bridge.ShopInfo
	// Markets are the choices for a bare code.
	Markets []bridge.Market

	Installed *Installed
}

// Installed is what the page says after App Installed.
type Installed struct {
	Shop  bridge.ShopInfo
	Topic bridge.Topic
	Host  string
	// SetupCode is set only in the answer to the call that made it.
	SetupCode string
	// Now is true only in the answer to the call that installed; Warning then
	// says what did not work yet.
	Now     bool
	Warning string
}

func (s *Service) page(f flow) Page {
	p := Page{
		Verified: f.Key != "", Host: f.Host, Name: f.name(), KeyEnd: end(f.Key),
		Topics: f.Topics, TopicsFailed: f.TopicsFailed,
		Offered: f.Offered, OfferedMarket: f.OfferedMarket, CodeTaken: f.Grant != nil, Shops: f.Shops,
		Markets: s.tiktok.Markets(),
	}
	if f.Done != nil {
		p.Installed = &Installed{Shop: f.Done.Shop, Topic: f.Done.Topic, Host: f.Host}
	}

	return p
}

// Page returns what the install page with this id shows. A page that nothing
// was done on yet has no record and is empty.
func (s *Service) Page(ctx context.Context, id string) (Page, error) {
	f, err := s.load(ctx, id)
	if err != nil {
		return Page{}, err
	}

	return s.page(f), nil
}

// change runs one step of a page and stores what it changed, also when the
// step failed: what was learned until then stays. A page of which nothing is
// known gets no record, since anybody can ask for one. Only one step of a page runs
// at a time. A step that began is finished although the browser went away,
// since a code can be spent only once.
func (s *Service) change(ctx context.Context, id string, step func(context.Context, *flow) error) (Page, error) {
	done, err := s.pages.take(ctx, id)
	if err != nil {
		return Page{}, err
	}
	defer done()

	ctx = context.WithoutCancel(ctx)

	f, err := s.load(ctx, id)
	if err != nil {
		return Page{}, err
	}

	failed := step(ctx, &f)
	if failed != nil && f.blank() {
		return s.page(f), failed
	}

	if err := s.save(ctx, f); err != nil {
		return s.page(f), err
	}

	return s.page(f), failed
}

// edit is change for the steps before Install: afterwards they leave the page
// as it is.
func (s *Service) edit(ctx context.Context, id string, step func(context.Context, *flow) error) (Page, error) {
	return s.change(ctx, id, func(ctx context.Context, f *flow) error {
		if f.Done != nil {
			return nil
		}

		return step(ctx, f)
	})
}

func flowBinding(id string) string { return "flow/" + id + "/record" }

// load reads the record of a page; an empty one when there is none.
func (s *Service) load(ctx context.Context, id string) (flow, error) {
	t, err := s.store.Ticket(ctx, bridge.TicketFlow, id)
	if errors.Is(err, bridge.ErrNotFound) {
		return flow{id: id}, nil
	}

	if err != nil {
		return flow{}, fmt.Errorf("read install page: %w", err)
	}

	f := flow{id: id}
	if err := s.openTicket(t, flowBinding(id), &f); err != nil {
		return flow{}, err
	}

	return f, nil
}

func (s *Service) save(ctx context.Context, f flow) error {
	t, err := s.sealTicket(bridge.TicketFlow, f.id, flowBinding(f.id), f, bridge.FlowFor)
	if err != nil {
		return err
	}

	if err := s.store.PutTicket(ctx, t); err != nil {
		return fmt.Errorf("store install page: %w", err)
	}

	return nil
}

func (s *Service) sealTicket(kind bridge.TicketKind, key, binding string, value any, life time.Duration) (bridge.Ticket, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return bridge.Ticket{}, fmt.Errorf("encode %s ticket: %w", kind, err)
	}

	sealed, err := s.vault.Seal(plain, binding)
	if err != nil {
		return bridge.Ticket{}, fmt.Errorf("seal %s ticket: %w", kind, err)
	}

	return bridge.Ticket{Kind: kind, Key: key, Value: sealed, ExpiresAt: s.clock().Add(life)}, nil
}

func (s *Service) openTicket(t bridge.Ticket, binding string, value any) error {
	plain, err := s.vault.Open(t.Value, binding)
	if err != nil {
		return fmt.Errorf("open %s ticket: %w", t.Kind, err)
	}

	if err := json.Unmarshal(plain, value); err != nil {
		return fmt.Errorf("decode %s ticket: %w", t.Kind, err)
	}

	return nil
}

// end is all of a key that is ever shown.
func end(key string) string {
	r := []rune(key)

	return string(r[max(0, len(r)-4):])
}

func (f *flow) topic(id bridge.TopicID) (bridge.Topic, bool) {
	i := slices.IndexFunc(f.Topics, func(t bridge.Topic) bool { return t.ID == id && t.Enabled })
	if i < 0 {
		return bridge.Topic{}, false
	}

	return f.Topics[i], true
}
