package simkit

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestFaultStrikesAsOftenAsSet(t *testing.T) {
	f := NewFaults(7, FaultDoc{"a", "A."})
	if _, ok := f.Should("a"); ok {
		t.Fatal("a switch that is off struck")
	}

	_ = f.Set("a", Fault{Rate: 1, Remaining: 2, Value: "v"})
	var hits int
	for range 10 {
		if v, ok := f.Should("a"); ok && v.Value == "v" {
			hits++
		}
	}
	if hits != 2 {
		t.Errorf("struck %d times, want 2", hits)
	}
}

func TestFaultDiceAreRepeatable(t *testing.T) {
	throw := func(seed uint64) string {
		f := NewFaults(seed, FaultDoc{"a", "A."})
		_ = f.Set("a", Fault{Rate: 0.5})
		var s strings.Builder
		for range 64 {
			_, ok := f.Should("a")
			s.WriteByte("01"[btoi(ok)])
		}
		return s.String()
	}

	if throw(1) != throw(1) {
		t.Error("the same seed gave two answers")
	}
	if throw(1) == throw(2) {
		t.Error("two seeds gave the same answer")
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestFaultControl(t *testing.T) {
	f := NewFaults(1, FaultDoc{"slow", "Late."}, FaultDoc{"gone", "Away."})
	mux := http.NewServeMux()
	f.Mount(mux)

	rows := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"all are off at first", "GET", "/_sandbox/faults", "", 200, `{"faults":[{"name":"gone","help":"Away.","on":false,"hits":0},{"name":"slow","help":"Late.","on":false,"hits":0}]}`},
		{"an unknown name is refused", "PUT", "/_sandbox/faults/x", `{}`, 400, `not known`},
		{"an unknown field is refused", "PUT", "/_sandbox/faults/slow", `{"rat":1}`, 400, `unknown field`},
		{"a rate above one is refused", "PUT", "/_sandbox/faults/slow", `{"rate":2}`, 400, `rate`},
		{"a rate left out is one", "PUT", "/_sandbox/faults/slow", `{"delay_ms":50,"only":"s1"}`, 200, `"on":true,"rate":1,"delay_ms":50,"only":"s1"`},
		{"deleting one switches it off", "DELETE", "/_sandbox/faults/slow", "", 200, `"name":"slow","help":"Late.","on":false`},
		{"deleting all switches all off", "DELETE", "/_sandbox/faults", "", 200, `"name":"gone","help":"Away.","on":false`},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body)))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%d %s, want %d with %s", w.Code, w.Body, tt.status, tt.want)
			}
		})
	}
}
