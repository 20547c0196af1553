package tiktok

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestWebhooksAreVerifiedBeforeTheyAreRead(t *testing.T) {
	v := readVectors(t).Webhook
	body := []byte(v.RawBody)

	tests := map[string]struct {
		market        bridge.Market
		authorization string
		body          []byte
		code          bridge.Code
		is            error
	}{
		"the vendor's own vector":            {"uk", v.Authorization, body, "", nil},
		"blanks and capitals around it":      {"uk", " " + strings.ToUpper(v.Authorization) + "\n", body, "", nil},
		"another market":                     {"asia", v.Authorization, body, bridge.Missing, ErrUnknownMarket},
		"no signature":                       {"uk", "", body, bridge.Unauthorized, ErrSignature},
		"a signature that is not hex":        {"uk", "Bearer x", body, bridge.Unauthorized, ErrSignature},
		"half a signature":                   {"uk", v.Authorization[:32], body, bridge.Unauthorized, ErrSignature},
		"a changed body":                     {"uk", v.Authorization, append(bytes.Clone(body), ' '), bridge.Unauthorized, ErrSignature},
		"a forgery that is not even JSON":    {"uk", v.Authorization, []byte("{"), bridge.Unauthorized, ErrSignature},
		"the digest of the body without key": {"uk", signedBy("", v.AppSecret, body), body, bridge.Unauthorized, ErrSignature},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := New(offline(App{Market: "uk", AppKey: v.AppKey, AppSecret: v.AppSecret, ServiceID: "1"}))
			if err != nil {
				t.Fatal(err)
			}

			_, err = c.Webhook(test.market, test.authorization, test.body)
			if test.is == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, test.is) || bridge.CodeOf(err) != test.code {
				t.Errorf("got %v (%s), want %v (%s)", err, bridge.CodeOf(err), test.is, test.code)
			}
		})
	}
}

func TestEventsAreToldByNumberAndShape(t *testing.T) {
	const message = `"message_id":"5","conversation_id":"2","type":"TEXT","content":"{\"content\":\"x\"}","sender":{"im_user_id":"3","role":"BUYER"}`

	tests := map[string]struct {
		body string
		kind bridge.TikTokEventKind
		typ  int
		bad  bool
	}{
		"a message":                                        {body: `{"type":14,"shop_id":"1","data":{` + message + `}}`, kind: bridge.TikTokMessage, typ: 14},
		"a message under another number":                   {body: `{"type":99,"shop_id":"1","data":{` + message + `}}`, kind: bridge.TikTokMessage, typ: 99},
		"a number in a string":                             {body: `{"type":"14","shop_id":"1","data":{` + message + `}}`, kind: bridge.TikTokMessage, typ: 14},
		"a shop id that is a number":                       {body: `{"type":14,"shop_id":7495000000000000101,"data":{` + message + `}}`, kind: bridge.TikTokMessage, typ: 14},
		"a message without a sender":                       {body: `{"type":14,"shop_id":"1","data":{"message_id":"5","conversation_id":"2"}}`, kind: bridge.TikTokMessage, typ: 14},
		"a message without its id":                         {body: `{"type":14,"shop_id":"1","data":{"conversation_id":"2"}}`, bad: true},
		"a message without a shop":                         {body: `{"type":14,"data":{` + message + `}}`, bad: true},
		"a message without data":                           {body: `{"type":14,"shop_id":"1"}`, bad: true},
		"a creator's message":                              {body: `{"type":33,"shop_id":"1","data":{"message_id":"5","conversation_id":"2","msg_type":"TEXT","content":"x","sender":{"sender_im_user_id":"3"}}}`, typ: 33},
		"a creator's message that looks like one":          {body: `{"type":33,"shop_id":"1","data":{` + message + `}}`, typ: 33},
		"an order":                                         {body: `{"type":1,"shop_id":"1","data":{"order_id":"9"}}`, typ: 1},
		"an event whose data is no object":                 {body: `{"type":1,"shop_id":"1","data":"x"}`, typ: 1},
		"a withdrawn consent behind data of another shape": {body: `{"data":"","shop_id":"1","type":6}`, kind: bridge.TikTokDeauthorized, typ: 6},
		"a message whose sender is no object":              {body: `{"data":{"sender":"BUYER","message_id":"5","conversation_id":"2","type":"TEXT"},"type":14,"shop_id":"1"}`, kind: bridge.TikTokMessage, typ: 14},
		"an event that needs no shop":                      {body: `{"type":1,"data":{}}`, typ: 1},
		"a withdrawn consent":                              {body: `{"type":6,"shop_id":"1","data":{"message":"gone"}}`, kind: bridge.TikTokDeauthorized, typ: 6},
		"a withdrawn consent of no shop":                   {body: `{"type":6,"data":{"message":"gone"}}`, bad: true},
		"a consent that ends, at an unknown time":          {body: `{"type":7,"shop_id":"1","data":{"expiration_time":"soon"}}`, kind: bridge.TikTokExpiring, typ: 7},
		"an event without a number or known shape":         {body: `{"shop_id":"1","data":{}}`},
		"a list":         {body: `[]`, bad: true},
		"nothing":        {body: ``, bad: true},
		"half an object": {body: `{"type":14,`, bad: true},
		"two objects":    {body: `{"type":1}{"type":14}`, bad: true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := newClient(t, nil).Webhook("uk", signed([]byte(test.body)), []byte(test.body))
			if test.bad {
				if bridge.CodeOf(err) != bridge.Invalid {
					t.Errorf("got %v, %v, want an invalid webhook", got, err)
				}
				return
			}
			if err != nil || got.Kind != test.kind || got.Type != test.typ {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestWhoMayBeSeen(t *testing.T) {
	tests := []struct {
		name    string
		role    string
		typ     string
		visible string
		author  bridge.AuthorRole
		id      string
		hidden  bridge.Hidden
	}{
		{"a buyer", "BUYER", "TEXT", "true", bridge.Buyer, "3", ""},
		{"a buyer, without a word on visibility", "BUYER", "TEXT", "null", bridge.Buyer, "3", ""},
		{"what must not be seen", "BUYER", "TEXT", "false", bridge.Buyer, "3", bridge.HiddenInvisible},
		{"what must not be seen, in a string", "SYSTEM", "NOTIFICATION", `"false"`, bridge.Automaton, "3", bridge.HiddenInvisible},
		{"an agent in Seller Center, or our echo", "CUSTOMER_SERVICE", "TEXT", "true", bridge.Seller, "3", ""},
		{"an automatic reply", "SHOP", "TEXT", "true", bridge.Automaton, "3", bridge.HiddenAutomatic},
		{"a robot", "ROBOT", "TEXT", "true", bridge.Automaton, "3", bridge.HiddenAutomatic},
		{"the system", "SYSTEM", "NOTIFICATION", "true", bridge.Automaton, "3", bridge.HiddenSystem},
		{"an agent who joined", "SYSTEM", "ALLOCATED_SERVICE", "true", bridge.Automaton, "3", bridge.HiddenSystem},
		{"a hand-over between agents", "SYSTEM", "BUYER_ENTER_FROM_TRANSFER", "true", bridge.Automaton, "3", bridge.HiddenSystem},
		{"a buyer who came from a product, told by the system", "SYSTEM", "BUYER_ENTER_FROM_PRODUCT", "true", bridge.Buyer, "", ""},
		{"a buyer who came from an order, told by the shop", "SHOP", "BUYER_ENTER_FROM_ORDER", "true", bridge.Buyer, "", ""},
		{"a buyer who came from an order, told by herself", "BUYER", "BUYER_ENTER_FROM_ORDER", "true", bridge.Buyer, "3", ""},
		{"where a buyer came from, not to be seen", "SYSTEM", "BUYER_ENTER_FROM_ORDER", "false", bridge.Buyer, "", bridge.HiddenInvisible},
		{"a role that was invented since", "MANAGER", "TEXT", "true", bridge.Automaton, "3", bridge.HiddenSystem},
		{"no role", "", "TEXT", "true", bridge.Automaton, "3", bridge.HiddenSystem},
		{"a type that was invented since is shown", "BUYER", "HOLOGRAM", "true", bridge.Buyer, "3", ""},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := `{"type":14,"shop_id":"1","data":{"message_id":"5","conversation_id":"2","type":"` + test.typ +
				`","content":"{\"content\":\"x\"}","is_visible":` + test.visible +
				`,"sender":{"im_user_id":"3","role":"` + test.role + `"}}}`
			got, err := newClient(t, nil).Webhook("uk", signed([]byte(body)), []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			if got.Message.Author != test.author || got.Message.AuthorID != test.id || got.Hidden != test.hidden {
				t.Errorf("author %q %q, hidden %q", got.Message.Author, got.Message.AuthorID, got.Hidden)
			}
			if len(got.Message.Parts) == 0 {
				t.Error("the message lost its parts")
			}
		})
	}
}

func TestAMessageWithNothingInItIsHidden(t *testing.T) {
	body := []byte(`{"type":14,"shop_id":"1","data":{"message_id":"5","conversation_id":"2","type":"TEXT",` +
		`"content":"{\"content\":\" \"}","sender":{"im_user_id":"3","role":"BUYER"}}}`)
	got, err := newClient(t, nil).Webhook("uk", signed(body), body)
	if err != nil || got.Kind != bridge.TikTokMessage || got.Hidden != bridge.HiddenEmpty {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOrderAndTime(t *testing.T) {
	second := time.Unix(1760000000, 0).UTC()

	tests := map[string]struct {
		index, created string
		order          uint64
		at             time.Time
	}{
		"the index orders":                       {`"18446744073709551615"`, `1760000000`, 18446744073709551615, second},
		"an index that is a number":              {`1760000000123456`, `1760000000`, 1760000000123456, second},
		"an index beyond every number":           {`"18446744073709551616"`, `1760000000`, 1760000000000000, second},
		"an index that is no number":             {`"a1"`, `1760000000`, 1760000000000000, second},
		"no index, and the time in a string":     {`null`, `"1760000000"`, 1760000000000000, second},
		"neither":                                {`null`, `null`, 0, time.Time{}},
		"a time before all times":                {`null`, `-5`, 0, time.Time{}},
		"a time that could not even be stored":   {`"7"`, `9223372036854775807`, 7, time.Unix(lastSecond, 0).UTC()},
		"a time with decimals is not understood": {`"7"`, `1760000000.5`, 7, time.Time{}},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var w wireMessage
			if err := json.Unmarshal([]byte(`{"index":`+test.index+`,"create_time":`+test.created+`}`), &w); err != nil {
				t.Fatal(err)
			}
			m, _ := w.message()
			if m.Order != test.order || !m.CreatedAt.Equal(test.at) {
				t.Errorf("order %d at %v, want %d at %v", m.Order, m.CreatedAt, test.order, test.at)
			}
			if _, err := json.Marshal(m); err != nil {
				t.Errorf("cannot be stored: %v", err)
			}
		})
	}
}

func TestUnknownKindsAreLogged(t *testing.T) {
	for name, test := range map[string]struct {
		role, typ string
		logged    bool
	}{
		"known":   {"BUYER", "TEXT", false},
		"a role":  {"MANAGER", "TEXT", true},
		"a type":  {"BUYER", "HOLOGRAM", true},
		"no role": {"", "TEXT", true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c := newClient(t, nil)
			c.log = slog.New(slog.NewTextHandler(&out, nil))
			body := []byte(`{"type":14,"shop_id":"1","data":{"message_id":"5","conversation_id":"2","type":"` + test.typ +
				`","content":"said by the buyer","sender":{"role":"` + test.role + `"}}}`)
			if _, err := c.Webhook("uk", signed(body), body); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "unknown kind"); got != test.logged {
				t.Errorf("logged: %v, want %v\n%s", got, test.logged, out.String())
			}
			if strings.Contains(out.String(), "said by the buyer") {
				t.Error("the log tells what the buyer said")
			}
		})
	}
}

func FuzzWebhook(f *testing.F) {
	for file := range becomes {
		if !strings.HasPrefix(file, "webhook-") {
			continue
		}
		body, err := os.ReadFile("testdata/samples/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"type":14,"shop_id":1,"data":{"message_id":2,"conversation_id":3,"content":{"content":"x"}}}`))

	c, err := New(offline(testApp))
	if err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := c.Webhook("uk", signed(body), body)
		if err != nil {
			if bridge.CodeOf(err) != bridge.Invalid {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(bridge.TikTokEvent{}, event); diff != "" {
				t.Fatalf("an event beside an error:\n%s", diff)
			}
			return
		}
		checkEvent(t, event)
	})
}

// checkEvent checks what must hold whatever the platform sent.
func checkEvent(t *testing.T, e bridge.TikTokEvent) {
	t.Helper()
	if e.Kind != bridge.TikTokOther && e.Shop == "" {
		t.Fatal("an event of no shop")
	}
	if e.Kind != bridge.TikTokMessage {
		return
	}
	if e.Message.ID == "" || e.Conversation == "" || e.Message.Author == "" {
		t.Fatalf("a message without an id, a conversation or an author: %+v", e)
	}
	if e.Hidden == "" && len(e.Message.Parts) == 0 {
		t.Fatal("a message to be shown has nothing in it")
	}
	if _, err := json.Marshal(e.Message); err != nil {
		t.Fatalf("cannot be stored: %v", err)
	}
}
