package journey

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sellerchat/views"
)

// settings opens the settings from the Marketplace, gives a webhook key that
// is none and one that is, and comes back when the session is over.
func settings(dialog *tab, demo string) {
	dialog.t.Helper()
	dialog.open(demo + installPage)

	have := readCredentials(dialog)
	page := dialog.opens(func() { dialog.press("Open settings") })
	page.sees("Everything works.", "Glow Beauty")
	page.look("settings")

	dialog.v.complaints.allow("status of 422") // the browser notes a refused form
	page.fill("Freshchat Webhook Public Key", "This is not a key")
	page.fill("Freshchat API Key", have.key)
	page.press("Save")
	page.refused("Freshchat Webhook Public Key", "key")
	page.look("webhook-key-refused")

	page.fill("Freshchat Webhook Public Key", publicKey(page))
	page.fill("Freshchat API Key", have.key)
	page.press("Save")
	page.hears(views.NoticeSaved)
	page.look("webhook-key-saved")

	dialog.v.complaints.allow("status of 401") // and a page that is not to be seen
	_, err := chromedp.Call(page.ctx, network.ClearBrowserCookies, cdp.Empty{})
	page.check("forget the session", err)
	page.do(chromedp.Reload())
	page.sees("Your session has ended")
	page.look("session-over")
}

// publicKey is one as Freshchat's webhook page shows it.
func publicKey(page *tab) string {
	page.t.Helper()

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	page.check("make a key", err)

	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	page.check("encode a key", err)

	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
