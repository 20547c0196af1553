package journey

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The widths at which everything is looked at, a laptop's and a phone's, and
// the height of both.
const (
	wide   = 1280
	narrow = 390
	height = 900
)

const (
	axeSource = "../../../node_modules/axe-core/axe.min.js"
	pictures  = "../../../artifacts/journey"
)

// axe is the accessibility checker, read once.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(axeSource)
	if err != nil {
		return "", fmt.Errorf("axe-core is missing; make test installs it: %w", err)
	}

	return "function () { if (!window.axe) {" + string(source) + "\n} }", nil
})

type finding struct {
	ID     string   `json:"id"`
	Help   string   `json:"help"`
	Places []string `json:"places"`
}

// findings runs every rule on the page as it stands, without what it frames.
const findings = `function () {
	return window.axe.run(this, { resultTypes: ['violations'], iframes: false }).then((r) => r.violations.map((v) => ({
		id: v.id, help: v.help, places: v.nodes.map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')),
	})));
}`

// tooWide names what sticks out of the window at the side.
const tooWide = `function () {
	const room = this.documentElement.clientWidth;
	if (this.documentElement.scrollWidth <= room) return [];
	return [...this.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > room + 1)
		.map((e) => e.tagName + '#' + e.id + '.' + e.className);
}`

// look examines the page as it stands, at both widths: nothing for axe to find,
// nothing that sticks out, nothing that the browser complains of. It leaves
// pictures.
func (b *tab) look(name string) {
	b.t.Helper()

	if b.v.hurried {
		return
	}

	b.comeBack()

	source, err := axe()
	b.check("read axe", err)

	b.v.pictures++
	name = fmt.Sprintf("%02d-%s", b.v.pictures, name)

	defer b.do(chromedp.EmulateViewport(wide, height))

	for _, width := range []int64{wide, narrow} {
		b.do(chromedp.EmulateViewport(width, height))
		b.examine(name, width, source)

		for around := *b; around.depth > 0; {
			around.depth--
			around.examine(name+", around the frame", width, source)
		}

		b.picture(name, width)
	}

	for _, c := range b.v.complaints.take() {
		b.t.Errorf("%s: the browser complained: %s", name, c)
	}
}

func (b *tab) examine(name string, width int64, source string) {
	b.t.Helper()

	if b.plain {
		b.scripts(true) // for axe; those of the page were not loaded
		defer b.scripts(false)
	}

	out, err := ask[[]string](b, tooWide)
	b.check("measure the page", err)

	if len(out) > 0 {
		b.t.Errorf("%s at %d px: these stick out: %s", name, width, strings.Join(out, ", "))
	}

	_, err = ask[any](b, source)
	b.check("load axe", err)

	found, err := ask[[]finding](b, findings)
	b.check("run axe", err)

	for _, f := range found {
		b.t.Errorf("%s at %d px: axe found %s (%s) at:\n%s", name, width, f.ID, f.Help, strings.Join(f.Places, "\n"))
	}
}

func (b *tab) picture(name string, width int64) {
	b.t.Helper()

	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)

		return
	}

	folder := filepath.Join(pictures, b.t.Name())
	b.check("make a folder", os.MkdirAll(folder, 0o755))
	b.check("keep a picture", os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), png, 0o644))
}

// complaints gathers what the browser reports: scripts that fail, and what the
// content security policy had to stop.
type complaints struct {
	mu      sync.Mutex
	list    []string
	allowed []string
}

// allow lets pass what a step provokes on purpose.
func (c *complaints) allow(words string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.allowed = append(c.allowed, words)
}

func (c *complaints) hear(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		c.add(e.Entry.Text + " " + e.Entry.URL)
	case *runtime.EventExceptionThrown:
		c.add(e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			c.add(fmt.Sprintf("console %s: %s", e.Type, e.Args[0].Value))
		}
	}
}

func (c *complaints) add(words string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	for _, a := range c.allowed {
		if strings.Contains(words, a) {
			return
		}
	}

	c.list = append(c.list, words)
}

func (c *complaints) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()

	list := c.list
	c.list = nil

	return list
}
