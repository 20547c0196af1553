package simkit

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestLedgerGivesBackWhatWasAdded(t *testing.T) {
	l := NewLedger(NewClock())
	const n = chunkRows + 10
	for range n {
		l.Add(Entry{Kind: "sent", Account: "s", Conversation: "c", Author: "a", MessageID: "m", Text: "t", Parts: "image", Note: true})
	}

	got := l.Snapshot()
	if len(got) != n || got[n-1].Seq != n {
		t.Fatalf("%d entries, last %d, want %d", len(got), got[len(got)-1].Seq, n)
	}
	e := got[chunkRows]
	e.Time = got[0].Time
	want := got[0]
	want.Seq = chunkRows + 1
	if e != want {
		t.Errorf("got %+v, want %+v", e, want)
	}
	if p := l.After(n-3, 2); len(p) != 2 || p[0].Seq != n-2 {
		t.Errorf("page %+v", p)
	}
	if p := l.After(n, 0); len(p) != 0 {
		t.Errorf("page after the end %+v", p)
	}
}

func TestLedgerWatchSignalsOnce(t *testing.T) {
	l := NewLedger(NewClock())
	added, stop := l.Watch()
	l.Add(Entry{Kind: "a"})
	l.Add(Entry{Kind: "b"})

	<-added
	select {
	case <-added:
		t.Error("signals were not merged")
	default:
	}
	stop()
	l.Add(Entry{Kind: "c"})
	if len(added) != 0 {
		t.Error("signal after stop")
	}
}

func TestLedgerControl(t *testing.T) {
	l := NewLedger(NewClock())
	l.Add(Entry{Kind: "a"})
	l.Add(Entry{Kind: "b"})
	mux := http.NewServeMux()
	l.Mount(mux)

	rows := []struct {
		name, query string
		status      int
		want, not   string
	}{
		{"everything without a query", "", 200, `"next":2,"total":2`, "message"},
		{"a page says where to go on", "?limit=1", 200, `"next":1,"total":2`, `"kind":"b"`},
		{"the end is an empty page", "?after=2", 200, `"entries":[],"next":2`, "null"},
		{"a position that is no number is refused", "?after=x", 400, "message", "entries"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest("GET", "/_sandbox/ledger"+tt.query, nil))
			b := w.Body.String()
			if w.Code != tt.status || !strings.Contains(b, tt.want) || strings.Contains(b, tt.not) {
				t.Errorf("%d %s", w.Code, b)
			}
		})
	}
}
