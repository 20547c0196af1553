package demo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseLog(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	rows := map[string]struct {
		line string
		want Event
		ok   bool
	}{
		"a delivery": {
			`{"time":"2026-11-23T10:00:00Z","level":"INFO","msg":"delivery attempt","delivery":"7","direction":"in","installation":"i","shop":"s","conversation":"c","message":"m","state":"delivered","attempt":1,"took":21000000,"age":33000000}`,
			Event{Time: at, Kind: Attempted, Direction: In, Conversation: "c", Message: "m", State: "delivered", Attempt: 1, Took: 21 * time.Millisecond}, true,
		},
		"one that waits": {
			`{"time":"2026-11-23T10:00:00Z","msg":"delivery attempt","direction":"out","conversation":"c","message":"m","state":"queued","attempt":2,"reason":"TikTok did not answer","next":"2026-11-23T10:00:04Z","error":"x"}`,
			Event{Time: at, Kind: Attempted, Direction: Out, Conversation: "c", Message: "m", State: "queued", Attempt: 2, Text: "TikTok did not answer", Next: at.Add(4 * time.Second)}, true,
		},
		"another line":                  {`{"msg":"listening","message":"m","direction":"in"}`, Event{}, false},
		"a delivery without a message":  {`{"msg":"delivery attempt","direction":"in"}`, Event{}, false},
		"a direction that nobody knows": {`{"msg":"delivery attempt","direction":"up","message":"m"}`, Event{}, false},
		"no JSON":                       {"panic: oh", Event{}, false},
		"nothing":                       {"", Event{}, false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got, ok := ParseLog([]byte(row.line))
			if diff := cmp.Diff(row.want, got); diff != "" || ok != row.ok {
				t.Errorf("%v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func FuzzParseLog(f *testing.F) {
	f.Add([]byte(`{"msg":"delivery attempt","direction":"in","message":"m","took":1,"next":"2026-11-23T10:00:04Z"}`))
	f.Add([]byte(`{"msg":1}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if e, ok := ParseLog(line); ok && (e.Message == "" || e.Kind != Attempted) {
			t.Errorf("%q became %+v", line, e)
		}
	})
}
