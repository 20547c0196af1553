package journey

import (
	"fmt"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// heaviest is what the install page may take over the wire, in bytes.
const heaviest = 60 * 1000

// wire sums up what the browser transfers.
type wire struct {
	mu       sync.Mutex
	bytes    int
	requests map[network.RequestID]string
	open     int
	fonts    int
}

func (w *wire) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()

	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if _, known := w.requests[e.RequestID]; !known {
			w.open++
		}

		w.requests[e.RequestID] = e.Request.URL
		if e.Type == network.ResourceTypeFont {
			w.fonts++
		}
	case *network.EventLoadingFinished:
		w.open--
		w.bytes += int(e.EncodedDataLength)
	case *network.EventLoadingFailed:
		w.open--
	}
}

// quiet is an error while something is under way, or nothing was yet.
func (w *wire) quiet() error {
	w.mu.Lock()
	defer w.mu.Unlock()

	if w.bytes == 0 || w.open > 0 {
		return fmt.Errorf("%d of %d requests are open", w.open, len(w.requests))
	}

	return nil
}

// TestInstallPageOverTheWire loads the page into an empty cache.
func TestInstallPageOverTheWire(t *testing.T) {
	demo := startDemo(t)
	_, first := newVisitor(t)
	first.open(demo + installPage)
	backend := backendOf(first)

	_, page := newVisitor(t)
	w := &wire{requests: map[network.RequestID]string{}}
	page.check("listen", chromedp.Listen(page.ctx, w.hear))
	_, err := chromedp.Call(page.ctx, network.Enable, network.EnableParams{})
	page.check("watch the network", err)

	page.open(backend + "/install")
	page.until("everything is loaded", w.quiet)

	w.mu.Lock()
	defer w.mu.Unlock()

	t.Logf("the install page takes %d bytes over the wire in %d requests, %d of them fonts", w.bytes, len(w.requests), w.fonts)

	if w.bytes > heaviest || w.fonts > 0 {
		t.Errorf("want at most %d bytes and no font: %v", heaviest, w.requests)
	}
}
