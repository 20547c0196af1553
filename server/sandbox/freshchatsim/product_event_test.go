package freshchatsim_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
)

// listener collects product events.
type listener struct {
	mu     sync.Mutex
	events []object
}

func (l *listener) hear(opt *freshchatsim.Options) {
	opt.OnProductEvent = func(account, event string, payload []byte) {
		var out object
		if err := json.Unmarshal(payload, &out); err != nil || account != appID || out["event"] != event {
			panic("product event does not fit its payload")
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, out)
	}
}

// last returns the newest event of a name.
func (l *listener) last(t *testing.T, name string) object {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range slices.Backward(l.events) {
		if str(e, "event") == name {
			return e
		}
	}
	t.Fatalf("no %s among %d events", name, len(l.events))

	return nil
}

func TestProductEventsHaveTheShapeOfTheSamples(t *testing.T) {
	var l listener
	w := newWorld(t, l.hear)
	uid := str(w.must("POST", "/v2/users", object{
		"reference_id": "r", "first_name": "Mei", "last_name": "Tan", "avatar": object{"url": "https://cdn.example.net/u/mei.png"},
		"properties": []object{{"name": "tiktok_buyer_id", "value": "buyer-7301"}},
	}), "id")
	conv := w.conversation(uid, "Where is my order?")
	// The sample's topic has no tags and its payload the app's iparams.
	compare := func(event, name string, except ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			sameShape(t, l.last(t, event), sample(t, "product/"+name+".json"), append(except, ".iparams", ".data.associations.channel.tags")...)
		})
	}
	compare("onMessageCreate", "onMessageCreate.user-echo")
	// The account routes to its group at once; the sample's conversation had none yet.
	compare("onConversationCreate", "onConversationCreate", ".data.conversation.assigned_group_id", ".data.associations.group")

	do := func(_ freshchatsim.Message, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(w.sim.AgentReplies(conv, "", freshchatsim.Text("Hi Mei")))
	compare("onMessageCreate", "onMessageCreate.agent-text")
	do(w.sim.AgentNotes(conv, "", freshchatsim.Text("VIP")))
	compare("onMessageCreate", "onMessageCreate.private-note")
	do(w.sim.AgentReplies(conv, "", freshchatsim.Image("https://fc.example/i.jpg"), freshchatsim.File("invoice.pdf", "https://fc.example/f.pdf", "application/pdf", 48211)))
	compare("onMessageCreate", "onMessageCreate.agent-image-file")
	if err := w.sim.Resolve(conv, agentID); err != nil {
		t.Fatal(err)
	}
	compare("onConversationUpdate", "onConversationUpdate.resolved")

	changes, _ := l.last(t, "onConversationUpdate")["data"].(object)["changes"].(object)
	if d := cmp.Diff(object{"model_changes": object{"status": []any{"assigned", "resolved"}}}, changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	for _, e := range l.events {
		if _, ok := e["iparams"]; ok {
			t.Error("an event carries iparams, which only the Marketplace knows")
		}
	}
}

// TestProductEventsMayCallBack guards against a deadlock: whoever gets an
// event may at once read or write the same conversation.
func TestProductEventsMayCallBack(t *testing.T) {
	var sim *freshchatsim.Sim
	var mu sync.Mutex
	var order []string
	w := newWorld(t, func(opt *freshchatsim.Options) {
		opt.OnProductEvent = func(_, event string, payload []byte) {
			var e struct {
				Data struct {
					Message struct {
						ConversationID string `json:"conversation_id"`
						Messages       []struct {
							Parts []freshchatsim.Part `json:"message_parts"`
						}
					}
				}
			}
			if event != "onMessageCreate" || json.Unmarshal(payload, &e) != nil {
				return
			}
			text := e.Data.Message.Messages[0].Parts[0].Text
			mu.Lock()
			order = append(order, text)
			mu.Unlock()
			if text == "hello" {
				if _, err := sim.AgentNotes(e.Data.Message.ConversationID, "", freshchatsim.Text("seen")); err != nil {
					panic(err)
				}
			}
		}
	})
	sim = w.sim
	w.conversation(w.user("buyer-1"), "hello")

	mu.Lock()
	defer mu.Unlock()
	if d := cmp.Diff([]string{"hello", "seen"}, order); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
}

func TestPartsMayHaveNullSiblings(t *testing.T) {
	var l listener
	w := newWorld(t, l.hear)
	if err := w.sim.SetBehavior(appID, freshchatsim.Behavior{NullSiblings: true}); err != nil {
		t.Fatal(err)
	}
	w.conversation(w.user("buyer-1"), "hello")

	data, _ := l.last(t, "onMessageCreate")["data"].(object)
	message, _ := data["message"].(object)
	part := list(list(message, "messages")[0], "message_parts")[0]
	if d := cmp.Diff(object{"text": object{"content": "hello"}, "image": nil, "file": nil}, part); d != "" {
		t.Errorf("part (-want +got):\n%s", d)
	}
}
