package load

import (
	"context"
	"errors"
	"time"
)

// Back waits until a program that went away is there again, and tells its
// address.
type Back func(ctx context.Context) (address string, err error)

// Stubborn sends as fast as the answers come, until it is to stop or all has
// been sent. What was not acknowledged because the program went away is sent
// again, as TikTok does, as soon as that is back: in the end everything was
// acknowledged.
func Stubborn(ctx context.Context, p Plan, back Back, stop <-chan struct{}) (Result, error) {
	senders, err := p.senders(ctx)
	if err != nil {
		return Result{}, err
	}

	began := time.Now()

	if err := each(senders, func(s *sender) error { return s.stubborn(ctx, back, stop) }); err != nil {
		return Result{}, err
	}

	return gather(senders, began), nil
}

func (s *sender) stubborn(ctx context.Context, back Back, stop <-chan struct{}) error {
	for s.sent*s.Connections < s.Count {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-stop:
			return nil
		default:
		}

		if err := s.insist(ctx, back, s.request()); err != nil {
			return err
		}
	}

	return nil
}

// insist sends a message until it is acknowledged; one that is refused is not
// sent again.
func (s *sender) insist(ctx context.Context, back Back, request []byte) error {
	for {
		err := s.send(request)
		if err == nil || errors.Is(err, errRefused) {
			return err
		}

		s.conn.close()

		address, err := back(ctx)
		if err != nil {
			return err
		}

		// It may have gone away again; then the next round finds out.
		if conn, err := connect(ctx, address); err == nil {
			s.conn = conn
		}
	}
}
