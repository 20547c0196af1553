package gallery_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"sellerchat/views"
)

func verifyWith(tab context.Context, t *testing.T, b *backend, key string) {
	t.Helper()
	do(tab, t,
		chromedp.Navigate(b.URL+"/install"),
		chromedp.SendKeys("#freshchat_domain", goodDomain),
		chromedp.SendKeys("#freshchat_api_key", key),
		chromedp.Click(`//button[text()="Verify"]`),
		chromedp.WaitVisible("#notices .notice"),
	)
	await(tab, t, `!document.querySelector("[data-sent]")`)
}

func is(tab context.Context, t *testing.T, expression string) {
	t.Helper()
	if !ask(tab, t, chromedp.Evaluate[bool](expression)) {
		t.Errorf("not true: %s\n%s", expression, ask(tab, t, chromedp.Evaluate[string](`document.querySelector("main").innerHTML`)))
	}
}

func TestARefusedKeyStaysInItsField(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	verifyWith(tab, t, b, "wrong-key")

	is(tab, t, `freshchat_api_key.value === "wrong-key"`)
	is(tab, t, `freshchat_api_key.getAttribute("aria-invalid") === "true"`)
	is(tab, t, `document.activeElement === freshchat_api_key`)
	is(tab, t, `document.querySelector("#shop fieldset").disabled`)
	is(tab, t, `document.getElementById("freshchat_api_key-error").textContent.includes("did not accept")`)
}

func TestVerifyFoldsPartOneAndOpensTheRest(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	verifyWith(tab, t, b, goodKey)

	is(tab, t, `document.querySelector("#notices").textContent.includes("Verified Successfully")`)
	is(tab, t, `document.getElementById("connect-fields").hidden`)
	is(tab, t, `!document.querySelector("#shop fieldset").disabled && !document.querySelector("#finish fieldset").disabled`)

	t.Run("change unfolds it with everything still there", func(t *testing.T) {
		do(tab, t, chromedp.SendKeys("#shop_code", "GBLC1"), chromedp.Click(`//button[text()="Change"]`), chromedp.WaitVisible("#freshchat_api_key"))
		is(tab, t, `freshchat_api_key.value === "`+goodKey+`" && freshchat_domain.value === "`+goodDomain+`"`)
		is(tab, t, `!document.querySelector("#shop fieldset").disabled`)
	})
	t.Run("editing the domain undoes it", func(t *testing.T) {
		do(tab, t, chromedp.SendKeys("#freshchat_domain", "x"))
		is(tab, t, `document.querySelector("#shop fieldset").disabled && document.querySelector("#topics fieldset").disabled && document.querySelector("#finish fieldset").disabled`)
		is(tab, t, `!document.querySelector("#notices").textContent.includes("Verified Successfully")`)
	})
	t.Run("verifying again keeps what was typed below", func(t *testing.T) {
		do(tab, t, chromedp.SendKeys("#freshchat_domain", kb.Backspace), chromedp.SendKeys("#freshchat_domain", kb.Enter))
		await(tab, t, `!document.querySelector("#shop fieldset").disabled`)
		is(tab, t, `shop_code.value === "GBLC1"`)
	})
	if got := len(b.sent(views.PathChange)); got > 0 {
		t.Errorf("unfolding asked the server %d times", got)
	}
}

func TestAPressedButtonSaysSoAndWorksOnce(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	b.hold = make(chan struct{})
	do(tab, t,
		chromedp.Navigate(b.URL+"/install"),
		chromedp.SendKeys("#freshchat_domain", goodDomain),
		chromedp.SendKeys("#freshchat_api_key", goodKey),
		chromedp.SendKeys("#freshchat_api_key", kb.Enter),
	)
	await(tab, t, `document.querySelector("[data-pressed]")?.textContent === "Verifying…"`)
	is(tab, t, `document.querySelector("[data-pressed]").disabled`)
	do(tab, t, chromedp.SendKeys("#freshchat_api_key", kb.Enter))
	close(b.hold)
	await(tab, t, `document.querySelector("#notices").textContent.includes("Verified Successfully")`)
	if got := len(b.sent(views.PathVerify)); got != 1 {
		t.Errorf("verify was posted %d times", got)
	}
	await(tab, t, `!document.querySelector("[data-pressed]")`)
}

func TestInstallingToTheSetupCode(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	verifyWith(tab, t, b, goodKey)
	do(tab, t,
		chromedp.SendKeys("#auth_code_url", "https://chat.example.com/tiktok/authorized?code=1"),
		chromedp.SendKeys("#shop_code", "WRONG"),
		chromedp.SetValue("#topic", "a1"),
		chromedp.Click(`//button[text()="Install"]`),
		chromedp.WaitVisible("[data-testid=candidates]"),
	)
	await(tab, t, `document.activeElement === shop_code`)
	is(tab, t, `topic.value === "a1" && auth_code_url.value.endsWith("code=1")`)

	do(tab, t, chromedp.Click("[name=candidate]"), chromedp.WaitVisible("[data-testid=shop-found]"))
	is(tab, t, `shop_code.value === "GBLCX1Y2Z3"`)

	do(tab, t, chromedp.Click(`//button[text()="Install"]`), chromedp.WaitVisible("#setup-code"))
	is(tab, t, `document.querySelector("#notices").textContent.includes("App Installed")`)
	is(tab, t, `!document.querySelector("#freshchat_api_key")`)
	is(tab, t, `!document.querySelector("[data-copy]").hidden`)

	for _, form := range b.sent(views.PathFinish) {
		if form.Has(views.FieldAPIKey) {
			t.Error("the key was sent once more although it is verified")
		}
	}
}

func TestACodeFromTheAuthorizeTabIsPickedUp(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	verifyWith(tab, t, b, goodKey)
	b.picked = "https://chat.example.com/tiktok/authorized?code=2"
	ask(tab, t, chromedp.Evaluate[bool](`document.dispatchEvent(new Event("visibilitychange"))`))
	await(tab, t, `auth_code_url.value.endsWith("code=2")`)
	is(tab, t, `document.getElementById("auth_code_url-note").textContent.includes("from your authorization just now")`)
}

func TestAServerThatCannotBeReachedIsExplained(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	do(tab, t, chromedp.Navigate(b.URL+"/install"), chromedp.SendKeys("#freshchat_api_key", goodKey))
	b.Close()
	do(tab, t, chromedp.Click(`//button[text()="Verify"]`), chromedp.WaitVisible("#notices .notice"))
	is(tab, t, `document.querySelector("#notices").textContent.includes("could not be reached")`)
	is(tab, t, `freshchat_api_key.value === "`+goodKey+`"`)
	await(tab, t, `[...document.querySelectorAll("button")].some((b) => b.textContent === "Verify" && !b.disabled)`)
}

func TestEverythingWorksWithoutScripts(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	off := emulation.SetScriptExecutionDisabledParams{Value: true}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, off); err != nil {
		t.Fatal(err)
	}
	do(tab, t,
		chromedp.Navigate(b.URL+"/install"),
		chromedp.SendKeys("#freshchat_domain", goodDomain),
		chromedp.SendKeys("#freshchat_api_key", "wrong"),
		chromedp.Click(`//button[text()="Verify"]`),
		chromedp.WaitVisible(`//p[contains(text(), "Paste the key again")]`),
		chromedp.SendKeys("#freshchat_api_key", goodKey+kb.Enter),
		chromedp.WaitVisible(`//p[text()="Verified Successfully"]`),
		chromedp.Click(`//button[text()="Change"]`),
		chromedp.WaitVisible("#freshchat_api_key"),
		chromedp.SendKeys("#shop_code", "GBLCX1Y2Z3"),
		chromedp.Click(`//button[text()="Install"]`),
		chromedp.WaitVisible("#setup-code"),
		chromedp.WaitVisible(`//p[text()="App Installed"]`),
	)
}

func TestTheFrameIsToldOnce(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	do(tab, t, chromedp.Navigate(b.URL+"/frame?origin="+url.QueryEscape(b.URL)), chromedp.WaitVisible("#told li"))

	var got map[string]string
	if err := json.Unmarshal([]byte(ask(tab, t, chromedp.Text("#told li"))), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"type": "sellerchat.installed", "nonce": "n1", "install_id": "inst-1", "link_secret": "s3cret",
		"freshchat_domain": "acme-123.freshchat.com", "topic_id": "a1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if n := len(b.sent(views.PathHandover)); n != 1 {
		t.Errorf("the answer was fetched %d times", n)
	}
}

// The browser itself holds a message back from an origin that it was not meant for, and says so.
func TestAFrameOfAnotherOriginHearsNothing(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	heldBack := make(chan struct{}, 1)
	err := chromedp.Listen(tab, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && strings.Contains(e.Entry.Text, "postMessage") {
			heldBack <- struct{}{}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	do(tab, t, chromedp.Navigate(b.URL+"/frame?origin="+url.QueryEscape("https://elsewhere.example.com")))

	select {
	case <-heldBack:
	case <-time.After(20 * time.Second):
		t.Fatal("no message was sent to the other origin")
	}
	if told := ask(tab, t, chromedp.Evaluate[string](`told.textContent`)); told != "" {
		t.Errorf("the frame heard %s", told)
	}
}

func TestOpenedOutsideAFrameItShowsASetupCode(t *testing.T) {
	b, tab := newBackend(t), browser(t)
	do(tab, t, chromedp.Navigate(b.URL+"/installed?origin="+url.QueryEscape(b.URL)), chromedp.WaitVisible("#setup-code"))
	if n := len(b.sent(views.PathHandover)); n != 0 {
		t.Errorf("the answer for the frame was fetched %d times", n)
	}
}
