package dial

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		header string
		want   time.Duration
		ok     bool
	}{
		{"seconds", "7", 7 * time.Second, true},
		{"seconds among blanks", " 7 ", 7 * time.Second, true},
		{"no wait", "0", 0, true},
		{"a date ahead", "Mon, 23 Nov 2026 10:01:30 GMT", 90 * time.Second, true},
		{"a date that has passed is no wait", "Mon, 23 Nov 2026 09:00:00 GMT", 0, true},
		{"too many seconds are cut", "86400", MaxRetryAfter, true},
		{"more than a number can hold is cut", "99999999999999999999999", MaxRetryAfter, true},
		{"a far date is cut", "Tue, 23 Nov 2027 10:00:00 GMT", MaxRetryAfter, true},
		{"missing", "", 0, false},
		{"negative", "-1", 0, false},
		{"fraction", "1.5", 0, false},
		{"words", "soon", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.header != "" {
				h.Set("Retry-After", tt.header)
			}
			got, ok := RetryAfter(h, now)
			if got != tt.want || ok != tt.ok {
				t.Errorf("RetryAfter = %v, %v; want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"7", "-1", "Mon, 23 Nov 2026 10:01:30 GMT", "18446744073709551616", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, ok := RetryAfter(http.Header{"Retry-After": {value}}, time.Unix(0, 0))
		if got < 0 || got > MaxRetryAfter || !ok && got != 0 {
			t.Errorf("RetryAfter(%q) = %v, %v", value, got, ok)
		}
	})
}
