package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"sellerchat/server/bridge"
)

// refreshAhead is how long before its end an access token is refreshed.
const refreshAhead = 24 * time.Hour

// refreshTimeout bounds one refresh, whoever waits for it.
const refreshTimeout = 15 * time.Second

// authorizationWords are those with which a broken authorization is shown.
// Whatever broke it, only a new consent sets the lanes going again.
func authorizationWords(cause bridge.Cause) (reason, action string) {
	switch cause {
	case bridge.CauseScopeMissing:
		return "TikTok does not allow this app to use the shop's chats.",
			"Contact support, then authorize the shop again; everything that waits then goes out."
	default:
		return "TikTok no longer accepts this shop's authorization.",
			"Authorize the shop again; everything that waits then goes out."
	}
}

// tokens hand out access tokens and refresh them, one refresh at a time for
// each authorization.
type tokens struct {
	store  Store
	tiktok TikTok
	vault  bridge.Vault
	clock  bridge.Clock
	log    *slog.Logger
	flight singleflight.Group
	// waiting are those who left before their refresh had ended.
	waiting sync.WaitGroup
}

func newTokens(o Options) *tokens {
	return &tokens{store: o.Store, tiktok: o.TikTok, vault: o.Vault, clock: o.Clock, log: o.Logger}
}

// access returns what a call for the shop needs, with a token that is still
// good for a while.
func (t *tokens) access(ctx context.Context, shop bridge.Shop) (bridge.Access, error) {
	a, err := t.store.Authorization(ctx, shop.Authorization)
	if err != nil {
		return bridge.Access{}, fmt.Errorf("read authorization: %w", err)
	}

	token, err := t.open(a)
	if err != nil {
		return bridge.Access{}, err
	}

	if t.clock().Add(refreshAhead).After(a.AccessExpires) && !a.Health.Broken {
		if token, err = t.renewOrKeep(ctx, a, token); err != nil {
			return bridge.Access{}, err
		}
	}

	return bridge.Access{Market: a.Key.Market, Token: token, Cipher: shop.Cipher}, nil
}

// renewOrKeep refreshes ahead of time; while the old token still works, a
// refresh that fails in passing is not the message's problem.
func (t *tokens) renewOrKeep(ctx context.Context, a bridge.Authorization, token string) (string, error) {
	fresh, err := t.renew(ctx, a.Key, token)
	if err == nil {
		return fresh, nil
	}

	if t.clock().Before(a.AccessExpires) && bridge.AsFailure(err).Class != bridge.Reauthorize {
		t.log.WarnContext(ctx, "token refresh postponed", slog.String("market", string(a.Key.Market)), slog.Any("error", err))

		return token, nil
	}

	return "", err
}

// renew refreshes the token that was refused, unless somebody else has done
// so already, and returns the one now in force.
func (t *tokens) renew(ctx context.Context, key bridge.AuthorizationKey, stale string) (string, error) {
	name := string(key.Market) + "/" + string(key.OpenID)
	result := t.flight.DoChan(name, func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
		defer cancel()

		return t.refresh(own, key, stale)
	})

	select {
	case <-ctx.Done():
		t.waiting.Go(func() { <-result })

		return "", fmt.Errorf("refresh token: %w", ctx.Err())
	case r := <-result:
		token, _ := r.Val.(string)

		return token, r.Err
	}
}

func (t *tokens) refresh(ctx context.Context, key bridge.AuthorizationKey, stale string) (string, error) {
	a, err := t.store.Authorization(ctx, key)
	if err != nil {
		return "", fmt.Errorf("read authorization: %w", err)
	}

	if token, err := t.open(a); err != nil || token != stale {
		return token, err
	}

	secret, err := t.vault.Open(a.RefreshToken, a.Binding("refresh_token"))
	if err != nil {
		return "", fmt.Errorf("open refresh token: %w", err)
	}

	grant, err := t.tiktok.Refresh(ctx, key.Market, string(secret))
	if err != nil {
		if bridge.AsFailure(err).Class != bridge.Reauthorize {
			return "", fmt.Errorf("refresh token: %w", err)
		}

		broke := t.breakAuthorization(ctx, key, a.AccessToken, bridge.CauseRefreshRefused)
		if errors.Is(broke, errReplaced) {
			return t.inForce(ctx, key)
		}

		return "", fmt.Errorf("refresh token: %w", errors.Join(err, broke))
	}

	err = t.keep(ctx, key, a.AccessToken, grant)
	if errors.Is(err, errReplaced) {
		return t.inForce(ctx, key)
	}

	return grant.AccessToken, err
}

// settle waits until every refresh that was begun is stored: its answer may
// hold the only refresh token that is still good.
func (t *tokens) settle() { t.waiting.Wait() }

func (t *tokens) inForce(ctx context.Context, key bridge.AuthorizationKey) (string, error) {
	a, err := t.store.Authorization(ctx, key)
	if err != nil {
		return "", fmt.Errorf("read authorization: %w", err)
	}

	return t.open(a)
}

func (t *tokens) open(a bridge.Authorization) (string, error) {
	token, err := t.vault.Open(a.AccessToken, a.Binding("access_token"))
	if err != nil {
		return "", fmt.Errorf("open access token: %w", err)
	}

	return string(token), nil
}

// keep stores the whole returned set at once, whatever of it is new, unless a
// new consent has taken the place of the old token.
func (t *tokens) keep(ctx context.Context, key bridge.AuthorizationKey, old bridge.Sealed, g bridge.Grant) error {
	_, err := t.store.UpdateAuthorization(ctx, key, func(a *bridge.Authorization) error {
		if !bytes.Equal(a.AccessToken, old) {
			return errReplaced
		}

		access, err := t.vault.Seal([]byte(g.AccessToken), a.Binding("access_token"))
		if err != nil {
			return fmt.Errorf("seal access token: %w", err)
		}

		refresh, err := t.vault.Seal([]byte(g.RefreshToken), a.Binding("refresh_token"))
		if err != nil {
			return fmt.Errorf("seal refresh token: %w", err)
		}

		a.AccessToken, a.AccessExpires = access, g.AccessExpires
		a.RefreshToken, a.RefreshExpires = refresh, g.RefreshExpires
		a.UpdatedAt = t.clock()

		if len(g.Scopes) > 0 {
			a.Scopes = g.Scopes
		}

		return nil
	})
	if err != nil {
		return fmt.Errorf("store refreshed tokens: %w", err)
	}

	return nil
}

// breakAuthorization stops the lanes toward TikTok of every shop that the
// consent covers; what is in them is kept. It breaks nothing when another token
// than the refused one is in force by now; nil is whichever that is. The cause
// decides what the admin is told.
func (t *tokens) breakAuthorization(
	ctx context.Context, key bridge.AuthorizationKey, refused bridge.Sealed, cause bridge.Cause,
) error {
	reason, action := authorizationWords(cause)

	_, err := t.store.UpdateAuthorization(ctx, key, func(a *bridge.Authorization) error {
		if refused != nil && !bytes.Equal(a.AccessToken, refused) {
			return errReplaced
		}

		a.Health = a.Health.Break(t.clock(), reason, action)

		return nil
	})
	if err != nil {
		return fmt.Errorf("mark authorization: %w", err)
	}

	shops, err := t.store.ShopsOf(ctx, key)
	if err != nil {
		return fmt.Errorf("read shops of authorization: %w", err)
	}

	pauses := make([]bridge.Pause, len(shops))
	for i, shop := range shops {
		pauses[i] = bridge.Pause{
			Installation: shop.Installation, Shop: shop.ID,
			Direction: bridge.Out, Cause: bridge.PauseAuthorization,
		}
	}

	err = pauseWhile(ctx, t.store, func() (bool, error) {
		a, err := t.store.Authorization(ctx, key)

		return a.Health.Broken, err
	}, pauses...)
	if err != nil {
		return err
	}

	t.log.WarnContext(ctx, "authorization broken", slog.String("market", string(key.Market)), slog.Int("shops", len(shops)))

	return nil
}
