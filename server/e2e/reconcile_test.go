package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRepliesWrittenWhileTheBackendIsDownArrive lets an agent write while
// nobody listens. The Marketplace tells an app once, so that only reading the
// conversation brings the replies.
func TestRepliesWrittenWhileTheBackendIsDownArrive(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma, mei := tn.opened("Emma Clarke"), tn.opened("Mei Tan")
	tn.w.quiet()
	tn.w.backend.stop(t)
	tn.events.Store(false)

	emma.agentReplies("one", "two")
	mei.agentReplies("uno")
	tn.w.backend.start(t)
	tn.w.clock.Advance(time.Minute) // by then their events would have come

	emma.buyerSees("two")
	mei.buyerSees("uno")
	tn.w.quiet()
	emma.wantReceived("one", "two")
	mei.wantReceived("uno")

	tn.w.until("nothing is missing", func() bool {
		told := tn.w.completeness()

		return strings.Contains(told, `"found":3`) && strings.Contains(told, `"missing":0`)
	})
}

// completeness is what the operator is told of every account's messages.
func (w *world) completeness() string {
	res, err := http.Get("http://" + w.ops + "/completeness")
	if err != nil {
		return ""
	}
	defer res.Body.Close()

	text, err := io.ReadAll(res.Body)
	if err != nil {
		return ""
	}

	return string(text)
}
