package load

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestASlowAnswerCountsAgainstEverythingThatWasDue(t *testing.T) {
	const stall = 100 * time.Millisecond

	stalled := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if !stalled {
			stalled = true

			time.Sleep(stall)
		}
	}))
	defer server.Close()

	r, err := Open(t.Context(), Plan{
		Address: server.Listener.Addr().String(), Connections: 1, Conversations: 1, Shops: 1,
		During: 100 * time.Millisecond,
	}, 200)
	if err != nil {
		t.Fatal(err)
	}

	// Twenty were due, one every five milliseconds: the first half of them
	// waited for more than half of the stall.
	late := 0

	for _, took := range r.Latencies {
		if took > stall/2 {
			late++
		}
	}

	if len(r.Latencies) != 20 || late < 10 {
		t.Errorf("%d of %d look late; the stall hid the others", late, len(r.Latencies))
	}
}

func TestALoadThatIsRefusedSaysSo(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()

	_, err := Closed(t.Context(), Plan{
		Address: server.Listener.Addr().String(), Connections: 2, Conversations: 2, Shops: 1, Count: 2,
	})
	if err == nil || !strings.Contains(err.Error(), "status 404") {
		t.Errorf("error %v", err)
	}
}

func TestConversationsMustBeSharedOutEvenly(t *testing.T) {
	if _, err := Closed(t.Context(), Plan{Connections: 3, Conversations: 10, Shops: 1, Count: 3}); err == nil {
		t.Error("no error: one conversation would be on two connections, and be reordered by us")
	}
}

func TestDue(t *testing.T) {
	began := time.Unix(100, 0)
	if got := Due(began, 200, 3); !got.Equal(began.Add(15 * time.Millisecond)) {
		t.Errorf("due %v", got.Sub(began))
	}
}
