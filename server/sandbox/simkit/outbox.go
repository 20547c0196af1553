package simkit

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Delivery is one webhook on its way to a subscriber.
type Delivery struct {
	ID      string      // for the log and for Attempt
	URL     string      // where it is posted
	Key     string      // ordering key, usually the conversation; empty is a lane of its own
	Subject string      // shop or account, for faults with Only
	Header  http.Header // sent as it is; must not be changed afterwards
	Body    []byte      // posted as it is; must not be changed afterwards
}

// Attempt is what one POST of a delivery came to.
type Attempt struct {
	Delivery Delivery
	Number   int           // 1 for the first
	Status   int           // HTTP status; 0 when there was no answer
	Err      error         // why there was no answer
	Acked    bool          // the subscriber took it
	Retry    time.Duration // when it will be tried again; 0 when it will not
}

// OutboxOptions configures an Outbox. Zero values are the defaults given
// with the fields.
type OutboxOptions struct {
	Clock    *Clock                // required
	Faults   *Faults               // required; must know OutboxFaults
	Logger   *slog.Logger          // default: discards
	Client   *http.Client          // default: one that keeps connections and follows no redirect
	Schedule []time.Duration       // waits before the second, third … attempt; default TikTokSchedule
	Repeat   bool                  // go on with the last wait of Schedule until acknowledged, instead of giving up
	Timeout  time.Duration         // real time for one attempt; default 3 s
	Hold     bool                  // an unacknowledged delivery holds back the later ones of its key until it is acknowledged or given up
	Acked    func(status int) bool // default: only 200
	Observe  func(Attempt)         // called after each attempt, from several goroutines
}

// outboxWorkers is how many attempts are under way at once.
const outboxWorkers = 64

// TikTokSchedule is the documented waits between TikTok's attempts.
func TikTokSchedule() []time.Duration {
	return []time.Duration{2 * time.Minute, 30 * time.Minute, 3 * time.Hour, 12 * time.Hour}
}

// OutboxStats counts since the start.
type OutboxStats struct {
	Pending   int `json:"pending"`   // accepted and neither acknowledged nor given up, copies included
	Attempts  int `json:"attempts"`  // POSTs
	Delivered int `json:"delivered"` // acknowledged, copies included
	GivenUp   int `json:"given_up"`  // schedule exhausted
	Dropped   int `json:"dropped"`   // never sent, by webhook_drop
}

// Outbox delivers webhooks. Deliveries of one key and URL are posted one
// after the other, in the order of Send, unless a fault says otherwise; what
// was not acknowledged is tried again by the schedule on the sandbox's clock.
type Outbox struct {
	opt    OutboxOptions
	ctx    context.Context // ends attempts on Close; held because workers outlive every call
	cancel context.CancelFunc

	mu     sync.Mutex
	lanes  map[laneKey]*lane
	policy Policy
	ready  []*lane
	active int
	closed bool
	stats  OutboxStats
	quiet  *sync.Cond // Pending or active fell to zero
}

// NewOutbox returns an outbox without goroutines: workers come with work.
func NewOutbox(opt OutboxOptions) *Outbox {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if len(opt.Schedule) == 0 {
		opt.Schedule = TikTokSchedule()
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 3 * time.Second
	}
	if opt.Acked == nil {
		opt.Acked = func(status int) bool { return status == http.StatusOK }
	}
	if opt.Client == nil {
		opt.Client = webhookClient()
	}

	o := &Outbox{opt: opt, lanes: map[laneKey]*lane{}, policy: Policy{opt.Schedule, opt.Repeat, opt.Hold}}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	o.quiet = sync.NewCond(&o.mu)

	return o
}

// webhookClient keeps a connection per worker and takes a redirect for an
// answer that is not an acknowledgement.
func webhookClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConns: outboxWorkers * 2, MaxIdleConnsPerHost: outboxWorkers, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Stats returns the counts so far.
func (o *Outbox) Stats() OutboxStats {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.stats
}

// WaitEmpty blocks until nothing is pending, or until ctx is done, whose
// error it then returns.
func (o *Outbox) WaitEmpty(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.quiet.Broadcast()
	})()

	o.mu.Lock()
	defer o.mu.Unlock()

	for o.stats.Pending > 0 && ctx.Err() == nil {
		o.quiet.Wait()
	}
	if o.stats.Pending > 0 {
		return ctx.Err()
	}

	return nil
}

// Close breaks off running attempts, forgets what is pending and waits for
// the workers.
func (o *Outbox) Close() {
	o.cancel()

	o.mu.Lock()
	o.closed = true
	o.ready = nil
	clear(o.lanes)
	o.stats.Pending = 0
	for o.active > 0 {
		o.quiet.Wait()
	}
	o.quiet.Broadcast()
	o.mu.Unlock()

	o.opt.Client.CloseIdleConnections()
}
