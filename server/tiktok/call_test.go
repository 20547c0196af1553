package tiktok

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

func TestCallsSendExactlyWhatThePlatformWants(t *testing.T) {
	const chat = "/customer_service/202309/conversations"

	tests := map[string]struct {
		call   func(*testing.T, *Client) error
		method string
		path   string
		query  url.Values // beside what every call carries
		body   string
		noShop bool
	}{
		"the list of shops takes no cipher": {
			call:   func(t *testing.T, c *Client) error { _, err := c.Shops(t.Context(), testAccess); return err },
			method: http.MethodGet, path: "/authorization/202309/shops", noShop: true,
		},
		"one conversation is read by its own version": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Conversation(t.Context(), testAccess, "42")
				return err
			},
			method: http.MethodGet, path: "/customer_service/202601/conversations/42",
		},
		"a conversation is made with the buyer's id for orders": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.CreateConversation(t.Context(), testAccess, "7")
				return err
			},
			method: http.MethodPost, path: chat, body: `{"buyer_user_id":"7"}`,
		},
		"the first page of messages": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Messages(t.Context(), testAccess, "42", "")
				return err
			},
			method: http.MethodGet, path: chat + "/42/messages",
			query: url.Values{"page_size": {"10"}, "sort_order": {"DESC"}},
		},
		"a further page of messages": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Messages(t.Context(), testAccess, "42", "n=&x")
				return err
			},
			method: http.MethodGet, path: chat + "/42/messages",
			query: url.Values{"page_size": {"10"}, "sort_order": {"DESC"}, "page_token": {"n=&x"}},
		},
		"text that JSON escapes is signed as it is sent": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Send(t.Context(), testAccess, "42", bridge.Words(`<b> & "ü" 😀`))
				return err
			},
			method: http.MethodPost, path: chat + "/42/messages",
			body: `{"type":"TEXT","content":"{\"content\":\"\\u003cb\\u003e \\u0026 \\\"ü\\\" 😀\"}"}`,
		},
		"the first page of conversations": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Conversations(t.Context(), testAccess, "")
				return err
			},
			method: http.MethodGet, path: chat, query: url.Values{"page_size": {"20"}},
		},
		"a further page of conversations": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Conversations(t.Context(), testAccess, "n=&x")
				return err
			},
			method: http.MethodGet, path: chat, query: url.Values{"page_size": {"20"}, "page_token": {"n=&x"}},
		},
		"a picture goes by the address and size of its upload": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Send(t.Context(), testAccess, "42", bridge.Piece{Kind: bridge.PartImage, Ref: "https://h.example/i", Width: 3, Height: 4})
				return err
			},
			method: http.MethodPost, path: chat + "/42/messages",
			body: `{"type":"IMAGE","content":"{\"url\":\"https://h.example/i\",\"width\":3,\"height\":4}"}`,
		},
		"a video goes by the id of its upload": {
			call: func(t *testing.T, c *Client) error {
				_, err := c.Send(t.Context(), testAccess, "42", bridge.Piece{Kind: bridge.PartVideo, Ref: "v1"})
				return err
			},
			method: http.MethodPost, path: chat + "/42/messages",
			body: `{"type":"VIDEO","content":"{\"vid\":\"v1\"}"}`,
		},
		"marking read sends no body at all": {
			call:   func(t *testing.T, c *Client) error { return c.MarkRead(t.Context(), testAccess, "42") },
			method: http.MethodPost, path: chat + "/42/messages/read",
		},
		"subscribing ends with the last event": {
			call: func(t *testing.T, c *Client) error {
				return c.Subscribe(t.Context(), testAccess, "https://h.example/w")
			},
			method: http.MethodPut, path: "/event/202309/webhooks",
			body: `{"event_type":"UPCOMING_AUTHORIZATION_EXPIRATION","address":"https://h.example/w"}`,
		},
		"unsubscribing has a body that is signed": {
			call:   func(t *testing.T, c *Client) error { return c.Unsubscribe(t.Context(), testAccess) },
			method: http.MethodDelete, path: "/event/202309/webhooks",
			body: `{"event_type":"UPCOMING_AUTHORIZATION_EXPIRATION"}`,
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			platform := &recorder{body: `{"code":0,"data":{"message_id":"1","conversation_id":"2"}}`}
			if err := test.call(t, newClient(t, platform)); err != nil {
				t.Fatal(err)
			}

			got := platform.last(t)
			if got.method != test.method || got.path != test.path || got.body != test.body {
				t.Errorf("got %s %s\n%s\nwant %s %s\n%s", got.method, got.path, got.body, test.method, test.path, test.body)
			}
			if got.length != int64(len(test.body)) {
				t.Errorf("content length is %d, want %d", got.length, len(test.body))
			}
			checkCommon(t, got, test.query, test.noShop)
		})
	}
}

// checkCommon checks what every signed call carries.
func checkCommon(t *testing.T, got request, query url.Values, noShop bool) {
	t.Helper()
	want := url.Values{"app_key": {testApp.AppKey}, "timestamp": {"1795441050"}}
	maps.Copy(want, query)
	if !noShop {
		want.Set("shop_cipher", testAccess.Cipher)
	}
	want.Set("sign", sign(testApp.AppSecret, got.path, want, []byte(got.body)))
	if diff := cmp.Diff(want, got.query); diff != "" {
		t.Errorf("query, want -, got +:\n%s", diff)
	}
	if token := got.header.Get("X-Tts-Access-Token"); token != testAccess.Token {
		t.Errorf("token header is %q", token)
	}
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("content type is %q", kind)
	}
	if got.header.Get("Authorization") != "" {
		t.Error("the token also went out as Authorization")
	}
}

func TestSubscriptionsCoverEveryEventWeNeed(t *testing.T) {
	platform := answering(http.StatusOK, `{"code":0}`)
	c := newClient(t, platform)
	if err := c.Subscribe(t.Context(), testAccess, "https://h.example/w"); err != nil {
		t.Fatal(err)
	}
	if err := c.Unsubscribe(t.Context(), testAccess); err != nil {
		t.Fatal(err)
	}

	for _, event := range []string{"NEW_MESSAGE", "SELLER_DEAUTHORIZATION", "UPCOMING_AUTHORIZATION_EXPIRATION"} {
		methods := ""
		for _, r := range platform.all() {
			if strings.Contains(r.body, `"`+event+`"`) {
				methods += r.method + " "
			}
		}
		if methods != "PUT DELETE " {
			t.Errorf("%s was asked for with %s", event, methods)
		}
	}
}

func TestSubscribeStopsAtARefusalAndUnsubscribeDoesNot(t *testing.T) {
	platform := answering(http.StatusUnauthorized, `{"code":105005,"message":"Access denied"}`)
	c := newClient(t, platform)

	if err := c.Subscribe(t.Context(), testAccess, "https://h.example/w"); !bridge.HasCause(err, bridge.CauseScopeMissing) {
		t.Errorf("subscribe answers %v", err)
	}
	if n := len(platform.all()); n != 1 {
		t.Errorf("subscribe called %d times after a refusal, want 1", n)
	}
	if err := c.Unsubscribe(t.Context(), testAccess); !bridge.HasCause(err, bridge.CauseScopeMissing) {
		t.Errorf("unsubscribe answers %v", err)
	}
	if n := len(platform.all()); n != 4 {
		t.Errorf("unsubscribe made %d calls, want 3", n-1)
	}
}

func TestEachAttemptIsSignedAnew(t *testing.T) {
	platform := answering(http.StatusOK, `{"code":0,"data":{}}`)
	c := newClient(t, platform)
	now := testNow
	c.clock = func() time.Time { return now }

	for range 2 {
		if _, err := c.Shops(t.Context(), testAccess); err != nil {
			t.Fatal(err)
		}
		now = now.Add(10 * time.Minute)
	}

	seen := platform.all()
	if a, b := seen[0].query, seen[1].query; a.Get("timestamp") == b.Get("timestamp") || a.Get("sign") == b.Get("sign") {
		t.Errorf("both attempts carry %v and %v", a, b)
	}
}

func TestVersionsAreConfigurable(t *testing.T) {
	platform := answering(http.StatusOK, `{"code":0,"data":{"message_id":"1"}}`)
	server := newClient(t, platform)
	transport := dial.NewTransport(dial.Options{AllowLoopback: true})
	t.Cleanup(transport.CloseIdleConnections)
	c, err := New(Options{
		Apps: []App{testApp}, APIURL: server.api.String(), AuthURL: server.auth.String(), HTTP: dial.NewClient(transport, time.Second),
		Versions: Versions{Chat: "202606"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), testAccess, "42", bridge.Words("x")); err != nil {
		t.Fatal(err)
	}
	if got := platform.last(t).path; got != "/customer_service/202606/conversations/42/messages" {
		t.Errorf("path is %s", got)
	}
}

func TestIDsCannotChangeTheAddress(t *testing.T) {
	c := newClient(t, nil)
	for _, id := range []bridge.ConversationID{"", "..", "1/../2", "1?x=1", "1%2f2", "1#", "é"} {
		for name, err := range map[string]error{
			"read":      second(c.Conversation(t.Context(), testAccess, id)),
			"messages":  second(c.Messages(t.Context(), testAccess, id, "")),
			"send":      second(c.Send(t.Context(), testAccess, id, bridge.Words("x"))),
			"video":     second(c.UploadVideo(t.Context(), testAccess, id, clip(1))),
			"mark read": c.MarkRead(t.Context(), testAccess, id),
		} {
			if got := outcomeOf(t, err); got != (outcome{bridge.Permanent, bridge.CauseOurs, true}) {
				t.Errorf("%s of %q answers %v", name, id, got)
			}
		}
	}
}

func TestAMarketWithoutAnAppIsNotCalled(t *testing.T) {
	c := newClient(t, nil)
	access := bridge.Access{Market: "mars", Token: "t"}
	for name, err := range map[string]error{
		"shops":    second(c.Shops(t.Context(), access)),
		"exchange": second(c.Exchange(t.Context(), "mars", "code")),
		"refresh":  second(c.Refresh(t.Context(), "mars", "token")),
	} {
		if got := outcomeOf(t, err); got != (outcome{bridge.Permanent, bridge.CauseOurs, true}) {
			t.Errorf("%s answers %v", name, got)
		}
	}
}

func second[T any](_ T, err error) error { return err }
