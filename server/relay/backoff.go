package relay

import (
	"math/rand/v2"
	"time"
)

// backoff is a schedule of retries: the wait doubles from first to most, and up
// to jitter is added so that many do not come back together.
type backoff struct {
	first  time.Duration
	most   time.Duration
	jitter time.Duration
}

// retries is what TikTok asks for; Freshchat publishes nothing.
// https://partner.tiktokshop.com/docv2/page/rate-limits
var retries = backoff{first: time.Second, most: time.Minute, jitter: 500 * time.Millisecond}

// wait returns the wait after so many failed attempts, at least atLeast.
func (b backoff) wait(attempts int, atLeast time.Duration) time.Duration {
	pause := b.first
	for range attempts {
		if pause *= 2; pause >= b.most {
			pause = b.most

			break
		}
	}

	if b.jitter > 0 {
		pause += rand.N(b.jitter)
	}

	return max(pause, atLeast)
}
