package marketplace

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/simkit"
)

func TestEventsAreFiltered(t *testing.T) {
	rows := map[string]struct {
		file, event, path string
		want              Stats
	}{
		"an agent's text is passed on":         {"onMessageCreate.agent-text.json", "onMessageCreate", "/events/message", Stats{Forwarded: 1}},
		"an agent's picture too":               {"onMessageCreate.agent-image-file.json", "onMessageCreate", "/events/message", Stats{Forwarded: 1}},
		"a private note is not":                {"onMessageCreate.private-note.json", "onMessageCreate", "", Stats{Filtered: 1}},
		"what a user wrote is not":             {"onMessageCreate.user-echo.json", "onMessageCreate", "", Stats{Filtered: 1}},
		"a resolved conversation is passed on": {"onConversationUpdate.resolved.json", "onConversationUpdate", "/events/conversation", Stats{Forwarded: 1}},
		"an unknown event is not":              {"onConversationUpdate.resolved.json", "onSomethingElse", "", Stats{Filtered: 1}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			payload, err := os.ReadFile("testdata/" + row.file)
			if err != nil {
				t.Fatal(err)
			}
			b := newBackend(t, says(200, `{"status":"ok"}`))
			m := installed(t, b)

			if err := m.Event(t.Context(), row.event, payload); err != nil {
				t.Fatal(err)
			}
			if got := m.Stats(); got != row.want {
				t.Errorf("stats %+v, want %+v", got, row.want)
			}
			calls := b.seen()[1:]
			if row.path == "" {
				if len(calls) > 0 {
					t.Errorf("called %s", calls[0].path)
				}
				return
			}
			if len(calls) != 1 || calls[0].path != row.path {
				t.Fatalf("calls %+v", calls)
			}

			var sent, platform map[string]any
			if json.Unmarshal(calls[0].body, &sent) != nil || json.Unmarshal(payload, &platform) != nil {
				t.Fatal("not JSON")
			}
			want := map[string]any{"event": row.event, "timestamp": platform["timestamp"], "data": platform["data"]}
			if diff := cmp.Diff(want, sent); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallsOfAMinuteAreLimited(t *testing.T) {
	payload, err := os.ReadFile("testdata/onMessageCreate.agent-text.json")
	if err != nil {
		t.Fatal(err)
	}
	clock := simkit.NewClock()
	b := newBackend(t, says(200, "{}"))
	m := installed(t, b, func(o *Options) { o.CallsPerMinute, o.Clock = 2, clock })

	for range 3 {
		if err := m.Event(t.Context(), "onMessageCreate", payload); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := m.Stats(), (Stats{Forwarded: 2, Dropped: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}

	clock.Advance(time.Minute)
	if err := m.Event(t.Context(), "onMessageCreate", payload); err != nil {
		t.Fatal(err)
	}
	if got := m.Stats().Forwarded; got != 3 {
		t.Errorf("forwarded %d after a minute", got)
	}
}

func TestPassKeepsTheOrder(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := installed(t, b)

	const n = 20
	for i := range n {
		m.Pass("onMessageCreate", fmt.Appendf(nil,
			`{"timestamp":%d,"data":{"message":{"messages":[{"actor_type":"agent","message_type":"normal"}]}}}`, 100+i))
	}
	m.jobs.Wait()

	calls := b.seen()[1:]
	if len(calls) != n {
		t.Fatalf("%d events came through, want %d", len(calls), n)
	}
	for i, c := range calls {
		if !strings.Contains(string(c.body), fmt.Sprintf(`"timestamp":%d`, 100+i)) {
			t.Errorf("event %d is %s", i, c.body)
		}
	}
}

func TestPassIsSilentWithoutAnInstallation(t *testing.T) {
	b := newBackend(t, says(200, "{}"))
	m := newMarket(t, b)
	m.Pass("onMessageCreate", []byte("{}"))
	m.jobs.Wait()
	if len(b.seen()) > 0 {
		t.Error("an app that is not installed was called")
	}
}
