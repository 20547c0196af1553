package relay

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// The words with which a deactivated shop is shown.
const (
	reasonDeactivated = "TikTok has deactivated this shop."
	actionDeactivated = "Ask TikTok in Seller Center how to activate it. Everything that waits then goes out by itself."
)

// The bounds between which it is looked whether a deactivated shop is active
// again: nobody tells us.
const (
	standingEvery = time.Minute
	standingMost  = time.Hour
)

// breakStanding stops the lanes toward TikTok of a shop that TikTok has
// deactivated. The other shops of the same consent go on.
func (a *attempt) breakStanding(ctx context.Context) error {
	id := a.link.Key.Shop

	_, err := a.store.UpdateShop(ctx, id, func(s *bridge.Shop) error {
		if s.Installation != a.inst.ID {
			return errReplaced
		}

		s.Standing = s.Standing.Break(a.clock(), reasonDeactivated, actionDeactivated)

		return nil
	})
	if err != nil {
		return fmt.Errorf("mark shop: %w", err)
	}

	a.log.WarnContext(ctx, "shop is deactivated", slog.String("shop", string(id)))

	return pauseWhile(ctx, a.store, func() (bool, error) {
		shop, err := a.store.Shop(ctx, id)

		return shop.Standing.Broken, err
	}, standingPause(a.inst.ID, id))
}

func standingPause(id bridge.InstallationID, shop bridge.ShopID) bridge.Pause {
	return bridge.Pause{Installation: id, Shop: shop, Direction: bridge.Out, Cause: bridge.PauseDeactivated}
}

// standings look after deactivated shops.
type standings struct {
	*Relay

	next   time.Time
	probed map[bridge.ShopID]time.Time
}

// look asks TikTok, now and then, whether deactivated shops are active again.
// What goes wrong with one is no reason to leave out the others.
func (s *standings) look(ctx context.Context) error {
	now := s.clock()
	if now.Before(s.next) {
		return nil
	}

	s.next = now.Add(standingEvery)
	before := s.probed
	s.probed = map[bridge.ShopID]time.Time{}

	return s.store.EachInstallation(ctx, func(i bridge.Installation) error {
		if !i.Live() {
			return nil
		}

		shops, err := s.store.Shops(ctx, i.ID)
		if err != nil {
			return fmt.Errorf("read shops: %w", err)
		}

		for _, shop := range shops {
			if shop.Standing.Broken {
				s.probe(ctx, shop, before[shop.ID])
			}
		}

		return ctx.Err()
	})
}

// probe asks for one shop, the more rarely the longer it has been deactivated.
func (s *standings) probe(ctx context.Context, shop bridge.Shop, last time.Time) {
	now := s.clock()
	every := min(max(now.Sub(shop.Standing.Since)/4, standingEvery), standingMost)

	if s.probed[shop.ID] = last; now.Sub(last) < every {
		return
	}

	s.probed[shop.ID] = now

	if err := s.tryShop(ctx, shop); err != nil {
		s.log.InfoContext(ctx, "shop is not active again", slog.String("shop", string(shop.ID)), slog.Any("error", err))
	}
}

// tryShop makes a call that changes nothing.
func (s *standings) tryShop(ctx context.Context, shop bridge.Shop) error {
	access, err := s.tokens.access(ctx, shop)
	if err != nil {
		return err
	}

	s.quotas.spend(shop.ID, s.clock())
	s.limits.spend(shop.Installation, bridge.TikTok, s.clock())

	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	if _, err := s.tiktok.Conversations(call, access, ""); err != nil {
		return fmt.Errorf("read conversations: %w", err)
	}

	return s.mendStanding(ctx, shop)
}

// mendStanding resumes before it removes the mark, and once more after it, for
// the reasons that mendCredentials has.
func (r *Relay) mendStanding(ctx context.Context, shop bridge.Shop) error {
	pauses := []bridge.Pause{standingPause(shop.Installation, shop.ID)}
	if err := resume(ctx, r.store, pauses); err != nil {
		return err
	}

	_, err := r.store.UpdateShop(ctx, shop.ID, func(s *bridge.Shop) error {
		if s.Installation != shop.Installation {
			return errReplaced
		}

		s.Standing = bridge.HealthItem{}

		return nil
	})
	if err != nil {
		return fmt.Errorf("mark shop: %w", err)
	}

	if err := resume(ctx, r.store, pauses); err != nil {
		return err
	}

	r.log.InfoContext(ctx, "shop is active again", slog.String("shop", string(shop.ID)))

	return nil
}
