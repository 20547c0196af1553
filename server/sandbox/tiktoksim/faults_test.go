package tiktoksim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"sellerchat/server/sandbox/simkit"
)

func TestFaultsOfASend(t *testing.T) {
	tests := map[string]struct {
		fault    string
		set      simkit.Fault
		status   int // 0: no answer
		code     int
		accepted int
	}{
		"unreachable does nothing":                    {FaultUnreachable, simkit.Fault{}, 0, 0, 0},
		"temporary does nothing":                      {FaultTemporary, simkit.Fault{}, 500, 36009003, 0},
		"temporary with the chat's own code":          {FaultTemporary, simkit.Fault{Value: "45101001"}, 200, 45101001, 0},
		"temporary with a bare status":                {FaultTemporary, simkit.Fault{Value: "503"}, 503, 0, 0},
		"a lost answer leaves the message":            {FaultAnswerLost, simkit.Fault{}, 0, 0, 1},
		"an error after the work leaves the message":  {FaultErrorAfterWork, simkit.Fault{}, 500, 36009003, 1},
		"a rate limit names the wait":                 {FaultRateLimited, simkit.Fault{Value: "7"}, 429, 36009002, 0},
		"the quota is reached":                        {FaultQuota, simkit.Fault{}, 429, 45101004, 0},
		"an expired token":                            {FaultTokenExpired, simkit.Fault{}, 401, 105002, 0},
		"a refused signature":                         {FaultSignature, simkit.Fault{}, 401, 106001, 0},
		"a deactivated shop":                          {FaultShopDeactivated, simkit.Fault{}, 401, 36009043, 0},
		"sensitive content":                           {FaultSensitive, simkit.Fault{}, 200, 45101006, 0},
		"a conversation rule":                         {FaultConversationRule, simkit.Fault{}, 200, 45109001, 0},
		"a fault of this endpoint only":               {FaultTemporary, simkit.Fault{Only: "send_message"}, 500, 36009003, 0},
		"a fault of another endpoint does not strike": {FaultTemporary, simkit.Fault{Only: "list_messages"}, 200, 0, 1},
		"a fault of another shop does not strike":     {FaultTemporary, simkit.Fault{Only: "7495000000000000201"}, 200, 0, 1},
		"a fault of this shop strikes":                {FaultAnswerLost, simkit.Fault{Only: "7495000000000000101"}, 0, 0, 1},
		"a card fault leaves text alone":              {FaultCardRefused, simkit.Fault{}, 200, 0, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			p := st.writes(Message{Content: "hello"})
			st.fault(tt.fault, tt.set)
			r := st.sends(p.ConversationID, "reply")
			if (r.err != nil) != (tt.status == 0) || r.status != tt.status || r.code != tt.code {
				t.Errorf("HTTP %d, code %d, %v, want HTTP %d, code %d", r.status, r.code, r.err, tt.status, tt.code)
			}
			if n := len(st.accepted()); n != tt.accepted {
				t.Errorf("%d accepted, want %d", n, tt.accepted)
			}
			if tt.fault == FaultRateLimited && r.header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
			}
		})
	}
}

func TestRefusalsMayComeWith200(t *testing.T) {
	st := newStand(t)
	st.fault(FaultErrorsAs200, simkit.Fault{})
	_ = st.sim.ExpireAccessToken("uk", "open1")
	if r := st.sends("1", "x"); r.status != 200 || r.code != 105002 {
		t.Errorf("HTTP %d, code %d", r.status, r.code)
	}
}

func TestEchoMayComeBeforeTheAnswer(t *testing.T) {
	st, h := subscribed(t, acks)
	p := st.writes(Message{Content: "hello"})
	h.next(t)
	st.fault(FaultEchoFirst, simkit.Fault{Delay: time.Hour})

	answered := make(chan reply, 1)
	go func() { answered <- st.sends(p.ConversationID, "reply") }()
	d := h.next(t)
	select {
	case <-answered:
		t.Fatal("the answer came first")
	default:
	}
	release(st, answered, func(r reply) {
		var sent struct {
			ID string `json:"message_id"`
		}
		r.into(t, &sent)
		if sent.ID != d.Data["message_id"] {
			t.Errorf("answer %s, echo %v", sent.ID, d.Data["message_id"])
		}
	})
}

// release moves the clock on until the held-back answer comes.
func release(st *stand, answered <-chan reply, see func(reply)) {
	st.Helper()
	deadline := time.After(10 * time.Second)
	for {
		st.clock.Advance(time.Hour)
		select {
		case r := <-answered:
			see(r)
			return
		case <-time.After(time.Millisecond):
		case <-deadline:
			st.Fatal("no answer came")
		}
	}
}

func TestSlowAnswerOutlivesItsCaller(t *testing.T) {
	st := newStand(t)
	p := st.writes(Message{Content: "hello"})
	st.fault(FaultSlowAnswer, simkit.Fault{Delay: time.Hour})

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r := st.call(request{
		method: "POST", path: messagesPath(p.ConversationID), body: sendBody(TypeText, map[string]any{"content": "reply"}),
		spoil: func(r *http.Request) { *r = *r.WithContext(ctx) },
	})
	if !errors.Is(r.err, context.DeadlineExceeded) {
		t.Fatalf("got %+v", r)
	}
	if n := len(st.accepted()); n != 1 {
		t.Errorf("%d accepted, want 1", n)
	}
}

func TestTokenServiceFaults(t *testing.T) {
	st := newStand(t)
	first := st.authorize("uk", "open1")
	q := url.Values{
		"app_key": {"key1"}, "app_secret": {"secret1"}, "refresh_token": {first.RefreshToken}, "grant_type": {"refresh_token"},
	}
	get := func() (*http.Response, error) { return http.Get(st.url + "/api/v2/token/refresh?" + q.Encode()) }

	st.fault(FaultTokenService, simkit.Fault{Remaining: 1})
	resp, err := get()
	if err != nil || resp.StatusCode != 503 {
		t.Fatalf("down: %v %v", resp, err)
	}
	resp.Body.Close()
	st.fault(FaultTokenAnswerLost, simkit.Fault{Remaining: 1})
	if resp, err := get(); err == nil {
		resp.Body.Close()
		t.Fatal("the answer was not lost")
	}
	if _, e := st.token("refresh", "uk", q); e.Code != 36004004 {
		t.Errorf("the refresh token was not spent: %+v", e)
	}
}

func TestGoneMedia(t *testing.T) {
	st := newStand(t)
	st.fault(FaultMediaGone, simkit.Fault{})
	st.writes(Message{Type: TypeImage})
	st.sim.mu.Lock()
	var url string
	for _, m := range st.sim.media {
		url = m.url
	}
	st.sim.mu.Unlock()
	if status, _ := fetch(t, url); status != http.StatusForbidden {
		t.Errorf("HTTP %d", status)
	}
}
