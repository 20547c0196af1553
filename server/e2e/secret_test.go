package e2e

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// hear notes the credentials of a call to a platform. The caller holds the
// lock.
func (w *world) hear(r *http.Request) {
	note := func(what, value string) {
		if len(value) >= 8 {
			w.heard[value] = what
		}
	}

	note("an access token", r.Header.Get("x-tts-access-token"))
	note("an API key", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))

	for _, name := range []string{"app_secret", "auth_code", "refresh_token", "shop_cipher", "sign"} {
		note(name, r.URL.Query().Get(name))
	}
}

// TestNothingSecretGetsOut lets everything happen that a day brings, good and
// bad, with the log at its most talkative and nothing masked, and then searches
// log, metrics and pages for every secret that played a part.
func TestNothingSecretGetsOut(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{flags: framed})
	tn := w.addTenant(tenantSpec{})
	secrets := map[string]string{w.flags.Keyset.Reveal(): "the keyset"}

	tn.verify(w.host, "planted-wrong-api-key")
	secrets["planted-wrong-api-key"] = "a key that was typed wrongly"

	p := tn.finish(tn.verified(), w.origin+"/tiktok/authorized?market=uk&code=ROW_planted_wrong_code", tn.shop.Code, topicName)
	secrets["ROW_planted_wrong_code"] = "a code that was pasted wrongly"
	address := tn.authorize()
	p = p.fill("Auth Code URL", address).choose("Freshchat Topic", topicName).press("Install")
	code := p.value("Setup Code")
	secrets[code] = "the setup code"

	h := w.exchange(t, code)
	secrets[h.LinkSecret] = "the link secret"
	tn.hold(t, h)
	tn.confirm()

	session, err := tn.market.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	opened, err := url.Parse(session)
	if err != nil {
		t.Fatal(err)
	}

	secrets[opened.Query().Get("session")] = "the session's address"
	tn.browser.open(session)
	tn.useWebhooks()

	webhook := tn.settings().value("Webhook Address")
	secrets[webhook[strings.LastIndexByte(webhook, '/')+1:]] = "the webhook address"

	badDay(t, tn)

	for _, one := range []string{"/tiktok/callback/uk?code=ROW_planted_in_callback", "/tiktok/authorized?market=uk&code=ROW_planted_in_page", "/nowhere?code=ROW_planted_nowhere"} {
		newBrowser(t).open(w.origin + one)
		secrets[one[strings.LastIndexByte(one, '=')+1:]] = "a code in an address"
	}

	w.send(t, "/install/exchange", `{"code":"planted-setup-code"}`)
	secrets["planted-setup-code"] = "a setup code that was guessed"

	token := tn.market.Sign("onMessageCreate", []byte("{}"))
	w.send(t, "/events/message", "{}", "Authorization", "Bearer "+token)
	secrets[token] = "a link token"

	if err := tn.market.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}

	metrics := w.metrics()
	w.backend.stop(t)

	if metrics == "" {
		t.Fatal("there were no metrics to search")
	}

	w.search(t, secrets, w.output.String()+metrics, tn.browser.seen.String())
}

// badDay lets messages go through every kind of failure; each holds a word that
// is looked for afterwards.
func badDay(t *testing.T, tn *tenant) {
	t.Helper()

	w := tn.w
	emma := tn.addBuyer("Planted Nickname")
	emma.buyerWrites("planted-words of the buyer")
	emma.agentSees("planted-words of the buyer")

	for _, f := range []string{freshchatsim.FaultServerError, freshchatsim.FaultAnswerLost, freshchatsim.FaultClassCast, freshchatsim.FaultErrorMessage, freshchatsim.FaultHTMLError} {
		strike(t, w.freshchat.Faults(), f, simkit.Fault{Rate: 1, Remaining: 1, Only: "message_create"})
		emma.buyerWrites("planted-words during " + f)
		w.until(f+" struck", func() bool { return hits(w.freshchat.Faults(), f) > 0 })
	}

	for _, f := range []string{tiktoksim.FaultTemporary, tiktoksim.FaultAnswerLost, tiktoksim.FaultUnreachable, tiktoksim.FaultSensitive} {
		only := simkit.Fault{Rate: 1, Remaining: 1, Only: send}
		strike(t, w.tiktok.Faults(), f, only)
		emma.agentReplies("planted-words against " + f)
		w.until(f+" struck", func() bool { return hits(w.tiktok.Faults(), f) > 0 })
	}

	if err := w.tiktok.ExpireAccessToken(tn.marketName(), tn.seller.OpenID); err != nil {
		t.Fatal(err)
	}

	emma.agentReplies("planted-words at the end")
	emma.buyerSees("planted-words at the end")
	w.quiet()
}

// search looks for every secret in what operators read, the log and the
// metrics, and in the pages.
func (w *world) search(t *testing.T, secrets map[string]string, log, pages string) {
	t.Helper()

	w.mu.Lock()
	maps.Copy(secrets, w.heard)
	w.mu.Unlock()

	for _, a := range apps {
		secrets[a.AppSecret] = "an app's secret"
	}

	if !strings.Contains(log, `"level":"DEBUG"`) || !strings.Contains(log, "delivery attempt") {
		t.Fatal("the log is not as talkative as it can be")
	}

	// What a page is there to show, or was asked to repeat, is no leak.
	shown := map[string]bool{"the setup code": true, "the webhook address": true, "the session's address": true, "a code that was pasted wrongly": true, "auth_code": true}

	for value, what := range secrets {
		if value == "" {
			t.Errorf("%s is empty", what)

			continue
		}

		for _, form := range []string{value, url.QueryEscape(value)} {
			if i := strings.Index(log, form); i >= 0 {
				t.Errorf("log or metrics hold %s: %s", what, around(log, i))
			}

			if i := strings.Index(pages, form); i >= 0 && !shown[what] {
				t.Errorf("a page holds %s: %s", what, around(pages, i))
			}
		}
	}

	for _, words := range []string{"planted-words", "Planted Nickname"} {
		if i := strings.Index(log, words); i >= 0 {
			t.Errorf("the log repeats what people wrote: %s", around(log, i))
		}
	}
}

func around(text string, at int) string {
	return text[max(0, at-120):min(len(text), at+60)]
}
