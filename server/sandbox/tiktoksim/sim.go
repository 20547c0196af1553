package tiktoksim

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// App is one app configuration of Partner Center; it serves one market.
type App struct {
	Market      string `json:"market"`
	AppKey      string `json:"app_key"`
	AppSecret   string `json:"app_secret"`
	ServiceID   string `json:"service_id"`
	RedirectURL string `json:"redirect_url"` // where consent leads
	WebhookURL  string `json:"webhook_url"`  // for shops without an address of their own; may be empty
}

// Options configures a Sim. Zero values are the defaults given with the
// fields.
type Options struct {
	Apps      []App         // more can be added later
	Sellers   []SellerSpec  // more can be added later
	Clock     *simkit.Clock // default: a new one
	Logger    *slog.Logger  // default: discards
	Seed      uint64        // of every random choice
	Settings  *Settings     // default: DefaultSettings
	PublicURL string        // origin of the URLs it issues; default: the host of the first request

	WebhookSchedule []time.Duration      // waits between attempts; default: the documented ones
	WebhookRepeat   bool                 // go on with the last wait instead of giving up
	WebhookTimeout  time.Duration        // real time; default 3 s
	WebhookHold     bool                 // an unacknowledged webhook holds back the later ones of its conversation
	WebhookObserve  func(simkit.Attempt) // called after each attempt, from several goroutines
}

// Sim is one TikTok Shop. It is safe for concurrent use.
type Sim struct {
	log    *slog.Logger
	clock  *simkit.Clock
	faults *simkit.Faults
	ledger *simkit.Ledger
	outbox *simkit.Outbox
	mux    *http.ServeMux

	mu        sync.Mutex // guards everything below and what it points to
	dice      *rand.Rand
	lastID    uint64
	settings  Settings
	publicURL string
	mediaKey  []byte // never changes

	apps      map[string]*App // by key
	services  map[string]*App // by service id
	sellers   map[string]*seller
	sellerIDs []string // in order of arrival
	shops     map[string]*shop
	ciphers   map[string]*shop
	buyers    map[string]*Buyer // by im_user_id
	userIDs   map[string]*Buyer // by user_id

	codes   map[string]*code
	grants  map[grantKey]*grant
	access  map[string]*accessToken
	refresh map[string]*grant
	subs    map[subKey]*subscription
	usage   map[usageKey]*usage
	convs   map[string]*conversation
	media   map[string]*medium
	blobs   map[string][]byte // media bytes by content, so that copies cost nothing
	uploads map[string]*upload
	videos  map[string]*medium // by vid
}

// New returns a running Sim; Close ends it. It panics when Sellers contradict
// each other, which is a mistake of the caller.
func New(opt Options) *Sim {
	if opt.Clock == nil {
		opt.Clock = simkit.NewClock()
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}

	s := &Sim{
		log: opt.Logger, clock: opt.Clock,
		faults: simkit.NewFaults(opt.Seed, append(faultDocs(), simkit.OutboxFaults()...)...),
		ledger: simkit.NewLedger(opt.Clock),
		mux:    http.NewServeMux(),
		dice:   rand.New(rand.NewPCG(opt.Seed, 1)), lastID: firstID, publicURL: strings.TrimSuffix(opt.PublicURL, "/"),
		settings: DefaultSettings(),
		apps:     map[string]*App{}, services: map[string]*App{},
		sellers: map[string]*seller{}, shops: map[string]*shop{}, ciphers: map[string]*shop{},
		buyers: map[string]*Buyer{}, userIDs: map[string]*Buyer{},
		codes: map[string]*code{}, grants: map[grantKey]*grant{}, access: map[string]*accessToken{}, refresh: map[string]*grant{},
		subs: map[subKey]*subscription{}, usage: map[usageKey]*usage{}, convs: map[string]*conversation{},
		media: map[string]*medium{}, blobs: map[string][]byte{}, uploads: map[string]*upload{}, videos: map[string]*medium{},
	}
	s.mediaKey = fmt.Appendf(nil, "media of %d", opt.Seed)
	if opt.Settings != nil {
		s.settings = *opt.Settings
	}
	s.outbox = simkit.NewOutbox(simkit.OutboxOptions{
		Clock: opt.Clock, Faults: s.faults, Logger: opt.Logger, Schedule: opt.WebhookSchedule, Repeat: opt.WebhookRepeat,
		Timeout: opt.WebhookTimeout, Hold: opt.WebhookHold, Observe: opt.WebhookObserve,
	})

	for _, a := range opt.Apps {
		s.AddApp(a)
	}
	for _, sp := range opt.Sellers {
		if _, err := s.AddSeller(sp); err != nil {
			panic(err)
		}
	}
	s.mount()

	return s
}

// mount fills the mux with everything the Sim answers to.
func (s *Sim) mount() {
	s.mountEndpoints()
	s.mountTokenService()
	s.mountConsent()
	s.mountMedia()
	s.mountControl()
	s.clock.Mount(s.mux)
	s.outbox.Mount(s.mux)
	s.faults.Mount(s.mux)
	s.ledger.Mount(s.mux)
}

// AddApp adds an app, or replaces the one with the same key, whose
// authorizations stay.
func (s *Sim) AddApp(a App) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if old, ok := s.apps[a.AppKey]; ok {
		delete(s.services, old.ServiceID)
	}
	s.apps[a.AppKey] = &a // never changed in place: calls read it without the lock
	s.services[a.ServiceID] = &a
}

// Handler plays the business API, the token service, the authorization pages
// and the media hosts, and serves the controls.
func (s *Sim) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.rememberHost(r)
		s.mux.ServeHTTP(w, r)
	})
}

// Close stops the delivery of webhooks and waits until none is under way.
func (s *Sim) Close() { s.outbox.Close() }

// Clock is the clock that the Sim lives by.
func (s *Sim) Clock() *simkit.Clock { return s.clock }

// Faults are its switches; the names are documented by GET /_sandbox/faults.
func (s *Sim) Faults() *simkit.Faults { return s.faults }

// Ledger records what the platform took and sent; see the Kind constants.
func (s *Sim) Ledger() *simkit.Ledger { return s.ledger }

// Outbox delivers its webhooks.
func (s *Sim) Outbox() *simkit.Outbox { return s.outbox }
