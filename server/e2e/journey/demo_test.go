package journey

import (
	"bufio"
	"context"
	"io"
	"regexp"
	"testing"

	"sellerchat/server/run"
)

// addressIn finds the one address that the demo prints.
var addressIn = regexp.MustCompile(`http://[0-9.:]+`)

// startDemo runs the demo as a newcomer does and gives the address that it
// prints. The end of the test ends it.
func startDemo(t *testing.T, flags ...string) string {
	t.Helper()

	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	printed, out := io.Pipe()
	ended := make(chan int, 1)

	go func() {
		ended <- run.Main(ctx, append([]string{"demo", "--address", "127.0.0.1:0"}, flags...), run.Streams{Out: out, Err: t.Output()})
		_ = out.Close() // so that nobody waits for an address that never comes
	}()

	t.Cleanup(func() {
		cancel()

		if status := <-ended; status != 0 {
			t.Errorf("the demo ended with status %d", status)
		}
	})

	lines := bufio.NewScanner(printed)
	for lines.Scan() {
		if address := addressIn.FindString(lines.Text()); address != "" {
			go func() { _, _ = io.Copy(io.Discard, printed) }()

			return address
		}
	}

	t.Fatal("the demo printed no address")

	return ""
}

// credentials are what an admin has at hand, as the demo lays it out to copy.
type credentials struct {
	domain, key, shopCode string
	// seller is who owns the shop.
	seller seller
}

// installPage is where the demo keeps the Marketplace's dialog.
const installPage = "/install-the-app"

func readCredentials(dialog *tab) credentials {
	return credentials{
		domain:   dialog.value("Freshchat Domain"),
		key:      dialog.value("Freshchat API Key"),
		shopCode: dialog.value("TikTok Seller Shop Code of Glow Beauty, United Kingdom"),
		seller:   sellerUK,
	}
}
