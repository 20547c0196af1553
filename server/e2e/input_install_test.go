package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// TestVerifyExplainsWhatIsWrong types wrong things into part 1. Each has its
// own sentence beside the field that mends it, and the rest stays disabled.
func TestVerifyExplainsWhatIsWrong(t *testing.T) {
	t.Parallel()

	const domain, key = "Freshchat Domain", "Freshchat API Key"

	tests := map[string]struct {
		host, key string // as typed; empty is the right one
		fault     string
		field     string
		says      string
		calls     bool // whether Freshchat may be asked
	}{
		"a wrong key":                             {key: "not-the-key", field: key, says: "did not accept this API key", calls: true},
		"no key":                                  {key: " ", field: key, says: "The API key is missing"},
		"a key that may not read topics":          {fault: freshchatsim.FaultScopeMissing, field: key, says: "may not", calls: true},
		"a host that is nobody's":                 {host: "example.com", field: domain, says: "not a Freshchat domain"},
		"a host inside our network":               {host: "169.254.169.254", field: domain, says: ""},
		"another port of the same host":           {host: "127.0.0.1:1", field: domain, says: ""},
		"an address with a password":              {host: "http://me:pass@127.0.0.1", field: domain, says: ""},
		"nothing":                                 {host: " ", field: domain, says: ""},
		"a host behind which Freshchat is silent": {fault: freshchatsim.FaultUnreachable, field: domain, says: "could not reach", calls: true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addTenant(tenantSpec{})
			if test.fault != "" {
				strike(t, tn.w.freshchat.Faults(), test.fault, always)
			}

			host, typed := test.host, test.key
			if host == "" {
				host = tn.w.host
			}

			if typed == "" {
				typed = tn.key()
			}

			p := tn.verify(host, typed)
			if p.status != http.StatusUnprocessableEntity {
				t.Errorf("answered %d", p.status)
			}

			if got := p.complaint(test.field); got == "" || !strings.Contains(got, test.says) {
				t.Errorf("beside %q it says %q", test.field, got)
			}

			if html, _ := p.doc.Html(); strings.Contains(html, tn.key()) {
				t.Error("the key was sent back")
			}

			if !disabled(p.field("TikTok Seller Shop Code")) {
				t.Error("the rest can be filled in")
			}

			if asked := tn.w.called("/v2/accounts/configuration") > 0; asked != test.calls {
				t.Errorf("Freshchat was asked: %t", asked)
			}
		})
	}
}

// TestTheFormExplainsWhatIsWrong types wrong things into parts 2 and 3. Nothing
// is stored, what was typed stays, and mending it is enough.
func TestTheFormExplainsWhatIsWrong(t *testing.T) {
	t.Parallel()

	const code, shop, topic = "Auth Code URL", "TikTok Seller Shop Code", "Freshchat Topic"

	right := func(tn *tenant) string { return tn.authorize() }

	tests := map[string]struct {
		code  func(*tenant) string
		shop  string
		field string
		says  string
		// kept is true when the code stays with the page.
		kept bool
	}{
		"no code":                   {code: func(*tenant) string { return "" }, field: code, says: "no code"},
		"an address without a code": {code: func(tn *tenant) string { return tn.w.origin + "/tiktok/authorized?market=uk" }, field: code, says: "no code"},
		"a refused authorization": {
			code:  func(tn *tenant) string { return tn.w.origin + "/tiktok/callback/uk?error=auth_denied&code=null" },
			field: code, says: "not given",
		},
		"a code that was made up": {code: func(tn *tenant) string { return tn.w.origin + "/tiktok/authorized?market=uk&code=ROW_madeup" }, field: code, says: ""},
		"a code of another market": {
			code:  func(tn *tenant) string { return strings.Replace(tn.authorize(), "/callback/uk", "/callback/asia", 1) },
			field: code, says: "",
		},
		"a bare code, which does not tell the region": {
			code:  func(tn *tenant) string { u, _ := url.Parse(tn.authorize()); return u.Query().Get("code") },
			field: "Shop Region", says: "region",
		},
		"an expired code": {
			code: func(tn *tenant) string {
				address := tn.authorize()
				tn.w.clock.Advance(31 * time.Minute)

				return address
			},
			field: code, says: "older than 30 minutes",
		},
		"an unknown shop code": {code: right, shop: "GBLC00000000", field: shop, says: "covers", kept: true},
		"no shop code":         {code: right, shop: " ", field: shop, says: "missing", kept: true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addTenant(tenantSpec{})
			typed := test.shop

			if typed == "" {
				typed = tn.shop.Code
			}

			p := tn.finish(tn.verified(), test.code(tn), typed, topicName)
			if p.status != http.StatusUnprocessableEntity {
				t.Errorf("answered %d", p.status)
			}

			if got := p.complaint(test.field); got == "" || !strings.Contains(got, test.says) {
				t.Fatalf("beside %q it says %q\n%s", test.field, got, p.text())
			}

			if test.field != shop && p.value(shop) != typed {
				t.Errorf("the shop code that was typed is gone: %q", p.value(shop))
			}

			address := tn.authorize()
			if test.kept {
				address = ""
			}

			p = p.fill(code, address).fill(shop, tn.shop.Code).choose(topic, topicName).press("Install")
			if !strings.HasPrefix(p.notice(), "App Installed") {
				t.Errorf("mending it was not enough: %s", p.text())
			}
		})
	}
}

func TestASpentCodeCannotBeUsedAgain(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	first, second := w.addTenant(tenantSpec{name: "Glow Beauty"}), w.addTenant(tenantSpec{name: "Nusa Living"})
	address := first.authorize()

	if p := first.finish(first.verified(), address, first.shop.Code, topicName); !strings.HasPrefix(p.notice(), "App Installed") {
		t.Fatalf("not installed: %s", p.text())
	}

	p := second.finish(second.verified(), address, first.shop.Code, topicName)
	if got := p.complaint("Auth Code URL"); !strings.Contains(got, "has been used") {
		t.Errorf("it says %q", got)
	}
}

// TestAShopOfAnotherAccountIsRefused also looks at the account that holds the
// shop. TikTok ends the old tokens with each new consent, so what the refused
// one brought must go to whom it belongs: the shop once stood still until its
// seller authorized again.
func TestAShopOfAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	first := w.addInstalled(tenantSpec{name: "Glow Beauty"})
	second := w.addTenant(tenantSpec{name: "Nusa Living"})

	p := second.finish(second.verified(), first.authorize(), first.shop.Code, topicName)
	if got := p.complaint("TikTok Seller Shop Code"); !strings.Contains(got, "another Freshchat account") {
		t.Fatalf("it says %q", got)
	}

	emma := first.opened("Emma Clarke")
	emma.agentReplies("still ours")
	emma.buyerSees("still ours")
}

// TestTheInstallPageRefusesStrangers posts what no open install page would.
func TestTheInstallPageRefusesStrangers(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	flow := tn.browser.open(w.origin+"/install").doc.Find("input[name=flow]").AttrOr("value", "")
	forged := flow[:len(flow)-4] + "AAAA"

	form := func(token string) url.Values {
		return url.Values{"flow": {token}, "freshchat_domain": {w.host}, "freshchat_api_key": {tn.key()}}
	}

	tests := map[string]struct {
		form   url.Values
		header []string
		status int
		says   string
	}{
		"a page of another site":       {form(flow), []string{"Origin", "https://evil.example"}, http.StatusForbidden, "another website"},
		"another site, without origin": {form(flow), []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden, "another website"},
		"a forged flow token":          {form(forged), nil, http.StatusGone, ""},
		"no flow token":                {form(""), nil, http.StatusGone, ""},
		"a body over the limit":        {url.Values{"flow": {flow}, "freshchat_domain": {strings.Repeat("a", 200<<10)}}, nil, http.StatusRequestEntityTooLarge, ""},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newBrowser(t).post(w.origin+"/install/verify", test.form, test.header...)
			if p.status != test.status || !strings.Contains(p.text(), test.says) {
				t.Errorf("answered %d: %s", p.status, p.text())
			}
		})
	}

	if n := w.called("/v2/accounts/configuration"); n != 0 {
		t.Errorf("Freshchat was asked %d times", n)
	}

	w.clock.Advance(61 * time.Minute)

	p := newBrowser(t).post(w.origin+"/install/verify", form(flow))
	if p.status != http.StatusGone || !strings.Contains(p.text(), "hour") {
		t.Errorf("an hour later it answers %d: %s", p.status, p.text())
	}
}

// TestAnInstallationThatFailsLeavesTheFormFilled lets TikTok fail at each step
// behind the button Install.
func TestAnInstallationThatFailsLeavesTheFormFilled(t *testing.T) {
	t.Parallel()

	tests := map[string]simkit.Fault{
		tiktoksim.FaultTokenService: onceOf(1),
		tiktoksim.FaultTemporary:    {Rate: 1, Only: "shops"},
	}

	for fault, value := range tests {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addTenant(tenantSpec{})
			strike(t, tn.w.tiktok.Faults(), fault, value)

			address := tn.authorize()

			p := tn.finish(tn.verified(), address, tn.shop.Code, topicName)
			if p.status != http.StatusUnprocessableEntity || p.value("TikTok Seller Shop Code") != tn.shop.Code {
				t.Fatalf("answered %d: %s", p.status, p.text())
			}

			tn.w.tiktok.Faults().ClearAll()

			p = p.fill("Auth Code URL", address).choose("Freshchat Topic", topicName).press("Install")
			if !strings.HasPrefix(p.notice(), "App Installed") {
				t.Errorf("pressing Install again was not enough: %s", p.text())
			}
		})
	}
}

// TestASubscriptionThatFailsIsNoFailedInstallation has TikTok refuse to send
// the shop's messages: it is named in the settings.
func TestASubscriptionThatFailsIsNoFailedInstallation(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	strike(t, w.tiktok.Faults(), tiktoksim.FaultTemporary, simkit.Fault{Rate: 1, Only: "put_webhook"})
	tn.install()

	if got := tn.settings().text(); !strings.Contains(got, "TikTok has not confirmed yet") {
		t.Errorf("the settings say: %s", got)
	}

	w.tiktok.Faults().ClearAll()
	w.restart()
	w.until("it was asked for again", func() bool { return strings.Contains(tn.settings().text(), "Everything works.") })
}
