package relay

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// The bounds between which broken credentials are tried again: soon at first,
// since a key is often mended within minutes.
const (
	probeFirst = 15 * time.Second
	probeMost  = 10 * time.Minute
)

// Upkeep refreshes tokens a day before they end, tries broken Freshchat
// credentials and deactivated shops again now and then, and tells agents whose
// replies wait for long, until the context ends. It stores what was counted of
// quotas meanwhile.
func (r *Relay) Upkeep(ctx context.Context) error {
	probed := map[bridge.InstallationID]time.Time{}
	standing := &standings{Relay: r, probed: map[bridge.ShopID]time.Time{}}

	for {
		refreshDue := r.store.EachAuthorization(ctx, func(a bridge.Authorization) error {
			return r.refreshAhead(ctx, a)
		})
		probeDue := r.store.EachInstallation(ctx, func(i bridge.Installation) error {
			return r.probe(ctx, i, probed)
		})

		standingDue := standing.look(ctx)
		waitDue := r.tellWaiting(ctx)

		for _, err := range []error{refreshDue, probeDue, standingDue, waitDue} {
			if err != nil && ctx.Err() == nil {
				r.log.ErrorContext(ctx, "upkeep incomplete", slog.Any("error", err))
			}
		}

		r.saveQuotas(ctx)

		if !sleep(ctx, probeFirst) {
			return nil
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()

	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (r *Relay) refreshAhead(ctx context.Context, a bridge.Authorization) error {
	if a.Health.Broken || r.clock().Add(refreshAhead).Before(a.AccessExpires) {
		return nil
	}

	token, err := r.tokens.open(a)
	if err == nil {
		_, err = r.tokens.renew(ctx, a.Key, token)
	}

	if err != nil {
		r.log.WarnContext(ctx, "token not refreshed ahead", slog.String("market", string(a.Key.Market)), slog.Any("error", err))
	}

	return ctx.Err()
}

// probe asks Freshchat whether refused credentials work again. What goes wrong
// with one installation is no reason to leave out the others.
func (r *Relay) probe(ctx context.Context, i bridge.Installation, probed map[bridge.InstallationID]time.Time) error {
	if !i.Live() || !i.Health.Credentials.Broken {
		delete(probed, i.ID)

		return nil
	}

	now := r.clock()
	every := min(max(now.Sub(i.Health.Credentials.Since)/4, probeFirst), probeMost)

	if now.Sub(probed[i.ID]) < every {
		return nil
	}

	probed[i.ID] = now

	if err := r.tryCredentials(ctx, i); err != nil {
		r.log.WarnContext(ctx, "credentials not tried", slog.String("installation", string(i.ID)), slog.Any("error", err))
	}

	return ctx.Err()
}

func (r *Relay) tryCredentials(ctx context.Context, i bridge.Installation) error {
	key, err := r.vault.Open(i.APIKey, i.Binding("api_key"))
	if err != nil {
		return fmt.Errorf("open api key: %w", err)
	}

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	account, err := r.freshchat.Account(ctx, bridge.FreshchatAccess{Host: i.Host, Key: string(key)})
	if err != nil || account.ID != i.Account {
		return nil // still refused: that is what was asked
	}

	// It reads. Whether it writes, only a message can tell.
	if i.Health.Credentials.Cause == bridge.CauseScopeMissing {
		return resume(ctx, r.store, credentialsPauses(i.ID))
	}

	return r.mendCredentials(ctx, i)
}

// mendCredentials resumes before it removes the mark, so that after a crash in
// between somebody tries again, and once more after it, since an attempt may
// have paused meanwhile.
func (r *Relay) mendCredentials(ctx context.Context, tried bridge.Installation) error {
	id := tried.ID
	if err := resume(ctx, r.store, credentialsPauses(id)); err != nil {
		return err
	}

	_, err := r.store.UpdateInstallation(ctx, id, func(i *bridge.Installation) error {
		if !bytes.Equal(i.APIKey, tried.APIKey) {
			return errReplaced
		}

		i.Health.Credentials = bridge.HealthItem{}

		return nil
	})
	if err != nil {
		return fmt.Errorf("mark credentials: %w", err)
	}

	if err := resume(ctx, r.store, credentialsPauses(id)); err != nil {
		return err
	}

	r.log.InfoContext(ctx, "credentials work again", slog.String("installation", string(id)))

	return nil
}
