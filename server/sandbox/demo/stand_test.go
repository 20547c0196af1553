package demo

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// stand is a world with the demo in front of it.
type stand struct {
	demo    *Demo
	world   *World
	backend *simpleton
	url     string
}

// newStand starts everything on loopback ports.
func newStand(t *testing.T) *stand {
	t.Helper()

	front, tiktok, freshchat := listener(t), listener(t), listener(t)
	b := &simpleton{t: t, tokens: map[string]string{}, users: map[string]string{}, threads: map[string]string{}}
	b.awake = sync.NewCond(&b.mu)
	b.server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.server.Close)

	world, err := Prepare(Addresses{origin(front), origin(tiktok), origin(freshchat), b.server.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.world = world
	d, err := New(Options{World: world, Backend: b})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, front, d.Handler())
	serve(t, tiktok, world.TikTok.Handler())
	serve(t, freshchat, world.Freshchat.Handler())
	go b.work()
	t.Cleanup(func() {
		d.Close()
		world.Close()
		b.mu.Lock()
		b.finished = true
		b.awake.Broadcast()
		b.mu.Unlock()
	})

	return &stand{d, world, b, origin(front)}
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	return l
}

func origin(l net.Listener) string { return "http://" + l.Addr().String() }

func serve(t *testing.T, l net.Listener, h http.Handler) {
	t.Helper()
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	s.Start()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
}

// install plays the admin without a browser.
func (st *stand) install(t *testing.T) {
	t.Helper()
	if code := st.backend.setUp(); code != "GOOD" {
		t.Fatal("no setup code")
	}
	if err := st.world.Market.Exchange(t.Context(), "GOOD"); err != nil {
		t.Fatal(err)
	}
	if err := st.world.Market.Confirm(t.Context()); err != nil {
		t.Fatal(err)
	}
}
