package freshchatsim_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
)

func TestControl(t *testing.T) {
	w := newWorld(t)
	account := w.must("POST", "/_sandbox/accounts", object{"domain": "glow.freshchat.com", "name": "Glow"})
	app := "/_sandbox/accounts/" + str(account, "app_id")
	topic := str(w.must("POST", app+"/topics", object{"name": "TikTok"}), "id")
	agent := str(w.must("POST", app+"/agents", object{"first_name": "Ana"}), "id")
	key := str(w.must("POST", app+"/key", object{}), "api_key")
	if key == str(account, "api_key") || len(list(w.must("GET", "/_sandbox/accounts", nil), "accounts")) != 2 {
		t.Error("the key is the old one, or the account is not listed")
	}
	if shown := str(w.must("GET", app+"/public-key", nil), "public_key"); publicKey(t, shown) == nil {
		t.Error("no public key")
	}

	w.key = key
	uid := w.user("buyer-1")
	conv := str(w.must("POST", "/v2/conversations", object{
		"channel_id": topic, "users": []object{{"id": uid}}, "messages": []object{userMessage(uid, "hello")},
	}), "conversation_id")
	chat := "/_sandbox/conversations/" + conv
	media := "/_sandbox/accounts/" + str(account, "app_id") + "/media"
	picture := w.must("POST", media+"?kind=image&name=a.png", string(pixel))
	file := w.must("POST", media+"?kind=file&name=a.pdf", "%PDF-1.4")
	w.must("POST", chat+"/messages", object{"agent_id": agent, "message_parts": parts(textPart("<p>Hi</p>"), picture, file)})
	w.must("POST", chat+"/messages", object{"as": "note", "message_parts": parts(textPart("VIP"))})
	w.must("POST", chat+"/messages", object{"as": "bot", "message_parts": parts(object{"quick_reply_button": object{"label": "Yes"}})})
	w.must("POST", chat+"/resolve", object{})
	if got := str(w.must("POST", chat+"/reopen", object{}), "status"); got != "reopened" {
		t.Errorf("status %s, want reopened", got)
	}
	if got := str(w.must("POST", chat+"/assign", object{"agent_id": agent}), "assigned_agent_id"); got != agent {
		t.Errorf("assigned to %s, want %s", got, agent)
	}

	if d := cmp.Diff([]string{"VIP"}, texts(list(w.must("GET", chat+"/notes", nil), "notes"))); d != "" {
		t.Errorf("notes (-want +got):\n%s", d)
	}
	reply := list(w.must("GET", chat, nil), "messages")[2]
	for i, kind := range []string{"image", "file"} {
		body, _ := list(reply, "message_parts")[i+1][kind].(object)
		if status, _, _ := fetch(t, str(body, "url")); status != 200 {
			t.Errorf("the %s %v answers %d", kind, body, status)
		}
	}
	if n := len(list(w.must("GET", app+"/conversations?topic="+topic, nil), "conversations")); n != 1 {
		t.Errorf("%d conversations, want 1", n)
	}
	for reference, want := range map[string]int{"buyer-1": 1, "buyer-2": 0} {
		if n := len(list(w.must("GET", app+"/conversations?reference="+reference, nil), "conversations")); n != want {
			t.Errorf("%s has %d conversations, want %d", reference, n, want)
		}
	}
	w.must("PUT", app+"/topics/"+topic, object{"enabled": false})
	w.must("DELETE", app+"/topics/"+topic, nil)
	if n := len(list(w.must("GET", "/v2/channels", nil), "channels")); n != 0 {
		t.Errorf("%d topics after the removal, want none", n)
	}
}

func TestControlRefuses(t *testing.T) {
	w := newWorld(t)
	conv := w.conversation(w.user("buyer-1"), "hello")
	app, chat := "/_sandbox/accounts/"+appID, "/_sandbox/conversations/"+conv
	tests := []struct {
		name, method, path string
		body               any
		want               int
	}{
		{"an unknown account", "GET", "/_sandbox/accounts/x", nil, 404},
		{"an account without a domain", "POST", "/_sandbox/accounts", object{}, 400},
		{"a domain that is taken", "POST", "/_sandbox/accounts", object{"domain": "ACME.freshchat.com"}, 409},
		{"an unknown field", "POST", app + "/topics", object{"colour": "red"}, 400},
		{"a topic's id that is taken", "POST", app + "/topics", object{"id": topicID}, 409},
		{"an agent's id that is taken", "POST", app + "/agents", object{"id": agentID}, 409},
		{"an unknown topic", "DELETE", app + "/topics/x", nil, 404},
		{"an unknown topic's conversations", "GET", app + "/conversations?topic=x", nil, 404},
		{"an unknown setting", "PUT", app + "/behavior", object{"path_ids": "roman"}, 400},
		{"a malformed webhook address", "PUT", app + "/webhook", object{"url": "x"}, 400},
		{"media of no kind", "POST", app + "/media?name=a", "data", 400},
		{"media without a name", "POST", app + "/media?kind=file", "data", 400},
		{"an unknown conversation", "GET", "/_sandbox/conversations/x", nil, 404},
		{"a message of nobody known", "POST", chat + "/messages", object{"as": "ghost", "message_parts": parts(textPart("x"))}, 400},
		{"a message without parts", "POST", chat + "/messages", object{}, 400},
		{"an unknown agent", "POST", chat + "/resolve", object{"agent_id": "x"}, 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out := w.call(tt.method, tt.path, tt.body)
			if status != tt.want || str(out, "message") == "" {
				t.Errorf("status %d %v, want %d with a message", status, out, tt.want)
			}
		})
	}
}

func TestControlIsDocumented(t *testing.T) {
	w := newWorld(t)
	out := w.must("GET", "/_sandbox/", nil)
	if len(list(out, "control")) != len(freshchatsim.ControlDocs()) || len(list(out, "faults")) != len(freshchatsim.FaultDocs()) {
		t.Error("the served lists are not the documented ones")
	}
	for _, f := range freshchatsim.FaultDocs() {
		if f.Name == "" || !strings.HasSuffix(f.Help, ".") {
			t.Errorf("fault %+v lacks a name or a sentence", f)
		}
	}
	for _, path := range []string{"/_sandbox/faults", "/_sandbox/clock", "/_sandbox/ledger", "/_sandbox/outbox"} {
		if status, _ := w.call("GET", path, nil); status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
	}
}

func TestUnknownThingsMatchErrNotFound(t *testing.T) {
	w := newWorld(t)
	_, account := w.sim.Account("x")
	_, conversation := w.sim.Conversation("x")
	_, user := w.sim.User(appID, "x")
	for _, err := range []error{account, conversation, user, w.sim.RemoveTopic(appID, "x")} {
		if !errors.Is(err, freshchatsim.ErrNotFound) {
			t.Errorf("%v does not match ErrNotFound", err)
		}
	}
}
