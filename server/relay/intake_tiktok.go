package relay

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// TikTok takes in a webhook as it arrived: authorization is its header, body
// its raw bytes. When it returns nil the message is on disk, or rightly none
// of ours. Errors are a bridge.Error with code Unauthorized for a bad
// signature, Missing for an unknown market, Invalid for a body that cannot be
// read; any other means that TikTok should try again.
func (r *Relay) TikTok(ctx context.Context, market bridge.Market, authorization string, body []byte) error {
	ev, err := r.tiktok.Webhook(market, authorization, body)
	if err != nil {
		return r.counted("tiktok", "", err)
	}

	outcome, err := r.tiktokEvent(ctx, market, ev)

	return r.counted("tiktok", outcome, err)
}

func (r *Relay) tiktokEvent(ctx context.Context, market bridge.Market, ev bridge.TikTokEvent) (string, error) {
	if ev.Kind == bridge.TikTokOther || ev.Hidden != "" {
		return outcomeIgnored, nil
	}

	shop, err := r.store.Shop(ctx, ev.Shop)
	if err != nil {
		return absent(err)
	}

	if shop.Authorization.Market != market {
		return outcomeIgnored, nil
	}

	switch ev.Kind {
	case bridge.TikTokMessage:
		return r.tiktokMessage(ctx, shop, ev)
	case bridge.TikTokDeauthorized:
		return r.withdrawn(ctx, shop, ev)
	case bridge.TikTokExpiring:
		return outcomeAccepted, r.noteExpiry(ctx, shop, ev)
	default:
		return outcomeIgnored, nil
	}
}

// withdrawn stops what the seller took her consent from. TikTok repeats the
// news for half a day, and it has no end to its signature: what is older than
// the consent in force is not about that.
func (r *Relay) withdrawn(ctx context.Context, shop bridge.Shop, ev bridge.TikTokEvent) (string, error) {
	a, err := r.store.Authorization(ctx, shop.Authorization)
	if err != nil {
		return absent(err)
	}

	if !ev.At.IsZero() && ev.At.Before(a.UpdatedAt.Truncate(time.Second)) {
		return outcomeTooOld, nil
	}

	r.log.WarnContext(ctx, "seller withdrew the authorization", slog.String("shop", string(shop.ID)))

	return outcomeAccepted, r.tokens.breakAuthorization(ctx, shop.Authorization, nil, "")
}

func (r *Relay) tiktokMessage(ctx context.Context, shop bridge.Shop, ev bridge.TikTokEvent) (string, error) {
	key := bridge.LinkKey{Installation: shop.Installation, Shop: shop.ID, Conversation: ev.Conversation}
	r.ears.heard(sideKey{shop.Installation, shop.ID}, r.clock())

	return r.accept(ctx, bridge.Entry{
		Lane: key.Lane(bridge.In),
		Origin: bridge.OriginKey{
			Installation: shop.Installation, Side: bridge.TikTok,
			ID: ev.Message.ID, CreatedAt: ev.Message.CreatedAt,
		},
		Message: r.located(shop, ev.Message),
		Path:    bridge.PathWebhook,
		Wait:    r.window,
	}, shop.ConnectedAt)
}

// located is the message with where its cards are seen. It is told on the way
// in, so that the words are the same whenever they are read.
func (r *Relay) located(shop bridge.Shop, m bridge.Message) bridge.Message {
	m.Parts = slices.Clone(m.Parts)
	for i := range m.Parts {
		m.Parts[i] = r.tiktok.Locate(shop.ShopInfo, m.Parts[i])
	}

	return m
}

func (r *Relay) noteExpiry(ctx context.Context, shop bridge.Shop, ev bridge.TikTokEvent) error {
	_, err := r.store.UpdateAuthorization(ctx, shop.Authorization, func(a *bridge.Authorization) error {
		a.RefreshExpires = ev.ExpiresAt

		return nil
	})
	if err != nil {
		return fmt.Errorf("note expiry: %w", err)
	}

	return nil
}
