package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/oklog/ulid/v2"

	"sellerchat/server/auth"
	"sellerchat/server/blob"
	"sellerchat/server/bridge"
	"sellerchat/server/config"
	"sellerchat/server/dial"
	"sellerchat/server/freshchat"
	"sellerchat/server/install"
	"sellerchat/server/relay"
	"sellerchat/server/store/boltstore"
	"sellerchat/server/telemetry"
	"sellerchat/server/tiktok"
	"sellerchat/server/web"
)

// The bounds within which the program stops: requests first, then workers,
// then the store.
const (
	stopRequests = 10 * time.Second
	stopWorkers  = 20 * time.Second
)

// callTimeout bounds any one call to a platform; the use cases set shorter
// ones.
const callTimeout = 30 * time.Second

// uploadTimeout bounds one that brings a file: 25 MB take so long over two
// megabits a second.
const uploadTimeout = 2 * time.Minute

// systemClock is the one clock of the program; whatever tells the time is given
// it.
var systemClock bridge.Clock = time.Now

// Backend is the whole program, opened and listening but not yet answering.
type Backend struct {
	log     *slog.Logger
	store   *boltstore.Store
	relay   *relay.Relay
	install *install.Service
	sweeper *blob.Sweeper
	ready   *telemetry.Readiness
	public  *http.Server
	private *http.Server

	publicListener  net.Listener
	privateListener net.Listener
}

// Open checks the configuration, opens the store and both listeners, and wires
// everything. Run must follow. A wrong configuration is a config.Faults.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (*Backend, error) {
	return OpenAt(ctx, c, log, systemClock)
}

// OpenAt is Open with another clock than the machine's, for tests of what
// takes an hour or a month.
func OpenAt(ctx context.Context, c config.Config, log *slog.Logger, clock bridge.Clock) (*Backend, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}

	b := &Backend{log: log, ready: &telemetry.Readiness{}}

	var err error
	if b.store, err = boltstore.Open(ctx, boltstore.Options{Path: c.Store.Path, Clock: clock, Logger: log}); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}

	if err := b.wire(c, clock); err != nil {
		return nil, errors.Join(err, b.store.Close())
	}

	if err := b.listen(ctx, c); err != nil {
		return nil, errors.Join(err, b.store.Close())
	}

	return b, nil
}

func (b *Backend) wire(c config.Config, clock bridge.Clock) error {
	keyset, err := auth.ParseKeyset(c.Keyset.Reveal())
	if err != nil {
		return fmt.Errorf("read SELLERCHAT_KEYSET: %w", err)
	}

	sealer, err := auth.NewSealer(keyset)
	if err != nil {
		return fmt.Errorf("open keyset: %w", err)
	}

	tokens, err := auth.NewTokens(keyset, clock)
	if err != nil {
		return fmt.Errorf("derive signing keys: %w", err)
	}

	out := dial.NewTransport(dial.Options{AllowLoopback: c.InsecureDev})

	tt, fc, err := clients(c, out, b.log, clock)
	if err != nil {
		return err
	}

	blobs, err := blob.OpenFolder(mediaFolder(c), clock)
	if err != nil {
		return fmt.Errorf("open SELLERCHAT_DATA_DIR: %w", err)
	}

	b.sweeper = &blob.Sweeper{Blobs: blobs, Index: b.store, Clock: clock, Log: b.log}
	random := auth.NewRandom(nil)
	metrics := b.metrics()

	b.relay = relay.New(relay.Options{
		Store: b.store, TikTok: tt, Freshchat: fc, Vault: sealer, Observer: metrics,
		Clock: clock, Logger: b.log,
		Blobs: blobs, Fetcher: dial.NewFetcher(out),
		NewMediaToken: func() bridge.MediaToken { return bridge.MediaToken(random.ID()) },
		MediaURL:      mediaURL(c),
		OrderWindow:   c.OrderWindow, FreshchatRate: c.FreshchatRate, TikTokRate: c.TikTokRate,
	})
	b.install = install.New(install.Options{
		Store: b.store, TikTok: tt, Freshchat: fc, Vault: sealer,
		Secrets:   secretsPort{random},
		NewID:     func() bridge.InstallationID { return bridge.InstallationID("ins_" + ulid.Make().String()) },
		PublicURL: c.PublicURL, Clock: clock, Logger: b.log,
	})

	site, err := web.New(web.Options{
		Relay: b.relay, Install: b.install, Tokens: tokens, Random: random,
		Ready: b.ready, Logger: b.log, Clock: clock,
		PublicURL: c.PublicURL, FrameAncestors: c.FrameAncestors,
		FormRate: c.FormRate, TrustedProxies: c.TrustedProxies,
	})
	if err != nil {
		return fmt.Errorf("wire pages: %w", err)
	}

	b.public, b.private = server(site, b.log), server(web.Operations(metrics.Handler(), b.ready, b.relay), b.log)

	return nil
}

// mediaURL tells the public address of our copy of a file.
func mediaURL(c config.Config) func(bridge.MediaToken) string {
	return func(t bridge.MediaToken) string { return c.PublicURL + web.MediaPrefix + string(t) }
}

// mediaFolder is where our copies of files are.
func mediaFolder(c config.Config) string { return filepath.Join(c.DataDir, "media") }

func clients(c config.Config, transport *dial.Transport, log *slog.Logger, clock bridge.Clock) (*tiktok.Client, freshchatPort, error) {
	out, uploads := dial.NewClient(transport, callTimeout), dial.NewClient(transport, uploadTimeout)

	apps := make([]tiktok.App, len(c.TikTokApps))
	for i, a := range c.TikTokApps {
		apps[i] = tiktok.App{
			Market: a.Market, AppKey: a.Key, AppSecret: a.Secret.Reveal(),
			ServiceID: a.ServiceID, AuthorizeURL: a.AuthorizeURL,
		}
	}

	tt, err := tiktok.New(tiktok.Options{
		Apps: apps, APIURL: c.TikTokAPIURL, AuthURL: c.TikTokAuthURL,
		HTTP: out, Uploads: uploads, Clock: clock, Logger: log,
	})
	if err != nil {
		return nil, freshchatPort{}, fmt.Errorf("wire tiktok client: %w", err)
	}

	hosts, err := freshchat.ParseHosts(c.FreshchatHosts)
	if err != nil {
		return nil, freshchatPort{}, fmt.Errorf("read SELLERCHAT_FRESHCHAT_HOSTS: %w", err)
	}

	fc := freshchat.New(freshchat.Options{
		Hosts: hosts, HTTP: out, Uploads: uploads,
		Clock: clock, Logger: log, Insecure: c.InsecureDev,
	})

	return tt, freshchatPort{fc, hosts}, nil
}

// server has the time limits of a public listener; bodies are small and
// answers quick.
func server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func (b *Backend) listen(ctx context.Context, c config.Config) error {
	var (
		lc  net.ListenConfig
		err error
	)

	if b.publicListener, err = lc.Listen(ctx, "tcp", c.Listen); err != nil {
		return fmt.Errorf("open SELLERCHAT_LISTEN: %w", err)
	}

	if b.privateListener, err = lc.Listen(ctx, "tcp", c.OpsListen); err != nil {
		return errors.Join(fmt.Errorf("open SELLERCHAT_OPS_LISTEN: %w", err), b.publicListener.Close())
	}

	return nil
}

// metrics show, beside what happens, what the store holds.
func (b *Backend) metrics() *telemetry.Metrics {
	m := telemetry.NewMetrics()
	m.ObserveQueue(b.queued)
	m.ObserveStore(b.store.Size)

	return m
}

// queued counts what is in the lanes, for the metrics.
func (b *Backend) queued() map[bridge.Direction]int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()

	stats, err := b.store.Stats(ctx)
	if err != nil {
		b.log.WarnContext(ctx, "queue not counted", slog.Any("error", err))
	}

	return stats.Queued
}

// Addr is the address of the public listener.
func (b *Backend) Addr() string { return b.publicListener.Addr().String() }

// OpsAddr is the address of the private listener.
func (b *Backend) OpsAddr() string { return b.privateListener.Addr().String() }

// Run serves until the context ends, then stops in order: no new requests,
// the workers, the store. A worker that dies turns readiness red and leaves
// the rest running.
func (b *Backend) Run(ctx context.Context) error {
	workers := telemetry.NewSupervisor(ctx, b.log)
	b.ready.Add("store", func(context.Context) error { return b.store.Err() })
	b.ready.Add("workers", func(context.Context) error { return workers.Err() })

	workers.Start("memory", (&memory{free: debug.FreeOSMemory, trim: b.store.Trim, clock: systemClock}).tend)
	workers.Start("relay", b.relay.Run)
	workers.Start("upkeep", b.relay.Upkeep)
	workers.Start("reconcile", b.relay.Reconcile)
	workers.Start("tend", b.install.Tend)
	workers.Start("media", b.sweeper.Run)

	failed := make(chan error, 2)
	serve := func(s *http.Server, l net.Listener) {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
	}

	go serve(b.public, b.publicListener)
	go serve(b.private, b.privateListener)

	b.log.InfoContext(ctx, "serving", slog.String("listen", b.Addr()), slog.String("ops_listen", b.OpsAddr()))

	var cause error

	select {
	case <-ctx.Done():
	case cause = <-failed:
	}

	return errors.Join(cause, b.stop(context.WithoutCancel(ctx), workers))
}

func (b *Backend) stop(ctx context.Context, workers *telemetry.Supervisor) error {
	b.ready.Stopping()
	b.log.InfoContext(ctx, "stopping")

	requests, cancel := context.WithTimeout(ctx, stopRequests)
	defer cancel()

	errs := []error{b.public.Shutdown(requests)}

	late, cancel := context.WithTimeout(ctx, stopWorkers)
	defer cancel()

	errs = append(errs, workers.Stop(late), b.private.Close(), b.store.Close())

	return errors.Join(errs...)
}
