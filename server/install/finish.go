package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// SetupCodeFor is how long a setup code may be used.
const SetupCodeFor = 10 * time.Minute

// CodeFor is how long TikTok's authorization code lives.
// https://partner.tiktokshop.com/docv2/page/authorization-overview-202407
const CodeFor = 30 * time.Minute

// Form is everything that an admin typed on the install page.
type Form struct {
	Domain string
	// Key is empty when the verified one stays.
	Key string
	Claim
	Topic bridge.TopicID
}

// Finish installs: it stores everything in one transaction and then asks
// TikTok for the shop's messages. A subscription that fails is retried and
// named in the settings. Errors are a bridge.Error with the field to mend; a
// failure leaves nothing half-stored and the page as it was.
func (s *Service) Finish(ctx context.Context, id string, form Form) (Page, error) {
	code := ""

	page, err := s.change(ctx, id, func(f *flow) error {
		if f.Done != nil {
			return nil
		}

		if err := s.stillVerified(f, form); err != nil {
			return err
		}

		shop, err := s.claimed(ctx, f, form.Claim)
		if err != nil {
			return err
		}

		topic, ok := f.topic(form.Topic)
		if !ok {
			return &bridge.Error{
				Code: bridge.Invalid, Field: FieldTopic,
				Words: "Choose the topic under which buyers' messages appear.",
			}
		}

		code, err = s.install(ctx, id, f, shop, topic)

		return err
	})
	if page.Installed != nil {
		page.Installed.SetupCode = code
	}

	return page, err
}

// stillVerified refuses a form whose domain or key is not what was verified.
func (s *Service) stillVerified(f *flow, form Form) error {
	if f.Key == "" {
		return errNotVerified
	}

	if form.Domain != "" {
		host, err := s.freshchat.Host(form.Domain)
		if err != nil {
			return fmt.Errorf("read domain: %w", err)
		}

		if host != f.Host {
			return changedAfterVerify(FieldDomain)
		}
	}

	if form.Key != "" {
		key, err := cleanKey(form.Key)
		if err != nil {
			return err
		}

		if !s.secrets.Same(key, f.Key) {
			return changedAfterVerify(FieldKey)
		}
	}

	return nil
}

func changedAfterVerify(field string) error {
	return &bridge.Error{
		Code: bridge.Invalid, Field: field,
		Words: "This was changed after it was verified. Press Verify once more.",
	}
}

func (s *Service) install(ctx context.Context, id string, f *flow, shop bridge.ShopInfo, topic bridge.Topic) (string, error) {
	secret := s.secrets.Secret()

	inst, err := s.draft(ctx, f, secret)
	if err != nil {
		return "", err
	}

	authorization, err := s.authorization(f)
	if err != nil {
		return "", err
	}

	f.Done = &done{
		Handover: Handover{InstallID: string(inst.ID), LinkSecret: secret, Domain: inst.Host, TopicID: string(topic.ID)},
		Shop:     shop, Topic: topic,
	}

	code, setup, err := s.setupTickets(id, f.Done)
	if err != nil {
		f.Done = nil

		return "", err
	}

	err = s.store.Install(ctx, bridge.Installed{
		Installation: inst, Authorization: authorization, Setup: setup,
		Shop: bridge.Shop{
			ShopInfo: shop, Installation: inst.ID, Authorization: authorization.Key,
			Topic: topic, ConnectedAt: s.clock(),
			Subscription: notSubscribed(s.clock()),
		},
	})
	if err != nil {
		f.Done = nil

		return "", installWords(err)
	}

	s.log.InfoContext(ctx, "installed", slog.String("installation", string(inst.ID)), slog.String("shop", string(shop.ID)))

	s.subscribe(ctx, shop.ID, bridge.Access{Market: f.Market, Token: f.Grant.AccessToken, Cipher: shop.Cipher})

	return code, nil
}

func installWords(err error) error {
	switch {
	case errors.Is(err, bridge.ErrShopTaken):
		return &bridge.Error{
			Code: bridge.Invalid, Field: FieldShop, Err: err,
			Words: "This shop is connected to another Freshchat account. Remove the app there, or ask support.",
		}
	case errors.Is(err, bridge.ErrConflict):
		return &bridge.Error{
			Code: bridge.Conflict, Err: err,
			Words: "Somebody else installed the app for this account just now. Press Install again.",
		}
	default:
		return fmt.Errorf("install: %w", err)
	}
}

// draft is the installation to be stored: a new one, or that of the account
// with a new key and a new link secret beside the old one.
func (s *Service) draft(ctx context.Context, f *flow, secret string) (bridge.Installation, error) {
	now := s.clock()

	inst, err := s.store.InstallationByAccount(ctx, f.Account)
	known := err == nil

	switch {
	case errors.Is(err, bridge.ErrNotFound):
		inst = bridge.Installation{
			ID: s.newID(), Account: f.Account, State: bridge.Pending,
			Settings: bridge.DefaultSettings(), CreatedAt: now,
		}
	case err != nil:
		return inst, fmt.Errorf("read installation: %w", err)
	}

	if inst.State == bridge.Pending {
		inst.CreatedAt = now
	}

	inst.Host, inst.KeyEnd = f.Host, end(f.Key)
	inst.Health.Credentials = bridge.HealthItem{}

	return inst, s.sealInto(&inst, f, secret, known)
}

func (s *Service) sealInto(inst *bridge.Installation, f *flow, secret string, known bool) error {
	seal := func(field, plain string) (bridge.Sealed, error) {
		sealed, err := s.vault.Seal([]byte(plain), inst.Binding(field))
		if err != nil {
			return nil, fmt.Errorf("seal %s: %w", field, err)
		}

		return sealed, nil
	}

	var err error
	if inst.APIKey, err = seal("api_key", f.Key); err != nil {
		return err
	}

	sealed, err := seal("link_secret", secret)
	if err != nil {
		return err
	}

	if known {
		inst.NextSecret, inst.NextSince = sealed, s.clock()

		return nil
	}

	inst.LinkSecret = sealed
	token := s.secrets.ID()
	inst.WebhookHash = s.secrets.HashToken(token)
	inst.WebhookToken, err = seal("webhook_token", token)

	return err
}

func (s *Service) authorization(f *flow) (bridge.Authorization, error) {
	g := f.Grant
	a := bridge.Authorization{
		Key:        bridge.AuthorizationKey{Market: f.Market, OpenID: g.OpenID},
		SellerName: g.SellerName, Scopes: g.Scopes,
		AccessExpires: g.AccessExpires, RefreshExpires: g.RefreshExpires, UpdatedAt: s.clock(),
	}

	var err error
	if a.AccessToken, err = s.vault.Seal([]byte(g.AccessToken), a.Binding("access_token")); err != nil {
		return a, fmt.Errorf("seal access token: %w", err)
	}

	if a.RefreshToken, err = s.vault.Seal([]byte(g.RefreshToken), a.Binding("refresh_token")); err != nil {
		return a, fmt.Errorf("seal refresh token: %w", err)
	}

	return a, nil
}
