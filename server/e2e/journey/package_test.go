package journey

import (
	"testing"

	"sellerchat/views"
)

// startPackage runs the demo with the real package of this repository.
func startPackage(t *testing.T) string {
	t.Helper()

	return startDemo(t, "--source", "../../..")
}

// TestThePackageFromInstallToUninstall is the life of an installation in a
// Marketplace that runs the real package and lets it frame our set-up: install,
// a conversation with the panel beside it, the settings a year later, another
// topic, and the end.
func TestThePackageFromInstallToUninstall(t *testing.T) {
	demo := startPackage(t)
	_, dialog := newVisitor(t)

	dialog.open(demo + installPage)
	settings := dialog.frame()
	settings.sees("Set up the app below.")
	settings.look("package-fresh")

	dialog.press("Install")
	settings.hears("The setup is not finished yet.")

	have, page := readCredentials(dialog), settings.frame()
	setUpShop(page, have, "TikTok Shop")
	settings.hears("Setup finished. Now press Install below.")
	settings.look("package-finished")

	dialog.press("Install")
	dialog.sees("The app is installed.")
	dialog.look("package-installed")

	talk(dialog)
	files(dialog)
	panel(dialog, demo)
	edit(dialog, demo, have)

	dialog.press("Uninstall")
	settings.sees("Set up the app below.")
	dialog.look("package-uninstalled")
}

// setUpShop goes through our page, wherever it is shown.
func setUpShop(page *tab, have credentials, topic string) {
	page.t.Helper()
	page.sees("Connect your TikTok shop to Freshchat")
	page.fill("Freshchat Domain", have.domain)
	page.fill("Freshchat API Key", have.key)
	page.press("Verify")
	page.hears(views.NoticeVerified)

	seller := consentIn(page, have.seller)
	seller.press("Yes, connect")
	seller.sees("Go back to the install page")

	page.comeBack()
	page.until("the code is filled in", func() error { return differs(page.value("Auth Code URL"), "") })
	page.fill("TikTok Seller Shop Code", have.shopCode)
	page.choose("Freshchat Topic", topic)
	page.press("Install")
}

// panel looks at the app's panel beside the conversation.
func panel(dialog *tab, demo string) {
	dialog.t.Helper()
	dialog.open(demo)
	dialog.unfold("TikTok Seller Chat")

	beside := dialog.frame()
	beside.sees("Glow Beauty", "Last messages", "Sent")
	beside.look("panel")
}

// edit opens the settings of the installed app and puts the shop under another
// topic.
func edit(dialog *tab, demo string, have credentials) {
	dialog.t.Helper()
	dialog.open(demo + installPage)
	dialog.press("Settings")

	settings := dialog.frame()
	settings.sees("Connected", "Glow Beauty, United Kingdom → TikTok Shop")
	settings.look("package-edit")

	page := settings.opens(func() { settings.press("Open settings") })
	page.sees("Everything works.", "Glow Beauty")

	settings.comeBack()
	settings.press("Change")
	setUpShop(settings.frame(), have, "Returns")
	settings.hears("Setup finished. Now press Save below.")
	dialog.press("Save")
	dialog.sees("The app is installed.")

	dialog.press("Settings")
	settings.sees("Glow Beauty, United Kingdom → Returns")
	dialog.press("Back")
	dialog.sees("The app is installed.")
}

// TestThePackageWhereNothingIsFramed carries a setup code over.
func TestThePackageWhereNothingIsFramed(t *testing.T) {
	demo := startPackage(t)
	_, dialog := newVisitor(t)

	dialog.open(demo + installPage)
	dialog.press("Play a platform that refuses to show the setup inside its page")
	dialog.v.complaints.allow("Content Security Policy") // that is how it is refused

	have, settings := readCredentials(dialog), dialog.frame()
	settings.sees("Nothing to see above?")
	settings.look("package-refused-frame")

	page := settings.opens(func() { settings.follow("Open the setup in a tab") })
	setUpShop(page, have, "TikTok Shop")
	page.hears(views.NoticeInstalled)
	code := page.value("Setup Code")

	settings.comeBack()
	settings.fill("Setup Code", "WRONGCODE")
	settings.v.complaints.allow("status of 400")
	settings.press("Use code")
	settings.refused("Setup Code", "has been used or is older than 10 minutes")
	settings.fill("Setup Code", code)
	settings.press("Use code")
	settings.hears("Setup finished. Now press Install below.")
	dialog.press("Install")
	dialog.sees("The app is installed.")
}
