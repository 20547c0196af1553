package freshchatsim

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// Options configures a Sim. Zero values are the defaults given with the
// fields.
type Options struct {
	Clock  *simkit.Clock // default: one of its own
	Logger *slog.Logger  // default: discards
	Seed   uint64        // ids and dice of faults follow from it

	// PublicURL is where the handler is reached from outside, without a
	// slash at the end; addresses of media begin with it. Default: what the
	// first call used.
	PublicURL string

	// Accounts exist from the start.
	Accounts []AccountSpec

	// WebhookSchedule is the waits before the second, third … attempt at a
	// webhook. Default: 5 s, 30 s, 2 min, 10 min, 1 h; the vendor's own
	// schedule is not published.
	WebhookSchedule []time.Duration

	// WebhookRepeat goes on with the last wait instead of giving up;
	// WebhookHold lets an unacknowledged webhook hold back the later ones of
	// its conversation.
	WebhookRepeat bool
	WebhookHold   bool

	// OnProductEvent is given what the Marketplace would pass to the apps of
	// an account: the payload of platform 3.0 without the app's iparams. It
	// is called in order within an account and holds up the call that caused
	// the event, so it should hand over and return.
	OnProductEvent func(appID, event string, payload []byte)
}

// Sim plays Freshchat for many accounts. It is safe for concurrent use.
type Sim struct {
	clock          *simkit.Clock
	log            *slog.Logger
	ids            *identities
	faults         *simkit.Faults
	ledger         *simkit.Ledger
	courier        *courier
	media          *mediaStore
	onProductEvent func(appID, event string, payload []byte)
	mux            *http.ServeMux

	mu       sync.RWMutex
	accounts map[string]*account // by app id
	appIDs   []string            // as they were added
	keys     map[string]*account // by API key
	domains  map[string]bool     // every host that belongs to somebody

	convMu sync.RWMutex
	owners map[string]*account // by conversation UUID
}

// New returns a running Sim; Close ends it. It panics when Accounts contradict
// each other, which is a mistake of the caller.
func New(opt Options) *Sim {
	if opt.Clock == nil {
		opt.Clock = simkit.NewClock()
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}

	s := &Sim{
		clock: opt.Clock, log: opt.Logger, ids: newIdentities(opt.Seed),
		faults: simkit.NewFaults(opt.Seed, FaultDocs()...), ledger: simkit.NewLedger(opt.Clock),
		onProductEvent: opt.OnProductEvent,
		accounts:       map[string]*account{}, keys: map[string]*account{}, domains: map[string]bool{},
		owners: map[string]*account{},
	}
	s.media = newMediaStore(s.clock, s.ids, strings.TrimSuffix(opt.PublicURL, "/"))
	s.courier = newCourier(s, opt)
	s.mux = s.routes()

	for _, spec := range opt.Accounts {
		if _, err := s.AddAccount(spec); err != nil {
			panic(err)
		}
	}

	return s
}

// Handler serves the API under /v2/, stored media under /media/ and the
// control under /_sandbox/.
func (s *Sim) Handler() http.Handler { return s.mux }

// Close stops delivering webhooks and waits until those under way have ended.
func (s *Sim) Close() { s.courier.outbox.Close() }

// Clock is the time of this platform.
func (s *Sim) Clock() *simkit.Clock { return s.clock }

// Faults are the switches for what FaultDocs lists.
func (s *Sim) Faults() *simkit.Faults { return s.faults }

// Ledger is the record of accepted messages.
func (s *Sim) Ledger() *simkit.Ledger { return s.ledger }

// Outbox delivers the webhooks; tests wait on it.
func (s *Sim) Outbox() *simkit.Outbox { return s.courier.outbox }

// now is the platform's time as its answers show it: UTC, milliseconds.
func (s *Sim) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }

// stamp writes a time as the API does; the zero time is empty.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}

	return t.Format("2006-01-02T15:04:05.000Z")
}
