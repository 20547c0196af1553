package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

func TestStubbornSendsAgainWhatWasNotAcknowledged(t *testing.T) {
	const count = 40

	var requests, dropped atomic.Int64

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// Every fifth loses its connection, and so its answer.
		if requests.Add(1)%5 != 0 {
			return
		}

		dropped.Add(1)
		hangUp(t, w)
	}))
	defer server.Close()

	address := server.Listener.Addr().String()
	plan := Plan{Address: address, Run: 1, Connections: 2, Conversations: 2, Shops: 1, Count: count}

	r, err := Stubborn(t.Context(), plan, func(context.Context) (string, error) { return address, nil }, nil)
	if err != nil {
		t.Fatal(err)
	}

	if r.Sent != count || requests.Load() != count+dropped.Load() || dropped.Load() == 0 {
		t.Errorf("%d were acknowledged in %d requests of which %d were dropped", r.Sent, requests.Load(), dropped.Load())
	}
}

func hangUp(t *testing.T, w http.ResponseWriter) {
	t.Helper()

	h, ok := w.(http.Hijacker)
	if !ok {
		t.Fatal("the connection cannot be had")
	}

	var conn net.Conn

	conn, _, err := h.Hijack()
	if err != nil {
		t.Error(err)

		return
	}

	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestStubbornStops(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()

	stop := make(chan struct{})
	close(stop)

	plan := Plan{Address: server.Listener.Addr().String(), Connections: 1, Conversations: 1, Shops: 1, Count: 10}
	if r, err := Stubborn(t.Context(), plan, nil, stop); err != nil || r.Sent != 0 {
		t.Errorf("sent %d, %v", r.Sent, err)
	}
}

func TestStubbornGivesUpOnAProgramThatDoesNotComeBack(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { hangUp(t, w) }))
	defer server.Close()

	gone := errors.New("gone")
	plan := Plan{Address: server.Listener.Addr().String(), Connections: 1, Conversations: 1, Shops: 1, Count: 10}

	_, err := Stubborn(t.Context(), plan, func(context.Context) (string, error) { return "", gone }, nil)
	if !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}
