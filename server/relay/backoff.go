package relay

import (
	"math/rand/v2"
	"time"
)

// Backoff is a schedule of retries: the wait doubles from First to Cap, and up
// to Jitter is added so that many do not come back together.
type Backoff struct {
	First  time.Duration
	Cap    time.Duration
	Jitter time.Duration
}

// DefaultBackoff is what TikTok asks for; Freshchat publishes nothing.
// https://partner.tiktokshop.com/docv2/page/rate-limits
var DefaultBackoff = Backoff{First: time.Second, Cap: time.Minute, Jitter: 500 * time.Millisecond}

// Wait returns the wait after so many failed attempts, at least atLeast.
func (b Backoff) Wait(attempts int, atLeast time.Duration) time.Duration {
	wait := b.First
	for range attempts {
		if wait *= 2; wait >= b.Cap {
			wait = b.Cap

			break
		}
	}

	if b.Jitter > 0 {
		wait += rand.N(b.Jitter)
	}

	return max(wait, atLeast)
}
