package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/config"
	"sellerchat/server/store/boltstore"
)

// SeedAccount is a Freshchat account with one shop, as a benchmark makes thousands of them.
type SeedAccount struct {
	Account, Host, APIKey                         string
	ShopID, ShopCode, ShopName, Cipher            string
	Market, OpenID, AccessToken, RefreshToken     string
	TopicID, WebhookToken, WebhookKey, LinkSecret string
}

// seedTokensFor is how long a seeded consent lasts: no benchmark refreshes it.
const seedTokensFor = 30 * 24 * time.Hour

// seedAtOnce is how many installations are stored at the same time.
const seedAtOnce = 1024

// Seed stores active installations in a store that no program has open, as if
// their admins had installed them, and delivers so many messages for them.
func Seed(ctx context.Context, c config.Config, accounts []SeedAccount, delivered int) (err error) {
	keyset, err := auth.ParseKeyset(c.Keyset.Reveal())
	if err != nil {
		return fmt.Errorf("read keyset: %w", err)
	}

	vault, err := auth.NewSealer(keyset)
	if err != nil {
		return fmt.Errorf("open keyset: %w", err)
	}

	store, err := boltstore.Open(ctx, boltstore.Options{Path: c.Store.Path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}

	defer func() { err = errors.Join(err, store.Close()) }()

	now := systemClock()

	// Many at a time, so that they share commits.
	var g errgroup.Group

	g.SetLimit(seedAtOnce)

	for i, t := range accounts {
		g.Go(func() error { return t.install(ctx, store, vault, seedID(i), now) })
	}

	if err := g.Wait(); err != nil {
		return err //nolint:wrapcheck // it is ours
	}

	return seedDelivered(ctx, store, accounts, delivered, now)
}

// seedID is the id of the installation with a number.
func seedID(n int) bridge.InstallationID {
	return bridge.InstallationID(fmt.Sprintf("ins_seed_%07d", n))
}

// install stores one account as an active installation.
func (t SeedAccount) install(
	ctx context.Context, store *boltstore.Store, vault bridge.Vault, id bridge.InstallationID, now time.Time,
) error {
	in, err := t.installed(vault, id, now)
	if err != nil {
		return err
	}

	if err := store.Install(ctx, in); err != nil {
		return fmt.Errorf("install %s: %w", t.Account, err)
	}

	if err := store.Activate(ctx, id, now, func(*bridge.Installation) error { return nil }); err != nil {
		return fmt.Errorf("activate %s: %w", t.Account, err)
	}

	return nil
}

func (t SeedAccount) installed(vault bridge.Vault, id bridge.InstallationID, now time.Time) (bridge.Installed, error) {
	inst := bridge.Installation{
		ID: id, Account: bridge.AccountID(t.Account), Host: t.Host, LinkHost: t.Host, State: bridge.Pending,
		WebhookHash: auth.HashToken(t.WebhookToken), WebhookKey: t.WebhookKey,
		Settings: bridge.DefaultSettings(), CreatedAt: now,
	}
	consent := bridge.Authorization{
		Key:           bridge.AuthorizationKey{Market: bridge.Market(t.Market), OpenID: bridge.OpenID(t.OpenID)},
		AccessExpires: now.Add(seedTokensFor), RefreshExpires: now.Add(seedTokensFor),
		Scopes: []string{bridge.ScopeChat}, UpdatedAt: now,
	}

	for _, secret := range []struct {
		to    *bridge.Sealed
		plain string
		bind  string
	}{
		{&inst.APIKey, t.APIKey, inst.Binding("api_key")},
		{&inst.LinkSecret, t.LinkSecret, inst.Binding("link_secret")},
		{&inst.WebhookToken, t.WebhookToken, inst.Binding("webhook_token")},
		{&consent.AccessToken, t.AccessToken, consent.Binding("access_token")},
		{&consent.RefreshToken, t.RefreshToken, consent.Binding("refresh_token")},
	} {
		sealed, err := vault.Seal([]byte(secret.plain), secret.bind)
		if err != nil {
			return bridge.Installed{}, fmt.Errorf("seal: %w", err)
		}

		*secret.to = sealed
	}

	return bridge.Installed{
		Installation: inst, Authorization: consent,
		Shop: bridge.Shop{
			ShopInfo: bridge.ShopInfo{
				ID: bridge.ShopID(t.ShopID), Code: t.ShopCode, Name: t.ShopName, Region: "GB", Cipher: t.Cipher,
			},
			Installation: id, Authorization: consent.Key,
			Topic:       bridge.Topic{ID: bridge.TopicID(t.TopicID), Name: "TikTok Shop", Enabled: true, Web: true},
			ConnectedAt: now,
		},
	}, nil
}
