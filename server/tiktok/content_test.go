package tiktok

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestEveryKindOfMessageIsTold(t *testing.T) {
	const see = " Open TikTok Seller Center to see it."

	tests := []struct {
		name    string
		typ     string
		content string // as it stands inside the string
		author  bridge.AuthorRole
		want    []string
	}{
		{"text", "TEXT", `{"content":"Hello\n😀"}`, bridge.Buyer, []string{"Hello\n😀"}},
		{"text keeps its blanks", "TEXT", `{"content":" a "}`, bridge.Buyer, []string{" a "}},
		{"empty text has nothing in it", "TEXT", `{"content":""}`, bridge.Buyer, nil},
		{"blank text has nothing in it", "TEXT", `{"content":" \n"}`, bridge.Buyer, nil},
		{"text that is not JSON", "TEXT", `Hello`, bridge.Buyer, []string{"Hello"}},
		{"text that begins like JSON", "TEXT", `{ "Hello" }`, bridge.Buyer, []string{`{ "Hello" }`}},
		{"text that is a number", "TEXT", `42`, bridge.Buyer, []string{"42"}},
		{"text without its field", "TEXT", `{"words":"x"}`, bridge.Buyer, []string{"[Message] The buyer sent a message that could not be read." + see}},
		{"text whose field is no text", "TEXT", `{"content":{"a":1}}`, bridge.Buyer, []string{"[Message] The buyer sent a message that could not be read." + see}},
		{"a picture", "IMAGE", `{"url":"u","width":"1","height":"1"}`, bridge.Buyer, []string{"[Image] The buyer sent a picture." + see}},
		{"a picture from Seller Center", "IMAGE", `{"url":"u"}`, bridge.Seller, []string{"[Image] The shop sent a picture." + see}},
		{"a picture that cannot be read", "IMAGE", `u`, bridge.Buyer, []string{"[Image] The buyer sent a picture." + see}},
		{"a sticker", "EMOTICONS", `{"url":"u"}`, bridge.Buyer, []string{"[Sticker] The buyer sent a sticker." + see}},
		{"a video", "VIDEO", `{"url":"u","duration":"61.2"}`, bridge.Buyer, []string{"[Video] The buyer sent a video (1:02)." + see}},
		{"a video of an older kind", "VIDEO", `{"url":"u"}`, bridge.Buyer, []string{"[Video] The buyer sent a video." + see}},
		{"a video of a strange length", "VIDEO", `{"url":"u","duration":"NaN"}`, bridge.Buyer, []string{"[Video] The buyer sent a video." + see}},
		{"a product", "PRODUCT_CARD", `{"product_id":"7"}`, bridge.Buyer, []string{"[Product] The buyer shared product 7." + see}},
		{"a product without a number", "PRODUCT_CARD", `{}`, bridge.Buyer, []string{"[Product] The buyer shared a product." + see}},
		{"a large number that is not a string", "PRODUCT_CARD", `{"product_id":1729000000000000701}`, bridge.Buyer, []string{"[Product] The buyer shared product 1729000000000000701." + see}},
		{"an order", "ORDER_CARD", `{"order_id":"7"}`, bridge.Seller, []string{"[Order] The shop shared order 7." + see}},
		{"an order without a number", "ORDER_CARD", ``, bridge.Buyer, []string{"[Order] The buyer shared an order." + see}},
		{"a delivery", "LOGISTICS_CARD", `{"order_id":"7","package_id":"8"}`, bridge.Seller, []string{"[Delivery] The shop shared the delivery of order 7, package 8." + see}},
		{"a delivery without a package", "LOGISTICS_CARD", `{"order_id":"7"}`, bridge.Seller, []string{"[Delivery] The shop shared the delivery of order 7." + see}},
		{"a return", "RETURN_REFUND_CARD", `{"order_id":"7","sku_id":"8"}`, bridge.Seller, []string{"[Return] The shop shared the return or refund of order 7, item 8." + see}},
		{"a coupon", "COUPON_CARD", `{"coupon_id":"7"}`, bridge.Seller, []string{"[Coupon] The shop shared coupon 7." + see}},
		{"a buyer who came from a product", "BUYER_ENTER_FROM_PRODUCT", `{"product_id":"7"}`, bridge.Buyer, []string{"[Product] The buyer opened this chat from product 7."}},
		{"a buyer who came from an order", "BUYER_ENTER_FROM_ORDER", `{"order_id":"7"}`, bridge.Buyer, []string{"[Order] The buyer opened this chat from order 7."}},
		{"a buyer who came from somewhere", "BUYER_ENTER_FROM_ORDER", `{}`, bridge.Buyer, []string{"[Order] The buyer opened this chat from an order."}},
		{"a hand-over", "BUYER_ENTER_FROM_TRANSFER", `{"content":"Ann to Bob"}`, bridge.Automaton, []string{"[Transfer] Ann to Bob"}},
		{"a hand-over without words", "BUYER_ENTER_FROM_TRANSFER", `{}`, bridge.Automaton, []string{"[Transfer] This chat was handed to another agent on TikTok."}},
		{"an agent who joined", "ALLOCATED_SERVICE", `{"content":"Ann joined"}`, bridge.Automaton, []string{"[TikTok] Ann joined"}},
		{"a notification", "NOTIFICATION", `{"content":"Rate us"}`, bridge.Automaton, []string{"[TikTok] Rate us"}},
		{"what the platform cannot express", "OTHER", `{"content":"Unsupported"}`, bridge.Buyer, []string{"[Not shown here] The buyer sent something that can only be seen on TikTok." + see + " TikTok says: Unsupported"}},
		{"a type that was invented since", "HOLOGRAM", `{"depth":3}`, bridge.Buyer, []string{"[Not shown here] The buyer sent something that can only be seen on TikTok." + see}},
		{"no type", "", ``, bridge.Buyer, []string{"[Not shown here] The buyer sent something that can only be seen on TikTok." + see}},
	}

	covered := map[string]bool{}
	for _, test := range tests {
		covered[test.typ] = true
		t.Run(test.name, func(t *testing.T) {
			raw, err := json.Marshal(test.content)
			if err != nil {
				t.Fatal(err)
			}
			got := parts(test.typ, raw, test.author)
			var texts []string
			for _, p := range got {
				texts = append(texts, p.Text)
				if p.Type != test.typ {
					t.Errorf("the part says that it is %q", p.Type)
				}
				if want := kindOf(test.typ).Kind; p.Kind != want && p.Kind != bridge.PartNotice {
					t.Errorf("kind is %q, the table says %q", p.Kind, want)
				}
			}
			if diff := cmp.Diff(test.want, texts); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	for typ := range rowOf {
		if !covered[typ] {
			t.Errorf("type %s has no row", typ)
		}
	}
}

func TestContentIsReadHoweverItIsWritten(t *testing.T) {
	for name, raw := range map[string]string{
		"an object in a string":     `"{\"content\":\"Hello\"}"`,
		"with blanks around it":     `" {\"content\": \"Hello\"} "`,
		"an object":                 ` {"content":"Hello"} `,
		"bare text":                 `"Hello"`,
		"beside a field gone wrong": `{"url":{"a":1},"size":[],"content":"Hello"}`,
	} {
		t.Run(name, func(t *testing.T) {
			got := parts("TEXT", json.RawMessage(raw), bridge.Buyer)
			if diff := cmp.Diff([]bridge.Part{{Kind: bridge.PartText, Type: "TEXT", Text: "Hello"}}, got); diff != "" {
				t.Error(diff)
			}
		})
	}

	for name, raw := range map[string]string{"missing": ``, "null": `null`, "a list": `[1]`, "a number": `7`, "broken": `{"con`} {
		t.Run(name, func(t *testing.T) {
			got := parts("TEXT", json.RawMessage(raw), bridge.Buyer)
			if len(got) != 1 || got[0].Kind != bridge.PartNotice {
				t.Errorf("got %+v, want a notice", got)
			}
		})
	}
}

func FuzzContent(f *testing.F) {
	f.Add("TEXT", []byte(`"{\"content\":\"Hello\"}"`))
	f.Add("IMAGE", []byte(`{"url":"u","width":"304"}`))
	f.Add("VIDEO", []byte(`"{\"duration\":\"1e400\",\"size\":-1,\"format\":7}"`))
	f.Add("HOLOGRAM", []byte(`null`))
	for typ := range rowOf {
		f.Add(typ, []byte(`"{}"`))
	}

	f.Fuzz(func(t *testing.T, typ string, raw []byte) {
		got := parts(typ, raw, bridge.Buyer)
		if len(got) == 0 && typ != typeText {
			t.Fatal("a message was dropped")
		}
		for _, p := range got {
			if strings.TrimSpace(p.Text) == "" || p.Size < 0 {
				t.Fatalf("part %+v", p)
			}
		}
	})
}

func TestTextReadTheShortWayIsTheSame(t *testing.T) {
	tests := map[string]struct {
		object string
		short  bool
	}{
		"a text":                      {`{"content":"Hello"}`, true},
		"one with emoji":              {`{"content":"Grüße 👋🏽"}`, true},
		"an empty one":                {`{"content":""}`, true},
		"one that looks like the end": {`{"content":"a } b"}`, true},
		"a quotation":                 {`{"content":"say \"hi\""}`, false},
		"a line break":                {`{"content":"a\nb"}`, false},
		"a raw line break":            {"{\"content\":\"a\nb\"}", false},
		"a broken character":          {"{\"content\":\"a\xff\"}", false},
		"a second field":              {`{"content":"a","url":"b"}`, false},
		"a second object":             {`{"content":"a"}{"content":"b"}`, false},
		"another blank":               {`{"content": "a"}`, false},
		"no text":                     {`{"content":7}`, false},
		"a lone quote":                {`{"content":"}`, false},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, short := bareText(test.object)
			if short != test.short {
				t.Fatalf("short %v, want %v", short, test.short)
			}

			var want content
			if err := json.Unmarshal([]byte(test.object), &want); short && (err != nil || want.Text != got) {
				t.Errorf("%q, want %v, %v", got, want.Text, err)
			}
		})
	}
}
