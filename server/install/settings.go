package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"sellerchat/server/bridge"
)

// Overview is what the settings page shows.
type Overview struct {
	Installation bridge.Installation
	Shops        []ConnectedShop
	// WebhookAddress is where Freshchat's own webhooks go.
	WebhookAddress string
}

// ConnectedShop is a shop with the consent it is reached through.
type ConnectedShop struct {
	bridge.Shop
	Consent bridge.Authorization
}

// Overview reads the settings of a live installation; ErrNotFound otherwise.
func (s *Service) Overview(ctx context.Context, id bridge.InstallationID) (Overview, error) {
	inst, err := s.live(ctx, id)
	if err != nil {
		return Overview{}, err
	}

	token, err := s.vault.Open(inst.WebhookToken, inst.Binding("webhook_token"))
	if err != nil {
		return Overview{}, fmt.Errorf("open webhook token: %w", err)
	}

	shops, err := s.store.Shops(ctx, id)
	if err != nil {
		return Overview{}, fmt.Errorf("read shops: %w", err)
	}

	view := Overview{Installation: inst, WebhookAddress: s.publicURL + "/webhooks/freshchat/" + string(token)}

	for _, shop := range shops {
		consent, err := s.store.Authorization(ctx, shop.Authorization)
		if err != nil {
			return Overview{}, fmt.Errorf("read authorization: %w", err)
		}

		view.Shops = append(view.Shops, ConnectedShop{Shop: shop, Consent: consent})
	}

	return view, nil
}

// SaveWebhookKey keeps the public key with which Freshchat signs its webhooks.
// It asks for the API key, which only an admin has. A key that is refused
// leaves the old one in force.
func (s *Service) SaveWebhookKey(ctx context.Context, id bridge.InstallationID, apiKey, pasted string) error {
	inst, err := s.live(ctx, id)
	if err != nil {
		return err
	}

	if err := s.proveAdmin(inst, apiKey); err != nil {
		return err
	}

	if len(pasted) > maxTyped {
		return &bridge.Error{Code: bridge.Invalid, Field: FieldWebhook, Words: maxTypedWords}
	}

	key, err := s.freshchat.WebhookKey(pasted)
	if err != nil {
		return fieldError(err, FieldWebhook)
	}

	err = s.update(ctx, inst, func(i *bridge.Installation) {
		i.WebhookKey, i.Health.Webhooks = key, bridge.HealthItem{}
	})
	if err != nil {
		return err
	}

	s.log.InfoContext(ctx, "webhook key saved", slog.String("installation", string(id)))

	return nil
}

// SaveSettings keeps the admin's choices. Showing message texts, once it is
// off, asks for the API key.
func (s *Service) SaveSettings(ctx context.Context, id bridge.InstallationID, apiKey string, settings bridge.Settings) error {
	inst, err := s.live(ctx, id)
	if err != nil {
		return err
	}

	if settings.ShowText && !inst.Settings.ShowText {
		if err := s.proveAdmin(inst, apiKey); err != nil {
			return err
		}
	}

	return s.update(ctx, inst, func(i *bridge.Installation) { i.Settings = settings })
}

// proveAdmin compares what was typed with the sealed API key: a session proves
// the account, not the admin.
func (s *Service) proveAdmin(inst bridge.Installation, typed string) error {
	typed, err := cleanKey(typed)
	if err != nil {
		return err
	}

	key, err := s.vault.Open(inst.APIKey, inst.Binding("api_key"))
	if err != nil {
		return fmt.Errorf("open api key: %w", err)
	}

	if !s.secrets.Same(typed, string(key)) {
		return &bridge.Error{
			Code: bridge.Invalid, Field: FieldKey,
			Words: "This is not the API key that this app uses. Copy it again from API DETAILS FOR CHAT.",
		}
	}

	return nil
}

func fieldError(err error, field string) error {
	var e *bridge.Error
	if errors.As(err, &e) && e.Field == "" {
		return &bridge.Error{Code: e.Code, Field: field, Words: e.Words, Err: e.Err}
	}

	return err
}
