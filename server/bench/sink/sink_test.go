package sink

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bench/load"
)

func open(t *testing.T) *Sink {
	t.Helper()

	s, err := Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})

	return s
}

// call calls the sink through the standard client, which is what the product
// uses.
func call(t *testing.T, s *Sink, method, path, body string) map[string]any {
	t.Helper()

	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()

	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status %d, %v: %s", method, path, resp.StatusCode, err, raw)
	}

	return answer
}

func TestSinkAnswersTheCallsOfARelay(t *testing.T) {
	s := open(t)

	tests := map[string]struct {
		method, path string
		holds        string
	}{
		"nobody has the reference yet":   {http.MethodGet, "/v2/users?reference_id=a", "users"},
		"a user gets an id":              {http.MethodPost, "/v2/users", "id"},
		"a conversation gets an id":      {http.MethodPost, "/v2/conversations", "conversation_id"},
		"its first message is in it":     {http.MethodPost, "/v2/conversations", "messages"},
		"a message gets an id":           {http.MethodPost, "/v2/conversations/c1/messages", "id"},
		"a buyer takes part in the chat": {http.MethodGet, "/customer_service/202601/conversations/7", "data"},
		"a token is refreshed":           {http.MethodGet, "/api/v2/token/refresh?x=y", "data"},
		"anything else succeeds":         {http.MethodPut, "/event/202309/webhooks", "data"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if answer := call(t, s, test.method, test.path, `{"a":"b"}`); answer[test.holds] == nil {
				t.Errorf("no %s in %v", test.holds, answer)
			}
		})
	}
}

func TestSinkGivesEveryMessageItsOwnID(t *testing.T) {
	s := open(t)
	seen := map[any]bool{}

	for range 50 {
		id := call(t, s, http.MethodPost, "/v2/conversations/c/messages", "{}")["id"]
		if seen[id] {
			t.Fatalf("%v was given twice", id)
		}

		seen[id] = true
	}
}

func TestSinkTellsRunsApart(t *testing.T) {
	s := open(t)
	ours, others := s.Watch(7, 1, 1), s.Watch(8, 1, 1)
	text := string(load.AppendMark(nil, load.Message{Run: 7, Place: 1}))

	call(t, s, http.MethodPost, "/v2/conversations", `{"messages":[{"message_parts":[{"text":{"content":"`+text+` hello"}}]}]}`)

	if got := ours.Report(); got.Delivered != 1 || got.Faults() != 0 {
		t.Errorf("our run: %+v", got)
	}

	if got := others.Report(); got.Delivered != 0 {
		t.Errorf("the other run: %+v", got)
	}
}

func TestSinkHoldsItsAnswers(t *testing.T) {
	s := open(t)
	release := s.Hold()
	answered := make(chan error, 1)

	go func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Addr()+"/v2/users", strings.NewReader("{}"))
		if err != nil {
			answered <- err

			return
		}

		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			err = resp.Body.Close()
		}
		answered <- err
	}()

	select {
	case err := <-answered:
		t.Fatalf("answered while held: %v", err)
	case <-time.After(20 * time.Millisecond):
	}

	release()

	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

func TestABusySinkTakesNothing(t *testing.T) {
	s := open(t)
	watch := s.Watch(1, 1, 1)
	post := func() *http.Response {
		t.Helper()

		body := strings.NewReader(string(load.AppendMark(nil, load.Message{Run: 1, Place: 1})))

		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Addr()+"/v2/conversations/c/messages", body)
		if err != nil {
			t.Fatal(err)
		}

		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}

		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}

		return resp
	}

	release := s.Busy(20 * time.Second)

	resp := post()
	if wait := resp.Header.Get("Retry-After"); resp.StatusCode != http.StatusTooManyRequests || wait != "20" {
		t.Errorf("status %d with Retry-After %q, want 429 with 20", resp.StatusCode, wait)
	}

	if got := watch.Report().Delivered; got != 0 {
		t.Errorf("%d messages were taken", got)
	}

	release()

	if resp := post(); resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards the status is %d", resp.StatusCode)
	}

	<-watch.Begun()
}
