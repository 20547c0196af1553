package yardstick

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sellerchat/server/bench/load"
	"sellerchat/server/bench/sink"
)

const testConversations = 16

func TestLimitAnswersOnlyWhatTheAppSigned(t *testing.T) {
	h, err := Limit(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}

	body := []byte(`{"type":14,"data":{"message_id":"1"}}`)

	rec := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, load.Path, bytes.NewReader(body))
	req.Header.Set("Authorization", "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05")
	h.ServeHTTP(rec, req)

	if rec.Code != http.StatusUnauthorized {
		t.Errorf("status %d for a foreign signature", rec.Code)
	}
}

func TestLimitTakesTheLoad(t *testing.T) {
	h, err := Limit(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}

	server := httptest.NewServer(h)
	defer server.Close()

	r, err := load.Closed(t.Context(), load.Plan{
		Address: server.Listener.Addr().String(), Run: 1, Connections: 4,
		Conversations: testConversations, Shops: 2, Count: 200,
	})
	if err != nil {
		t.Fatal(err)
	}

	if r.Sent != 200 || len(r.Latencies) != 200 || r.Rate <= 0 {
		t.Errorf("sent %d with %d latencies at %v/s", r.Sent, len(r.Latencies), r.Rate)
	}
}

func TestPipelineCarriesEverythingOnceAndInOrder(t *testing.T) {
	s, err := sink.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	h, err := Pipeline(t.Context(), t.TempDir(), "http://"+s.Addr())
	if err != nil {
		t.Fatal(err)
	}

	server := httptest.NewServer(h)
	defer server.Close()

	plan := load.Plan{
		Address: server.Listener.Addr().String(), Run: 1, Connections: 4,
		Conversations: testConversations, Shops: 2, During: 200 * time.Millisecond,
	}
	watch := s.Watch(plan.Run, load.Messages(plan, 1000), testConversations)

	r, err := load.Open(t.Context(), plan, 1000)
	if err != nil {
		t.Fatal(err)
	}

	select {
	case <-watch.Done():
	case <-time.After(10 * time.Second):
	}

	if got := watch.Report(); got.Delivered != 200 || got.Faults() != 0 || r.Sent != 200 {
		t.Errorf("sent %d, delivered %d, %d faults", r.Sent, got.Delivered, got.Faults())
	}
}

func TestProbeTimesEveryPage(t *testing.T) {
	took, err := Probe(t.TempDir(), 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}

	if len(took) == 0 || took[0] <= 0 {
		t.Errorf("times %v", took)
	}
}
