package tiktoksim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestControlsDoWhatTheyList(t *testing.T) {
	st, h := subscribed(t, acks)
	const shopPath = "/_sandbox/shops/7495000000000000101"
	conv := st.writes(Message{Content: "hello"}).ConversationID
	h.next(t)

	rows := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"the list names every control", "GET", "/_sandbox/", "", 200, `/_sandbox/shops/{shop}/deauthorize`},
		{"an unknown control says where the list is", "GET", "/_sandbox/x", "", 404, `GET /_sandbox/`},
		{"settings are shown", "GET", "/_sandbox/settings", "", 200, `"chat_calls_per_day":10000`},
		{"one setting is changed and the others stay", "PATCH", "/_sandbox/settings", `{"chat_calls_per_day":0}`, 200, `"access_token_seconds":604800`},
		{"an unknown setting is refused", "PATCH", "/_sandbox/settings", `{"x":0}`, 400, `unknown field`},
		{"an app is added", "POST", "/_sandbox/apps", `{"market":"us","app_key":"key3","service_id":"svc3","redirect_url":"https://app.example.com/"}`, 204, ``},
		{"an app without a key is refused", "POST", "/_sandbox/apps", `{}`, 400, `app_key`},
		{"a seller is added with made-up ids", "POST", "/_sandbox/sellers", `{"open_id":"open3","name":"New","shops":[{"region":"MY"}]}`, 200, `"code":"MYLC`},
		{"a seller twice is refused", "POST", "/_sandbox/sellers", `{"open_id":"open3"}`, 409, `in use`},
		{"a shop is added", "POST", "/_sandbox/sellers/open3/shops", `{"id":"74950000000000003","region":"PH"}`, 200, `"region":"PH"`},
		{"shops name their markets", "GET", "/_sandbox/shops", "", 200, `"markets":["uk"]`},
		{"consent answers code and address", "POST", "/_sandbox/sellers/open1/consents", `{"market":"asia","state":"s"}`, 200, `https://app.example.com/tiktok/callback/asia?app_key=key2\u0026code=ROW_`},
		{"consent of an unknown seller is not found", "POST", "/_sandbox/sellers/x/consents", `{"market":"asia"}`, 404, `not found`},
		{"a buyer is added", "POST", "/_sandbox/buyers", `{"im_user_id":"1001","user_id":"2001","nickname":"Ann"}`, 200, `"platform":"TIKTOK_SHOP"`},
		{"a buyer is renamed", "PATCH", "/_sandbox/buyers/1001", `{"nickname":"Anna"}`, 204, ``},
		{"buyers are listed", "GET", "/_sandbox/buyers", "", 200, `"Anna"`},
		{"a buyer writes", "POST", shopPath + "/buyers/1001/messages", `{"type":"STICKER_OF_TOMORROW","raw":"not json"}`, 200, `"message_id":"749`},
		{"an unknown buyer cannot write", "POST", shopPath + "/buyers/1/messages", `{"content":"x"}`, 404, `not found`},
		{"an image that is none is refused", "POST", shopPath + "/buyers/1001/messages", `{"type":"IMAGE","media":"eHh4"}`, 400, `measure image`},
		{"an order is recorded", "POST", shopPath + "/buyers/1001/purchases", `{"days_ago":3}`, 204, ``},
		{"conversations are listed newest first", "GET", shopPath + "/conversations", "", 200, `{"conversations":[{"id":"749`},
		{"an agent writes", "POST", "/_sandbox/conversations/" + conv + "/messages", `{"content":"from Seller Center"}`, 200, `"conversation_id":"` + conv},
		{"a robot writes unseen", "POST", "/_sandbox/conversations/" + conv + "/messages", `{"role":"ROBOT","content":"x","hidden":true}`, 200, `"index":"`},
		{"messages are listed", "GET", "/_sandbox/conversations/" + conv + "/messages", "", 200, `"role":"ROBOT"`},
		{"a session is ended", "POST", "/_sandbox/conversations/" + conv + "/close", "", 204, ``},
		{"webhook 7 is sent", "POST", shopPath + "/announce-expiry", "", 204, ``},
		{"an access token is ended", "POST", "/_sandbox/sellers/open1/expire-access-token", `{"market":"uk"}`, 204, ``},
		{"a refresh token is revoked", "POST", "/_sandbox/sellers/open1/revoke-refresh-token", `{"market":"uk"}`, 204, ``},
		{"scopes are changed", "PUT", "/_sandbox/sellers/open1/scopes", `{"market":"uk","scopes":[]}`, 204, ``},
		{"an unknown market is not found", "PUT", "/_sandbox/sellers/open1/scopes", `{"market":"x"}`, 404, `not found`},
		{"a shop is withdrawn", "POST", shopPath + "/deauthorize", "", 204, ``},
		{"the outbox tells how it stands", "GET", "/_sandbox/outbox", "", 200, `"pending":`},
		{"the ledger tells what happened", "GET", "/_sandbox/ledger", "", 200, `"kind":"seller_message"`},
		{"the clock is moved on", "POST", "/_sandbox/clock", `{"advance":"1h"}`, 200, `"now":`},
		{"a fault is switched on", "PUT", "/_sandbox/faults/answer_lost", `{"only":"send_message"}`, 200, `"only":"send_message"`},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			status, body := st.control(tt.method, tt.path, tt.body)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("HTTP %d %s, want %d with %s", status, body, tt.status, tt.want)
			}
		})
	}
}

func TestEveryControlIsMountedAndExplained(t *testing.T) {
	st := newStand(t)
	_, body := st.control("GET", "/_sandbox/", "")
	var list struct {
		Controls []struct{ Method, Path, Help string }
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}

	for _, c := range list.Controls {
		r, err := http.NewRequestWithContext(t.Context(), c.Method, st.url+strings.ReplaceAll(c.Path, "{", "x{"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := st.sim.mux.Handler(r); pattern == "/_sandbox/" || c.Help == "" {
			t.Errorf("%s %s is listed and not mounted, or not explained", c.Method, c.Path)
		}
	}
}
