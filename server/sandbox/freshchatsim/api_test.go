package freshchatsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
)

func TestAnswersHaveTheShapeOfTheSamples(t *testing.T) {
	w := newWorld(t)
	create := sample(t, "api/user_create_request.json")
	user := w.must("POST", "/v2/users", create)
	uid := str(user, "id")
	opened := w.must("POST", "/v2/conversations", object{
		"status": "new", "channel_id": topicID, "users": []object{{"id": uid}}, "messages": []object{userMessage(uid, "hello")},
	})
	conv := "/v2/conversations/" + str(opened, "conversation_id")
	sent := w.must("POST", conv+"/messages", userMessage(uid, "any news?"))
	if _, err := w.sim.AgentReplies(str(opened, "conversation_id"), "", freshchatsim.Text("Hi!")); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name   string
		got    object
		sample string
		except []string
	}{
		{"account configuration", w.must("GET", "/v2/accounts/configuration", nil), "account_configuration", nil},
		{"channels", w.must("GET", "/v2/channels?page=1&items_per_page=1", nil), "channels_list", []string{".channels[].icon.url"}},
		{"a new user", user, "user_create_response", nil},
		{"a user found by reference", w.must("GET", "/v2/users?reference_id="+str(user, "reference_id"), nil), "users_by_reference_id_found", nil},
		{"no user found", w.must("GET", "/v2/users?reference_id=nobody", nil), "users_by_reference_id_none", nil},
		{"conversations of a user", w.must("GET", "/v2/users/"+uid+"/conversations", nil), "user_conversations", nil},
		{"a new conversation", opened, "conversation_create_response", []string{".assigned_group_id"}},
		{"a conversation", w.must("GET", conv, nil), "conversation_get_response", nil},
		{"a sent message", sent, "message_send_response", nil},
		{"messages", w.must("GET", conv+"/messages?items_per_page=2", nil), "messages_list", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { sameShape(t, tt.got, sample(t, "api/"+tt.sample+".json"), tt.except...) })
	}
}

func TestWhoMayCall(t *testing.T) {
	w := newWorld(t)
	second := spec()
	second.AppID, second.Domain, second.APIKey, second.Topics, second.Agents, second.Groups = "", "other.freshchat.com", "", nil, nil, nil
	if _, err := w.sim.AddAccount(second); err != nil {
		t.Fatal(err)
	}
	old := w.key
	narrow, err := w.sim.RotateKey(appID, "channel:read")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := w.sim.RotateKey(appID)
	if err != nil {
		t.Fatal(err)
	}
	limited := freshchatsim.AccountSpec{Domain: "small.freshchat.com", Scopes: []string{"channel:read"}}
	small, err := w.sim.AddAccount(limited)
	if err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name, header, host string
		path               string
		want               int
		sample             string
	}{
		{"the living key on its own host", "Bearer " + whole, "acme.freshchat.com", "/v2/channels", 200, ""},
		{"the living key on a host that belongs to nobody", "Bearer " + whole, "", "/v2/channels", 200, ""},
		{"the living key on the shared regional host", "Bearer " + whole, "api.freshchat.com", "/v2/channels", 200, ""},
		{"the living key on another account's host", "Bearer " + whole, "other.freshchat.com", "/v2/channels", 403, "error_403"},
		{"a replaced key", "Bearer " + old, "", "/v2/channels", 401, "error_401"},
		{"a key replaced by a later rotation", "Bearer " + narrow, "", "/v2/channels", 401, "error_401"},
		{"a truncated key", "Bearer " + whole[:len(whole)-1], "", "/v2/channels", 401, "error_401"},
		{"no key", "", "", "/v2/channels", 401, "error_401"},
		{"a key without the word Bearer", whole, "", "/v2/channels", 401, "error_401"},
		{"a key within its scopes", "Bearer " + small.APIKey, "", "/v2/channels", 200, ""},
		{"a key without the scope", "Bearer " + small.APIKey, "", "/v2/accounts/configuration", 403, "error_403"},
		{"a path that does not exist", "Bearer " + whole, "", "/v2/nothing", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := w.request("GET", tt.path, nil)
			r.Header.Set("Authorization", tt.header)
			if tt.host != "" {
				r.Host = tt.host
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.want {
				t.Fatalf("status %d, want %d", resp.StatusCode, tt.want)
			}
			if resp.Header.Get("X-Trace-Id") == "" && tt.path != "/v2/nothing" {
				t.Error("no X-Trace-Id")
			}
			if tt.sample != "" {
				if d := cmp.Diff(sample(t, "api/"+tt.sample+".json"), decode(t, resp)); d != "" {
					t.Errorf("answer (-sample +got):\n%s", d)
				}
			}
		})
	}
	if n := strings.Count(whole, "."); n != 2 {
		t.Errorf("the key has %d dots, want 2", n)
	}
}

func TestRefusedCalls(t *testing.T) {
	w := newWorld(t)
	uid, other := w.user("buyer-1"), w.user("buyer-2")
	conv := w.conversation(uid, "hello")
	messages := "/v2/conversations/" + conv + "/messages"
	with := func(field string, v any) object {
		m := userMessage(uid, "hi")
		m[field] = v
		return m
	}
	opening := func(field string, v any) object {
		o := object{"channel_id": topicID, "users": []object{{"id": uid}}, "messages": []object{userMessage(uid, "hi")}}
		o[field] = v
		return o
	}

	tests := []struct {
		name, method, path string
		body               any
		want               int
		message            string
	}{
		{"users without a filter", "GET", "/v2/users", nil, 400, "filter"},
		{"users by a filter that is empty", "GET", "/v2/users?reference_id=", nil, 400, "filter"},
		{"an unknown user", "GET", "/v2/users/" + conv, nil, 404, "user not found"},
		{"an update of an unknown user", "PUT", "/v2/users/" + conv, object{}, 404, "user not found"},
		{"conversations of an unknown user", "GET", "/v2/users/x/conversations", nil, 404, "user not found"},
		{"a reference_id that is taken", "POST", "/v2/users", object{"reference_id": "buyer-1"}, 409, "reference_id"},
		{"a change to a reference_id that is taken", "PUT", "/v2/users/" + other, object{"reference_id": "buyer-1"}, 409, "reference_id"},
		{"a property that is not a string", "POST", "/v2/users", object{"properties": []object{{"name": "n", "value": 1}}}, 400, "not valid"},
		{"a fetch of nobody", "POST", "/v2/users/fetch", object{}, 400, "ids"},
		{"a body that is not JSON", "POST", "/v2/users", "{", 400, "not valid"},
		{"too many channels on a page", "GET", "/v2/channels?items_per_page=101", nil, 400, "items_per_page"},
		{"page zero", "GET", "/v2/channels?page=0", nil, 400, "page"},
		{"an unknown order", "GET", "/v2/channels?sort_by=colour", nil, 400, "sort_by"},
		{"an unknown agent", "GET", "/v2/agents/" + uid, nil, 404, "agent not found"},
		{"a conversation in an unknown channel", "POST", "/v2/conversations", opening("channel_id", uid), 404, "channel not found"},
		{"a conversation in a disabled channel", "POST", "/v2/conversations", opening("channel_id", "d4c27cc7-cba2-4cfb-b889-7ec326f7fbcd"), 400, "not enabled"},
		{"a conversation of an unknown user", "POST", "/v2/conversations", opening("users", []object{{"id": conv}}), 404, "user not found"},
		{"a conversation of nobody", "POST", "/v2/conversations", opening("users", []object{}), 400, "one user"},
		{"a conversation without a message", "POST", "/v2/conversations", opening("messages", []object{}), 400, "messages is empty"},
		{"a conversation begun by another user", "POST", "/v2/conversations", opening("messages", []object{userMessage(other, "hi")}), 400, "actor_id"},
		{"a conversation that is born resolved", "POST", "/v2/conversations", opening("status", "resolved"), 400, "resolved"},
		{"properties as a list", "POST", "/v2/conversations", opening("properties", []object{}), 400, "Conversation payload not valid"},
		{"a property that does not exist", "POST", "/v2/conversations", opening("properties", object{"cf_shop": "x"}), 400, "Conversation payload not valid"},
		{"an unknown conversation", "GET", "/v2/conversations/" + uid, nil, 404, "conversation not found"},
		{"an update of an unknown conversation", "PUT", "/v2/conversations/" + uid, object{"status": "resolved"}, 404, "conversation not found"},
		{"an unknown status", "PUT", "/v2/conversations/" + conv, object{"status": "reopen"}, 400, "status"},
		{"assigned without an agent", "PUT", "/v2/conversations/" + conv, object{"status": "assigned"}, 400, "assigned_agent_id"},
		{"assigned to an unknown agent", "PUT", "/v2/conversations/" + conv, object{"status": "assigned", "assigned_agent_id": uid}, 400, "assigned_agent_id"},
		{"an unknown group", "PUT", "/v2/conversations/" + conv, object{"assigned_group_id": uid}, 400, "assigned_group_id"},
		{"a message in an unknown conversation", "POST", "/v2/conversations/" + uid + "/messages", userMessage(uid, "hi"), 404, "conversation not found"},
		{"a message of another user", "POST", messages, userMessage(other, "hi"), 400, "actor_id"},
		{"a message of nobody", "POST", messages, with("actor_type", ""), 400, "actor_type"},
		{"a message of an unknown agent", "POST", messages, with("actor_type", "agent"), 400, "not an agent"},
		{"a private message of a user", "POST", messages, with("message_type", "private"), 400, "private"},
		{"an unknown message type", "POST", messages, with("message_type", "system"), 400, "message_type"},
		{"a message in another channel", "POST", messages, with("channel_id", uid), 400, "channel_id"},
		{"a message with another user_id", "POST", messages, with("user_id", other), 400, "user_id"},
		{"no parts", "POST", messages, with("message_parts", parts()), 400, "empty"},
		{"an empty text", "POST", messages, with("message_parts", parts(textPart(""))), 400, "TEXT_EMPTY_CONTENT"},
		{"a part of two kinds", "POST", messages, with("message_parts", parts(object{"text": object{"content": "x"}, "image": object{"url": "https://e.example/i"}})), 400, "exactly one"},
		{"a part of no kind", "POST", messages, with("message_parts", parts(object{"text": nil})), 400, "exactly one"},
		{"an unknown kind of part", "POST", messages, with("message_parts", parts(object{"hologram": object{}})), 400, "unknown"},
		{"an image without an address", "POST", messages, with("message_parts", parts(object{"image": object{}})), 400, "IMAGE_EMPTY_CONTENT"},
		{"an image with a hash", "POST", messages, with("message_parts", parts(object{"image": object{"url": "https://e.example/i", "fileHash": "x"}})), 400, "IMAGE_EMPTY_CONTENT"},
		{"a video without a type", "POST", messages, with("message_parts", parts(object{"video": object{"url": "https://e.example/v"}})), 400, "content_type"},
		{"a video by hash", "POST", messages, with("message_parts", parts(object{"video": object{"fileHash": "x", "fileSource": "FRESHCHAT", "content_type": "video/mp4"}})), 400, "VIDEO"},
		{"a file of an unknown hash", "POST", messages, with("message_parts", parts(object{"file": object{"fileHash": "x", "fileSource": "FRESHCHAT", "name": "a.pdf", "contentType": "application/pdf"}})), 400, "fileHash"},
		{"a file without its source", "POST", messages, with("message_parts", parts(object{"file": object{"fileHash": "x", "name": "a.pdf"}})), 400, "fileSource"},
		{"too many messages on a page", "GET", messages + "?items_per_page=51", nil, 400, "items_per_page"},
		{"a time that is none", "GET", messages + "?from_time=yesterday", nil, 400, "from_time"},
	}
	before := w.sim.Ledger().Len()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out := w.call(tt.method, tt.path, tt.body)
			if status != tt.want || !strings.Contains(str(out, "message"), tt.message) {
				t.Errorf("status %d %v, want %d with %q", status, out, tt.want, tt.message)
			}
			if out["code"] != float64(tt.want) || str(out, "status") == "" {
				t.Errorf("envelope %v", out)
			}
		})
	}
	if got := w.sim.Ledger().Len(); got != before {
		t.Errorf("refused calls left %d entries in the ledger", got-before)
	}
}

func TestUsers(t *testing.T) {
	w := newWorld(t)
	uid := str(w.must("POST", "/v2/users", object{"reference_id": "r-1", "first_name": "Mei", "email": "m@e.example", "phone": "+1", "properties": []object{{"name": "shop", "value": "A"}}}), "id")
	w.must("PUT", "/v2/users/"+uid, object{"first_name": "Mei Li", "email": "n@e.example", "properties": []object{{"name": "shop", "value": "B"}, {"name": "x", "value": "1"}}})

	for path, want := range map[string]int{
		"reference_id=r-1": 1, "reference_id=R-1": 0, "email=n@e.example": 1, "email=m@e.example": 0, "phone=%2B1": 1, "phone=%2B2": 0,
	} {
		if got := len(list(w.must("GET", "/v2/users?"+path, nil), "users")); got != want {
			t.Errorf("%s finds %d users, want %d", path, got, want)
		}
	}

	got, err := w.sim.User(appID, uid)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]freshchatsim.Property{{Name: "shop", Value: "B"}, {Name: "x", Value: "1"}}, got.Properties); d != "" || got.FirstName != "Mei Li" {
		t.Errorf("after the update: %v, properties\n%s", got, d)
	}
	if n := len(list(w.must("POST", "/v2/users/fetch", object{"ids": []string{uid, "nobody"}}), "users")); n != 1 {
		t.Errorf("fetch finds %d users, want 1", n)
	}

	if err := w.sim.SetBehavior(appID, freshchatsim.Behavior{DuplicateReferences: true}); err != nil {
		t.Fatal(err)
	}
	w.must("POST", "/v2/users", object{"reference_id": "r-1"})
	if n := len(list(w.must("GET", "/v2/users?reference_id=r-1", nil), "users")); n != 2 {
		t.Errorf("an account that allows duplicates finds %d users, want 2", n)
	}
}

func TestChannelsInPages(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		if _, err := w.sim.AddTopic(appID, freshchatsim.Topic{Name: fmt.Sprintf("Topic %d", 4-i), Source: "WHATSAPP"}); err != nil {
			t.Fatal(err)
		}
	}

	var names []string
	path := "/v2/channels?page=1&items_per_page=3&sort_by=name&sort_order=desc"
	for path != "" {
		out := w.must("GET", path, nil)
		for _, c := range list(out, "channels") {
			names = append(names, str(c, "name"))
		}
		links, _ := out["links"].(object)
		next, _ := links["next_page"].(object)
		path = str(next, "href")
	}
	want := []string{"Topic 4", "Topic 3", "Topic 2", "Topic 1", "Topic 0", "TikTok Shop", "Inbox"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}

	if err := w.sim.RemoveTopic(appID, topicID); err != nil {
		t.Fatal(err)
	}
	if n := len(list(w.must("GET", "/v2/channels", nil), "channels")); n != 6 {
		t.Errorf("%d channels after one was removed, want 6", n)
	}
	if n := len(list(w.must("GET", "/v2/channels?page=9", nil), "channels")); n != 0 {
		t.Errorf("%d channels on a page past the end, want none", n)
	}
}
