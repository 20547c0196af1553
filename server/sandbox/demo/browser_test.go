package demo

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"sellerchat/server/sandbox/tiktoksim"
)

const (
	chromium  = "/usr/bin/chromium"
	axeSource = "../../../node_modules/axe-core/axe.min.js"
	pictures  = "../../../artifacts/demo"
)

const axe = `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) =>
	v.id + ": " + v.help + "\n" + v.nodes.map((n) => "  " + n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("\n")))`

// tooWide names what sticks out of the window at the side.
const tooWide = `(() => {
	const room = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= room) return [];
	return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > room + 1)
		.map((e) => e.tagName + "#" + e.id + "." + e.className);
})()`

// visitor is one browser tab.
type visitor struct {
	*testing.T
	tab context.Context
	axe string

	mu         sync.Mutex
	complaints []string
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	source, err := os.ReadFile(axeSource)
	if err != nil {
		t.Fatalf("axe-core is missing; make test installs it: %v", err)
	}
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)

	v := &visitor{T: t, tab: tab, axe: string(source)}
	err = chromedp.Listen(tab, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok {
			v.mu.Lock()
			v.complaints = append(v.complaints, e.Entry.Text+" "+e.Entry.URL)
			v.mu.Unlock()
		}
	})
	if err != nil {
		t.Fatal(err)
	}

	return v
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	for _, step := range steps {
		ask(v, step)
	}
}

// ask runs an action, again when the page was just being changed for another.
func ask[T any](v *visitor, action chromedp.Action[T]) T {
	v.Helper()
	for range 100 {
		out, err := chromedp.Run(v.tab, action)
		if err == nil {
			return out
		}
		if !passing(err) {
			v.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	v.Fatal("the page kept changing")
	panic("unreachable")
}

// passing tells whether an error comes from the page being changed just now.
func passing(err error) bool {
	return slices.ContainsFunc([]string{
		"context with specified id", "Not attached", "target navigated", "find node with given id",
	}, func(s string) bool { return strings.Contains(err.Error(), s) })
}

func eval[T any](v *visitor, script string, options ...chromedp.EvaluateOption) T {
	v.Helper()
	return ask(v, chromedp.Evaluate[T](script, options...))
}

// await polls the page until a JavaScript expression is true.
func (v *visitor) await(expression string) {
	v.Helper()
	ask(v, chromedp.Poll[bool]("Boolean("+expression+")", chromedp.WithPollingTimeout(20*time.Second)))
}

// awaitText waits until a part of the page says something.
func (v *visitor) awaitText(selector, words string) {
	v.Helper()
	v.await(`[...document.querySelectorAll("` + selector + `")].some((e) => e.innerText.includes("` + words + `"))`)
}

func (v *visitor) visit(address string, width int64) {
	v.Helper()
	v.do(chromedp.EmulateViewport(width, 800), chromedp.Navigate(address))
}

func (v *visitor) press(selector string) {
	v.Helper()
	v.do(chromedp.Click(selector))
}

func (v *visitor) write(selector, words string) {
	v.Helper()
	v.do(chromedp.SendKeys(selector, words))
}

// look checks the page as it stands for what axe finds and what is too wide,
// and leaves a picture.
func (v *visitor) look(name string, width int64) {
	v.Helper()
	v.await(`document.readyState === "complete"`)
	v.do(chromedp.EmulateViewport(width, 800))
	if out := eval[[]string](v, tooWide); len(out) > 0 {
		v.Errorf("%s at %d px: these stick out: %s", name, width, strings.Join(out, ", "))
	}
	eval[chromedp.Void](v, `document.getAnimations().forEach((a) => a.cancel())`)
	eval[chromedp.Void](v, v.axe)
	for _, found := range eval[[]string](v, axe, chromedp.EvalAwaitPromise) {
		v.Errorf("%s at %d px: axe found %s", name, width, found)
	}
	v.picture(name, width)
}

func (v *visitor) picture(name string, width int64) {
	v.Helper()
	shot := ask(v, chromedp.CaptureScreenshot())
	file := filepath.Join(pictures, name+"-"+strconv.FormatInt(width, 10)+".png")
	if err := os.WriteFile(file, shot, 0o644); err != nil {
		v.Fatal(err)
	}
}

// policyHeld fails when the page asked for something that its policy forbids.
func (v *visitor) policyHeld() {
	v.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.complaints {
		if strings.Contains(c, "Content Security Policy") || strings.Contains(c, "404") {
			v.Errorf("the browser complained: %s", c)
		}
	}
}

// TestTheWholePath clicks through all four steps as a visitor does.
func TestTheWholePath(t *testing.T) {
	st, v := newStand(t), newVisitor(t)

	v.visit(st.url, 1280)
	v.awaitText(".path .next", "Install the app")
	v.look("1-start", 1280)

	v.press(".path .next a")
	v.await(`document.querySelector("[data-market-frame]")`)
	v.look("2-install", 1280)
	v.do(chromedp.EmulateViewport(390, 800))
	v.look("2-install", 390)
	v.look("2-install", 320)
	v.do(chromedp.EmulateViewport(1280, 800))
	v.handOver()
	v.await(`document.querySelector("#market-install")`)
	v.look("3-handed-over", 1280)
	v.press("#market-install")
	v.awaitText(".notice.good", "The app is installed")
	v.look("4-installed", 1280)

	v.visit(st.url, 1280)
	v.awaitText(".path .next", "Write as the buyer")
	v.write("#buyer-text", "Hi! Where is my parcel? It should have been here on Friday.\r")
	v.awaitText(".people", "Emma Clarke")
	v.awaitText("#thread-chat", "Where is my parcel")
	v.awaitText(".path .next", "Answer as the agent")
	v.press(`.quick button[value="🙏"]`)
	v.awaitText("#thread-chat", "🙏")

	v.write("#agent-text", "Hello Emma, it leaves our warehouse today <3\r")
	v.awaitText("#phone-chat", "it leaves our warehouse today <3")
	v.awaitText(".path .next", "Break something")
	v.write("#agent-text", "Asked the warehouse, box 14")
	v.press(`button[value="note"]`)
	v.awaitText("#thread-chat .note", "Asked the warehouse")
	v.look("5-talking", 1280)

	v.press("#drill-unreachable")
	v.awaitText("#drill-unreachable", "Let it answer again")
	for _, words := range []string{"First", "Second", "Third"} {
		v.write("#agent-text", words+"\r")
		v.awaitText("#thread-chat", words)
	}
	v.awaitText("[data-seen=unreachable]", "3 waiting")
	v.look("6-broken", 1280)
	v.press("#drill-unreachable")
	v.awaitText("[data-seen=unreachable]", "3 sent, in order, none twice")
	v.await(`document.querySelectorAll(".path .done").length === 4`)
	v.look("7-mended", 1280)
	v.policyHeld()
}

// handOver presses the button inside the frame of the setup.
func (v *visitor) handOver() {
	v.Helper()
	// The frame is of another origin; keys reach it when it is focused.
	v.do(chromedp.Focus("[data-market-frame]"))
	v.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
}

func TestKillAndRestart(t *testing.T) {
	st, v := newStand(t), newVisitor(t)
	st.install(t)
	buyer := st.world.buyers()[0]
	shop := st.world.Sellers[0].Shops[0]
	write := func(words string) {
		t.Helper()
		if _, err := st.world.TikTok.BuyerWrites(shop.ID, buyer.ImUserID, tiktoksim.Message{Content: words}); err != nil {
			t.Fatal(err)
		}
	}
	v.visit(st.url+"/?tab=break", 1280)
	write("Before")
	v.awaitText("#thread-chat", "Before")

	v.press("#drill-kill")
	v.awaitText(".pulse", "Stopped")
	write("While it is dead")
	write("Still dead")
	v.awaitText("[data-seen=kill]", "2 waiting")
	v.look("8-killed", 1280)
	v.press("#drill-kill")
	v.awaitText("[data-seen=kill]", "2 sent, in order, none twice")
	v.awaitText(".pulse", "Running")
	for _, tab := range []string{tabBuyer, tabAgent, tabBackend, tabBreak} {
		v.do(chromedp.EmulateViewport(390, 800))
		v.press(`[data-tab-link="` + tab + `"]`)
		v.look("9-phone-"+tab, 390)
		v.look("9-phone-"+tab, 320)
	}
	v.do(chromedp.EmulateViewport(900, 800))
	v.look("9-tablet", 900)
	v.policyHeld()
}
