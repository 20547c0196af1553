package gallery_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"sellerchat/views/gallery"
)

const (
	axeSource = "../../node_modules/axe-core/axe.min.js"
	pictures  = "../../artifacts/gallery"
)

// The widths are a laptop's, a phone's, and the narrowest that has to work, which is also a
// laptop's window at 400 %.
const (
	laptop    = 1280
	phone     = 390
	narrowest = 320
)

type violation struct {
	ID     string   `json:"id"`
	Help   string   `json:"help"`
	Places []string `json:"places"`
}

// axe runs every rule on the page as it stands.
const axe = `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => ({
	id: v.id, help: v.help, places: v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")),
})))`

// tooWide names what sticks out of the window at the side.
const tooWide = `(() => {
	const room = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= room) return [];
	return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > room + 1)
		.map((e) => e.tagName + "#" + e.id + "." + e.className);
})()`

// TestEveryStateInABrowser looks at every page in every state: nothing for axe to find, nothing
// wider than the window, nothing that the content security policy had to stop. It leaves pictures.
func TestEveryStateInABrowser(t *testing.T) {
	source, err := os.ReadFile(axeSource)
	if err != nil {
		t.Fatalf("axe-core is missing; make test installs it: %v", err)
	}
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gallery.Handler())
	t.Cleanup(server.Close)
	tab := browser(t)
	complaints := listen(tab, t)

	for _, s := range gallery.States() {
		t.Run(s.String(), func(t *testing.T) {
			do(tab, t, chromedp.EmulateViewport(laptop, 800), chromedp.Navigate(server.URL+s.Path()))
			stayHere(tab, t)
			ask(tab, t, chromedp.Evaluate[chromedp.Void](string(source)))
			for _, width := range []int64{laptop, phone} {
				do(tab, t, chromedp.EmulateViewport(width, 800))
				fits(tab, t, width)
				examine(tab, t, width)
				picture(tab, t, s, width)
			}
			do(tab, t, chromedp.EmulateViewport(narrowest, 800))
			fits(tab, t, narrowest)
			if got := complaints(); len(got) > 0 {
				t.Errorf("the browser complained: %s", strings.Join(got, "\n"))
			}
		})
	}
}

func fits(tab context.Context, t *testing.T, width int64) {
	t.Helper()
	if out := ask(tab, t, chromedp.Evaluate[[]string](tooWide)); len(out) > 0 {
		t.Errorf("at %d px these stick out: %s", width, strings.Join(out, ", "))
	}
}

func examine(tab context.Context, t *testing.T, width int64) {
	t.Helper()
	for _, v := range ask(tab, t, chromedp.Evaluate[[]violation](axe, chromedp.EvalAwaitPromise)) {
		t.Errorf("at %d px axe found %s (%s) at:\n%s", width, v.ID, v.Help, strings.Join(v.Places, "\n"))
	}
}

func picture(tab context.Context, t *testing.T, s gallery.State, width int64) {
	t.Helper()

	name := strings.ReplaceAll(strings.TrimPrefix(s.Path(), "/"), "/", "-")
	file := filepath.Join(pictures, fmt.Sprintf("%s-%d.png", name, width))
	if err := os.WriteFile(file, ask(tab, t, chromedp.FullScreenshot(100)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// stayHere stops the timer of the page that would move on while it is looked at.
func stayHere(tab context.Context, t *testing.T) {
	t.Helper()
	ask(tab, t, chromedp.Evaluate[int](`(() => { let last = setTimeout(() => {}); for (let i = last; i > 0; i--) clearTimeout(i); return last; })()`))
}

// listen gathers what the browser reports against the policy, and gives it once.
func listen(tab context.Context, t *testing.T) func() []string {
	t.Helper()

	var seen []string
	err := chromedp.Listen(tab, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok {
			seen = append(seen, e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}

	return func() []string {
		out := slices.Clone(seen)
		seen = nil

		return out
	}
}
