package e2e

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/config"
	"sellerchat/server/run"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// world is both platforms and one backend between them. They live by one
// clock.
type world struct {
	t         testing.TB
	clock     *simkit.Clock
	tiktok    *tiktoksim.Sim
	freshchat *freshchatsim.Sim
	backend   backend
	flags     config.Flags
	// origin is where the backend is reached, ops its private listener, host
	// where Freshchat is.
	origin, ops, host string
	// output is everything that the backend wrote.
	output output

	mu      sync.Mutex
	tenants map[string]*tenant // by app id
	calls   map[string]int     // of both platforms, by path
	heard   map[string]string  // credentials that the platforms were given, with what they are
}

// options say how a world differs from the usual one.
type options struct {
	// process runs the real binary instead of the backend in this process.
	process bool
	// freshchat and tiktok change what the sandboxes are made of.
	freshchat func(*freshchatsim.Options)
	tiktok    func(*tiktoksim.Options)
	flags     func(*config.Flags)
}

// apps are one for the European seller and one for the Asia seller.
var apps = []tiktoksim.App{
	{Market: "uk", AppKey: "e2e0uk7app0key", AppSecret: "e2e0uk7c5d7e9f0a2b4c6d8e0f1a3b5c7d9e1f3a", ServiceID: "7420000000000000001"},
	{Market: "asia", AppKey: "e2e0as7app0key", AppSecret: "e2e0as7d5c3b1a0f2e4d6c8b0a9f7e5d3c1b9a7f", ServiceID: "7420000000000000002"},
}

// newWorld starts everything; the end of the test ends it.
func newWorld(t testing.TB, o options) *world {
	t.Helper()

	address := freeAddress(t)
	w := &world{t: t, clock: simkit.NewClock(), origin: "http://" + address, tenants: map[string]*tenant{}, calls: map[string]int{}, heard: map[string]string{}}

	own := append([]tiktoksim.App(nil), apps...)
	for i, a := range own {
		own[i].RedirectURL = w.origin + "/tiktok/callback/" + a.Market
		own[i].WebhookURL = w.origin + "/webhooks/tiktok/" + a.Market
	}

	tiktok := tiktoksim.Options{Apps: own, Clock: w.clock, Seed: 1, WebhookSchedule: quick, WebhookRepeat: true, WebhookHold: true}
	freshchat := freshchatsim.Options{
		Clock: w.clock, Seed: 2, WebhookSchedule: quick, WebhookRepeat: true, WebhookHold: true,
		OnProductEvent: w.productEvent,
	}

	if o.tiktok != nil {
		o.tiktok(&tiktok)
	}

	if o.freshchat != nil {
		o.freshchat(&freshchat)
	}

	w.tiktok, w.freshchat = tiktoksim.New(tiktok), freshchatsim.New(freshchat)
	t.Cleanup(w.tiktok.Close)
	t.Cleanup(w.freshchat.Close)

	w.configure(address, w.serve(w.tiktok.Handler()), w.serve(w.freshchat.Handler()), own)

	if o.flags != nil {
		o.flags(&w.flags)
	}

	w.backend = &embedded{w: w}
	if o.process {
		w.backend = &process{w: w}
	}

	w.backend.start(t)
	t.Cleanup(func() { w.backend.stop(t) })

	return w
}

// quick is when a sandbox delivers what was not acknowledged again.
var quick = []time.Duration{time.Second}

// configure writes what an operator would. The order window is short and the
// rates are high, so that tests wait for nothing that they are not about.
func (w *world) configure(address, tiktok, freshchat string, own []tiktoksim.App) {
	w.t.Helper()

	var keyset bytes.Buffer
	if run.Main(w.t.Context(), []string{"keys", "new"}, run.Streams{Out: &keyset, Err: &w.output}) != 0 {
		w.t.Fatalf("no keyset: %s", w.output.String())
	}

	type app struct {
		tiktoksim.App

		AuthorizeURL string `json:"authorize_url"`
		RedirectURL  string `json:"redirect_url,omitempty"` // theirs, not ours
		WebhookURL   string `json:"webhook_url,omitempty"`
	}

	list := make([]app, len(own))
	for i, a := range own {
		list[i] = app{App: a, AuthorizeURL: tiktok + "/open/authorize"}
	}

	apps, err := json.Marshal(list)
	if err != nil {
		w.t.Fatal(err)
	}

	dir := w.t.TempDir()
	w.host = strings.TrimPrefix(freshchat, "http://")
	w.ops = freeAddress(w.t)
	w.flags = config.Flags{
		Listen: address, OpsListen: w.ops, PublicURL: w.origin,
		DataDir: dir, Store: "bolt:" + filepath.Join(dir, "sellerchat.db"),
		Keyset: config.Secret(keyset.String()), TikTokApps: config.Secret(apps),
		TikTokAPIURL: tiktok, TikTokAuthURL: tiktok, FreshchatHosts: w.host,
		FreshchatRate: "2000", TikTokRate: "2000", FormRate: "6000", OrderWindow: "50ms", InsecureDev: "1",
	}
}

// productEvent hands what Freshchat tells apps to the account's Marketplace.
func (w *world) productEvent(appID, event string, payload []byte) {
	w.mu.Lock()
	tn := w.tenants[appID]
	w.mu.Unlock()

	if tn == nil || !tn.events.Load() {
		return
	}

	if _, installed := tn.market.Installed(); installed {
		tn.passed.Add(1)
		tn.market.Pass(event, payload)
	}
}

// passing reports whether a Marketplace still has product events to pass on.
func (w *world) passing() bool {
	w.mu.Lock()
	defer w.mu.Unlock()

	for _, tn := range w.tenants {
		s := tn.market.Stats()
		if int64(s.Forwarded+s.Filtered+s.Dropped+s.Failed) < tn.passed.Load() {
			return true
		}
	}

	return false
}

// output keeps what a program writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write is called by several writers at once.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.text.String()
}

// tail is the last lines, for a test that failed.
func (o *output) tail(lines int) string {
	all := strings.Split(strings.TrimSpace(o.String()), "\n")

	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// orderWindow sets how long a message waits for an earlier one.
func orderWindow(wait string) func(*config.Flags) {
	return func(f *config.Flags) { f.OrderWindow = wait }
}
