package tiktoksim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shape lists every path of a JSON value with the kind of what stands there.
// Lists are judged by their first element.
func shape(v any) []string {
	seen := map[string]bool{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				walk(at+"."+k, e)
			}
		case []any:
			if len(v) > 0 {
				walk(at+"[]", v[0])
			}
		default:
			seen[fmt.Sprintf("%s %T", at, v)] = true
		}
	}
	walk("", v)

	return slices.Sorted(maps.Keys(seen))
}

func sampleShape(t *testing.T, file, part string) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if part == "" {
		return shape(v)
	}

	return shape(v[part])
}

func TestAnswersHaveTheShapeOfTheSamples(t *testing.T) {
	st := newStand(t)
	first := st.writes(Message{Content: "Hello, is this in stock?"})
	for _, name := range []string{"NEW_MESSAGE", "SELLER_DEAUTHORIZATION"} {
		body := encode(map[string]string{"event_type": name, "address": "https://hooks.example.com/tiktok"})
		if r := st.call(request{method: "PUT", path: "/event/202309/webhooks", body: body}); r.code != 0 {
			t.Fatalf("subscribe: %d %s", r.code, r.message)
		}
	}

	tests := map[string]request{
		"authorized-shops-response.json":          {method: "GET", path: "/authorization/202309/shops", noCipher: true},
		"event-webhooks-get-response.json":        {method: "GET", path: "/event/202309/webhooks"},
		"file-init-response.json":                 {method: "POST", path: "/open/202512/file/init", body: readSample(t, "file-init-request.json")},
		"get-conversation-202601-response.json":   {method: "GET", path: "/customer_service/202601/conversations/" + first.ConversationID},
		"get-conversation-messages-response.json": {method: "GET", path: messagesPath(first.ConversationID), query: url.Values{"page_size": {"10"}}},
		"get-conversations-response.json":         {method: "GET", path: conversationsPath, query: url.Values{"page_size": {"20"}}},
		"images-upload-response.json":             {method: "POST", path: imagesPath, form: &form{"data", "a.png", string(sampleImage())}},
		"send-message-response.json":              {method: "POST", path: messagesPath(first.ConversationID), body: readSample(t, "send-message-text-request.json")},
	}
	for file, c := range tests {
		t.Run(file, func(t *testing.T) {
			r := st.call(c)
			var data any
			r.into(t, &data)
			if d := cmp.Diff(sampleShape(t, file, "data"), shape(data)); d != "" {
				t.Error(d)
			}
		})
	}
}

func readSample(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}

	return string(b)
}

func TestRefusalsReadAsTheSamples(t *testing.T) {
	st := newStand(t)
	conv := st.writes(Message{Content: "x"}).ConversationID
	closed, err := st.sim.AddBuyer(Buyer{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := st.sim.BuyerWrites(st.shop.ID, closed.ImUserID, Message{Content: "x"})
	if err != nil {
		t.Fatal(err)
	}
	_ = st.sim.CloseConversation(p.ConversationID)
	expired := st.access
	_ = st.sim.ExpireAccessToken("uk", "open1")
	noScope := st.authorize("asia", "open1").AccessToken
	_ = st.sim.SetScopes("asia", "open1", ScopeShops)
	good := st.authorize("uk", "open1").AccessToken
	list := request{method: "GET", path: conversationsPath, query: url.Values{"page_size": {"20"}}}
	text := func(conv, text string) request {
		return request{method: "POST", path: messagesPath(conv), body: sendBody(TypeText, map[string]any{"content": text}), token: good}
	}

	tests := map[string]struct {
		app  int
		call request
	}{
		"error-36009004-app-key.json":               {0, request{method: "GET", path: conversationsPath, query: url.Values{"app_key": {"x"}}}},
		"error-expired-token.json":                  {0, request{method: "GET", path: list.path, query: list.query, token: expired}},
		"error-missing-scope.json":                  {1, request{method: "GET", path: list.path, query: list.query, token: noScope}},
		"send-message-error-sensitive.json":         {0, text(conv, "PayPal me")},
		"send-message-error-conversation-rule.json": {0, text(p.ConversationID, "x")},
	}
	for file, tt := range tests {
		t.Run(file, func(t *testing.T) {
			var want struct {
				Code    int
				Message string
				Data    json.RawMessage
			}
			if err := json.Unmarshal([]byte(readSample(t, file)), &want); err != nil {
				t.Fatal(err)
			}
			st.app = []App{{AppKey: "key1", AppSecret: "secret1"}, {AppKey: "key2", AppSecret: "secret2"}}[tt.app]
			r := st.call(tt.call)
			if r.code != want.Code || r.message != want.Message || r.data != string(want.Data) {
				t.Errorf("code %d, %q, data %s, want %d, %q, %s", r.code, r.message, r.data, want.Code, want.Message, want.Data)
			}
		})
	}
}

func TestTokenAnswersHaveTheShapeOfTheSamples(t *testing.T) {
	st := newStand(t)
	c, err := st.sim.Authorize("uk", "open1", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ code, file string }{
		{c.Code, "token-get-response.json"},
		{c.Code, "token-get-error-invalid-code.json"},
	} {
		_, e := st.token("get", "uk", url.Values{"auth_code": {tt.code}, "grant_type": {"authorized_code"}})
		var got any
		if err := json.Unmarshal([]byte(encode(e)), &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(sampleShape(t, tt.file, ""), shape(got)); d != "" {
			t.Errorf("%s: %s", tt.file, d)
		}
	}
}

func TestWebhooksHaveTheShapeOfTheSamples(t *testing.T) {
	st := newStand(t)
	h := newHook(t, &st.app, acks)
	st.app.WebhookURL = h.URL
	st.sim.AddApp(st.app)
	first := st.writes(Message{Content: "x"})
	h.next(t)

	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		file string
		do   func()
	}{
		{"webhook-14-text.json", func() { st.writes(Message{Content: "Hello, is this in stock?"}) }},
		{"webhook-14-image.json", func() { st.writes(Message{Type: TypeImage}) }},
		{"webhook-14-video.json", func() { st.writes(Message{Type: TypeVideo}) }},
		{"webhook-14-order-card.json", func() { st.writes(Message{Type: TypeOrderCard, Content: "576400000000000601"}) }},
		{"webhook-14-enter-from-product.json", func() {
			_, err := st.sim.RoleWrites(first.ConversationID, RoleSystem, Message{Type: TypeEnterProduct})
			must(err)
		}},
		{"webhook-13-new-conversation.json", func() {
			_, err := st.sim.SellerWrites(first.ConversationID, Message{Content: "An agent joins and writes."})
			must(err)
		}},
		{"webhook-14-text.json", func() {}}, // what the agent wrote follows her arrival
		{"webhook-07-upcoming-authorization-expiration.json", func() { must(st.sim.AnnounceExpiry(st.shop.ID)) }},
		{"webhook-06-seller-deauthorization.json", func() { must(st.sim.Deauthorize(st.shop.ID)) }},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			tt.do()
			var got any
			if err := json.Unmarshal([]byte(h.next(t).raw), &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(sampleShape(t, tt.file, ""), shape(got)); d != "" {
				t.Error(d)
			}
		})
	}
	st.writes(Message{Content: "after the seller withdrew"})
	h.nothing(t, st)
}
