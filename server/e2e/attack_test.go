package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/tiktoksim"
)

// siege is a world in which one account is the victim of another, which has
// the app installed too and may do all that its own admin may.
type siege struct {
	*world

	victim, thief *tenant
	emma          *chat // the victim's buyer
	siti          *chat // the thief's
}

func newSiege(t *testing.T) *siege {
	t.Helper()

	w := newWorld(t, options{flags: framed})
	s := &siege{world: w, victim: w.addInstalled(tenantSpec{name: "Glow Beauty"}), thief: w.addInstalled(tenantSpec{name: "Nusa Living"})}
	s.emma, s.siti = s.victim.opened("Emma Clarke"), s.thief.opened("Siti Rahma")
	w.quiet()

	return s
}

// unharmed sends a message each way on both sides: everybody has what is
// theirs, and nothing else.
func (s *siege) unharmed(t *testing.T) {
	t.Helper()

	for _, c := range []*chat{s.emma, s.siti} {
		c.buyerWrites("still here")
		c.agentSees("still here")
		c.agentReplies("yes")
		c.buyerSees("yes")
	}

	s.quiet()

	for _, c := range []*chat{s.emma, s.siti} {
		if got := c.shown(); len(got) != 2 || len(c.threads()) != 1 {
			t.Errorf("the agents of %s see %q in %d conversations", c.tn.account.Name, got, len(c.threads()))
		}

		if got := c.received(); got[len(got)-1] != "yes" || slices.Contains(got, "forged") {
			t.Errorf("the buyer of %s got %q", c.tn.account.Name, got)
		}
	}
}

// TestAttacks has somebody try what she has no right to, one way after the
// other.
func TestAttacks(t *testing.T) {
	t.Parallel()

	attacks := map[string]func(*testing.T, *siege){
		"an authorize link sent to a stranger":             attackLink,
		"a link to authorize again sent to a stranger":     attackRepair,
		"somebody's shop code without the code":            attackShopCode,
		"another account's conversation through the panel": attackPanel,
		"another account's conversation through events":    attackEvents,
		"a forged parent":                                           attackParent,
		"a frame on any page but the install page":                  attackFrame,
		"an html file as media":                                     attackMedia,
		"a session address opened twice":                            attackSession,
		"a settings change without the key":                         attackSettings,
		"a settings change with another account's session and form": attackForm,
	}

	for name, try := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newSiege(t)
			try(t, s)
			s.unharmed(t)
		})
	}
}

// attackLink sends the link of the thief's install page to the victim's
// seller. She is told whose it is, and until she says yes nobody has anything.
func attackLink(t *testing.T, s *siege) {
	trap := s.thief.verified()
	exchanged := s.called(tokenGet)

	last := s.victim.consents(t, newBrowser(t), trap.linked("[data-testid=authorize-link]"))
	if text := last.text(); !strings.Contains(text, "Send the chats of your shop to "+s.thief.account.Domain+"?") {
		t.Errorf("she is not asked: %s", text)
	}

	p := s.thief.finish(trap, "", s.victim.shop.Code, topicName)
	if p.status != http.StatusUnprocessableEntity || p.complaint("Auth Code URL") == "" {
		t.Errorf("without her yes the thief is answered %d: %s", p.status, p.text())
	}

	if got := s.called(tokenGet); got != exchanged {
		t.Error("her code was spent without her yes")
	}
}

// tokenGet is where TikTok exchanges codes.
const tokenGet = "/api/v2/token/get"

// attackRepair ends the thief's own authorization to get the link, and lets the
// victim's seller follow it up to the end: it connects no shop that the thief
// does not have, takes none from its owner, and stays good for whom it is for.
func attackRepair(t *testing.T, s *siege) {
	if err := s.tiktok.Deauthorize(s.thief.shop.ID); err != nil {
		t.Fatal(err)
	}

	link := s.thief.repairLink(t)

	last := s.victim.consents(t, newBrowser(t), link)
	if text := last.text(); !strings.Contains(text, "Send the chats of your shop to "+s.thief.account.Domain+"?") {
		t.Errorf("she is not asked: %s", text)
	}

	p := last.press("Yes, connect")
	if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text(), "does not cover "+s.thief.shop.Name) {
		t.Errorf("answered %d: %s", p.status, p.text())
	}

	p = s.thief.consents(t, newBrowser(t), link).press("Yes, connect")
	if !strings.Contains(p.text(), s.thief.shop.Name+" can go on") {
		t.Errorf("its own seller is answered %d: %s", p.status, p.text())
	}
}

// attackShopCode knows the victim's shop code and id, which are no secrets.
func attackShopCode(t *testing.T, s *siege) {
	const code, shop = "Auth Code URL", "TikTok Seller Shop Code"

	for _, known := range []string{s.victim.shop.Code, s.victim.shop.ID} {
		for what, try := range map[string]struct{ code, field string }{
			"no code":                  {"", code},
			"a code that was made up":  {s.origin + "/tiktok/authorized?market=uk&code=ROW_guessed", code},
			"the code of another shop": {s.thief.authorize(), shop},
		} {
			p := s.thief.finish(s.thief.verified(), try.code, known, topicName)
			if p.status != http.StatusUnprocessableEntity || p.complaint(try.field) == "" {
				t.Errorf("%s is answered %d: %s", what, p.status, p.text())
			}

			if what == "the code of another shop" && strings.Contains(p.complaint(shop), s.victim.shop.Name) {
				t.Errorf("it names the victim's shop: %s", p.complaint(shop))
			}
		}
	}
}

// attackPanel asks, rightly signed, for a conversation of the other account,
// and to send a message there again.
func attackPanel(t *testing.T, s *siege) {
	strike(t, s.tiktok.Faults(), tiktoksim.FaultSensitive, onceOf(1))
	s.emma.agentReplies("call me")
	s.emma.agentIsTold("“call me” was not sent")

	own := s.victim.panel(t, s.emma.thread().ID)
	if !own.Linked || len(own.Messages) == 0 || !own.Messages[0].Retry {
		t.Fatalf("the victim's own panel shows %+v", own)
	}

	if got := s.thief.panel(t, s.emma.thread().ID); got.Linked || got.Buyer != "" || len(got.Messages) != 0 {
		t.Errorf("the thief is shown %+v", got)
	}

	for _, conversation := range []string{s.emma.thread().ID, s.siti.thread().ID, "no-such-conversation"} {
		got := s.thief.call(t, "/panel/retry", "panel", map[string]any{
			"event": "panel", "timestamp": s.clock.Now().UnixMilli(),
			"conversation_id": conversation, "delivery_id": own.Messages[0].Delivery,
		})
		wantRefusal(t, got, http.StatusNotFound)
	}

	s.quiet()

	if got := s.emma.received(); len(got) != 0 {
		t.Errorf("the buyer got %q", got)
	}
}

// panelAnswer is what the agent's panel is told.
type panelAnswer struct {
	Linked   bool   `json:"linked"`
	Buyer    string `json:"buyer"`
	Notice   string `json:"notice"`
	Messages []struct {
		Delivery  string `json:"delivery_id"`
		State     string `json:"state"`
		Text      string `json:"text"`
		Reason    string `json:"reason"`
		Retry     bool   `json:"retry"`
		RetryNote string `json:"retry_note"`
	} `json:"messages"`
}

// panel asks for the panel beside a conversation.
func (tn *tenant) panel(t *testing.T, conversation string) panelAnswer {
	t.Helper()

	got := tn.call(t, "/panel/state", "panel", map[string]any{
		"event": "panel", "timestamp": tn.w.clock.Now().UnixMilli(), "conversation_id": conversation,
	})

	var p panelAnswer
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != http.StatusOK {
		t.Fatalf("the panel is answered %d: %s", got.status, got.body)
	}

	return p
}

// attackEvents tells, rightly signed, of a conversation of the other account:
// an agent's reply in it, and that it was resolved; with that account's app id,
// with its own, and without.
func attackEvents(t *testing.T, s *siege) {
	appID := regexp.MustCompile(`"app_id":"[^"]*",?`)
	guises := []string{"$0", `"app_id":"` + s.thief.account.AppID + `",`, ""}

	for i, guise := range guises {
		for path, data := range map[string]map[string]any{
			"/events/message":      productEvent(t, s.emma, fmt.Sprintf("9b1f1f6e-0000-4000-8000-00000000000%d", i), "forged"),
			"/events/conversation": conversationEvent(s.emma, s.clock.Now()),
		} {
			text, err := json.Marshal(data)
			if err != nil {
				t.Fatal(err)
			}

			name, ok := data["event"].(string)
			if !ok {
				t.Fatal("the event has no name")
			}

			body := appID.ReplaceAllString(string(text), guise)
			if got := s.send(t, path, body, "Authorization", "Bearer "+s.thief.market.Sign(name, []byte(body))); got.status != http.StatusOK {
				t.Errorf("%s as %q is answered %d: %s", path, guise, got.status, got.body)
			}
		}
	}

	s.quiet()
	s.emma.wantReceived()
	s.siti.wantReceived()
}

// conversationEvent is what the Marketplace tells of a conversation that was
// resolved.
func conversationEvent(c *chat, at time.Time) map[string]any {
	return map[string]any{"event": "onConversationUpdate", "timestamp": at.UnixMilli(), "data": map[string]any{
		"actor": map[string]any{"type": "agent"},
		"conversation": map[string]any{
			"id": c.thread().ID, "conversation_id": c.thread().ID, "app_id": c.tn.account.AppID, "status": "resolved",
			"channel_id": c.thread().TopicID, "assigned_agent_id": c.tn.account.Agents[0].ID,
		},
		"changes": map[string]any{"model_changes": map[string]any{"status": []string{"assigned", "resolved"}}},
	}}
}

// attackParent opens the install page for a parent that may not frame it: the
// victim installs there, and the page tells nobody.
func attackParent(t *testing.T, s *siege) {
	for _, forged := range []string{"https://evil.example", parent + ".evil.example", parent + "@evil.example", "null", "*"} {
		opened := s.victim.browser.open(s.origin + "/install?" + url.Values{"nonce": {"n-1"}, "parent": {forged}}.Encode())
		if got := opened.header.Get("Content-Security-Policy"); !strings.HasSuffix(got, "frame-ancestors "+parent) {
			t.Errorf("%s: the policy is %q", forged, got)
		}

		p := opened.fill("Freshchat Domain", s.host).fill("Freshchat API Key", s.victim.key()).press("Verify")
		p = s.victim.finish(p, s.victim.authorize(), s.victim.shop.Code, topicName)

		html, err := p.doc.Html()
		if err != nil || p.doc.Find("[data-handover]").Length() > 0 || strings.Contains(html, "link_secret") || strings.Contains(html, "evil.example") {
			t.Errorf("%s: the page tells its frame: %v %s", forged, err, html)
		}

		form := url.Values{"flow": {p.doc.Find("input[name=flow]").First().AttrOr("value", "")}, "parent": {parent}, "nonce": {"n-1"}}
		if got := newBrowser(t).post(s.origin+"/install/handover", form); got.status != http.StatusForbidden {
			t.Errorf("%s: the handover answers %d", forged, got.status)
		}

		s.victim.hold(t, s.exchange(t, p.value("Setup Code")))
		s.victim.confirm()
	}
}

// attackFrame looks at what every page lets itself be framed by, with a place
// configured that may frame the install page.
func attackFrame(t *testing.T, s *siege) {
	settings := s.victim.settings()
	pages := map[string]*page{
		"settings": settings, "settings, saved": settings.press("Apply settings"), "self-test": settings.press("Run the self-test"),
		"settings without a session": newBrowser(t).open(s.origin + "/settings"),
		"a spent session address":    newBrowser(t).open(s.origin + "/settings?session=x"),
		"settings, posted":           newBrowser(t).post(s.origin+"/settings/key", nil),
		"the code handed over":       newBrowser(t).post(s.origin+"/install/authorized", nil),
	}

	for _, path := range []string{
		"/", "/authorize", "/authorize?repair=x&market=uk", "/tiktok/callback/uk?code=x", "/tiktok/callback/uk?error=denied",
		"/tiktok/authorized?code=x&market=uk", "/nowhere", "/install/verify", "/healthz", "/readyz", "/media/x",
		"/static/css/app.css",
	} {
		pages[path] = newBrowser(t).open(s.origin + path)
	}

	for name, p := range pages {
		policy := p.header.Get("Content-Security-Policy")
		framable := !strings.Contains(policy, "frame-ancestors 'none'")

		// What is no page shows nothing that could be clicked.
		if strings.HasPrefix(p.header.Get("Content-Type"), "text/html") && framable {
			t.Errorf("%s, answered %d, may be framed: %q", name, p.status, policy)
		}
	}

	if policy := newBrowser(t).open(s.origin + "/install").header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors "+parent) {
		t.Errorf("the install page: %q", policy)
	}
}

// attackMedia sends pages with scripts for files of every kind. What is kept of
// them is handed out as something to save.
func attackMedia(t *testing.T, s *siege) {
	const script = "<!doctype html><html><script>alert(document.domain)</script></html>"

	for _, f := range []struct{ kind, name, mime string }{
		{"file", "offer.html", "text/html"}, {"file", "offer.svg", "image/svg+xml"}, {"file", "offer.pdf", "application/pdf"},
		{"file", "offer\r\nContent-Type: text/html", "application/pdf"},
	} {
		part, err := s.freshchat.Store(s.thief.account.AppID, f.kind, f.name, f.mime, []byte(script))
		if err == nil {
			_, err = s.freshchat.AgentReplies(s.siti.thread().ID, "", part)
		}

		if err != nil {
			t.Fatal(err)
		}
	}

	s.siti.agentReplies("that was all")
	s.siti.buyerSees("that was all")

	links := regexp.MustCompile(regexp.QuoteMeta(s.origin)+`/media/[\w-]+`).FindAllString(strings.Join(s.siti.received(), "\n"), -1)
	if len(links) != 4 {
		t.Fatalf("the buyer got %q", s.siti.received())
	}

	for _, link := range links {
		res, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}

		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil || string(body) != script {
			t.Errorf("the file came as %q, %v", body, err)
		}

		for name, want := range map[string]string{
			"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "sandbox; default-src 'none'",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s is %q", name, got)
			}
		}

		if got := res.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
			t.Errorf("it is to be shown: %q", got)
		}
	}
}

// attackSession gets hold of an address that the admin has opened already.
func attackSession(t *testing.T, s *siege) {
	address, err := s.victim.market.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	if p := s.victim.browser.open(address); p.status != http.StatusOK {
		t.Errorf("the admin is answered %d", p.status)
	}

	stranger := newBrowser(t)
	if p := stranger.open(address); p.status != http.StatusGone || strings.Contains(p.text(), s.victim.shop.Name) {
		t.Errorf("the stranger is answered %d: %s", p.status, p.text())
	}

	if p := stranger.open(s.origin + "/settings"); p.status != http.StatusUnauthorized {
		t.Errorf("the stranger has a session: %d", p.status)
	}

	if p := s.victim.browser.open(s.origin + "/settings"); p.status != http.StatusOK {
		t.Errorf("the admin has lost her session: %d", p.status)
	}
}

// attackSettings has a session, as an agent's browser could get one, and not
// the key.
func attackSettings(t *testing.T, s *siege) {
	public, err := s.freshchat.PublicKey(s.thief.account.AppID)
	if err != nil {
		t.Fatal(err)
	}

	for what, key := range map[string]string{"no key": "", "a guess": "guess", "the key of another account": s.thief.key()} {
		p := s.victim.settings().fill("Freshchat Webhook Public Key", public)
		p.typed["freshchat_api_key"] = key

		if p = p.press("Save"); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%s for the webhook's key is answered %d: %s", what, p.status, p.text())
		}

		p = s.victim.settings()
		form := p.values(p.doc.Find("form").Has("[name=show_text]"))
		form.Set("show_text", "on")
		form.Set("freshchat_api_key", key)

		p = s.victim.browser.post(s.origin+"/settings/options", form)
		if p.status != http.StatusUnprocessableEntity {
			t.Errorf("%s for showing texts is answered %d: %s", what, p.status, p.text())
		}
	}

	p := s.victim.settings()
	if _, on := p.doc.Find("[name=show_text]").Attr("checked"); on {
		t.Error("texts are shown")
	}

	// The webhook of the victim takes nothing that the thief's key has signed.
	body := freshchatBody(t, s.emma, "00000000-0000-4000-8000-000000000001", "forged", s.clock.Now())
	path := strings.TrimPrefix(p.value("Webhook Address"), s.origin)

	if got := s.send(t, path, body, "X-Freshchat-Signature", signFreshchat(t, body, nil)); got.status == http.StatusOK {
		t.Errorf("a webhook is taken: %d", got.status)
	}
}

// attackForm posts with the thief's session and the victim's form, and the
// other way about, and from another website.
func attackForm(t *testing.T, s *siege) {
	theirs, own := s.victim.settings(), s.thief.settings()
	options := func(p *page) url.Values {
		form := p.values(p.doc.Find("form").Has("[name=show_text]"))
		form.Set("after_resolve", "new")

		return form
	}

	for what, got := range map[string]*page{
		"the victim's form in the thief's session": s.thief.browser.post(s.origin+"/settings/options", options(theirs)),
		"the thief's form in the victim's session": s.victim.browser.post(s.origin+"/settings/options", options(own)),
		"no session":            newBrowser(t).post(s.origin+"/settings/options", options(theirs)),
		"from another website":  s.victim.browser.post(s.origin+"/settings/options", options(theirs), "Origin", "https://evil.example"),
		"with a form of no one": s.victim.browser.post(s.origin+"/settings/options", url.Values{"form": {"x"}, "after_resolve": {"new"}}),
	} {
		if got.status != http.StatusUnauthorized && got.status != http.StatusForbidden {
			t.Errorf("%s: answered %d", what, got.status)
		}
	}

	for _, tn := range []*tenant{s.victim, s.thief} {
		if _, changed := tn.settings().doc.Find("#after_resolve-new").Attr("checked"); changed {
			t.Errorf("the settings of %s were changed", tn.account.Name)
		}
	}
}

// repairLink is the link by which the tenant's seller authorizes again, as the
// settings show it.
func (tn *tenant) repairLink(t *testing.T) string {
	t.Helper()

	var link string

	tn.w.until("the settings give a link to authorize again", func() bool {
		link = strings.TrimSpace(tn.settings().doc.Find("#repair-" + tn.shop.Code).Text())

		return link != ""
	})

	return link
}
