package journey

import (
	"testing"

	"sellerchat/views"
)

// TestInstallInATabOfItsOwn is the way where the platform frames no pages: a
// wrong key first, the address copied by hand, a wrong shop code, and the setup
// code carried over to the Marketplace.
func TestInstallInATabOfItsOwn(t *testing.T) {
	demo := startDemo(t)
	_, dialog := newVisitor(t)

	dialog.open(demo + installPage)
	have := readCredentials(dialog)

	dialog.unfold("Use a Setup Code")
	dialog.press("Play a platform that refuses to show the setup inside its page")
	dialog.sees("This platform shows no pages of other sites")
	dialog.look("marketplace-without-frame")

	page := dialog.opens(func() { dialog.follow("Open the setup") })
	page.sees("Connect your TikTok shop to Freshchat")
	page.look("fresh")

	page.fill("Freshchat Domain", have.domain)
	page.fill("Freshchat API Key", have.key[:len(have.key)-4]+"zzzz")
	page.press("Verify")
	page.refused("Freshchat API Key", "did not accept this API key")
	page.look("key-refused")

	page.fill("Freshchat API Key", have.key)
	page.press("Verify")
	page.hears(views.NoticeVerified)
	page.look("verified")

	address := copyAddress(page)

	page.fill("Auth Code URL", address)
	page.fill("TikTok Seller Shop Code", "GBLCWRONG1")
	page.choose("Freshchat Topic", "TikTok Shop")
	page.press("Install")
	page.refused("TikTok Seller Shop Code", "Glow Beauty")
	page.look("shop-refused")

	page.press("Glow Beauty " + have.shopCode)
	page.sees("Glow Beauty, United Kingdom")
	page.look("shop-found")

	page.press("Install")
	page.hears(views.NoticeInstalled)
	page.look("installed")

	first := page.value("Setup Code")
	page.press("New code")
	page.until("there is another code", func() error { return differs(page.value("Setup Code"), first) })

	useSetupCode(dialog, page.value("Setup Code"))
	dialog.look("marketplace-ready")
	dialog.press("Install")
	dialog.sees("The app is installed.")
	dialog.look("marketplace-installed")
}

// copyAddress walks through TikTok's consent and declines to hand the code
// over, to copy the address instead.
func copyAddress(page *tab) string {
	page.t.Helper()

	seller := consent(page)
	seller.sees("Send the chats of your shop to")
	seller.look("question")
	seller.follow("No, I will copy it")
	seller.sees("Copy this address")
	seller.look("copy-address")

	return seller.value("Address")
}

// consent authorizes the shop in a tab of its own, up to our page after it.
func consent(page *tab) *tab {
	page.t.Helper()

	return consentIn(page, sellerUK)
}

// seller is who authorizes, and the region that she chooses first.
type seller struct{ name, region string }

// The sellers of the demo.
var (
	sellerUK   = seller{"Glow Beauty Ltd", "United Kingdom TikTok will call it European seller"}
	sellerAsia = seller{"Nusa Living", "Any other region TikTok will call it Asia seller"}
)

func consentIn(page *tab, who seller) *tab {
	page.t.Helper()

	seller := page.opens(func() { page.follow("Authorize your shop") })
	seller.sees("Where is your TikTok shop?")
	seller.look("authorize")

	seller.follow(who.region)
	seller.sees("Authorize a service")
	seller.click(roleRadio, who.name)
	seller.look("tiktok-consent")

	seller.press("Authorize")
	seller.sees("Your shop is authorized. One moment…")
	seller.picture("waiting", wide) // it does not wait for more

	return seller
}

// useSetupCode carries the code over to the Marketplace.
func useSetupCode(dialog *tab, code string) {
	dialog.t.Helper()
	dialog.fill("Setup Code", code)
	dialog.press("Use it")
	dialog.hears("The setup is finished")
}

// TestConsentIsRefused comes back from TikTok without an authorization.
func TestConsentIsRefused(t *testing.T) {
	demo := startDemo(t)
	_, page := newVisitor(t)
	page.open(demo + installPage)
	page.open(backendOf(page) + "/authorize")
	page.follow("United Kingdom TikTok will call it European seller")
	page.press("Cancel")
	page.sees("Your shop is not connected")
	page.look("refused")
	page.follow("Authorize your shop")
	page.sees("Where is your TikTok shop?")
}
