package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestTheWholeJourneyWithoutScripts goes every page that an admin and a seller
// go, by what they can see: no address is known beforehand but that of the
// install page.
func TestTheWholeJourneyWithoutScripts(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	p := tn.verified()

	if got := p.value("Freshchat API Key"); got != "" {
		t.Errorf("the key was sent back: %q", got)
	}

	if tail := words(p.doc.Find("[data-testid=key-tail]")); tail == "" || !strings.HasSuffix(tn.key(), tail) || len(tail) != 4 {
		t.Errorf("of the key it shows %q", tail)
	}

	copied := tn.authorizeByPages(t, p)

	p = tn.finish(p, copied, strings.ToLower(tn.shop.Code), topicName)
	if !strings.HasPrefix(p.notice(), "App Installed") || !strings.Contains(p.text(), "Glow Beauty") {
		t.Fatalf("not installed: %s", p.text())
	}

	tn.hold(t, w.exchange(t, p.value("Setup Code")))
	tn.confirm()

	emma := tn.opened("Emma Clarke")
	emma.agentReplies("Welcome")
	emma.buyerSees("Welcome")
}

// authorizeByPages is the seller's tab: she follows the link, chooses her
// region, consents on TikTok's page, and copies the address that she is shown.
func (tn *tenant) authorizeByPages(t *testing.T, p *page) string {
	t.Helper()

	last := tn.consents(t, newBrowser(t), p.linked("[data-testid=authorize-link]"))
	if last.header.Get("Referrer-Policy") != "no-referrer" || last.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the code has the headers %v", last.header)
	}

	if !strings.Contains(last.text(), tn.account.Domain) {
		t.Errorf("the page does not offer to hand the code over: %s", last.text())
	}

	address := last.value("Address")
	if !strings.Contains(address, "code=") {
		t.Fatalf("there is nothing to copy: %s", last.text())
	}

	return address
}

// consents follows an authorize link as the tenant's seller: she chooses her
// region, agrees on TikTok's page, and stops at our page after it.
func (tn *tenant) consents(t *testing.T, seller *browser, link string) *page {
	t.Helper()

	regions := seller.open(link)
	consent := seller.open(regions.linked(`a[href*="/authorize/` + tn.marketName() + `"]`))

	form := consent.values(consent.doc.Find("form").Has("[name=service_id]").Last())
	form.Set("seller", tn.seller.OpenID)
	form.Set("shop", tn.shop.ID)
	form.Set("answer", "authorize")

	if form.Get("service_id") == "" || form.Get("state") == "" {
		t.Fatalf("the consent page lacks its fields: %v\n%s", form, consent.text())
	}

	waiting := seller.post(consent.url.Scheme+"://"+consent.url.Host+"/open/authorize", form)
	if waiting.status != http.StatusOK || !strings.HasPrefix(waiting.url.Path, "/tiktok/callback/") {
		t.Fatalf("she ends at %s: %s", waiting.url.Path, waiting.text())
	}

	// Without scripts the page moves on by itself, or by a link.
	return seller.open(waiting.linked(`a[href*="/tiktok/authorized"]`))
}
