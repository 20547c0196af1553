package demo

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/sandbox/tiktoksim"
)

// simpleton is a backend of a few lines, so that the demo can be tested
// without the product: it relays texts one after the other, tries again until
// it succeeds, and loses what it knows of answers that were lost.
type simpleton struct {
	t      *testing.T
	world  *World
	server *httptest.Server

	mu       sync.Mutex
	down     bool
	topic    string
	key      string
	tokens   map[string]string // access token by shop id
	users    map[string]string // Freshchat user by TikTok conversation
	threads  map[string]string // Freshchat conversation by TikTok conversation
	queue    []job
	awake    *sync.Cond
	finished bool
}

type job struct {
	in                          bool
	shop, conversation, message string
	text                        string
	attempt                     int
}

func (b *simpleton) Kill() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = true

	return nil
}

func (b *simpleton) Start() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = false
	b.awake.Broadcast()

	return nil
}

func (b *simpleton) State() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return "stopped"
	}

	return BackendRunning
}

// setUp does what the admin does on the install page.
func (b *simpleton) setUp() string {
	account, err := b.world.Freshchat.Account(b.world.Account)
	if err != nil {
		b.t.Error(err)
		return ""
	}
	shop := b.world.Sellers[0].Shops[0]
	consent, err := b.world.TikTok.Authorize("uk", b.world.Sellers[0].OpenID, "")
	if err != nil {
		b.t.Error(err)
		return ""
	}

	var token struct {
		Data struct {
			Access string `json:"access_token"`
		} `json:"data"`
	}
	app := b.world.Apps[0]
	q := url.Values{"app_key": {app.AppKey}, "app_secret": {app.AppSecret}, "auth_code": {consent.Code}, "grant_type": {"authorized_code"}}
	if err := b.get(b.world.at.TikTok+"/api/v2/token/get?"+q.Encode(), &token); err != nil {
		b.t.Error(err)
		return ""
	}

	b.mu.Lock()
	b.topic, b.key = account.Topics[0].ID, account.APIKey
	b.tokens[shop.ID] = token.Data.Access
	b.mu.Unlock()

	err = b.tiktok(shop, http.MethodPut, "/event/202309/webhooks",
		`{"event_type":"NEW_MESSAGE","address":"`+b.server.URL+`/webhooks/tiktok/uk"}`)
	if err != nil {
		b.t.Error(err)
		return ""
	}

	return "GOOD"
}

func (b *simpleton) serve(w http.ResponseWriter, r *http.Request) {
	if b.State() != BackendRunning {
		panic(http.ErrAbortHandler)
	}
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.URL.Path == "/install":
		b.installPage(w, r)
	case r.URL.Path == "/do-install":
		if b.setUp() == "" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	case r.URL.Path == "/install/exchange":
		fmt.Fprintf(w, `{"install_id":"ins_demo","link_secret":"%s","freshchat_domain":"acme.freshchat.com","topic_id":"%s"}`,
			strings.Repeat("s", 32), b.topic)
	case strings.HasPrefix(r.URL.Path, "/webhooks/tiktok/"):
		b.takeWebhook(body)
	case r.URL.Path == "/events/message":
		b.takeEvent(body)
		fmt.Fprint(w, `{"status":"ok"}`)
	default:
		fmt.Fprint(w, `{"status":"ok"}`)
	}
}

// installPage is a page with one button that ends as the real one does.
func (b *simpleton) installPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Setup</title><main><h1>Setup</h1>
<p>The product's install page stands here.</p><button id="go">Install</button></main><script>
document.getElementById('go').onclick = async () => {
  await fetch('/do-install', {method: 'POST'});
  document.querySelector('p').textContent = 'App Installed';
  parent.postMessage({type: 'sellerchat.installed', nonce: %q, install_id: 'ins_demo', link_secret: 's'.repeat(32),
    freshchat_domain: 'acme.freshchat.com', topic_id: 'topic'}, %q);
};
</script></html>`, r.FormValue("nonce"), r.FormValue("parent"))
}

func (b *simpleton) takeWebhook(body []byte) {
	var in struct {
		Shop string `json:"shop_id"`
		Data struct {
			Content      string `json:"content"`
			Conversation string `json:"conversation_id"`
			Message      string `json:"message_id"`
			Type         string `json:"type"`
			Sender       struct {
				Role string `json:"role"`
			} `json:"sender"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &in) != nil || in.Data.Type != tiktoksim.TypeText || in.Data.Sender.Role != tiktoksim.RoleBuyer {
		return
	}
	var said content
	_ = json.Unmarshal([]byte(in.Data.Content), &said)
	b.add(job{in: true, shop: in.Shop, conversation: in.Data.Conversation, message: in.Data.Message, text: said.Content})
}

func (b *simpleton) takeEvent(body []byte) {
	var in struct {
		Data struct {
			Message struct {
				Messages []struct {
					ID     string `json:"id"`
					Thread string `json:"conversation_id"`
					Parts  []struct {
						Text struct {
							Content string `json:"content"`
						} `json:"text"`
					} `json:"message_parts"`
				} `json:"messages"`
			} `json:"message"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Data.Message.Messages) == 0 {
		return
	}
	m := in.Data.Message.Messages[0]

	b.mu.Lock()
	conversation := ""
	for tiktok, thread := range b.threads {
		if thread == m.Thread {
			conversation = tiktok
		}
	}
	b.mu.Unlock()
	b.add(job{shop: b.world.Sellers[0].Shops[0].ID, conversation: conversation, message: m.ID, text: plain(m.Parts[0].Text.Content)})
}

func (b *simpleton) add(j job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, j)
	b.awake.Broadcast()
}

// work delivers in order and tells of each attempt as the product's log does.
func (b *simpleton) work() {
	for {
		b.mu.Lock()
		for !b.finished && (b.down || len(b.queue) == 0) {
			b.awake.Wait()
		}
		if b.finished {
			b.mu.Unlock()
			return
		}
		j := b.queue[0]
		b.queue[0].attempt++
		b.mu.Unlock()

		started := time.Now()
		err := b.deliver(j)
		e := Event{Kind: Attempted, Direction: Out, Conversation: j.conversation, Message: j.message, Attempt: j.attempt + 1, Took: time.Since(started), State: "delivered"}
		if j.in {
			e.Direction = In
		}
		if err != nil {
			e.State, e.Text = "queued", "the other side did not answer"
			time.Sleep(150 * time.Millisecond)
		}
		b.world.Journal.Trace(e)
		if err == nil {
			b.mu.Lock()
			b.queue = b.queue[1:]
			b.mu.Unlock()
		}
	}
}

func (b *simpleton) deliver(j job) error {
	shop := b.world.Sellers[0].Shops[0]
	if !j.in {
		words, _ := json.Marshal(map[string]string{"content": j.text})
		body, _ := json.Marshal(map[string]string{"type": tiktoksim.TypeText, "content": string(words)})
		return b.tiktok(shop, http.MethodPost, "/customer_service/202309/conversations/"+j.conversation+"/messages", string(body))
	}
	if b.users[j.conversation] == "" {
		return b.introduce(j)
	}

	return b.freshchat("/v2/conversations/"+b.threads[j.conversation]+"/messages", map[string]any{
		"message_parts": []any{map[string]any{"text": map[string]string{"content": j.text}}},
		"message_type":  "normal", "actor_type": "user", "actor_id": b.users[j.conversation],
	}, nil)
}

// introduce makes the buyer known in Freshchat with her first message.
func (b *simpleton) introduce(j job) error {
	name := "Buyer"
	list, err := b.world.TikTok.Conversations(j.shop)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.ID == j.conversation {
			name = c.Buyer.Nickname
		}
	}

	var user struct {
		ID string `json:"id"`
	}
	err = b.freshchat("/v2/users", map[string]any{
		"reference_id": "tiktok:" + j.conversation, "first_name": name,
		"properties": []map[string]string{{"name": "tiktok_shop", "value": "Glow Beauty"}, {"name": propertyTikTok, "value": j.conversation}},
	}, &user)
	if err != nil {
		return err
	}
	var thread struct {
		ID string `json:"conversation_id"`
	}
	err = b.freshchat("/v2/conversations", map[string]any{
		"status": "new", "channel_id": b.topic, "users": []map[string]string{{"id": user.ID}},
		"messages": []any{map[string]any{
			"message_parts": []any{map[string]any{"text": map[string]string{"content": j.text}}},
			"message_type":  "normal", "actor_type": "user", "actor_id": user.ID, "channel_id": b.topic,
		}},
	}, &thread)
	if err != nil {
		return err
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.users[j.conversation], b.threads[j.conversation] = user.ID, thread.ID

	return nil
}

func (b *simpleton) freshchat(path string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, b.world.at.Freshchat+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+b.key)

	return b.do(r, into)
}

func (b *simpleton) tiktok(shop tiktoksim.ShopSpec, method, path, body string) error {
	app := b.world.Apps[0]
	q := url.Values{"app_key": {app.AppKey}, "timestamp": {strconv.FormatInt(b.world.Clock.Now().Unix(), 10)}, "shop_cipher": {shop.Cipher}}
	mac := hmac.New(sha256.New, []byte(app.AppSecret))
	mac.Write([]byte(app.AppSecret + path))
	for _, name := range slices.Sorted(maps.Keys(q)) {
		mac.Write([]byte(name + q.Get(name)))
	}
	mac.Write([]byte(body + app.AppSecret))
	q.Set("sign", hex.EncodeToString(mac.Sum(nil)))

	r, err := http.NewRequest(method, b.world.at.TikTok+path+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-tts-access-token", b.tokens[shop.ID])

	return b.do(r, nil)
}

func (b *simpleton) get(address string, into any) error {
	r, err := http.NewRequest(http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}

	return b.do(r, into)
}

func (b *simpleton) do(r *http.Request, into any) error {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return errors.New(string(answer))
	}
	if into != nil {
		return json.Unmarshal(answer, into)
	}

	return nil
}
