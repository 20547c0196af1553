package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sellerchat/server/config"
	"sellerchat/server/sandbox/marketplace"
)

func TestASetupCodeIsGoodOnce(t *testing.T) {
	t.Parallel()

	tests := map[string]func(*testing.T, *tenant, *page) string{
		"it was used": func(t *testing.T, tn *tenant, p *page) string {
			code := p.value("Setup Code")
			tn.w.exchange(t, code)

			return code
		},
		"another one was made": func(t *testing.T, tn *tenant, p *page) string {
			code := p.value("Setup Code")
			fresh := p.press("New code").value("Setup Code")

			if fresh == code {
				t.Fatal("the new code is the old one")
			}

			tn.w.exchange(t, fresh)

			return code
		},
		"ten minutes are over": func(_ *testing.T, tn *tenant, p *page) string {
			tn.w.clock.Advance(11 * time.Minute)

			return p.value("Setup Code")
		},
	}

	for name, spend := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addTenant(tenantSpec{})
			p := tn.finish(tn.verified(), tn.authorize(), tn.shop.Code, topicName)
			code := spend(t, tn, p)

			got := tn.w.send(t, "/install/exchange", `{"code":"`+code+`"}`)
			wantRefusal(t, got, http.StatusNotFound)

			if strings.Contains(got.body, "secret") {
				t.Errorf("the refusal holds more than words: %s", got.body)
			}
		})
	}
}

// parent is the origin that may frame the install page here.
const parent = "https://acme.freshchat.com"

func framed(f *config.Flags) { f.FrameAncestors = parent }

func TestTheFrameIsToldOnce(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{flags: framed}).addTenant(tenantSpec{})
	opened := tn.browser.open(tn.w.origin + "/install?" + url.Values{"nonce": {"n-1"}, "parent": {parent}}.Encode())

	if got := opened.header.Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors "+parent) {
		t.Errorf("the policy is %q", got)
	}

	p := opened.fill("Freshchat Domain", tn.w.host).fill("Freshchat API Key", tn.key()).press("Verify")
	p = tn.finish(p, tn.authorize(), tn.shop.Code, topicName)

	box := p.doc.Find("[data-handover]")
	if box.AttrOr("data-origin", "") != parent || box.AttrOr("data-nonce", "") != "n-1" {
		t.Fatalf("the page does not tell its frame: %s", p.text())
	}

	if html, err := p.doc.Html(); err != nil || strings.Contains(html, "link_secret") {
		t.Error("the page itself holds the secret")
	}

	form := url.Values{"flow": {p.doc.Find("input[name=flow]").First().AttrOr("value", "")}}
	ask := func() (int, http.Header, marketplace.Handover) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tn.w.origin+"/install/handover", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}

		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")

		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()

		var h marketplace.Handover
		_ = json.NewDecoder(res.Body).Decode(&h) // a refusal has none

		return res.StatusCode, res.Header, h
	}

	status, header, h := ask()
	if status != http.StatusOK || header.Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d, cache %q", status, header.Get("Cache-Control"))
	}

	tn.hold(t, h)
	tn.confirm()

	if status, _, again := ask(); status != http.StatusNotFound || again.LinkSecret != "" {
		t.Errorf("asked again, it answers %d", status)
	}
}

func TestNobodyElseIsTold(t *testing.T) {
	t.Parallel()

	tests := map[string]string{
		"opened without a frame":   "/install",
		"framed by somebody else":  "/install?nonce=n-1&parent=https%3A%2F%2Fevil.example",
		"framed without a nonce":   "/install?parent=" + url.QueryEscape(parent),
		"a parent that is similar": "/install?nonce=n-1&parent=" + url.QueryEscape(parent+".evil.example"),
	}

	for name, path := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{flags: framed}).addTenant(tenantSpec{})
			p := tn.browser.open(tn.w.origin+path).fill("Freshchat Domain", tn.w.host).fill("Freshchat API Key", tn.key()).press("Verify")
			p = tn.finish(p, tn.authorize(), tn.shop.Code, topicName)

			if p.doc.Find("[data-handover]").Length() > 0 {
				t.Error("the page tells its frame")
			}

			form := url.Values{"flow": {p.doc.Find("input[name=flow]").First().AttrOr("value", "")}}
			if got := newBrowser(t).post(tn.w.origin+"/install/handover", form); got.status != http.StatusForbidden {
				t.Errorf("the handover answers %d", got.status)
			}

			tn.hold(t, tn.w.exchange(t, p.value("Setup Code")))
			tn.confirm()
		})
	}
}

func TestASettingsAddressOpensOnce(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addInstalled(tenantSpec{})

	address := func() string {
		t.Helper()

		a, err := tn.market.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		return a
	}

	spent := address()
	if p := tn.browser.open(spent); p.status != http.StatusOK || p.url.RawQuery != "" {
		t.Errorf("the first time it answers %d at %s", p.status, p.url)
	}

	if p := newBrowser(t).open(spent); p.status != http.StatusGone {
		t.Errorf("the second time it answers %d", p.status)
	}

	if p := newBrowser(t).open(w.origin + "/settings"); p.status != http.StatusUnauthorized {
		t.Errorf("without a session it answers %d", p.status)
	}

	late := address()

	w.clock.Advance(6 * time.Minute)

	if p := newBrowser(t).open(late); p.status != http.StatusGone {
		t.Errorf("after six minutes it answers %d", p.status)
	}

	w.clock.Advance(31 * time.Minute)

	if p := tn.browser.open(w.origin + "/settings"); p.status != http.StatusUnauthorized {
		t.Errorf("after half an hour the session answers %d", p.status)
	}
}

func TestTheWebhookKeyIsTheAdminsToChange(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addInstalled(tenantSpec{})
	tn.useWebhooks()

	const key = "Freshchat Webhook Public Key"

	p := tn.settings().fill(key, "not a key")
	p.typed["freshchat_api_key"] = tn.key()

	if p = p.press("Save"); p.status != http.StatusUnprocessableEntity || p.complaint(key) == "" {
		t.Errorf("a key that is none is answered %d: %s", p.status, p.text())
	}

	good, err := w.freshchat.PublicKey(tn.account.AppID)
	if err != nil {
		t.Fatal(err)
	}

	p = tn.settings().fill(key, good)
	p.typed["freshchat_api_key"] = "somebody's guess"

	if p = p.press("Save"); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "not the API key") {
		t.Errorf("a wrong API key is answered %d: %s", p.status, p.text())
	}

	form := p.values(p.doc.Find("form").Has("textarea"))
	if p := tn.browser.post(w.origin+"/settings/key", form, "Origin", "https://evil.example"); p.status != http.StatusForbidden {
		t.Errorf("another website is answered %d", p.status)
	}

	tn.events.Store(false)

	emma := tn.opened("Emma Clarke")
	emma.agentReplies("the old key is still in force")
	emma.buyerSees("the old key is still in force")
}
