package e2e

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tiktokBody is a webhook about a message of a buyer.
func tiktokBody(t *testing.T, c *chat, id, text string, at time.Time) string {
	t.Helper()

	content, err := json.Marshal(map[string]string{"content": text})
	if err != nil {
		t.Fatal(err)
	}

	body, err := json.Marshal(map[string]any{
		"type": 14, "tts_notification_id": "n" + id, "shop_id": c.tn.shop.ID, "timestamp": at.Unix(),
		"data": map[string]any{
			"content": string(content), "conversation_id": c.id, "create_time": at.Unix(), "is_visible": true,
			"message_id": id, "index": strconv.FormatInt(at.UnixMicro(), 10), "type": "TEXT",
			"sender": map[string]string{"im_user_id": c.buyer.ImUserID, "role": "BUYER"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}

	return string(body)
}

// signTikTok is the Authorization header of a webhook of a market's app.
func signTikTok(market, body string) string {
	for _, a := range apps {
		if a.Market == market {
			mac := hmac.New(sha256.New, []byte(a.AppSecret))
			mac.Write([]byte(a.AppKey + body))

			return hex.EncodeToString(mac.Sum(nil))
		}
	}

	return ""
}

func TestWebhooksThatPretendToBeTikTok(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")
	now := w.clock.Now()

	good := tiktokBody(t, emma, "7000000000000000001", "rightly signed", now)
	old := tiktokBody(t, emma, "7000000000000000002", "two weeks old", now.Add(-14*24*time.Hour))
	before := tiktokBody(t, emma, "7000000000000000003", "before the shop was connected", now.Add(-time.Hour))
	foreign := strings.ReplaceAll(tiktokBody(t, emma, "7000000000000000004", "another shop", now), tn.shop.ID, "7000000000000009999")
	altered := tiktokBody(t, emma, "7000000000000000005", "altered on the way", now)
	asian := tiktokBody(t, emma, "7000000000000000006", "through another app", now)
	huge := `{"type":14,"data":"` + strings.Repeat("a", 2<<20) + `"}`

	tests := map[string]struct {
		path, body, sign string
		status           int
	}{
		"rightly signed":                       {"uk", good, signTikTok("uk", good), http.StatusOK},
		"the same once more":                   {"uk", good, signTikTok("uk", good), http.StatusOK},
		"no signature":                         {"uk", altered, "", http.StatusUnauthorized},
		"a signature that is no hex":           {"uk", altered, "Bearer nonsense", http.StatusUnauthorized},
		"the signature of another body":        {"uk", altered, signTikTok("uk", good), http.StatusUnauthorized},
		"the signature of another app":         {"uk", altered, signTikTok("asia", altered), http.StatusUnauthorized},
		"an unknown market":                    {"mars", altered, signTikTok("uk", altered), http.StatusNotFound},
		"another market's app for our shop":    {"asia", asian, signTikTok("asia", asian), http.StatusOK},
		"a shop that nobody connected":         {"uk", foreign, signTikTok("uk", foreign), http.StatusOK},
		"a message of two weeks ago":           {"uk", old, signTikTok("uk", old), http.StatusOK},
		"a message from before the connection": {"uk", before, signTikTok("uk", before), http.StatusOK},
		"a type that nobody knows":             {"uk", `{"type":4711,"shop_id":"1","data":{}}`, signTikTok("uk", `{"type":4711,"shop_id":"1","data":{}}`), http.StatusOK},
		"broken JSON":                          {"uk", `{"type":14,`, signTikTok("uk", `{"type":14,`), http.StatusBadRequest},
		"no JSON at all":                       {"uk", "hello", signTikTok("uk", "hello"), http.StatusBadRequest},
		"nothing":                              {"uk", "", signTikTok("uk", ""), http.StatusBadRequest},
		"a body over the limit":                {"uk", huge, signTikTok("uk", huge), http.StatusRequestEntityTooLarge},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.send(t, "/webhooks/tiktok/"+test.path, test.body, "Authorization", test.sign)
			if got.status != test.status {
				t.Errorf("answered %d: %s", got.status, got.body)
			}

			if got.status == http.StatusOK && got.body != "" {
				t.Errorf("the body is not empty: %s", got.body)
			}
		})
	}

	emma.buyerWrites("the end")
	emma.agentSees("the end")
	w.quiet()
	emma.wantShown("Hello, I am Emma Clarke", "rightly signed", "the end")
}

// freshchatBody is a webhook about a message of an agent.
func freshchatBody(t *testing.T, c *chat, id, text string, at time.Time) string {
	t.Helper()

	tn, thread := c.tn, c.thread()

	body, err := json.Marshal(map[string]any{
		"actor": map[string]string{"actor_type": "agent", "actor_id": tn.account.Agents[0].ID}, "action": "message_create",
		"action_time": at.UTC().Format("2006-01-02T15:04:05.000Z"),
		"data": map[string]any{"message": map[string]any{
			"id": id, "app_id": tn.account.AppID, "conversation_id": thread.ID, "channel_id": thread.TopicID,
			"user_id": thread.User.ID, "actor_type": "agent", "actor_id": tn.account.Agents[0].ID, "message_type": "normal",
			"created_time":  at.UTC().Format("2006-01-02T15:04:05.000Z"),
			"message_parts": []any{map[string]any{"text": map[string]string{"content": text}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}

	return string(body)
}

// signFreshchat is the X-Freshchat-Signature header, with a key that every
// account here has unless another one is given.
func signFreshchat(t *testing.T, body string, key *rsa.PrivateKey) string {
	t.Helper()

	if key == nil {
		var err error
		if key, err = webhookKey(); err != nil {
			t.Fatal(err)
		}
	}

	sum := sha256.Sum256([]byte(body))

	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}

	return base64.StdEncoding.EncodeToString(signature)
}

func TestWebhooksThatPretendToBeFreshchat(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addInstalled(tenantSpec{})
	tn.events.Store(false)

	emma := tn.opened("Emma Clarke")
	address := strings.TrimPrefix(tn.settings().value("Webhook Address"), w.origin)
	now := w.clock.Now()
	good := freshchatBody(t, emma, "00000000-0000-4000-8000-000000000001", "rightly signed", now)

	if got := w.send(t, address, good, "X-Freshchat-Signature", signFreshchat(t, good, nil)); got.status != http.StatusServiceUnavailable {
		t.Errorf("while no key is saved it answers %d", got.status)
	}

	tn.useWebhooks()

	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}

	altered := freshchatBody(t, emma, "00000000-0000-4000-8000-000000000002", "altered on the way", now)
	foreign := strings.ReplaceAll(freshchatBody(t, emma, "00000000-0000-4000-8000-000000000003", "another account", now), tn.account.AppID, "11111111-1111-4111-8111-111111111111")
	elsewhere := strings.ReplaceAll(freshchatBody(t, emma, "00000000-0000-4000-8000-000000000004", "another conversation", now), emma.thread().ID, "22222222-2222-4222-8222-222222222222")
	old := freshchatBody(t, emma, "00000000-0000-4000-8000-000000000005", "two weeks old", now.Add(-14*24*time.Hour))
	huge := `{"action":"` + strings.Repeat("a", 2<<20) + `"}`

	tests := map[string]struct {
		path, body, sign string
		status           int
	}{
		"rightly signed":                    {address, good, signFreshchat(t, good, nil), http.StatusOK},
		"the same once more":                {address, good, signFreshchat(t, good, nil), http.StatusOK},
		"no signature":                      {address, altered, "", http.StatusUnauthorized},
		"a signature that is no base64":     {address, altered, "%%%", http.StatusUnauthorized},
		"the signature of another body":     {address, altered, signFreshchat(t, good, nil), http.StatusUnauthorized},
		"the signature of another key":      {address, altered, signFreshchat(t, altered, stranger), http.StatusUnauthorized},
		"an address that nobody has":        {"/webhooks/freshchat/AAAAAAAAAAAAAAAAAAAAAAAAAA", altered, signFreshchat(t, altered, nil), http.StatusNotFound},
		"another account's message":         {address, foreign, signFreshchat(t, foreign, nil), http.StatusOK},
		"a conversation that is not linked": {address, elsewhere, signFreshchat(t, elsewhere, nil), http.StatusOK},
		"a message of two weeks ago":        {address, old, signFreshchat(t, old, nil), http.StatusOK},
		"an action that nobody knows":       {address, `{"action":"dance","data":{}}`, signFreshchat(t, `{"action":"dance","data":{}}`, nil), http.StatusOK},
		"broken JSON":                       {address, `{"action":`, signFreshchat(t, `{"action":`, nil), http.StatusBadRequest},
		"a body over the limit":             {address, huge, signFreshchat(t, huge, nil), http.StatusRequestEntityTooLarge},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := w.send(t, test.path, test.body, "X-Freshchat-Signature", test.sign); got.status != test.status {
				t.Errorf("answered %d: %s", got.status, got.body)
			}
		})
	}

	emma.agentReplies("the end")
	emma.buyerSees("the end")
	w.quiet()
	emma.wantReceived("rightly signed", "the end")
}
