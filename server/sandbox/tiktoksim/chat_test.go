package tiktoksim

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSendMessage(t *testing.T) {
	text := func(s string) string { return sendBody(TypeText, map[string]any{"content": s}) }
	tests := map[string]struct {
		body string
		code int
	}{
		"text is taken":                                 {text("Hi! Yes, it ships today."), 0},
		"text of 2000 characters is taken":              {text(strings.Repeat("x", 2000)), 0},
		"text of 2001 characters is refused":            {text(strings.Repeat("x", 2001)), 45101002},
		"text of 1001 emoji is too long":                {text(strings.Repeat("😀", 1001)), 45101002},
		"text of blanks is refused":                     {text("  \n"), 45101002},
		"sensitive text is refused whatever the case":   {text("write me on WhatsApp"), 45101006},
		"content that is an object is refused":          {`{"type":"TEXT","content":{"content":"x"}}`, 45101002},
		"content that is no JSON is refused":            {`{"type":"TEXT","content":"x"}`, 45101002},
		"a body that is no JSON is refused":             {`x`, 36009004},
		"a type that only comes in is refused":          {sendBody(TypeEmoticons, map[string]any{"url": "x"}), 45101002},
		"a file is refused":                             {sendBody("FILE", map[string]any{"url": "x"}), 45101002},
		"an image from elsewhere is refused":            {sendBody(TypeImage, map[string]any{"url": "https://example.com/a.png", "width": 1, "height": 1}), 45101002},
		"an unknown video is refused":                   {sendBody(TypeVideo, map[string]any{"vid": "v1"}), 45101002},
		"a product card is taken":                       {sendBody(TypeProductCard, map[string]any{"product_id": "1729"}), 0},
		"a product card without its product is refused": {sendBody(TypeProductCard, map[string]any{}), 45101002},
		"a logistics card needs no package":             {sendBody(TypeLogisticsCard, map[string]any{"order_id": "5764"}), 0},
		"a return card needs its sku":                   {sendBody(TypeReturnRefundCard, map[string]any{"order_id": "5764"}), 45101002},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			p := st.writes(Message{Content: "hello"})
			r := st.call(request{method: "POST", path: messagesPath(p.ConversationID), body: tt.body})
			if r.code != tt.code {
				t.Fatalf("code %d (%s), want %d", r.code, r.message, tt.code)
			}
			want := 1
			if tt.code != 0 {
				want = 0
			}
			if n := len(st.accepted()); n != want {
				t.Errorf("%d messages in the ledger, want %d", n, want)
			}
		})
	}
}

func TestConversationRules(t *testing.T) {
	const day = 24 * time.Hour
	create := func(st *stand, userID string) reply {
		return st.call(request{method: "POST", path: conversationsPath, body: encode(map[string]string{"buyer_user_id": userID})})
	}
	later := func(st *stand, d time.Duration) {
		st.clock.Advance(d)
		st.access = st.authorize("uk", "open1").AccessToken
	}

	t.Run("after 30 silent days the seller may not write", func(t *testing.T) {
		st := newStand(t)
		p := st.writes(Message{Content: "hello"})
		later(st, 30*day-time.Hour)
		if r := st.sends(p.ConversationID, "in time"); r.code != 0 {
			t.Errorf("within 30 days: %d", r.code)
		}
		later(st, 30*day+time.Hour)
		if r := st.sends(p.ConversationID, "too late"); r.code != 45109001 {
			t.Errorf("after 30 days: %d", r.code)
		}
		if r := create(st, st.buyer.UserID); r.code != 45109001 {
			t.Errorf("create after 30 days: %d", r.code)
		}
	})
	t.Run("an order counts for 60 days and a return for ever", func(t *testing.T) {
		st := newStand(t)
		if r := create(st, st.buyer.UserID); r.code != 45109001 {
			t.Fatalf("without an order: %d", r.code)
		}
		_ = st.sim.AddPurchase(st.shop.ID, st.buyer.ImUserID, st.clock.Now(), false)
		var made struct {
			ID string `json:"conversation_id"`
		}
		create(st, st.buyer.UserID).into(t, &made)
		if r := st.sends(made.ID, "about your order"); r.code != 0 {
			t.Errorf("with an order: %d %s", r.code, r.message)
		}
		later(st, 61*day)
		if r := st.sends(made.ID, "x"); r.code != 45109001 {
			t.Errorf("61 days later: %d", r.code)
		}
		_ = st.sim.AddPurchase(st.shop.ID, st.buyer.ImUserID, st.clock.Now().Add(-300*day), true)
		if r := st.sends(made.ID, "about your return"); r.code != 0 {
			t.Errorf("with an old return: %d", r.code)
		}
	})
	t.Run("a closed conversation is reopened with the same id", func(t *testing.T) {
		st := newStand(t)
		p := st.writes(Message{Content: "hello"})
		if err := st.sim.CloseConversation(p.ConversationID); err != nil {
			t.Fatal(err)
		}
		if r := st.sends(p.ConversationID, "x"); r.code != 45109001 {
			t.Errorf("closed: %d", r.code)
		}
		if r := create(st, st.buyer.UserID); !strings.Contains(r.data, p.ConversationID) {
			t.Errorf("create: %+v", r)
		}
		if r := st.sends(p.ConversationID, "x"); r.code != 0 {
			t.Errorf("reopened: %d", r.code)
		}
	})
	t.Run("a chat identity is no user id", func(t *testing.T) {
		st := newStand(t)
		st.writes(Message{Content: "hello"})
		if r := create(st, st.buyer.ImUserID); r.code != 45101003 {
			t.Errorf("code %d", r.code)
		}
	})
	t.Run("silence closes a session when the settings say so", func(t *testing.T) {
		st := newStand(t)
		s := st.sim.Settings()
		s.SessionsClose = true
		st.sim.SetSettings(s)
		p := st.writes(Message{Content: "hello"})
		if r := st.sends(p.ConversationID, "x"); r.code != 0 {
			t.Fatalf("open: %d", r.code)
		}
		st.clock.Advance(6*time.Hour + time.Minute)
		if r := st.sends(p.ConversationID, "x"); r.code != 45109001 {
			t.Errorf("six hours without a buyer's reply: %d", r.code)
		}
		st.writes(Message{Content: "still there"})
		if r := st.sends(p.ConversationID, "x"); r.code != 0 {
			t.Errorf("after the buyer wrote: %d", r.code)
		}
	})
	t.Run("another shop's conversation is not found", func(t *testing.T) {
		st := newStand(t)
		p, err := st.sim.BuyerWrites(st.other.ID, st.buyer.ImUserID, Message{Content: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		if r := st.sends(p.ConversationID, "x"); r.code != 45101003 {
			t.Errorf("code %d", r.code)
		}
	})
}

func TestListMessages(t *testing.T) {
	st := newStand(t)
	var conv string
	for i := range 25 {
		conv = st.writes(Message{Content: strconv.Itoa(i)}).ConversationID
	}

	read := func(q url.Values) (texts []string) {
		q.Set("page_size", "10")
		for page := 0; ; page++ {
			r := st.call(request{method: "GET", path: messagesPath(conv), query: q})
			var data struct {
				Messages []messageItem `json:"messages"`
				Next     *string       `json:"next_page_token"`
			}
			r.into(t, &data)
			for _, m := range data.Messages {
				var c struct{ Content string }
				if err := json.Unmarshal([]byte(m.Content), &c); err != nil {
					t.Fatal(err)
				}
				texts = append(texts, c.Content)
			}
			if data.Next == nil || page > 3 {
				t.Fatal("the list does not end with an empty token")
			}
			if *data.Next == "" {
				return texts
			}
			q.Set("page_token", *data.Next)
			if page == 0 {
				st.writes(Message{Content: "meanwhile"}) // pages must not shift
			}
		}
	}

	var want []string
	for i := range 25 {
		want = append(want, strconv.Itoa(24-i))
	}
	if d := cmp.Diff(want, read(url.Values{})); d != "" {
		t.Errorf("newest first: %s", d)
	}
	for i := range 25 {
		want[i] = strconv.Itoa(i)
	}
	if d := cmp.Diff(append(want, "meanwhile", "meanwhile"), read(url.Values{"sort_order": {"ASC"}, "sort_field": {"index"}})); d != "" {
		t.Errorf("oldest first: %s", d)
	}
}

func TestListsRefuse(t *testing.T) {
	st := newStand(t)
	conv := st.writes(Message{Content: "x"}).ConversationID
	tests := map[string]struct {
		path  string
		query url.Values
	}{
		"messages without a page size":      {messagesPath(conv), url.Values{}},
		"more than ten messages":            {messagesPath(conv), url.Values{"page_size": {"11"}}},
		"an order that does not exist":      {messagesPath(conv), url.Values{"page_size": {"10"}, "sort_order": {"desc"}}},
		"a field that does not exist":       {messagesPath(conv), url.Values{"page_size": {"10"}, "sort_field": {"id"}}},
		"a locale that does not exist":      {messagesPath(conv), url.Values{"page_size": {"10"}, "locale": {"tlh"}}},
		"a token of another order":          {messagesPath(conv), url.Values{"page_size": {"10"}, "page_token": {"ASC.5"}}},
		"conversations without a page size": {conversationsPath, url.Values{}},
		"more than twenty conversations":    {conversationsPath, url.Values{"page_size": {"21"}}},
		"a conversations token made up":     {conversationsPath, url.Values{"page_size": {"20"}, "page_token": {"x"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if r := st.call(request{method: "GET", path: tt.path, query: tt.query}); r.code != 45101002 {
				t.Errorf("code %d (%s), want 45101002", r.code, r.message)
			}
		})
	}
}

func TestConversationsArePagedAndReadCountsDown(t *testing.T) {
	st := newStand(t)
	first := st.writes(Message{Content: "x"})
	st.writes(Message{Content: "y"})
	for range 20 {
		b, err := st.sim.AddBuyer(Buyer{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.sim.BuyerWrites(st.shop.ID, b.ImUserID, Message{Content: "hello"}); err != nil {
			t.Fatal(err)
		}
	}

	type page struct {
		Conversations []conversationItem `json:"conversations"`
		Next          string             `json:"next_page_token"`
	}
	list := func(token string) (p page) {
		st.call(request{method: "GET", path: conversationsPath, query: url.Values{"page_size": {"20"}, "page_token": {token}}}).into(t, &p)
		return p
	}
	one := list("")
	two := list(one.Next)
	if len(one.Conversations) != 20 || len(two.Conversations) != 1 || two.Next != "" {
		t.Fatalf("pages of %d and %d, then %q", len(one.Conversations), len(two.Conversations), two.Next)
	}
	if c := two.Conversations[0]; c.ID != first.ConversationID || c.UnreadCount != 2 || !*c.CanSendMessage {
		t.Errorf("oldest: %+v", c)
	}

	readPath := messagesPath(first.ConversationID) + "/read"
	if r := st.call(request{method: "POST", path: readPath, body: "{}"}); r.code != 36009004 {
		t.Errorf("read with a body: %d", r.code)
	}
	if r := st.call(request{method: "POST", path: readPath}); r.code != 0 {
		t.Errorf("read: %d %s", r.code, r.message)
	}
	if c := list(one.Next).Conversations[0]; c.UnreadCount != 0 {
		t.Errorf("%d unread after reading", c.UnreadCount)
	}
}

func TestParticipantsShowTheNewNickname(t *testing.T) {
	st := newStand(t)
	p := st.writes(Message{Content: "x"})
	if err := st.sim.RenameBuyer(st.buyer.ImUserID, "renamed"); err != nil {
		t.Fatal(err)
	}

	r := st.call(request{method: "GET", path: "/customer_service/202601/conversations/" + p.ConversationID})
	if !strings.Contains(r.data, `"nickname":"renamed"`) || strings.Contains(r.data, "examplebuyer") {
		t.Error(r.data)
	}
}
