package gallery_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sellerchat/views/gallery"
)

func TestWaitingPageMovesOnByItself(t *testing.T) {
	server := httptest.NewServer(gallery.Handler())
	t.Cleanup(server.Close)
	for _, tt := range []struct {
		name    string
		scripts bool
	}{{"with scripts", true}, {"without scripts", false}} {
		t.Run(tt.name, func(t *testing.T) {
			tab := browser(t)
			off := emulation.SetScriptExecutionDisabledParams{Value: !tt.scripts}
			if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, off); err != nil {
				t.Fatal(err)
			}
			do(tab, t,
				chromedp.Navigate(server.URL+"/waiting/plain"),
				chromedp.WaitVisible("[data-testid=waiting]"),
				chromedp.WaitVisible("[data-testid=copy-address]"),
			)
		})
	}
}

func TestCopySaysCopiedAndRestores(t *testing.T) {
	server := httptest.NewServer(gallery.Handler())
	t.Cleanup(server.Close)
	tab := browser(t)
	do(tab, t,
		chromedp.Navigate(server.URL+"/authorized/plain"),
		chromedp.Click(`//button[text()="Copy"]`),
		chromedp.WaitVisible(`//button[text()="Copied"]`),
		chromedp.WaitVisible(`//button[text()="Copy"]`),
	)
}
