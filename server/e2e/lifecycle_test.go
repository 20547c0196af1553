package e2e

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/marketplace"
)

// exchange spends a setup code and returns what it is good for.
func (w *world) exchange(t testing.TB, code string) marketplace.Handover {
	t.Helper()

	got := w.send(t, "/install/exchange", `{"code":`+strconv.Quote(code)+`}`)

	var h marketplace.Handover
	if got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &h) != nil {
		t.Fatalf("the setup code is answered %d: %s", got.status, got.body)
	}

	return h
}

// hold makes a handover the one that the tenant signs with.
func (tn *tenant) hold(t testing.TB, h marketplace.Handover) {
	t.Helper()

	if err := tn.market.Accept(h); err != nil {
		t.Fatal(err)
	}
}

// said is the status that a lifecycle call answers with.
func said(r reply) string {
	var answer struct {
		Status string `json:"status"`
	}

	_ = json.Unmarshal([]byte(r.body), &answer) // an answer without one says nothing

	return answer.Status
}

func TestPendingKeepsMessagesAndRelaysThemOnceActive(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	tn.hold(t, w.exchange(t, tn.setUp()))

	emma := tn.addBuyer("Emma Clarke")
	emma.buyerWrites("one", "two", "three")
	w.until("all of it is kept", func() bool { return w.queued() == 3 })

	if got := len(w.freshchat.Ledger().Snapshot()); got != 0 {
		t.Errorf("%d messages are in Freshchat already", got)
	}

	w.restart()
	tn.confirm()
	emma.agentSees("three")
	w.quiet()
	emma.wantShown("one", "two", "three")
}

func TestPendingExpires(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	tn.hold(t, w.exchange(t, tn.setUp()))

	emma := tn.addBuyer("Emma Clarke")
	emma.buyerWrites("nobody will read this")
	w.until("it is kept", func() bool { return w.queued() == 1 })

	w.clock.Advance(61 * time.Minute)
	w.restart()
	w.until("the installation is removed with what it kept", func() bool { return w.queued() == 0 })
	wantRefusal(t, confirmRaw(t, tn), http.StatusUnauthorized)

	tn.install()
	emma.buyerWrites("but this")
	emma.agentSees("but this")
	w.quiet()
	emma.wantShown("but this")
}

func confirmRaw(t *testing.T, tn *tenant) reply {
	t.Helper()

	return tn.call(t, "/lifecycle/install", "onAppInstall", tn.lifecycle("onAppInstall", tn.w.clock.Now()))
}

// TestInstallingAgainKeepsEverything installs an active account once more: same
// id, address and conversations, and the new link secret takes over with its
// first use.
func TestInstallingAgainKeepsEverything(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	first := w.exchange(t, tn.setUp())
	tn.hold(t, first)
	tn.confirm()

	emma := tn.opened("Emma Clarke")
	thread := emma.thread().ID
	address := tn.settings().value("Webhook Address")

	second := w.exchange(t, tn.setUp())
	if second.InstallID != first.InstallID || second.LinkSecret == first.LinkSecret {
		t.Errorf("the id was %s and is %s; a new secret: %t", first.InstallID, second.InstallID, second.LinkSecret != first.LinkSecret)
	}

	emma.agentReplies("signed with the old secret")
	emma.buyerSees("signed with the old secret")

	tn.hold(t, second)
	tn.confirm()
	emma.agentReplies("signed with the new secret")
	emma.buyerSees("signed with the new secret")

	if got := tn.settings().value("Webhook Address"); got != address {
		t.Errorf("the webhook address changed")
	}

	tn.hold(t, first)
	wantRefusal(t, confirmRaw(t, tn), http.StatusUnauthorized)
	tn.hold(t, second)

	emma.buyerWrites("still here")
	emma.agentSees("still here")

	if got := emma.thread().ID; got != thread || len(emma.threads()) != 1 {
		t.Errorf("the conversation is %s of %d, not %s", got, len(emma.threads()), thread)
	}
}

func TestANewSecretThatNobodyUsesDies(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	first := w.exchange(t, tn.setUp())
	tn.hold(t, first)
	tn.confirm()

	second := w.exchange(t, tn.setUp())

	w.clock.Advance(25 * time.Hour)
	w.restart()
	tn.hold(t, second)
	wantRefusal(t, confirmRaw(t, tn), http.StatusUnauthorized)
	tn.hold(t, first)

	if got := confirmRaw(t, tn); got.status != http.StatusOK {
		t.Errorf("the secret in force is answered %d: %s", got.status, got.body)
	}
}

func TestUninstallStopsAtOnceAndLeavesATombstone(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addTenant(tenantSpec{})
	h := w.exchange(t, tn.setUp())
	tn.hold(t, h)
	tn.confirm()
	tn.useWebhooks()

	emma := tn.opened("Emma Clarke")
	address := strings.TrimPrefix(tn.settings().value("Webhook Address"), w.origin)
	w.quiet()

	strike(t, w.freshchat.Faults(), freshchatsim.FaultServerError, always)
	emma.buyerWrites("one", "two")
	w.until("both wait", func() bool { return w.queued() == 2 })

	uninstall := func() reply {
		return tn.call(t, "/lifecycle/uninstall", "onAppUninstall", tn.lifecycle("onAppUninstall", w.clock.Now()))
	}

	for _, when := range []string{"the first time", "again"} {
		if got := uninstall(); got.status != http.StatusOK || said(got) != "ok" {
			t.Errorf("uninstalling %s is answered %d: %s", when, got.status, got.body)
		}
	}

	w.until("nothing is queued", func() bool { return w.queued() == 0 })
	w.freshchat.Faults().ClearAll()

	wantRefusal(t, confirmRaw(t, tn), http.StatusUnauthorized)
	wantRefusal(t, tn.call(t, "/lifecycle/session", "session", tn.lifecycle("session", w.clock.Now())), http.StatusUnauthorized)

	body := freshchatBody(t, emma, "00000000-0000-4000-8000-000000000001", "too late", w.clock.Now())
	if got := w.send(t, address, body, "X-Freshchat-Signature", signFreshchat(t, body, nil)); got.status != http.StatusNotFound {
		t.Errorf("its webhook address answers %d", got.status)
	}

	late := tiktokBody(t, emma, "7000000000000000001", "too late", w.clock.Now())
	if got := w.send(t, "/webhooks/tiktok/uk", late, "Authorization", signTikTok("uk", late)); got.status != http.StatusOK {
		t.Errorf("a webhook of TikTok is answered %d", got.status)
	}

	w.clock.Advance(29 * 24 * time.Hour)
	w.restart()

	if got := uninstall(); got.status != http.StatusOK {
		t.Errorf("after four weeks it is answered %d: %s", got.status, got.body)
	}

	w.clock.Advance(2 * 24 * time.Hour)
	w.restart()
	wantRefusal(t, uninstall(), http.StatusUnauthorized)
	emma.wantShown("Hello, I am Emma Clarke")
}

func TestAfterAnUninstallTheShopIsFree(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	first := w.addTenant(tenantSpec{name: "Glow Beauty"})
	h := w.exchange(t, first.setUp())
	first.hold(t, h)
	first.confirm()

	emma := first.opened("Emma Clarke")
	thread := emma.thread().ID

	if err := first.market.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}

	// The same account again: a new installation that finds its conversations.
	again := w.exchange(t, first.setUp())
	first.hold(t, again)
	first.confirm()

	if again.InstallID == h.InstallID {
		t.Error("the install id of a removed app came back")
	}

	emma.buyerWrites("I am back")
	emma.agentSees("I am back")

	if got := emma.thread().ID; got != thread {
		t.Errorf("the conversation is %s, not %s", got, thread)
	}

	if err := first.market.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}

	// Another account: the shop is its own now, in conversations of its own.
	second := w.addTenant(tenantSpec{name: "Nusa Living"})
	second.seller, second.shop = first.seller, first.shop
	second.install()

	moved := &chat{tn: second, buyer: emma.buyer}
	moved.buyerWrites("somebody else reads this")
	moved.agentSees("somebody else reads this")
	emma.wantShown("Hello, I am Emma Clarke", "I am back")
}

func TestLifecycleEventsThatComeLateAreIgnored(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{})
	tn := w.addInstalled(tenantSpec{})
	hourAgo := w.clock.Now().Add(-time.Hour)

	for path, event := range map[string]string{"/lifecycle/install": "onAppInstall", "/lifecycle/uninstall": "onAppUninstall"} {
		if got := tn.call(t, path, event, tn.lifecycle(event, hourAgo)); got.status != http.StatusOK || said(got) != "ignored" {
			t.Errorf("an older %s is answered %d: %s", event, got.status, got.body)
		}
	}

	emma := tn.opened("Emma Clarke")
	emma.agentReplies("still here")
	emma.buyerSees("still here")

	text := tn.lifecycle("onAppInstall", w.clock.Now())
	text["timestamp"] = strconv.FormatInt(w.clock.Now().UnixMilli(), 10)

	if got := tn.call(t, "/lifecycle/install", "onAppInstall", text); said(got) != "ok" {
		t.Errorf("a time in digits is answered %d: %s", got.status, got.body)
	}
}
