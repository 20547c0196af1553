package journey

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sellerchat/server/run"
)

// chromium is where Debian puts the browser.
const chromium = "/usr/bin/chromium"

// theBrowser is the one browser of all journeys; each has a profile of its own
// in it.
var theBrowser context.Context

// TestMain is also the program's main: the demo starts its backend by calling
// the program that it is part of, and here that is this one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		os.Exit(serve()) //nolint:forbidigo // here this is main
	}

	runAll(m)
}

func serve() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	return run.Main(ctx, os.Args[1:], run.Streams{Out: os.Stdout, Err: os.Stderr})
}

func runAll(m *testing.M) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(wide, height),
		chromedp.WSURLReadTimeout(time.Minute),
	)

	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()

	var end context.CancelFunc
	theBrowser, end = chromedp.NewContext(allocator)

	defer end()

	m.Run()
}
