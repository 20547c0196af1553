package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/marketplace"
	"sellerchat/server/sandbox/simkit"
)

// reply is what a program is answered.
type reply struct {
	status int
	body   string
	header http.Header
}

// message is what a refusal says.
func (r reply) message() string {
	var said struct {
		Message string `json:"message"`
	}

	if json.Unmarshal([]byte(r.body), &said) != nil {
		return ""
	}

	return said.Message
}

// send posts a body as it is, with headers in pairs.
func (w *world) send(t testing.TB, path, body string, header ...string) reply {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	req.Header.Set("Content-Type", "application/json")

	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}

	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
	defer res.Body.Close()

	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}

	return reply{res.StatusCode, string(text), res.Header}
}

// call does what server.js does: it signs the body for the event and posts it.
func (tn *tenant) call(t testing.TB, path, event string, body any, overrides ...marketplace.Override) reply {
	t.Helper()

	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}

	return tn.w.send(t, path, string(text), "Authorization", "Bearer "+tn.market.Sign(event, text, overrides...))
}

// lifecycle is the body of a set-up event at a time.
func (tn *tenant) lifecycle(event string, at time.Time) map[string]any {
	return map[string]any{"event": event, "timestamp": at.UnixMilli(), "host": "acme.freshchat.com", "region": "US"}
}

// strike switches a fault on.
func strike(t testing.TB, f *simkit.Faults, name string, v simkit.Fault) {
	t.Helper()

	if err := f.Set(name, v); err != nil {
		t.Fatal(err)
	}
}

// onceOf strikes as often as said, and always until then.
func onceOf(times int) simkit.Fault { return simkit.Fault{Rate: 1, Remaining: times} }

// always strikes until it is switched off.
var always = simkit.Fault{Rate: 1}

// hits is how often a fault struck.
func hits(f *simkit.Faults, name string) int {
	for _, s := range f.States() {
		if s.Name == name {
			return s.Hits
		}
	}

	return 0
}
