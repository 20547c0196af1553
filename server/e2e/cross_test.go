package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/tiktoksim"
)

func TestWhatIsNotForTheBuyerNeverReachesHer(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	tn.useWebhooks()

	emma := tn.opened("Emma Clarke")
	thread, fc := emma.thread().ID, tn.w.freshchat

	for what, write := range map[string]func() error{
		"a private note":             func() error { _, err := fc.AgentNotes(thread, "", freshchatsim.Text("she is upset")); return err },
		"a bot's message":            func() error { _, err := fc.BotWrites(thread, freshchatsim.Text("I am Freddy")); return err },
		"a system message":           func() error { _, err := fc.SystemWrites(thread, freshchatsim.Text("We are closed")); return err },
		"what the user wrote itself": func() error { _, err := fc.UserWrites(thread, freshchatsim.Text("from the widget")); return err },
		"an assignment":              func() error { return fc.Assign(thread, "") },
	} {
		if err := write(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}

	emma.agentReplies("For you")
	emma.buyerSees("For you")
	tn.w.quiet()
	emma.wantReceived("For you")
}

func TestWhatIsNotForTheAgentNeverReachesHer(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")
	tt := tn.w.tiktok

	for role, m := range map[string]tiktoksim.Message{
		tiktoksim.RoleShop:   {Content: "An automatic reply"},
		tiktoksim.RoleRobot:  {Content: "A robot's answer"},
		tiktoksim.RoleSystem: {Content: "A system line"},
	} {
		if _, err := tt.RoleWrites(emma.id, role, m); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := tt.BuyerWrites(tn.shop.ID, emma.buyer.ImUserID, tiktoksim.Message{Content: "invisible", Hidden: true}); err != nil {
		t.Fatal(err)
	}

	emma.buyerWrites("For you")
	emma.agentSees("For you")
	tn.w.quiet()
	emma.wantShown("Hello, I am Emma Clarke", "For you")

	if notes := strings.Join(emma.notes(), "\n"); strings.Contains(notes, "robot") || strings.Contains(notes, "automatic") || strings.Contains(notes, "invisible") {
		t.Errorf("the agents were told: %s", notes)
	}
}

func TestOtherConversationsOfTheAccountAreLeftAlone(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	tn.useWebhooks()

	emma := tn.opened("Emma Clarke")

	// Somebody else's chat under the very topic of the shop.
	user := map[string]any{"first_name": "Walk-in", "reference_id": "somebody-else"}
	id := freshchatCall(t, tn, http.MethodPost, "/v2/users", user)["id"]
	opened := freshchatCall(t, tn, http.MethodPost, "/v2/conversations", map[string]any{
		"channel_id": tn.topic(t, topicName), "users": []any{map[string]any{"id": id}},
		"messages": []any{map[string]any{
			"message_parts": []any{map[string]any{"text": map[string]any{"content": "hello from the widget"}}},
			"actor_type":    "user", "actor_id": id, "message_type": "normal", "channel_id": tn.topic(t, topicName),
		}},
	})

	other, ok := opened["conversation_id"].(string)
	if !ok {
		t.Fatalf("no conversation was opened: %v", opened)
	}

	if _, err := tn.w.freshchat.AgentReplies(other, "", freshchatsim.Text("not for TikTok")); err != nil {
		t.Fatal(err)
	}

	emma.agentReplies("For Emma")
	emma.buyerSees("For Emma")
	tn.w.quiet()

	for _, e := range tn.w.tiktok.Ledger().Snapshot() {
		if e.Kind == tiktoksim.KindAPIMessage && e.Text != "For Emma" {
			t.Errorf("TikTok got %q", e.Text)
		}
	}
}

func TestInstallationsDoNotMeet(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	first, second := w.addInstalled(tenantSpec{name: "Glow Beauty"}), w.addInstalled(tenantSpec{name: "Nusa Living", market: "asia"})
	emma, siti := first.opened("Emma Clarke"), second.opened("Siti Rahma")

	emma.agentReplies("for Emma")
	siti.agentReplies("for Siti")
	emma.buyerSees("for Emma")
	siti.buyerSees("for Siti")

	// The second account tells, rightly signed, of a conversation of the first.
	data := map[string]any{"event": "onMessageCreate", "timestamp": w.clock.Now().UnixMilli(), "data": map[string]any{
		"actor": map[string]any{"type": "agent"},
		"message": map[string]any{"messages": []any{map[string]any{
			"id": "9b1f1f6e-0000-4000-8000-00000000cafe", "conversation_id": emma.thread().ID, "app_id": second.account.AppID,
			"actor_type": "agent", "actor_id": second.account.Agents[0].ID, "message_type": "normal",
			"created_time":  w.clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
			"message_parts": []any{map[string]any{"text": map[string]any{"content": "from the wrong account"}}},
		}}},
	}}

	if got := second.call(t, "/events/message", "onMessageCreate", data); got.status != http.StatusOK {
		t.Errorf("answered %d: %s", got.status, got.body)
	}

	// The first account's webhooks, sent to the second one's address.
	first.events.Store(false)
	first.useWebhooks()
	second.useWebhooks()

	if err := w.freshchat.SetWebhook(first.account.AppID, second.settings().value("Webhook Address")); err != nil {
		t.Fatal(err)
	}

	emma.agentReplies("to the wrong address")
	w.quiet()
	emma.wantReceived("for Emma")
	siti.wantReceived("for Siti")
}

// freshchatCall calls Freshchat's API as another app of the account would.
func freshchatCall(t *testing.T, tn *tenant, method, path string, body any) map[string]any {
	t.Helper()

	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}

	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+tn.w.host+path, strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}

	req.Header.Set("Authorization", "Bearer "+tn.key())
	req.Header.Set("Content-Type", "application/json")

	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()

	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %v %v", method, path, res.StatusCode, out, err)
	}

	return out
}
