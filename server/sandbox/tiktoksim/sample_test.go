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
