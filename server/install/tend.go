package install

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// tendEvery is how often installations are looked after.
const tendEvery = 30 * time.Second

// sweepBatch is how many expired things one transaction removes.
const sweepBatch = 500

// Tend removes what was never confirmed or has expired, and asks again for
// messages that TikTok does not send yet, until the context ends.
func (s *Service) Tend(ctx context.Context) error {
	for {
		err := s.store.EachInstallation(ctx, func(i bridge.Installation) error { return s.tendOne(ctx, i) })
		if err == nil {
			err = s.sweep(ctx)
		}

		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "tending incomplete", slog.Any("error", err))
		}

		timer := time.NewTimer(tendEvery)

		select {
		case <-ctx.Done():
			timer.Stop()

			return nil
		case <-timer.C:
		}
	}
}

func (s *Service) sweep(ctx context.Context) error {
	for {
		n, err := s.store.Sweep(ctx, sweepBatch)
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}

		if n < sweepBatch {
			return nil
		}
	}
}

func (s *Service) tendOne(ctx context.Context, i bridge.Installation) error {
	now := s.clock()

	switch {
	case !i.Live():
		return nil
	case i.State == bridge.Pending && now.Sub(i.CreatedAt) > bridge.PendingFor:
		return s.expire(ctx, i)
	case len(i.NextSecret) > 0 && !nextAlive(i, now):
		return s.dropNext(ctx, i.ID)
	default:
		return s.resubscribe(ctx, i.ID)
	}
}

// expire removes an installation that the Marketplace never confirmed.
func (s *Service) expire(ctx context.Context, i bridge.Installation) error {
	shops, err := s.accesses(ctx, i.ID)
	if err != nil {
		return err
	}

	if err := s.store.Remove(ctx, i.ID); err != nil {
		return fmt.Errorf("remove pending installation: %w", err)
	}

	s.log.InfoContext(ctx, "pending installation expired", slog.String("installation", string(i.ID)))
	s.unsubscribe(ctx, shops)

	return nil
}

func (s *Service) dropNext(ctx context.Context, id bridge.InstallationID) error {
	_, err := s.store.UpdateInstallation(ctx, id, func(i *bridge.Installation) error {
		if !nextAlive(*i, s.clock()) {
			i.NextSecret, i.NextSince = nil, time.Time{}
		}

		return nil
	})
	if err != nil {
		return fmt.Errorf("drop unused link secret: %w", err)
	}

	return nil
}

func (s *Service) resubscribe(ctx context.Context, id bridge.InstallationID) error {
	shops, err := s.store.Shops(ctx, id)
	if err != nil {
		return fmt.Errorf("read shops: %w", err)
	}

	for _, shop := range shops {
		if !shop.Subscription.Broken {
			continue
		}

		access, err := s.access(ctx, shop)
		if err != nil {
			return err
		}

		s.subscribe(ctx, shop.ID, access)
	}

	return nil
}
