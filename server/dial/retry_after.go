package dial

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter is the longest wait that RetryAfter reports, however long the server asked for.
const MaxRetryAfter = time.Hour

// RetryAfter reads how long a server wants to be left alone: whole seconds, or a date, of which
// the rest counts from now. The wait is between 0 and MaxRetryAfter; false means that the header is
// missing or cannot be read.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	// A number too large for its type comes back as the largest one, and is still a number.
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(MaxRetryAfter/time.Second))) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), MaxRetryAfter), true
	}

	return 0, false
}
