package journey

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// platforms are both sandboxes' controls, with which a journey brings about
// what no visitor of the demo can: it sets the stage, and reads nothing of what
// became of it.
type platforms struct {
	t                 *testing.T
	tiktok, freshchat string
}

// platformsOf finds them from the installed app: our set-up, which its settings
// frame, leads to TikTok, and the account's domain is Freshchat.
func platformsOf(dialog *tab, have credentials) *platforms {
	dialog.t.Helper()
	dialog.press("Settings")

	settings := dialog.frame()
	settings.press("Change")

	page := settings.frame()
	page.sees("Connect your TikTok shop to Freshchat")

	backend, err := ask[string](page, `function () { return this.location.origin; }`)
	page.check("read the page's address", err)
	dialog.press("Back")
	dialog.sees("The app is installed.")
	dialog.open(backend + "/authorize/uk")
	dialog.sees("Authorize a service")

	tiktok, err := ask[string](dialog, `function () { return this.location.origin; }`)
	dialog.check("read TikTok's address", err)

	return &platforms{t: dialog.t, tiktok: tiktok, freshchat: "http://" + have.domain}
}

// call calls a control and reads its answer.
func (p *platforms) call(method, address, body string, into any) {
	p.t.Helper()

	r, err := http.NewRequestWithContext(p.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}

	r.Header.Set("Content-Type", "application/json")

	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()

	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= http.StatusBadRequest {
		p.t.Fatalf("%s %s: %d %s %v", method, address, res.StatusCode, text, err)
	}

	if into == nil {
		return
	}

	if err := json.Unmarshal(text, into); err != nil {
		p.t.Fatalf("%s %s: %s: %v", method, address, text, err)
	}
}

// strike makes TikTok fail once.
func (p *platforms) strike(fault, only string) {
	p.t.Helper()
	p.call(http.MethodPut, p.tiktok+"/_sandbox/faults/"+fault, `{"rate":1,"remaining":1,"only":"`+only+`"}`, nil)
}

// rotateKey replaces the account's API key in Freshchat.
func (p *platforms) rotateKey() {
	p.t.Helper()

	var list struct {
		Accounts []struct {
			AppID string `json:"app_id"`
		} `json:"accounts"`
	}

	p.call(http.MethodGet, p.freshchat+"/_sandbox/accounts", "", &list)
	p.call(http.MethodPost, p.freshchat+"/_sandbox/accounts/"+list.Accounts[0].AppID+"/key", `{}`, nil)
}

// chatter lets robots write so much into the first shop's conversation that
// what was sent before cannot be found any more.
func (p *platforms) chatter() {
	p.t.Helper()

	var shops struct {
		Shops []struct {
			ID string `json:"id"`
		} `json:"shops"`
	}

	var chats struct {
		Conversations []struct {
			ID string `json:"id"`
		} `json:"conversations"`
	}

	p.call(http.MethodGet, p.tiktok+"/_sandbox/shops", "", &shops)
	p.call(http.MethodGet, p.tiktok+"/_sandbox/shops/"+shops.Shops[0].ID+"/conversations", "", &chats)

	for range 80 {
		p.call(http.MethodPost, p.tiktok+"/_sandbox/conversations/"+chats.Conversations[0].ID+"/messages", `{"role":"ROBOT","content":"beep"}`, nil)
	}
}
