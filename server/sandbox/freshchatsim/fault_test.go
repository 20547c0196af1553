package freshchatsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

func TestFaultsOfASend(t *testing.T) {
	type want struct {
		status int  // 0: no answer
		posted bool // the message stands in the conversation
		sample string
		body   string
		header map[string]string
	}
	tests := []struct {
		name, fault string
		set         simkit.Fault
		want        want
	}{
		{"the connection is cut before the work", freshchatsim.FaultUnreachable, simkit.Fault{}, want{}},
		{"a temporary error before the work", freshchatsim.FaultServerError, simkit.Fault{}, want{status: 503, sample: "error_503"}},
		{"another temporary error before the work", freshchatsim.FaultServerError, simkit.Fault{Value: "500"}, want{status: 500, body: "INTERNAL_SERVER_ERROR"}},
		{"the answer is lost after the work", freshchatsim.FaultAnswerLost, simkit.Fault{}, want{posted: true}},
		{"an error after the work", freshchatsim.FaultErrorAfterWork, simkit.Fault{}, want{status: 500, posted: true}},
		{"a class cast that lies", freshchatsim.FaultClassCast, simkit.Fault{}, want{status: 400, posted: true, body: "cannot be cast"}},
		{"a success that lies", freshchatsim.FaultErrorMessage, simkit.Fault{}, want{status: 200, body: `"error_message":"The message`}},
		{"a slow start", freshchatsim.FaultSlow, simkit.Fault{Delay: time.Millisecond}, want{status: 200, posted: true}},
		{"a slow answer", freshchatsim.FaultSlowAnswer, simkit.Fault{Delay: time.Millisecond}, want{status: 200, posted: true}},
		{"too many calls", freshchatsim.FaultRateLimited, simkit.Fault{Delay: 7 * time.Second}, want{status: 429, sample: "error_429", header: map[string]string{"Retry-After": "7", "X-RateLimit-Remaining": "0"}}},
		{"a revoked key", freshchatsim.FaultKeyRevoked, simkit.Fault{}, want{status: 401, sample: "error_401"}},
		{"a missing scope", freshchatsim.FaultScopeMissing, simkit.Fault{}, want{status: 403, sample: "error_403"}},
		{"a page instead of JSON", freshchatsim.FaultHTMLError, simkit.Fault{Value: "200"}, want{status: 200, body: "<html>", header: map[string]string{"Content-Type": "text/html; charset=utf-8"}}},
		{"not the latest conversation", freshchatsim.FaultNotLatest, simkit.Fault{}, want{status: 400, body: "is not the latest conversation of the user"}},
		{"a fault for another account", freshchatsim.FaultServerError, simkit.Fault{Only: "another"}, want{status: 200, posted: true}},
		{"a fault for this operation", freshchatsim.FaultServerError, simkit.Fault{Only: "message_create"}, want{status: 503}},
		{"a fault for this account", freshchatsim.FaultServerError, simkit.Fault{Only: appID}, want{status: 503}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			uid := w.user("buyer-1")
			conv := w.conversation(uid, "one")
			messages := "/v2/conversations/" + conv + "/messages"
			tt.set.Remaining = 1
			w.fault(tt.fault, tt.set)

			r := w.request("POST", messages, userMessage(uid, "two"))
			r.GetBody = nil // so that the transport does not send it again by itself
			status, raw, header := answerOf(r)
			if status != tt.want.status || !strings.Contains(raw, tt.want.body) {
				t.Errorf("status %d %s, want %d with %q", status, raw, tt.want.status, tt.want.body)
			}
			for k, v := range tt.want.header {
				if header.Get(k) != v {
					t.Errorf("header %s is %q, want %q", k, header.Get(k), v)
				}
			}
			if tt.want.sample != "" {
				if d := cmp.Diff(string(encode(t, sample(t, "api/"+tt.want.sample+".json"))), canonical(t, raw)); d != "" {
					t.Errorf("answer (-sample +got):\n%s", d)
				}
			}

			w.sim.Faults().ClearAll()
			want := []string{"one"}
			if tt.want.posted {
				want = []string{"two", "one"}
			}
			if d := cmp.Diff(want, texts(list(w.must("GET", messages, nil), "messages"))); d != "" {
				t.Errorf("messages (-want +got):\n%s", d)
			}
			if n := w.sim.Ledger().Len(); n != uint64(len(want)) {
				t.Errorf("%d entries in the ledger, want %d", n, len(want))
			}
		})
	}
}

func TestConversationMayOpenWithARejectedMessage(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	w.fault(freshchatsim.FaultErrorMessage, simkit.Fault{Remaining: 1})
	out := w.must("POST", "/v2/conversations", object{
		"channel_id": topicID, "users": []object{{"id": uid}}, "messages": []object{userMessage(uid, "hello")},
	})
	first := list(out, "messages")[0]
	if str(first, "error_message") == "" || str(first, "id") != "" || str(out, "conversation_id") == "" {
		t.Errorf("answer %v", out)
	}
	if w.sim.Ledger().Len() != 0 {
		t.Error("the rejected message stands in the ledger")
	}
}

func TestOtherEnvelopeAndEmptyAnswer(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	w.fault(freshchatsim.FaultOtherEnvelope, simkit.Fault{})
	w.fault(freshchatsim.FaultEmptyAnswer, simkit.Fault{})

	resp, raw := w.send("PUT", "/v2/users/"+uid, object{"first_name": "Mei"})
	if resp.StatusCode != 200 || len(raw) != 0 {
		t.Errorf("an update answers %d %q, want 200 and nothing", resp.StatusCode, raw)
	}
	if got, err := w.sim.User(appID, uid); err != nil || got.FirstName != "Mei" {
		t.Errorf("the update was not made: %v %v", got, err)
	}
	w.key = "unknown"
	_, out := w.call("GET", "/v2/channels", nil)
	if d := cmp.Diff(sample(t, "api/error_401_other_envelope.json"), out); d != "" {
		t.Errorf("answer (-sample +got):\n%s", d)
	}
}

func TestAttachmentsMayComeLate(t *testing.T) {
	w := newWorld(t)
	rc := w.subscribe()
	conv := w.conversation(w.user("buyer-1"), "hello")
	w.fault(freshchatsim.FaultAttachmentLate, simkit.Fault{Value: "2", Only: conv})
	if _, err := w.sim.AgentReplies(conv, "", freshchatsim.Image("https://fc.example/i.png"), freshchatsim.File("a.pdf", "https://fc.example/a.pdf", "application/pdf", 7)); err != nil {
		t.Fatal(err)
	}
	w.settle()

	urls := func(m object) string {
		var out []string
		for _, p := range list(m, "message_parts") {
			for _, body := range p {
				b, _ := body.(object)
				if str(b, "url") == "" && str(b, "fileHash") == "" {
					t.Errorf("an attachment without address and hash: %v", p)
				}
				out = append(out, str(b, "url"))
			}
		}
		return strings.Join(out, " ")
	}
	got := rc.deliveries()
	data, _ := got[len(got)-1].body["data"].(object)
	message, _ := data["message"].(object)
	seen := []string{urls(message)}
	for range 3 {
		seen = append(seen, urls(list(w.must("GET", "/v2/conversations/"+conv+"/messages", nil), "messages")[0]))
	}
	if d := cmp.Diff([]string{" ", " ", " ", "https://fc.example/i.png https://fc.example/a.pdf"}, seen); d != "" {
		t.Errorf("addresses in the webhook and in three readings (-want +got):\n%s", d)
	}
}

func TestCallsPerMinute(t *testing.T) {
	w := newWorld(t)
	if err := w.sim.SetBehavior(appID, freshchatsim.Behavior{CallsPerMinute: 2}); err != nil {
		t.Fatal(err)
	}
	var statuses []int
	var left []string
	for i := range 4 {
		if i == 3 {
			w.sim.Clock().Advance(time.Minute)
		}
		resp, _ := w.send("GET", "/v2/channels", nil)
		statuses = append(statuses, resp.StatusCode)
		left = append(left, resp.Header.Get("X-RateLimit-Remaining"))
		if limited := resp.StatusCode == 429; limited != (resp.Header.Get("Retry-After") != "") {
			t.Errorf("status %d with Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
	}
	if d := cmp.Diff([]int{200, 200, 429, 200}, statuses); d != "" {
		t.Errorf("statuses (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"1", "0", "0", "1"}, left); d != "" {
		t.Errorf("remaining (-want +got):\n%s", d)
	}
}

// answerOf sends r once; without an answer the status is 0.
func answerOf(r *http.Request) (int, string, http.Header) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, "", nil
	}

	return resp.StatusCode, string(raw), resp.Header
}

// canonical writes JSON as encode does.
func canonical(t *testing.T, raw string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		t.Fatal(err)
	}

	return string(encode(t, v))
}
