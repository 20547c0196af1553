package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// tendEvery is how often installations are looked after.
const tendEvery = 30 * time.Second

// subscribeMost is how rarely it is asked, at last, for the messages of a shop
// that TikTok does not send.
const subscribeMost = time.Hour

// sweepBatch is how many expired things one transaction removes.
const sweepBatch = 500

// Tend removes what was never confirmed or has expired, and asks again for
// messages that TikTok does not send yet, until the context ends.
func (s *Service) Tend(ctx context.Context) error {
	for {
		if err := s.tend(ctx); err != nil && ctx.Err() == nil {
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

// tend looks after everything once. An installation that cannot be looked after
// keeps nobody else from it.
func (s *Service) tend(ctx context.Context) error {
	before := s.asked
	s.asked = map[bridge.ShopID]time.Time{}

	err := s.store.EachInstallation(ctx, func(i bridge.Installation) error {
		if err := s.tendOne(ctx, i, before); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "installation not tended",
				slog.String("installation", string(i.ID)), slog.Any("error", err))
		}

		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("visit installations: %w", err)
	}

	return s.sweep(ctx)
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

func (s *Service) tendOne(ctx context.Context, i bridge.Installation, asked map[bridge.ShopID]time.Time) error {
	switch {
	case !i.Live():
		return nil
	case s.expired(i):
		return s.expire(ctx, i)
	case len(i.NextSecret) > 0 && !nextAlive(i, s.clock()):
		return s.dropNext(ctx, i)
	default:
		return s.resubscribe(ctx, i.ID, asked)
	}
}

// expire removes an installation that the Marketplace never confirmed.
func (s *Service) expire(ctx context.Context, i bridge.Installation) error {
	done, err := s.accounts.take(ctx, string(i.Account))
	if err != nil {
		return err
	}
	defer done()

	i, err = s.store.Installation(ctx, i.ID)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && !s.expired(i) {
		return nil // confirmed, removed or begun anew meanwhile
	}

	if err != nil {
		return fmt.Errorf("read installation: %w", err)
	}

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

func (s *Service) expired(i bridge.Installation) bool {
	return i.State == bridge.Pending && s.clock().Sub(i.CreatedAt) > bridge.PendingFor
}

// dropNext ends a newer link secret that nobody used.
func (s *Service) dropNext(ctx context.Context, inst bridge.Installation) error {
	return s.update(ctx, inst, func(i *bridge.Installation) {
		if !nextAlive(*i, s.clock()) {
			i.NextSecret, i.NextSince, i.NextHost = nil, time.Time{}, ""
		}
	})
}

// resubscribe asks again for the messages of shops that TikTok may send us,
// which it does not while the seller has to authorize again. It asks the more
// rarely the longer it has done so in vain.
func (s *Service) resubscribe(ctx context.Context, id bridge.InstallationID, asked map[bridge.ShopID]time.Time) error {
	shops, err := s.store.Shops(ctx, id)
	if err != nil {
		return fmt.Errorf("read shops: %w", err)
	}

	for _, shop := range shops {
		if !shop.Subscription.Broken {
			continue
		}

		consent, err := s.store.Authorization(ctx, shop.Authorization)
		if err != nil {
			return fmt.Errorf("read authorization: %w", err)
		}

		if consent.Health.Broken {
			continue
		}

		now := s.clock()
		every := min(max(now.Sub(shop.Subscription.Since)/4, tendEvery), subscribeMost)

		if s.asked[shop.ID] = asked[shop.ID]; now.Sub(s.asked[shop.ID]) < every {
			continue
		}

		s.asked[shop.ID] = now

		access, err := s.open(consent, shop)
		if err != nil {
			return err
		}

		s.subscribe(ctx, shop.ID, access)
	}

	return nil
}
