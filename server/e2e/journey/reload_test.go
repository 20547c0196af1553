package journey

import (
	"errors"
	"testing"

	"github.com/chromedp/chromedp"

	"sellerchat/views"
)

// TestAnInstallPageThatIsLoadedAgain goes on where it was, without its token
// ever standing in an address. After Install it gives the setup code instead
// of telling the frame once more.
func TestAnInstallPageThatIsLoadedAgain(t *testing.T) {
	demo := startDemo(t)
	_, dialog := newVisitor(t)
	dialog.open(demo + installPage)

	have, frame := readCredentials(dialog), dialog.frame()
	address := authorizeBefore(dialog)

	dialog.open(demo + installPage)
	frame.fill("Freshchat Domain", have.domain)
	frame.fill("Freshchat API Key", have.key)
	frame.press("Verify")
	frame.hears(views.NoticeVerified)

	reload(frame)
	frame.sees(have.domain, "API key ends in")

	frame.fill("Auth Code URL", address)
	frame.fill("TikTok Seller Shop Code", have.shopCode)
	frame.choose("Freshchat Topic", "TikTok Shop")
	frame.press("Install")
	frame.hears(views.NoticeInstalled)
	dialog.hears("The setup is finished for " + have.domain)

	reload(frame)
	frame.hears(views.NoticeInstalled)
	frame.sees("This page was opened again, so it gives the code instead of finishing by itself.")

	first := frame.value("Setup Code")
	frame.press("New code")
	frame.until("there is another code", func() error { return differs(frame.value("Setup Code"), first) })
}

// TestAnInstallPageInATabOfItsOwnIsLoadedAgain goes on after a reload too; but a
// new visit begins anew, since somebody may want to connect another shop.
func TestAnInstallPageInATabOfItsOwnIsLoadedAgain(t *testing.T) {
	demo := startDemo(t)
	_, page := newVisitor(t)
	page.open(demo + installPage)

	have, address := readCredentials(page), backendOf(page)+"/install"

	page.open(address)
	page.fill("Freshchat Domain", have.domain)
	page.fill("Freshchat API Key", have.key)
	page.press("Verify")
	page.hears(views.NoticeVerified)

	page.do(chromedp.Reload())
	page.sees(have.domain, "API key ends in")

	page.open("about:blank")
	page.open(address)
	page.sees("Install follows when Freshchat is verified.")
}

// reload loads a framed page again, and waits until the new one is there.
func reload(frame *tab) {
	frame.t.Helper()

	_, err := ask[bool](frame, `function () { this.wasLoaded = true; this.location.reload(); return true; }`)
	frame.check("reload the frame", err)
	frame.until("the page is loaded again", func() error {
		old, err := ask[bool](frame, `function () { return this.wasLoaded === true; }`)
		if err == nil && old {
			err = errors.New("it is still the old one")
		}

		return err
	})
}
