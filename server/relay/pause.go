package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// The words with which broken credentials and topics are shown.
const (
	reasonCredentials = "Freshchat no longer accepts the API key."
	actionCredentials = "Enter the new key."
	reasonScope       = "Freshchat does not let the API key write messages."
	actionScope       = "Have an account admin make a new key, and enter it."
	reasonTopic       = "The topic is no longer available in Freshchat."
	actionTopic       = "Choose another topic."
)

// errReplaced says that what was refused is no longer what is in use: somebody
// has mended it while the call was under way.
var errReplaced = errors.New("replaced meanwhile")

// errNotMarked says that a refused refresh left no mark.
var errNotMarked = errors.New("authorization is not marked as broken")

// breakShop stops the lanes toward TikTok of the shops that share the refused
// token.
func (a *attempt) breakShop(ctx context.Context, cause bridge.Cause) error {
	shop, err := a.store.Shop(ctx, a.link.Key.Shop)
	if err != nil {
		return fmt.Errorf("read shop: %w", err)
	}

	auth, err := a.store.Authorization(ctx, shop.Authorization)
	if err != nil {
		return fmt.Errorf("read authorization: %w", err)
	}

	if a.token == "" {
		// No call was made: a refresh was refused, which has marked it.
		if !auth.Health.Broken {
			return errNotMarked
		}

		return nil
	}

	if token, err := a.tokens.open(auth); err != nil || token != a.token {
		return errors.Join(err, errReplaced)
	}

	return a.tokens.breakAuthorization(ctx, shop.Authorization, auth.AccessToken, cause)
}

// breakCredentials stops the lanes toward Freshchat, unless the key that was
// refused has been replaced.
func (a *attempt) breakCredentials(ctx context.Context, cause bridge.Cause) error {
	_, err := a.store.UpdateInstallation(ctx, a.inst.ID, func(i *bridge.Installation) error {
		if !bytes.Equal(i.APIKey, a.inst.APIKey) {
			return errReplaced
		}

		reason, action := reasonCredentials, actionCredentials
		if cause == bridge.CauseScopeMissing {
			reason, action = reasonScope, actionScope
		}

		i.Health.Credentials = i.Health.Credentials.Break(a.clock(), reason, action)
		i.Health.Credentials.Cause = cause

		return nil
	})
	if err != nil {
		return fmt.Errorf("mark credentials: %w", err)
	}

	return pauseWhile(ctx, a.store, func() (bool, error) {
		inst, err := a.store.Installation(ctx, a.inst.ID)

		return inst.Health.Credentials.Broken, err
	}, credentialsPauses(a.inst.ID)...)
}

func credentialsPauses(id bridge.InstallationID) []bridge.Pause {
	return []bridge.Pause{
		{Installation: id, Direction: bridge.In, Cause: bridge.PauseCredentials},
		{Installation: id, Direction: bridge.Note, Cause: bridge.PauseCredentials},
		{Installation: id, Direction: bridge.Follow, Cause: bridge.PauseCredentials},
	}
}

// breakTopic stops what would open conversations, unless another topic has been
// chosen.
func (a *attempt) breakTopic(ctx context.Context) error {
	id := a.link.Key.Shop

	_, err := a.store.UpdateShop(ctx, id, func(s *bridge.Shop) error {
		if s.Topic.ID != a.topic {
			return errReplaced
		}

		s.TopicHealth = s.TopicHealth.Break(a.clock(), reasonTopic, actionTopic)

		return nil
	})
	if err != nil {
		return fmt.Errorf("mark topic: %w", err)
	}

	return pauseWhile(ctx, a.store, func() (bool, error) {
		shop, err := a.store.Shop(ctx, id)

		return shop.TopicHealth.Broken, err
	}, bridge.Pause{Installation: a.inst.ID, Shop: id, Direction: bridge.In, Cause: bridge.PauseTopic})
}

// pauseWhile pauses lanes for something that was marked as broken. What was
// mended between the mark and the pause is resumed again: nobody else would.
func pauseWhile(ctx context.Context, store Store, broken func() (bool, error), pauses ...bridge.Pause) error {
	for _, p := range pauses {
		if err := store.Pause(ctx, p); err != nil {
			return fmt.Errorf("pause lanes: %w", err)
		}
	}

	still, err := broken()
	if err != nil {
		return fmt.Errorf("look whether it is still broken: %w", err)
	}

	if still {
		return nil
	}

	return resume(ctx, store, pauses)
}

func resume(ctx context.Context, store Store, pauses []bridge.Pause) error {
	for _, p := range pauses {
		if err := store.Resume(ctx, p); err != nil {
			return fmt.Errorf("resume lanes: %w", err)
		}
	}

	return nil
}
