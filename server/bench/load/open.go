package load

import (
	"context"
	"runtime"
	"syscall"
	"time"
)

// Due is when the message with a number is due in a run at a rate a second.
func Due(began time.Time, rate float64, number uint32) time.Time {
	return began.Add(time.Duration(float64(number) / rate * float64(time.Second)))
}

// Open sends at a steady rate whatever the answers do. Latencies count from
// when a message was due: one that had to wait for its connection does not
// look quick.
func Open(ctx context.Context, p Plan, rate float64) (Result, error) {
	senders, err := p.senders(ctx)
	if err != nil {
		return Result{}, err
	}

	count := Messages(p, rate)

	due := make([]chan time.Time, len(senders))
	for i := range due {
		due[i] = make(chan time.Time, count/len(due)+1)
	}

	began := time.Now().Add(10 * time.Millisecond)

	go pace(ctx, began, rate, count, due)

	err = each(senders, func(s *sender) error {
		for at := range due[s.number] {
			if err := s.next(); err != nil {
				return err
			}

			s.took = append(s.took, time.Since(at))
		}

		return ctx.Err()
	})
	if err != nil {
		return Result{}, err
	}

	r := gather(senders, began)
	r.Rate = rate

	return r, nil
}

// pace hands out each message when it is due. It sleeps in the kernel, since
// an idle Go program wakes up to a millisecond late.
func pace(ctx context.Context, began time.Time, rate float64, count int, due []chan time.Time) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	for n := range count {
		at := Due(began, rate, uint32(n))

		for wait := time.Until(at); wait > 0; wait = time.Until(at) {
			rest := syscall.NsecToTimespec(int64(wait))
			if err := syscall.Nanosleep(&rest, nil); err != nil {
				continue // a signal; what is left is slept again
			}
		}

		if ctx.Err() != nil {
			break
		}

		due[n%len(due)] <- at
	}

	for _, d := range due {
		close(d)
	}
}

// Messages is how many a plan sends at a rate.
func Messages(p Plan, rate float64) int { return int(rate * p.During.Seconds()) }
