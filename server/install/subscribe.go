package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// subscribeTimeout bounds asking TikTok for a shop's messages while an admin
// waits for the page.
const subscribeTimeout = 5 * time.Second

// wordsSubscribing says why no messages come yet.
const wordsSubscribing = "TikTok has not confirmed yet that it sends us this shop's messages."

// notSubscribed is the health of a shop whose messages TikTok does not send.
func notSubscribed(now time.Time) bridge.HealthItem {
	return bridge.HealthItem{}.Break(now, wordsSubscribing,
		"Nothing to do: we keep asking. If it stays like this for an hour, contact support.")
}

// subscribe asks for the shop's messages, notes what came of it, and reports
// whether they come. It is repeatable.
func (s *Service) subscribe(ctx context.Context, id bridge.ShopID, access bridge.Access) bool {
	ctx, cancel := context.WithTimeout(ctx, subscribeTimeout)
	defer cancel()

	err := s.tiktok.Subscribe(ctx, access, s.webhookAddress(access.Market))
	if err != nil {
		s.log.WarnContext(ctx, "shop not subscribed", slog.String("shop", string(id)), slog.Any("error", err))

		return false
	}

	_, err = s.store.UpdateShop(context.WithoutCancel(ctx), id, func(shop *bridge.Shop) error {
		shop.Subscription = bridge.HealthItem{}

		return nil
	})
	if err != nil {
		s.log.ErrorContext(ctx, "subscription not noted", slog.String("shop", string(id)), slog.Any("error", err))
	}

	return err == nil
}

func (s *Service) webhookAddress(market bridge.Market) string {
	return s.publicURL + "/webhooks/tiktok/" + string(market)
}

// access opens the stored token of a shop.
func (s *Service) access(ctx context.Context, shop bridge.Shop) (bridge.Access, error) {
	a, err := s.store.Authorization(ctx, shop.Authorization)
	if err != nil {
		return bridge.Access{}, fmt.Errorf("read authorization: %w", err)
	}

	return s.open(a, shop)
}

func (s *Service) open(a bridge.Authorization, shop bridge.Shop) (bridge.Access, error) {
	token, err := s.vault.Open(a.AccessToken, a.Binding("access_token"))
	if err != nil {
		return bridge.Access{}, fmt.Errorf("open access token: %w", err)
	}

	return bridge.Access{Market: a.Key.Market, Token: string(token), Cipher: shop.Cipher}, nil
}

// accesses opens the tokens of all shops of an installation, as far as there
// are any.
func (s *Service) accesses(ctx context.Context, id bridge.InstallationID) ([]bridge.Access, error) {
	shops, err := s.store.Shops(ctx, id)
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return nil, fmt.Errorf("read shops: %w", err)
	}

	var all []bridge.Access

	for _, shop := range shops {
		access, err := s.access(ctx, shop)
		if err != nil {
			s.log.WarnContext(ctx, "shop cannot be unsubscribed", slog.String("shop", string(shop.ID)), slog.Any("error", err))

			continue
		}

		all = append(all, access)
	}

	return all, nil
}

// unsubscribeFor bounds ending all subscriptions of an installation.
const unsubscribeFor = 3 * time.Second

// unsubscribe ends subscriptions as far as TikTok answers in time: what it
// still sends afterwards is not for us.
func (s *Service) unsubscribe(ctx context.Context, shops []bridge.Access) {
	ctx, cancel := context.WithTimeout(ctx, unsubscribeFor)
	defer cancel()

	for _, access := range shops {
		if err := s.tiktok.Unsubscribe(ctx, access); err != nil {
			s.log.WarnContext(ctx, "shop not unsubscribed", slog.Any("error", err))
		}
	}
}
