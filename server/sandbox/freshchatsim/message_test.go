package freshchatsim_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

func texts(messages []object) []string {
	var out []string
	for _, m := range messages {
		for _, p := range list(m, "message_parts") {
			text, _ := p["text"].(object)
			out = append(out, str(text, "content"))
		}
	}

	return out
}

func TestMessagesComeNewestFirstInPages(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "m0")
	messages := "/v2/conversations/" + conv + "/messages"
	for i := range 6 {
		w.sim.Clock().Advance(time.Second)
		w.must("POST", messages, userMessage(uid, fmt.Sprint("m", i+1)))
	}

	var got []string
	for page := 1; ; page++ {
		out := list(w.must("GET", fmt.Sprintf("%s?page=%d&items_per_page=3", messages, page), nil), "messages")
		if len(out) == 0 {
			break
		}
		got = append(got, texts(out)...)
	}
	if d := cmp.Diff([]string{"m6", "m5", "m4", "m3", "m2", "m1", "m0"}, got); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}

	all := list(w.must("GET", messages+"?items_per_page=50", nil), "messages")
	since := url.QueryEscape(str(all[2], "created_time"))
	if d := cmp.Diff([]string{"m6", "m5", "m4"}, texts(list(w.must("GET", messages+"?from_time="+since, nil), "messages"))); d != "" {
		t.Errorf("messages from a time on, that time included (-want +got):\n%s", d)
	}
}

func TestWhoWritesIsKept(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "hello")
	messages := "/v2/conversations/" + conv + "/messages"
	w.must("POST", messages, object{"actor_type": "bot", "message_type": "private", "message_parts": parts(textPart("a note of the bot"))})
	w.must("POST", messages, object{"actor_type": "agent", "actor_id": agentID, "message_type": "private", "message_parts": parts(textPart("a note of the agent"))})
	w.must("POST", messages, object{"actor_type": "system", "message_parts": parts(textPart("."))})
	if _, err := w.sim.AgentNotes(conv, agentID, freshchatsim.Text("her own note")); err != nil {
		t.Fatal(err)
	}

	got, err := w.sim.Conversation(conv)
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, m := range got.Notes() {
		notes = append(notes, m.ActorType+"/"+m.Source+": "+m.Text())
	}
	if d := cmp.Diff([]string{"bot/api: a note of the bot", "agent/api: a note of the agent", "agent/web: her own note"}, notes); d != "" {
		t.Errorf("notes (-want +got):\n%s", d)
	}
	if len(got.Chat()) != 2 || got.Status != "new" {
		t.Errorf("%d messages for the user and status %s, want 2 and new", len(got.Chat()), got.Status)
	}

	var kinds []string
	for _, e := range w.sim.Ledger().Snapshot() {
		kinds = append(kinds, fmt.Sprint(e.Kind, " ", e.Author, " ", e.Note))
	}
	want := []string{
		"user_message buyer-1 false", "bot_message  true", "agent_message " + agentID + " true", "system_message  false",
		"agent_message " + agentID + " true",
	}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Errorf("ledger (-want +got):\n%s", d)
	}

	if err := w.sim.SetBehavior(appID, freshchatsim.Behavior{RefuseBots: true}); err != nil {
		t.Fatal(err)
	}
	if status, _ := w.call("POST", messages, object{"actor_type": "bot", "message_parts": parts(textPart("x"))}); status != 400 {
		t.Errorf("a bot where bots are refused: status %d, want 400", status)
	}
}

func TestResolvedConversations(t *testing.T) {
	tests := []struct {
		name     string
		behavior freshchatsim.Behavior
		newer    bool // the user has a newer conversation
		want     int
		status   string
	}{
		{"a user's message reopens silently", freshchatsim.Behavior{}, false, 200, "reopened"},
		{"an account may refuse", freshchatsim.Behavior{RefuseResolved: true}, false, 400, "resolved"},
		{"an older conversation is refused", freshchatsim.Behavior{}, true, 400, "resolved"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.sim.SetBehavior(appID, tt.behavior); err != nil {
				t.Fatal(err)
			}
			uid := w.user("buyer-1")
			conv := w.conversation(uid, "hello")
			if err := w.sim.Resolve(conv, ""); err != nil {
				t.Fatal(err)
			}
			if tt.newer {
				w.conversation(uid, "again")
			}

			status, out := w.call("POST", "/v2/conversations/"+conv+"/messages", userMessage(uid, "back"))
			if status != tt.want {
				t.Fatalf("status %d %v, want %d", status, out, tt.want)
			}
			if status == 400 && str(out, "message") != conv+" is not the latest conversation of the user" {
				t.Errorf("message %q", str(out, "message"))
			}
			if got := str(w.must("GET", "/v2/conversations/"+conv, nil), "status"); got != tt.status {
				t.Errorf("then it is %s, want %s", got, tt.status)
			}
		})
	}
}

func TestConversationIDsInPaths(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "hello")
	number := fmt.Sprintf("%.0f", w.must("GET", "/v2/conversations/"+conv, nil)["conversation_internal_id"])

	tests := []struct {
		setting      string
		uuid, number int
	}{{"", 200, 404}, {"numeric", 404, 200}, {"both", 200, 200}}
	for _, tt := range tests {
		if err := w.sim.SetBehavior(appID, freshchatsim.Behavior{PathIDs: tt.setting}); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]int{conv: tt.uuid, number: tt.number} {
			if status, _ := w.call("POST", "/v2/conversations/"+id+"/messages", userMessage(uid, "x")); status != want {
				t.Errorf("with %q the id %s answers %d, want %d", tt.setting, id, status, want)
			}
		}
	}
	if err := w.sim.SetBehavior(appID, freshchatsim.Behavior{PathIDs: "roman"}); err == nil {
		t.Error("an unknown setting is taken")
	}
}

func TestUpdatesLeadThroughTheStates(t *testing.T) {
	w := newWorld(t)
	conv := w.conversation(w.user("buyer-1"), "hello")
	path := "/v2/conversations/" + conv

	steps := []struct {
		body          object
		status, agent string
	}{
		{object{"assigned_agent_id": agentID}, "assigned", agentID},
		{object{"status": "resolved"}, "resolved", agentID},
		{object{"status": "reopened"}, "reopened", ""},
		{object{"status": "assigned", "assigned_agent_id": agentID}, "assigned", agentID},
		{object{"assigned_agent_id": ""}, "new", ""},
		{object{"properties": object{"priority": "High"}}, "new", ""},
	}
	for _, s := range steps {
		out := w.must("PUT", path, s.body)
		if str(out, "status") != s.status || str(out, "assigned_agent_id") != s.agent {
			t.Errorf("%v leads to %s with agent %q, want %s with %q", s.body, str(out, "status"), str(out, "assigned_agent_id"), s.status, s.agent)
		}
	}
	if p, _ := w.must("GET", path, nil)["properties"].(object); p["priority"] != "High" {
		t.Errorf("properties %v", p)
	}
}

func TestTopicsHoldTheirConversations(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	a, b := w.conversation(uid, "one"), w.conversation(uid, "two")
	got, err := w.sim.Conversations(appID, topicID)
	if err != nil || len(got) != 2 || got[0].ID != a || got[1].ID != b {
		t.Fatalf("conversations %v, %v", got, err)
	}

	if err := w.sim.EnableTopic(appID, topicID, false); err != nil {
		t.Fatal(err)
	}
	w.must("POST", "/v2/conversations/"+a+"/messages", userMessage(uid, "goes on"))
	if status, _ := w.call("POST", "/v2/conversations", object{
		"channel_id": topicID, "users": []object{{"id": uid}}, "messages": []object{userMessage(uid, "x")},
	}); status != 400 {
		t.Errorf("a new conversation in a topic switched off: status %d, want 400", status)
	}
}

func TestLedgerCountsEveryAcceptance(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "one")
	for range 2 {
		w.must("POST", "/v2/conversations/"+conv+"/messages", userMessage(uid, "twice"))
	}

	var got []simkit.Entry
	for _, e := range w.sim.Ledger().Snapshot() {
		if e.MessageID == "" {
			t.Error("an entry without its message")
		}
		got = append(got, simkit.Entry{Kind: e.Kind, Account: e.Account, Conversation: e.Conversation, Author: e.Author, Text: e.Text})
	}
	entry := func(text string) simkit.Entry {
		return simkit.Entry{Kind: freshchatsim.KindUser, Account: appID, Conversation: conv, Author: "buyer-1", Text: text}
	}
	if d := cmp.Diff([]simkit.Entry{entry("one"), entry("twice"), entry("twice")}, got); d != "" {
		t.Errorf("ledger (-want +got):\n%s", d)
	}
}
