package e2e

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/marketplace"
	"sellerchat/server/sandbox/tiktoksim"
)

// tenant is a Freshchat account with its Marketplace, and a seller whose shop
// it wants to connect.
type tenant struct {
	w       *world
	account freshchatsim.Account
	seller  tiktoksim.SellerSpec
	shop    tiktoksim.ShopSpec
	market  *marketplace.Market
	// events says whether the Marketplace passes product events on; passed is
	// how many it was given.
	events atomic.Bool
	passed atomic.Int64
	// browser is the admin's.
	browser *browser
}

// tenantSpec says how a tenant differs from the usual one.
type tenantSpec struct {
	name     string // of account and shop; default "Glow Beauty"
	market   string // whose app the seller authorizes; default uk
	behavior freshchatsim.Behavior
	shops    int // how many shops the seller has; default 1
}

// topicName is the topic that admins choose here; topicOther is another one.
const (
	topicName  = "TikTok Shop"
	topicOther = "Returns"
)

// addTenant adds an account and a seller with nothing installed.
func (w *world) addTenant(s tenantSpec) *tenant {
	w.t.Helper()

	if s.name == "" {
		s.name = "Glow Beauty"
	}

	region := "GB"
	if s.market == "asia" {
		region = "ID"
	}

	key, err := webhookKey()
	if err != nil {
		w.t.Fatal(err)
	}

	account, err := w.freshchat.AddAccount(freshchatsim.AccountSpec{
		Name: s.name, Domain: strings.ReplaceAll(strings.ToLower(s.name), " ", "") + ".freshchat.com",
		Topics:   []freshchatsim.Topic{{Name: topicName}, {Name: topicOther}},
		Agents:   []freshchatsim.Agent{{FirstName: "Maya", LastName: "Lindgren", Email: "maya@acme.example"}},
		Behavior: s.behavior, SigningKey: key,
	})
	if err != nil {
		w.t.Fatal(err)
	}

	shops := []tiktoksim.ShopSpec{{Name: s.name, Region: region}}
	for i := 1; i < s.shops; i++ {
		shops = append(shops, tiktoksim.ShopSpec{Name: fmt.Sprintf("%s %d", s.name, i+1), Region: region})
	}

	seller, err := w.tiktok.AddSeller(tiktoksim.SellerSpec{Name: s.name + " Ltd", Region: region, Shops: shops})
	if err != nil {
		w.t.Fatal(err)
	}

	tn := &tenant{w: w, account: account, seller: seller, shop: seller.Shops[0], browser: newBrowser(w.t)}
	tn.events.Store(true)
	tn.market = marketplace.New(marketplace.Options{
		Backend: w.origin, Origin: "http://marketplace.example", Account: s.name, CallsPerMinute: -1,
		RetryDelay: quick[0] / 4, Attempts: 200, Clock: w.clock,
	})
	w.t.Cleanup(tn.market.Close)

	w.mu.Lock()
	defer w.mu.Unlock()
	w.tenants[account.AppID] = tn

	return tn
}

// addInstalled adds a tenant and installs it.
func (w *world) addInstalled(s tenantSpec) *tenant {
	w.t.Helper()

	tn := w.addTenant(s)
	tn.install()

	return tn
}

// marketName is the market whose app the seller authorizes.
func (tn *tenant) marketName() string {
	if tn.shop.Region == "GB" {
		return "uk"
	}

	return "asia"
}

// install goes the whole way that an admin goes, setup code and the
// Marketplace's own Install button included.
func (tn *tenant) install() {
	tn.w.t.Helper()

	if err := tn.market.Exchange(tn.w.t.Context(), tn.setUp()); err != nil {
		tn.w.t.Fatalf("the setup code was refused: %v", err)
	}

	tn.confirm()
}

func (tn *tenant) confirm() {
	tn.w.t.Helper()

	if err := tn.market.Confirm(tn.w.t.Context()); err != nil {
		tn.w.t.Fatalf("the Marketplace's install was refused: %v", err)
	}
}

// setUp fills in the install page and returns the setup code.
func (tn *tenant) setUp() string {
	tn.w.t.Helper()

	p := tn.finish(tn.verified(), tn.authorize(), tn.shop.Code, topicName)
	if !strings.HasPrefix(p.notice(), "App Installed") {
		tn.w.t.Fatalf("not installed: status %d\n%s", p.status, p.text())
	}

	return p.value("Setup Code")
}

// verified is the install page after Verify.
func (tn *tenant) verified() *page {
	tn.w.t.Helper()

	p := tn.verify(tn.w.host, tn.key())
	if !strings.HasPrefix(p.notice(), "Verified Successfully") {
		tn.w.t.Fatalf("not verified: status %d\n%s", p.status, p.text())
	}

	return p
}

func (tn *tenant) verify(domain, key string) *page {
	tn.w.t.Helper()

	return tn.browser.open(tn.w.origin+"/install").
		fill("Freshchat Domain", domain).fill("Freshchat API Key", key).press("Verify")
}

// key is the account's API key as it is now.
func (tn *tenant) key() string {
	tn.w.t.Helper()

	a, err := tn.w.freshchat.Account(tn.account.AppID)
	if err != nil {
		tn.w.t.Fatal(err)
	}

	return a.APIKey
}

// authorize lets the seller consent and returns the address where she ends.
func (tn *tenant) authorize() string {
	tn.w.t.Helper()

	consent, err := tn.w.tiktok.Authorize(tn.marketName(), tn.seller.OpenID, "")
	if err != nil {
		tn.w.t.Fatal(err)
	}

	return consent.RedirectURL
}

func (tn *tenant) finish(p *page, code, shop, topic string) *page {
	tn.w.t.Helper()

	return p.fill("Auth Code URL", code).fill("TikTok Seller Shop Code", shop).choose("Freshchat Topic", topic).press("Install")
}

// topic is the id of a topic by its name.
func (tn *tenant) topic(t testing.TB, name string) string {
	t.Helper()

	a, err := tn.w.freshchat.Account(tn.account.AppID)
	if err != nil {
		t.Fatal(err)
	}

	for _, topic := range a.Topics {
		if topic.Name == name {
			return topic.ID
		}
	}

	t.Fatalf("no topic %q", name)

	return ""
}

// settings opens the settings page as the Marketplace's admin does.
func (tn *tenant) settings() *page {
	tn.w.t.Helper()

	address, err := tn.market.Session(tn.w.t.Context())
	if err != nil {
		tn.w.t.Fatalf("no settings session: %v", err)
	}

	return tn.browser.open(address)
}

// useWebhooks makes Freshchat's own webhooks the path of replies: the address
// is copied to Freshchat, and Freshchat's key to the settings.
func (tn *tenant) useWebhooks() {
	tn.w.t.Helper()

	public, err := tn.w.freshchat.PublicKey(tn.account.AppID)
	if err != nil {
		tn.w.t.Fatal(err)
	}

	p := tn.settings()
	address := p.value("Webhook Address")
	p = p.fill("Freshchat Webhook Public Key", public)
	p.typed["freshchat_api_key"] = tn.key()

	if p = p.press("Save"); !strings.HasPrefix(p.notice(), "Saved") {
		tn.w.t.Fatalf("key not saved: status %d\n%s", p.status, p.text())
	}

	if err := tn.w.freshchat.SetWebhook(tn.account.AppID, address); err != nil {
		tn.w.t.Fatal(err)
	}
}
