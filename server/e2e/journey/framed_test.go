package journey

import (
	"testing"

	"sellerchat/views"
)

// TestFromTheMarketplaceToTheLastMessage is the product as a newcomer meets it:
// the Marketplace frames the set-up, the code is handed over instead of
// copied, a buyer and an agent talk, the backend is killed meanwhile, and the
// settings are opened.
func TestFromTheMarketplaceToTheLastMessage(t *testing.T) {
	demo := startDemo(t)
	_, dialog := newVisitor(t)

	dialog.open(demo)
	dialog.sees("Nothing has been written yet", "No conversations yet")
	dialog.look("demo-before")

	installFramed(dialog, demo)
	talk(dialog)
	breakSomething(dialog)
	settings(dialog, demo)
}

// installFramed does the set-up inside the Marketplace's page.
func installFramed(dialog *tab, demo string) {
	dialog.t.Helper()
	dialog.open(demo + installPage)

	have, page := readCredentials(dialog), dialog.frame()
	page.sees("Connect your TikTok shop to Freshchat")
	page.look("framed-fresh")

	page.fill("Freshchat Domain", have.domain)
	page.fill("Freshchat API Key", have.key)
	page.press("Verify")
	page.hears(views.NoticeVerified)
	page.look("framed-verified")

	seller := consent(page)
	seller.sees("Send the chats of your shop to " + have.domain + "?")
	seller.press("Yes, connect")
	seller.sees("Go back to the install page")
	seller.look("handed-over")

	page.comeBack()
	page.until("the code is filled in", func() error { return differs(page.value("Auth Code URL"), "") })
	page.sees("Filled in from your authorization just now.")
	page.look("framed-picked-up")

	page.fill("TikTok Seller Shop Code", have.shopCode)
	page.choose("Freshchat Topic", "TikTok Shop")
	page.press("Install")
	page.hears(views.NoticeInstalled)
	page.sees("One step is left: press Install below this page.")
	dialog.hears("The setup is finished for " + have.domain)
	page.look("framed-installed")

	dialog.press("Install")
	dialog.sees("The app is installed.")
	dialog.look("marketplace-installed")
}

// TestAdminsStopWatch counts what an admin has to do who has everything at
// hand, from opening the dialog to App Installed.
func TestAdminsStopWatch(t *testing.T) {
	const mostFields, mostClicks = 5, 4

	demo := startDemo(t)
	v, dialog := newVisitor(t)
	dialog.open(demo + installPage)

	have, page := readCredentials(dialog), dialog.frame()
	address := authorizeBefore(dialog)

	v.fields, v.clicks = 0, 0

	dialog.open(demo + installPage)
	page.fill("Freshchat Domain", have.domain)
	page.fill("Freshchat API Key", have.key)
	page.press("Verify")
	page.hears(views.NoticeVerified)
	page.fill("Auth Code URL", address)
	page.fill("TikTok Seller Shop Code", have.shopCode)
	page.choose("Freshchat Topic", "TikTok Shop")
	page.press("Install")
	page.hears(views.NoticeInstalled)

	t.Logf("from the dialog to %s: %d fields and %d clicks", views.NoticeInstalled, v.fields, v.clicks)

	if v.fields > mostFields || v.clicks > mostClicks {
		t.Errorf("more than %d fields or %d clicks", mostFields, mostClicks)
	}
}

// authorizeBefore gets the address to paste from a seller who was sent the
// link, without an install page that waits for it. It takes the place of the
// dialog, whose address it learns where the backend is from.
func authorizeBefore(dialog *tab) string {
	dialog.t.Helper()
	dialog.open(backendOf(dialog) + "/authorize")
	dialog.follow("United Kingdom TikTok will call it European seller")
	dialog.press("Authorize")
	dialog.sees("Copy this address")

	return dialog.value("Address")
}

// backendOf is the origin of the page that the dialog frames.
func backendOf(dialog *tab) string {
	dialog.t.Helper()

	page := dialog.frame()
	page.sees("Connect your TikTok shop to Freshchat")

	origin, err := ask[string](page, `function () { return this.location.origin; }`)
	page.check("read the frame's address", err)

	return origin
}
