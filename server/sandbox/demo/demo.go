package demo

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Backend is the backend's process, which the demo may kill and start again.
type Backend interface {
	Kill() error   // at once, as a power cut would
	Start() error  // returns when it answers
	State() string // BackendRunning, or words for people
}

// BackendRunning is the State of a backend that works.
const BackendRunning = "running"

// Options configures a Demo.
type Options struct {
	World   *World       // required
	Backend Backend      // nil: it cannot be killed from here
	Logger  *slog.Logger // default: discards
}

// Demo is the shop window. It is safe for concurrent use.
type Demo struct {
	*World

	backend Backend
	log     *slog.Logger
	done    chan struct{} // closed by Close

	mu      sync.Mutex
	closed  bool
	read    map[string]int // by Freshchat conversation: buyer's messages that an agent has seen
	drills  map[string]*drillState
	sent    sentByApp
	problem string // for a visitor without scripts
}

// sentByApp remembers which messages on TikTok came through its API.
type sentByApp struct {
	seq uint64 // of the ledger, read so far
	ids map[string]bool
}

// New returns a Demo of a prepared world.
func New(opt Options) (*Demo, error) {
	if opt.World == nil {
		return nil, errors.New("demo: a world is needed")
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}

	return &Demo{
		World: opt.World, backend: opt.Backend, log: opt.Logger, done: make(chan struct{}),
		read: map[string]int{}, drills: map[string]*drillState{}, sent: sentByApp{ids: map[string]bool{}},
	}, nil
}

// Close ends the streams of visitors, so that a server can shut down. The
// world stays.
func (d *Demo) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()

	if !d.closed {
		d.closed = true
		close(d.done)
	}
}

// Trace adds something that the backend did to what the page shows.
func (d *Demo) Trace(e Event) { d.Journal.Trace(e) }

// Handler serves the demo and, below marketplace.Path, the Marketplace. Its
// server must not limit the time of writing: one answer is a stream.
func (d *Demo) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.showPage)
	mux.HandleFunc("GET /live", d.stream)
	mux.HandleFunc("GET "+installPath, d.showInstall)
	mux.HandleFunc("POST /buyer", d.post(d.buyerWrites))
	mux.HandleFunc("POST /agent", d.post(d.agentWrites))
	mux.HandleFunc("POST /agent/state", d.post(d.agentChanges))
	mux.HandleFunc("POST /break", d.post(d.breakSomething))
	mux.HandleFunc("GET /assets/{name}", serveAsset)
	mux.Handle("/marketplace/", d.Market.Handler())

	return d.canonical(http.NewCrossOriginProtection().Handler(mux))
}

// canonical leads a visitor who came by another name of this machine to the
// origin that the install page knows: it may be framed from there only.
func (d *Demo) canonical(next http.Handler) http.Handler {
	_, host, _ := strings.Cut(d.at.Demo, "//")
	ip, port, _ := strings.Cut(host, ":")

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && ip == "127.0.0.1" && r.Host == "localhost:"+port {
			http.Redirect(w, r, d.at.Demo+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *Demo) now() time.Time { return d.Clock.Now() }

// running tells whether the backend works, as far as the demo can know.
func (d *Demo) running() bool { return d.backend == nil || d.backend.State() == BackendRunning }
