package tiktoksim

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/simkit"
)

// subscribed is a stand whose app has a default webhook address.
func subscribed(t *testing.T, status func(int) int, change ...func(*Options)) (*stand, *hook) {
	t.Helper()
	st := newStand(t, change...)
	h := newHook(t, &st.app, status)
	st.app.WebhookURL = h.URL
	st.sim.AddApp(st.app)

	return st, h
}

func TestWebhookTellsWhatTheListTells(t *testing.T) {
	st, h := subscribed(t, acks)
	p := st.writes(Message{Content: "hello"})
	d := h.next(t)

	if d.Type != 14 || d.ShopID != st.shop.ID || d.Data["message_id"] != p.MessageID || d.Data["conversation_id"] != p.ConversationID {
		t.Errorf("%+v", d)
	}
	if d.Data["index"] != strconv.FormatUint(p.Index, 10) {
		t.Errorf("index %v, want %d", d.Data["index"], p.Index)
	}
	if n, err := strconv.ParseUint(p.MessageID, 10, 64); err != nil || n < 1<<53 {
		t.Errorf("message id %s must be a number above 2^53", p.MessageID)
	}
}

func TestEchoComesForEverybodyWhoWrites(t *testing.T) {
	st, h := subscribed(t, acks)
	p := st.writes(Message{Content: "hello"})
	var sent struct {
		ID string `json:"message_id"`
	}
	st.sends(p.ConversationID, "by the API").into(t, &sent)
	for _, role := range []string{RoleShop, RoleSystem, RoleRobot} {
		if _, err := st.sim.RoleWrites(p.ConversationID, role, Message{Content: "x", Hidden: role == RoleSystem}); err != nil {
			t.Fatal(err)
		}
	}

	var roles []any
	var visible []any
	for range 5 {
		d := h.next(t)
		sender, _ := d.Data["sender"].(map[string]any)
		roles = append(roles, sender["role"])
		visible = append(visible, d.Data["is_visible"])
		if sender["role"] == RoleAgent && d.Data["message_id"] != sent.ID {
			t.Errorf("the echo carries %v, the answer %s", d.Data["message_id"], sent.ID)
		}
	}
	if d := cmp.Diff([]any{RoleBuyer, RoleAgent, RoleShop, RoleSystem, RoleRobot}, roles); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]any{true, true, true, false, true}, visible); d != "" {
		t.Error(d)
	}
}

func TestSubscriptionsOfAShop(t *testing.T) {
	put := func(st *stand, body string) reply {
		return st.call(request{method: "PUT", path: "/event/202309/webhooks", body: body})
	}
	tests := map[string]struct {
		body string
		code int
	}{
		"https with a domain":        {`{"event_type":"NEW_MESSAGE","address":"https://hooks.example.com/a"}`, 0},
		"loopback for want of other": {`{"event_type":"NEW_MESSAGE","address":"http://127.0.0.1:8080/a"}`, 0},
		"a missing address":          {`{"event_type":"NEW_MESSAGE"}`, 36009004},
		"plain http":                 {`{"event_type":"NEW_MESSAGE","address":"http://hooks.example.com/a"}`, 36009004},
		"a port":                     {`{"event_type":"NEW_MESSAGE","address":"https://hooks.example.com:8443/a"}`, 36009004},
		"an IP address":              {`{"event_type":"NEW_MESSAGE","address":"https://192.0.2.1/a"}`, 36009004},
		"a number for the event":     {`{"event_type":"14","address":"https://hooks.example.com/a"}`, 36009004},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if r := put(newStand(t), tt.body); r.code != tt.code {
				t.Errorf("code %d (%s), want %d", r.code, r.message, tt.code)
			}
		})
	}

	t.Run("the shop's address takes the place of the app's until it is deleted", func(t *testing.T) {
		st, h := subscribed(t, acks)
		own := newHook(t, &st.app, acks)
		if r := put(st, encode(map[string]string{"event_type": "NEW_MESSAGE", "address": own.URL})); r.code != 0 {
			t.Fatal(r.message)
		}
		st.writes(Message{Content: "to the shop's"})
		own.next(t)
		h.nothing(t, st)
		if r := st.call(request{method: "DELETE", path: "/event/202309/webhooks", body: `{"event_type":"NEW_MESSAGE"}`}); r.code != 0 {
			t.Fatal(r.message)
		}
		st.writes(Message{Content: "to the app's"})
		h.next(t)
		own.nothing(t, st)
	})
	t.Run("a shop that is not authorized tells nobody", func(t *testing.T) {
		st, h := subscribed(t, acks)
		if _, err := st.sim.BuyerWrites(st.other.ID, st.buyer.ImUserID, Message{Content: "x"}); err != nil {
			t.Fatal(err)
		}
		h.nothing(t, st)
	})
	t.Run("without the scope no message is told", func(t *testing.T) {
		st, h := subscribed(t, acks)
		_ = st.sim.SetScopes("uk", "open1", ScopeShops)
		st.writes(Message{Content: "x"})
		h.nothing(t, st)
	})
	t.Run("an authorization past its period tells nothing", func(t *testing.T) {
		st, h := subscribed(t, acks)
		st.clock.Advance(366 * 24 * time.Hour)
		st.writes(Message{Content: "x"})
		h.nothing(t, st)
	})
	t.Run("the shop's address may add to the app's", func(t *testing.T) {
		st, h := subscribed(t, acks)
		s := st.sim.Settings()
		s.AppWebhookToo = true
		st.sim.SetSettings(s)
		own := newHook(t, &st.app, acks)
		put(st, encode(map[string]string{"event_type": "NEW_MESSAGE", "address": own.URL}))
		st.writes(Message{Content: "to both"})
		if a, b := own.next(t), h.next(t); a.raw != b.raw {
			t.Errorf("the two differ: %s, %s", a.raw, b.raw)
		}
	})
	t.Run("an authorization that we ended tells nothing", func(t *testing.T) {
		st, h := subscribed(t, acks)
		if r := st.call(request{method: "DELETE", path: "/authorization/202403/shops"}); r.code != 0 {
			t.Fatal(r.message)
		}
		st.writes(Message{Content: "x"})
		h.nothing(t, st)
	})
}

func TestWebhookIsRetriedByTheDocumentedSchedule(t *testing.T) {
	waits := make(chan time.Duration, 10)
	st, h := subscribed(t, func(int) int { return http.StatusNoContent }, func(o *Options) { // 204 is no acknowledgement
		o.WebhookObserve = func(a simkit.Attempt) { waits <- a.Retry }
	})
	st.writes(Message{Content: "x"})

	first := h.next(t)
	for _, want := range []time.Duration{2 * time.Minute, 30 * time.Minute, 3 * time.Hour, 12 * time.Hour} {
		if got := <-waits; got != want {
			t.Fatalf("next attempt in %v, want %v", got, want)
		}
		advanceUntil(t, st.clock, want, h.got, func(d delivered) {
			if d.raw != first.raw {
				t.Errorf("the repetition differs: %s", d.raw)
			}
		})
	}
	if got := <-waits; got != 0 {
		t.Errorf("after the fifth attempt another in %v", got)
	}
}

// advanceUntil moves the clock on by d, again and again in small steps while
// the worker may not yet have set its timer, until something was delivered.
func advanceUntil(t *testing.T, c *simkit.Clock, d time.Duration, got <-chan delivered, see func(delivered)) {
	t.Helper()
	c.Advance(d)
	deadline := time.After(10 * time.Second)
	for {
		select {
		case v := <-got:
			see(v)
			return
		case <-time.After(time.Millisecond):
			c.Advance(d)
		case <-deadline:
			t.Fatal("no repetition came")
		}
	}
}

func TestWebhookHoldsBackAConversation(t *testing.T) {
	refuseFirst := func(nth int) int {
		if nth == 1 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	st, h := subscribed(t, refuseFirst, func(o *Options) {
		o.WebhookHold, o.WebhookRepeat, o.WebhookSchedule = true, true, []time.Duration{time.Millisecond}
	})
	ids := []string{}
	for range 3 {
		ids = append(ids, st.writes(Message{Content: "x"}).MessageID)
	}

	var got []string
	for range 4 {
		id, _ := h.next(t).Data["message_id"].(string)
		got = append(got, id)
	}
	if d := cmp.Diff([]string{ids[0], ids[0], ids[1], ids[2]}, got); d != "" {
		t.Error(d)
	}
}
