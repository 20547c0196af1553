package freshchat

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestProductEvents(t *testing.T) {
	type brief struct {
		Kind   bridge.FreshchatEventKind
		ID     bridge.MessageID
		Author bridge.AuthorRole
		Hidden bridge.Hidden
		Thread bridge.ThreadID
		Topic  bridge.TopicID
		App    bridge.AccountID
	}

	message := func(id, actor string) string {
		return `{"id":"` + id + `","actor_type":"` + actor + `","message_parts":[{"text":{"content":"x"},"image":null,"file":null}]}`
	}

	for _, tt := range []struct {
		name  string
		event string
		data  string
		want  []brief
		code  bridge.Code
	}{
		{
			"several messages in one event", "onMessageCreate",
			`{"actor":{"type":"agent"},"message":{"app_id":"a","conversation_id":"c","channel_id":"t","messages":[` + message("1", "agent") + `,` + message("2", "user") + `]}}`,
			[]brief{
				{bridge.FreshchatMessage, "1", bridge.Agent, "", "c", "t", "a"},
				{bridge.FreshchatMessage, "2", bridge.Buyer, bridge.HiddenOwn, "c", "t", "a"},
			}, "",
		},
		{
			"the author is the message's, not the event's", "onMessageCreate",
			`{"actor":{"type":"agent"},"message":{"messages":[` + message("1", "user") + `]}}`,
			[]brief{{Kind: bridge.FreshchatMessage, ID: "1", Author: bridge.Buyer, Hidden: bridge.HiddenOwn}}, "",
		},
		{
			"a message that names nobody is the system's, whoever caused the event", "onMessageCreate",
			`{"actor":{"type":"agent"},"message":{"messages":[{"id":"1","message_parts":[{"text":{"content":"x"}}]}]}}`,
			[]brief{{Kind: bridge.FreshchatMessage, ID: "1", Author: bridge.Automaton, Hidden: bridge.HiddenSystem}}, "",
		},
		{
			"the topic is in the associations", "onMessageCreate",
			`{"associations":{"channel":{"id":"t"}},"message":{"conversation_id":"c","messages":[` + message("1", "agent") + `]}}`,
			[]brief{{bridge.FreshchatMessage, "1", bridge.Agent, "", "c", "t", ""}}, "",
		},
		{
			"what the message says goes before what its conversation says", "onMessageCreate",
			`{"message":{"conversation_id":"other","messages":[{"id":"1","conversation_id":"c","app_id":"a","actor_type":"bot"}]}}`,
			[]brief{{bridge.FreshchatMessage, "1", bridge.Automaton, bridge.HiddenAutomatic, "c", "", "a"}}, "",
		},
		{
			"a message without an id does not cost the others", "onMessageCreate",
			`{"message":{"messages":[{"actor_type":"agent"},` + message("2", "agent") + `]}}`,
			[]brief{{Kind: bridge.FreshchatMessage, ID: "2", Author: bridge.Agent}}, "",
		},
		{"only messages without an id", "onMessageCreate", `{"message":{"messages":[{"actor_type":"agent"}]}}`, nil, bridge.Invalid},
		{"no messages", "onMessageCreate", `{"message":{"messages":[]}}`, nil, ""},
		{"no message at all", "onMessageCreate", `{}`, nil, bridge.Invalid},
		{"null", "onMessageCreate", `null`, nil, bridge.Invalid},
		{"nothing", "onMessageCreate", ``, nil, bridge.Invalid},
		{"a list", "onMessageCreate", `[]`, nil, bridge.Invalid},
		{"another event", "onAgentActivityCreate", `{}`, nil, ""},
		{
			"a conversation that was resolved", "onConversationUpdate",
			`{"changes":{"model_changes":{"status":["assigned","resolved"]}},"conversation":{"app_id":"a","conversation_id":"c","channel_id":"t"}}`,
			[]brief{{Kind: bridge.FreshchatResolved, Thread: "c", Topic: "t", App: "a"}}, "",
		},
		{
			"in capitals", "onConversationUpdate",
			`{"changes":{"model_changes":{"status":["ASSIGNED","RESOLVED"]}},"conversation":{"conversation_id":"c"}}`,
			[]brief{{Kind: bridge.FreshchatResolved, Thread: "c"}}, "",
		},
		{
			"a conversation that was reopened", "onConversationUpdate",
			`{"changes":{"model_changes":{"status":["resolved","reopened"]}},"conversation":{"conversation_id":"c"}}`,
			[]brief{{Kind: bridge.FreshchatReopened, Thread: "c"}}, "",
		},
		{
			"a resolved conversation that is new again", "onConversationUpdate",
			`{"changes":{"model_changes":{"status":["resolved","new"]}},"conversation":{"conversation_id":"c"}}`,
			[]brief{{Kind: bridge.FreshchatReopened, Thread: "c"}}, "",
		},
		{
			"an assignment", "onConversationUpdate",
			`{"changes":{"model_changes":{"status":["new","assigned"]}},"conversation":{"conversation_id":"c"}}`, nil, "",
		},
		{
			"another change of a resolved conversation", "onConversationUpdate",
			`{"changes":{"model_changes":{"assigned_agent_id":["x",null]}},"conversation":{"conversation_id":"c","status":"resolved"}}`, nil, "",
		},
		{"a change of nothing", "onConversationUpdate", `{"changes":{}}`, nil, bridge.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events, err := ProductEvent(tt.event, []byte(tt.data))
			if (err != nil) != (tt.code != "") || err != nil && bridge.CodeOf(err) != tt.code {
				t.Fatalf("error = %v, want %q", err, tt.code)
			}

			var got []brief
			for _, e := range events {
				got = append(got, brief{e.Kind, e.Message.ID, e.Message.Author, e.Hidden, e.Thread, e.Topic, e.Account})
			}

			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzProductEvent(f *testing.F) {
	names, err := filepath.Glob("testdata/freshworks/*.json")
	if err != nil {
		f.Fatal(err)
	}

	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}

		var envelope struct {
			Event string          `json:"event"`
			Data  json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(b, &envelope); err != nil {
			f.Fatal(err)
		}

		f.Add(envelope.Event, []byte(envelope.Data))
	}

	f.Fuzz(func(t *testing.T, event string, data []byte) {
		events, err := ProductEvent(event, data)
		if err != nil && bridge.CodeOf(err) != bridge.Invalid {
			t.Errorf("error = %v", err)
		}

		for _, e := range events {
			checkEvent(t, e)
		}
	})
}
