package freshchatsim

import (
	"net/http"
	"strconv"
	"time"
)

// rateWindow counts the calls of an account within a minute.
type rateWindow struct {
	ends time.Time
	used int
}

// spend counts a call and refuses it when the account's calls of the minute
// are used up. It sets the rate headers when the account has a limit.
func (a *account) spend(w http.ResponseWriter, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()

	limit := a.spec.Behavior.CallsPerMinute
	if limit <= 0 {
		return nil
	}
	if !now.Before(a.rate.ends) {
		a.rate = rateWindow{ends: now.Add(time.Minute)}
	}
	a.rate.used++
	limitHeaders(w, limit, max(0, limit-a.rate.used), a.rate.ends)
	if a.rate.used <= limit {
		return nil
	}
	wait := a.rate.ends.Sub(now).Round(time.Second) / time.Second
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(wait))))

	return refuse(http.StatusTooManyRequests, "")
}

func limitHeaders(w http.ResponseWriter, limit, remaining int, reset time.Time) {
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
}
