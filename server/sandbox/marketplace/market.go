package marketplace

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// Options configures a Market. Zero values are the defaults given with the
// fields.
type Options struct {
	Backend string // origin of the app's backend; required
	Origin  string // origin of the Marketplace itself, which frames the install page; required
	Host    string // the platform's own name of the account; default acme.freshchat.com
	Account string // the account's name for people; default Acme
	Region  string // default US
	Home    string // path to which its forms lead back; default Path

	CallsPerMinute int           // calls to the backend before events are dropped; default 50, negative is without limit
	Attempts       int           // tries for one call; default 5
	RetryDelay     time.Duration // between tries; default 1.5 s, negative is none

	Client  *http.Client  // default: one that follows no redirect and waits 15 s
	Clock   *simkit.Clock // default: one of its own
	Logger  *slog.Logger  // default: discards
	Observe func(Call)    // called after each call to the backend, from several goroutines
}

// Handover is what the app's install page gives to the page that frames it,
// and what a setup code is exchanged for.
type Handover struct {
	InstallID       string `json:"install_id"`
	LinkSecret      string `json:"link_secret"`
	FreshchatDomain string `json:"freshchat_domain"`
	TopicID         string `json:"topic_id"`
}

// Parameters is the handover as the Marketplace shows it: without the secret.
type Parameters struct {
	InstallID       string
	FreshchatDomain string
	TopicID         string
}

// Stats counts product events since the start.
type Stats struct {
	Forwarded int // the backend took them
	Filtered  int // of no use to the backend, so never sent
	Dropped   int // over the limit of calls
	Failed    int // the backend refused them or did not answer, after all attempts
}

// ErrNoHandover is returned by what needs installation parameters when none
// were handed over.
var ErrNoHandover = errors.New("the setup is not finished")

// Market is the Marketplace as one account sees it. It is safe for concurrent
// use.
type Market struct {
	opt    Options
	app    *App            // the package that runs; nil with the stand-in
	runner *runner         // runs its server.js
	ctx    context.Context // ends what Pass started; held because it outlives every call
	cancel context.CancelFunc
	jobs   sync.WaitGroup

	mu        sync.Mutex
	saved     *Handover // installation parameters
	fresh     bool      // handed over, and Install not yet pressed
	again     bool      // the setup is open although the app is installed
	installed bool
	since     time.Time // when it was installed
	nonces    map[string]struct{}
	refuse    bool   // the platform refuses frames
	problem   string // what the dialog has to say
	queue     []productEvent
	passing   bool
	window    callWindow
	stats     Stats
}

// New returns a Market without an installation; Close ends it.
func New(opt Options) *Market {
	opt.Backend = strings.TrimSuffix(opt.Backend, "/")
	opt.Origin = strings.TrimSuffix(opt.Origin, "/")
	opt.Host = cmp.Or(opt.Host, "acme.freshchat.com")
	opt.Account = cmp.Or(opt.Account, "Acme")
	opt.Region = cmp.Or(opt.Region, "US")
	opt.Home = cmp.Or(opt.Home, Path)
	opt.CallsPerMinute = cmp.Or(opt.CallsPerMinute, 50)
	opt.Attempts = cmp.Or(opt.Attempts, 5)
	opt.RetryDelay = cmp.Or(opt.RetryDelay, 1500*time.Millisecond)
	if opt.Client == nil {
		opt.Client = &http.Client{Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	if opt.Clock == nil {
		opt.Clock = simkit.NewClock()
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}

	m := &Market{opt: opt, nonces: map[string]struct{}{}}
	m.ctx, m.cancel = context.WithCancel(context.Background())

	return m
}

// Close breaks off what Pass started and waits for it.
func (m *Market) Close() {
	m.cancel()
	m.jobs.Wait()

	if m.runner != nil {
		if err := m.runner.close(); err != nil {
			m.opt.Logger.Warn("server.js not ended well", slog.Any("error", err))
		}
	}
}

// Accept saves what the install page handed over, as if it had been posted to
// the page that frames it. Confirm is still to come.
func (m *Market) Accept(h Handover) error {
	if h.InstallID == "" || h.LinkSecret == "" || h.FreshchatDomain == "" || h.TopicID == "" {
		return errors.New("accept handover: install_id, link_secret, freshchat_domain and topic_id must all be there")
	}

	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved, m.fresh, m.problem = &h, true, ""

	return nil
}

// Installed tells whether the app is installed, and since when.
func (m *Market) Installed() (since time.Time, installed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.since, m.installed
}

// Saved returns the installation parameters; false when there are none.
func (m *Market) Saved() (Parameters, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.saved == nil {
		return Parameters{}, false
	}

	return Parameters{m.saved.InstallID, m.saved.FreshchatDomain, m.saved.TopicID}, true
}

// RefuseFrames plays a platform that does not let settings pages frame other
// origins: only the setup code is left.
func (m *Market) RefuseFrames(refuse bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = refuse
}

// Stats returns the counts so far.
func (m *Market) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.stats
}

// handover returns the installation parameters with their secret.
func (m *Market) handover() (Handover, error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.saved == nil {
		return Handover{}, ErrNoHandover
	}

	return *m.saved, nil
}

// say leaves a sentence for the dialog.
func (m *Market) say(problem string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.problem = problem
}
