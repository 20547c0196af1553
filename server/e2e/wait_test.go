package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// patience is how long anything may take that should take a second or two: the
// machine may be busy with other tests.
const patience = 45 * time.Second

// glance is how often a condition is looked at that no ledger announces.
const glance = 20 * time.Millisecond

// until returns once the condition holds. It looks when a ledger has grown and
// a few times a second beside.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	w.within(patience, what, holds)
}

func (w *world) within(limit time.Duration, what string, holds func() bool) {
	w.t.Helper()

	tiktok, stopTikTok := w.tiktok.Ledger().Watch()
	defer stopTikTok()

	freshchat, stopFreshchat := w.freshchat.Ledger().Watch()
	defer stopFreshchat()

	deadline, tick := time.NewTimer(limit), time.NewTicker(glance)
	defer deadline.Stop()
	defer tick.Stop()

	for !holds() {
		select {
		case <-tiktok:
		case <-freshchat:
		case <-tick.C:
		case <-deadline.C:
			w.t.Fatalf("waited %s in vain: %s\n%s\nthe backend's last lines:\n%s", limit, what, w.ledgers(), w.output.tail(25))
		}
	}
}

// ledgers is what the platforms saw last and what waits, for a test that failed.
func (w *world) ledgers() string {
	var b strings.Builder

	for name, list := range map[string]interface{ Len() uint64 }{"tiktok": w.tiktok.Ledger(), "freshchat": w.freshchat.Ledger()} {
		fmt.Fprintf(&b, "%s has %d entries\n", name, list.Len())
	}

	for line := range strings.Lines(w.metrics()) {
		if strings.HasPrefix(line, "sellerchat_queue_messages") {
			b.WriteString(line)
		}
	}

	for _, e := range last(w.tiktok.Ledger().Snapshot(), 12) {
		fmt.Fprintf(&b, "tiktok    %-16s %s %q %s\n", e.Kind, e.Conversation, e.Text, e.Parts)
	}

	for _, e := range last(w.freshchat.Ledger().Snapshot(), 12) {
		fmt.Fprintf(&b, "freshchat %-16s %s %q note=%t\n", e.Kind, e.Conversation, e.Text, e.Note)
	}

	return b.String()
}

func last[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

// quiet waits until no webhook is under way and nothing is left in a lane that
// may move.
func (w *world) quiet() {
	w.t.Helper()
	w.until("nothing is under way any more", func() bool {
		return w.tiktok.Outbox().Stats().Pending == 0 && w.freshchat.Outbox().Stats().Pending == 0 &&
			!w.passing() && w.queued() == 0
	})
}

// queued counts what is in the lanes, by the metrics that an operator sees.
func (w *world) queued() int {
	sum := 0.0

	for line := range strings.Lines(w.metrics()) {
		if !strings.HasPrefix(line, "sellerchat_queue_messages") {
			continue
		}

		var n float64
		if _, err := fmt.Sscan(line[strings.LastIndexByte(strings.TrimSpace(line), ' ')+1:], &n); err == nil {
			sum += n
		}
	}

	return int(sum)
}

// metrics is the operator's page, empty while the backend is down.
func (w *world) metrics() string {
	res, err := http.Get("http://" + w.ops + "/metrics")
	if err != nil {
		return ""
	}
	defer res.Body.Close()

	text, err := io.ReadAll(bufio.NewReader(res.Body))
	if err != nil {
		return ""
	}

	return string(text)
}

// serve plays a platform at an address of its own and counts what it is asked,
// by path.
func (w *world) serve(h http.Handler) string {
	w.t.Helper()

	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.calls[r.URL.Path]++
		w.hear(r)
		w.mu.Unlock()

		h.ServeHTTP(rw, r)
	}))
	w.t.Cleanup(s.Close)

	return s.URL
}

// called is how often a path of a platform was asked for.
func (w *world) called(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()

	return w.calls[path]
}

// restart ends the backend in order and starts it again on the same store.
func (w *world) restart() {
	w.t.Helper()
	w.backend.stop(w.t)
	w.backend.start(w.t)
}
