package simkit

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// subscriber is a webhook receiver that answers by a script.
type subscriber struct {
	*httptest.Server

	mu     sync.Mutex
	got    []string
	status func(body string, nth int) int
	seen   chan struct{}
}

func newSubscriber(t *testing.T, status func(body string, nth int) int) *subscriber {
	s := &subscriber{status: status, seen: make(chan struct{}, 10_000)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)

		s.mu.Lock()
		s.got = append(s.got, string(b))
		nth := 0
		for _, g := range s.got {
			if g == string(b) {
				nth++
			}
		}
		s.mu.Unlock()

		w.WriteHeader(s.status(string(b), nth))
		s.seen <- struct{}{}
	}))
	t.Cleanup(s.Close)

	return s
}

func always(status int) func(string, int) int { return func(string, int) int { return status } }

func (s *subscriber) await(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-s.seen:
		case <-time.After(10 * time.Second):
			t.Fatalf("waited for %d more webhooks, have %v", n, s.received())
		}
	}
}

func (s *subscriber) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return append([]string(nil), s.got...)
}

func newTestOutbox(t *testing.T, opt OutboxOptions) (*Outbox, *Clock, *Faults) {
	opt.Clock = NewClock()
	opt.Faults = NewFaults(1, OutboxFaults()...)
	o := NewOutbox(opt)
	t.Cleanup(o.Close)

	return o, opt.Clock, opt.Faults
}

func send(o *Outbox, url, key string, bodies ...string) {
	for _, b := range bodies {
		o.Send(Delivery{ID: b, URL: url, Key: key, Subject: "shop1", Body: []byte(b)})
	}
}

func waitEmpty(t *testing.T, o *Outbox) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := o.WaitEmpty(ctx); err != nil {
		t.Fatalf("wait for the outbox: %v; %+v", err, o.Stats())
	}
}

func TestOutboxDeliversOneConversationInOrder(t *testing.T) {
	s := newSubscriber(t, always(200))
	o, _, _ := newTestOutbox(t, OutboxOptions{})

	send(o, s.URL, "c1", "1", "2", "3", "4", "5")
	waitEmpty(t, o)

	if d := cmp.Diff([]string{"1", "2", "3", "4", "5"}, s.received()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(OutboxStats{Attempts: 5, Delivered: 5}, o.Stats()); d != "" {
		t.Error(d)
	}
}

func TestOutboxRetriesByTheScheduleAndGivesUp(t *testing.T) {
	s := newSubscriber(t, always(503))
	retries := make(chan time.Duration, 10)
	o, clock, _ := newTestOutbox(t, OutboxOptions{Observe: func(a Attempt) { retries <- a.Retry }})

	send(o, s.URL, "c1", "m")
	for _, want := range append(TikTokSchedule(), 0) {
		s.await(t, 1)
		if got := <-retries; got != want {
			t.Fatalf("next attempt in %v, want %v", got, want)
		}
		settled(o)
		clock.Advance(want - time.Second)
		if got := len(s.seen); got != 0 {
			t.Fatalf("tried again before %v had passed", want)
		}
		clock.Advance(2 * time.Second)
	}
	waitEmpty(t, o)

	if d := cmp.Diff(OutboxStats{Attempts: 5, GivenUp: 1}, o.Stats()); d != "" {
		t.Error(d)
	}
}

// settled returns once no worker is between an attempt and its consequences.
func settled(o *Outbox) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.active > 0 {
		o.quiet.Wait()
	}
}

func TestOutboxHoldsBackAConversation(t *testing.T) {
	refuseFirst := func(body string, nth int) int {
		if body == "1" && nth == 1 {
			return 500
		}
		return 200
	}
	tests := map[string]struct {
		hold bool
		want []string
	}{
		"with hold the later one waits for the earlier one": {true, []string{"1", "1", "2"}},
		"without hold the later one overtakes":              {false, []string{"1", "2", "1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSubscriber(t, refuseFirst)
			o, clock, _ := newTestOutbox(t, OutboxOptions{Hold: tt.hold, Schedule: []time.Duration{time.Hour}, Repeat: true})

			send(o, s.URL, "c1", "1", "2")
			send(o, s.URL, "c2", "other")
			settled(o)
			clock.Advance(time.Hour)
			waitEmpty(t, o)

			var got []string
			for _, b := range s.received() {
				if b != "other" {
					got = append(got, b)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if n := o.Stats().Delivered; n != 3 {
				t.Errorf("%d delivered, want 3", n)
			}
		})
	}
}

func TestOutboxFaults(t *testing.T) {
	tests := map[string]struct {
		fault string
		set   Fault
		want  []string
		then  time.Duration // clock moved on after the first wave
	}{
		"a dropped webhook never comes":                        {FaultWebhookDrop, Fault{Rate: 1, Remaining: 1}, []string{"2", "3"}, 0},
		"a repeated webhook comes a second time later":         {FaultWebhookDuplicate, Fault{Rate: 1, Remaining: 1, Delay: time.Minute}, []string{"1", "2", "3", "1"}, time.Minute},
		"a reordered webhook follows its successor":            {FaultWebhookReorder, Fault{Rate: 1, Remaining: 1, Delay: time.Minute}, []string{"2", "1", "3"}, 0},
		"a late webhook is overtaken by all":                   {FaultWebhookLate, Fault{Rate: 1, Remaining: 1, Delay: time.Minute}, []string{"2", "3", "1"}, time.Minute},
		"a reordered webhook without a successor comes anyway": {FaultWebhookReorder, Fault{Rate: 1, Delay: time.Minute}, []string{"2", "1", "3"}, time.Minute},
		"a fault for another shop does nothing":                {FaultWebhookDrop, Fault{Rate: 1, Only: "shop2"}, []string{"1", "2", "3"}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSubscriber(t, always(200))
			o, clock, faults := newTestOutbox(t, OutboxOptions{})
			if err := faults.Set(tt.fault, tt.set); err != nil {
				t.Fatal(err)
			}

			send(o, s.URL, "c1", "1", "2", "3")
			settled(o)
			clock.Advance(tt.then)
			waitEmpty(t, o)

			if d := cmp.Diff(tt.want, s.received()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOutboxCloseBreaksOffWhatIsUnderWay(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer srv.Close()
	defer close(release)

	o, _, _ := newTestOutbox(t, OutboxOptions{Timeout: time.Hour})
	send(o, srv.URL, "c1", "1", "2")
	<-arrived
	o.Close()
	send(o, srv.URL, "c1", "3")

	if n := o.Stats().Pending; n != 0 {
		t.Errorf("%d pending after Close, want 0", n)
	}
}

func TestOutboxControl(t *testing.T) {
	o, _, _ := newTestOutbox(t, OutboxOptions{})
	mux := http.NewServeMux()
	o.Mount(mux)

	rows := []struct {
		name, method, body string
		status             int
		want               string
	}{
		{"the documented policy at first", "GET", "", 200, `"policy":{"schedule_ms":[120000,1800000,10800000,43200000],"repeat":false,"hold":false}`},
		{"no wait at all is refused", "PUT", `{"schedule_ms":[]}`, 400, "schedule_ms"},
		{"a wait of nothing is refused", "PUT", `{"schedule_ms":[0]}`, 400, "schedule_ms"},
		{"what is left out stays", "PUT", `{"hold":true}`, 200, `43200000],"repeat":false,"hold":true}`},
		{"a new schedule", "PUT", `{"schedule_ms":[1000],"repeat":true}`, 200, `{"schedule_ms":[1000],"repeat":true,"hold":true}`},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(tt.method, "/_sandbox/outbox", strings.NewReader(tt.body)))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%d %s, want %d with %s", w.Code, w.Body, tt.status, tt.want)
			}
		})
	}
}

// TestOutboxLosesNothing throws everything at once at an outbox that goes on
// until acknowledged: each webhook must arrive, and with Hold and without the
// faults that reorder, first arrivals of a conversation must be in order.
func TestOutboxLosesNothing(t *testing.T) {
	tests := map[string]struct {
		hold    bool
		faults  []string
		ordered bool
	}{
		"holding, with repetitions and refusals":        {true, []string{FaultWebhookDuplicate}, true},
		"holding, with everything":                      {true, []string{FaultWebhookDuplicate, FaultWebhookReorder, FaultWebhookLate}, false},
		"without holding, with everything and refusals": {false, []string{FaultWebhookDuplicate, FaultWebhookReorder, FaultWebhookLate}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			const keys, each = 20, 50
			s := newSubscriber(t, func(body string, nth int) int {
				if nth == 1 && len(body)%3 == 0 {
					return 500
				}
				return 200
			})
			o, _, faults := newTestOutbox(t, OutboxOptions{Hold: tt.hold, Schedule: []time.Duration{time.Millisecond}, Repeat: true})
			for _, f := range tt.faults {
				if err := faults.Set(f, Fault{Rate: 0.2, Delay: time.Millisecond}); err != nil {
					t.Fatal(err)
				}
			}

			for i := range each {
				for k := range keys {
					key := strconv.Itoa(k)
					send(o, s.URL, key, key+":"+strings.Repeat("x", i))
				}
			}
			waitEmpty(t, o)

			next := map[string]int{}
			seen := map[string]bool{}
			for _, body := range s.received() {
				if seen[body] {
					continue
				}
				seen[body] = true
				key, xs, _ := strings.Cut(body, ":")
				if tt.ordered && next[key] != len(xs) {
					t.Fatalf("conversation %s: number %d came before %d", key, len(xs), next[key])
				}
				next[key]++
			}
			if len(seen) != keys*each {
				t.Errorf("%d of %d arrived", len(seen), keys*each)
			}
		})
	}
}
