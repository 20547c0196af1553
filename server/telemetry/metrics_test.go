package telemetry_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/telemetry"
)

// scrape returns what the metrics' page shows.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()

	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))

	if rec.Code != 200 {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}

	return rec.Body.String()
}

func TestMetrics(t *testing.T) {
	m := telemetry.NewMetrics()
	queued := map[bridge.Direction]int{bridge.In: 3}
	m.ObserveQueue(func() map[bridge.Direction]int { return queued })
	m.ObserveStore(func() (file, free int64) { return 32768, 4096 })

	m.Settled(bridge.In, bridge.Delivered, 200*time.Millisecond)
	m.Settled(bridge.In, bridge.Delivered, 3*time.Second)
	m.Settled(bridge.Out, bridge.Failed, time.Second)
	m.Settled(bridge.Note, bridge.Skipped, time.Second)
	m.Settled(bridge.Out, bridge.Queued, time.Second)
	m.Webhook("tiktok", "accepted")
	m.Webhook("tiktok", "accepted")
	m.Webhook("freshchat", "unheard of")

	page := scrape(t, m)
	for _, line := range []string{
		`sellerchat_deliveries_total{direction="in",state="delivered"} 2`,
		`sellerchat_deliveries_total{direction="in",state="uncertain"} 0`,
		`sellerchat_deliveries_total{direction="out",state="failed"} 1`,
		`sellerchat_deliveries_total{direction="out",state="delivered"} 0`,
		`sellerchat_deliveries_total{direction="note",state="skipped"} 1`,
		`sellerchat_delivery_seconds_bucket{direction="in",le="0.25"} 1`,
		`sellerchat_delivery_seconds_count{direction="in"} 2`,
		`sellerchat_delivery_seconds_count{direction="out"} 0`,
		`sellerchat_webhooks_total{outcome="accepted",source="tiktok"} 2`,
		`sellerchat_webhooks_total{outcome="refused",source="tiktok"} 0`,
		`sellerchat_webhooks_total{outcome="unheard of",source="freshchat"} 1`,
		`sellerchat_queue_messages{direction="in"} 3`,
		`sellerchat_queue_messages{direction="out"} 0`,
		`sellerchat_store_bytes 32768`,
		`sellerchat_store_free_bytes 4096`,
		`process_resident_memory_bytes `,
	} {
		if !strings.Contains(page, line) {
			t.Errorf("the page lacks %s", line)
		}
	}

	if strings.Contains(page, `state="queued"`) {
		t.Error("a state that is not final was counted")
	}

	queued = nil
	if strings.Contains(scrape(t, m), "sellerchat_queue_messages{") {
		t.Error("the queue is shown although its length is not known")
	}
}

func TestTwoProgramsInOneProcessDoNotShareMetrics(t *testing.T) {
	first, second := telemetry.NewMetrics(), telemetry.NewMetrics()
	first.Webhook("tiktok", "accepted")

	if line := `sellerchat_webhooks_total{outcome="accepted",source="tiktok"} 0`; !strings.Contains(scrape(t, second), line) {
		t.Errorf("the second lacks %s", line)
	}
}

func TestCountingDoesNotAllocate(t *testing.T) {
	m := telemetry.NewMetrics()

	if n := testing.AllocsPerRun(100, func() {
		m.Webhook("freshchat", "duplicate")
		m.Settled(bridge.Out, bridge.Delivered, time.Second)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
