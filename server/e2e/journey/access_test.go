package journey

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sellerchat/views"
)

// TestInstallByKeyboard uses nothing but Tab, Enter, typing and pasting.
func TestInstallByKeyboard(t *testing.T) {
	demo := startDemo(t)
	_, page := newVisitor(t)
	page.open(demo + installPage)

	have, backend := readCredentials(page), backendOf(page)
	address := authorizeBefore(page)

	page.open(backend + "/install")
	page.tabTo("Freshchat Domain")
	page.do(chromedp.KeyEvent(have.domain))
	page.tabTo("Freshchat API Key")
	page.paste(have.key)
	page.do(chromedp.KeyEvent(kb.Enter))
	page.hears(views.NoticeVerified)

	page.tabTo("Auth Code URL")
	page.paste(address)
	page.tabTo("TikTok Seller Shop Code")
	page.do(chromedp.KeyEvent(have.shopCode))
	page.tabTo("Freshchat Topic")
	page.do(chromedp.KeyEvent("TikTok Shop"))
	page.tabTo("Install")
	page.look("before-enter")
	page.do(chromedp.KeyEvent(kb.Enter))
	page.hears(views.NoticeInstalled)

	page.tabTo("Setup Code")
	page.tabTo("Copy")
	page.do(chromedp.KeyEvent(kb.Enter))
	page.until("the button tells that it copied", func() error {
		_, err := page.the(roleButton, "Copied")

		return err
	})
	page.look("copied")
}

// TestInstallWithoutScripts goes all the way on plain forms and links.
func TestInstallWithoutScripts(t *testing.T) {
	demo := startDemo(t)
	_, page := newVisitor(t)
	page.open(demo + installPage)

	have, backend := readCredentials(page), backendOf(page)

	page.scripts(false)
	page.plain = true
	page.open(demo + installPage) // the seller's way begins on a page without scripts too
	page.open(backend + "/authorize")
	page.follow("United Kingdom TikTok will call it European seller")
	page.press("Authorize")
	page.sees("Copy this address")
	page.look("copy-address")

	address := page.value("Address")

	page.open(backend + "/install")
	page.look("fresh")
	page.v.complaints.allow("status of 422") // the browser notes a refused form
	page.fill("Freshchat Domain", have.domain)
	page.fill("Freshchat API Key", "not a key")
	page.press("Verify")
	page.refused("Freshchat API Key", "did not accept this API key")
	page.look("key-refused")

	page.fill("Freshchat API Key", have.key)
	page.press("Verify")
	page.hears(views.NoticeVerified)
	page.fill("Auth Code URL", address)
	page.fill("TikTok Seller Shop Code", "GBLCWRONG1")
	page.choose("Freshchat Topic", "TikTok Shop")
	page.press("Install")
	page.refused("TikTok Seller Shop Code", "Glow Beauty")
	page.look("shop-refused")

	page.press("Glow Beauty " + have.shopCode)
	page.sees("Glow Beauty, United Kingdom")
	page.press("Install")
	page.hears(views.NoticeInstalled)
	page.look("installed")

	if page.value("Setup Code") == "" {
		t.Error("there is no setup code")
	}
}

// scripts switches those of the pages on or off.
func (b *tab) scripts(on bool) {
	b.t.Helper()

	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	b.check("switch scripts", err)
}
