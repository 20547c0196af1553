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
// failure leaves nothing half-stored and the page as it was. On a page that was
// installed before, it only makes another setup code.
func (s *Service) Finish(ctx context.Context, id string, form Form) (Page, error) {
	code, now, warning := "", false, ""

	page, err := s.change(ctx, id, func(ctx context.Context, f *flow) (err error) {
		if f.Done != nil {
			code, err = s.newCode(ctx, f)

			return err
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

		access := bridge.Access{Market: f.Market, Token: f.Grant.AccessToken, Cipher: shop.Cipher}
		if code, err = s.install(ctx, f, shop, topic); err != nil {
			return err
		}

		now = true
		if !s.subscribe(ctx, shop.ID, access) {
			warning = wordsSubscribing + " We keep asking; the settings show when it does."
		}

		return nil
	})
	if page.Installed != nil {
		page.Installed.SetupCode, page.Installed.Now, page.Installed.Warning = code, now, warning
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

// install stores everything at once and returns the setup code. The account's
// installation is read first and stored as a whole, so nothing else that we do
// may change it meanwhile.
func (s *Service) install(ctx context.Context, f *flow, info bridge.ShopInfo, topic bridge.Topic) (string, error) {
	done, err := s.accounts.take(ctx, string(f.Account))
	if err != nil {
		return "", err
	}
	defer done()

	secret := s.secrets.Secret()

	in, err := s.draft(ctx, f, secret)
	if err != nil {
		return "", err
	}

	if in.Authorization, err = s.authorization(f); err != nil {
		return "", err
	}

	if in.Shop, err = s.shop(ctx, in, info, topic); err != nil {
		return "", err
	}

	end := &ending{
		Handover: Handover{
			InstallID: string(in.Installation.ID), LinkSecret: secret, Domain: f.Host, TopicID: string(topic.ID),
		},
		Shop: info, Topic: topic,
	}

	code, setup, err := s.setupTickets(f.id, end)
	if err != nil {
		return "", err
	}

	in.Setup = setup
	if err := s.store.Install(ctx, in); err != nil {
		return "", installWords(err)
	}

	f.finish(end)

	s.log.InfoContext(ctx, "installed",
		slog.String("installation", string(in.Installation.ID)), slog.String("shop", string(info.ID)))

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
func (s *Service) draft(ctx context.Context, f *flow, secret string) (bridge.Installed, error) {
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
		return bridge.Installed{}, fmt.Errorf("read installation: %w", err)
	}

	if inst.State == bridge.Pending {
		inst.CreatedAt = now
	}

	inst.Host, inst.Name, inst.KeyEnd = f.Host, f.name(), end(f.Key)
	inst.Health.Credentials = bridge.HealthItem{}

	err = s.sealInto(&inst, f, secret, known)

	return bridge.Installed{Installation: inst}, err
}

// shop is the shop to be stored. One that the installation holds already keeps
// the time from which it is relayed, so that nothing on its way is taken for
// too old; an active installation relays a new one at once.
func (s *Service) shop(ctx context.Context, in bridge.Installed, info bridge.ShopInfo, topic bridge.Topic) (bridge.Shop, error) {
	now := s.clock()
	shop := bridge.Shop{
		ShopInfo: info, Installation: in.Installation.ID, Authorization: in.Authorization.Key, Topic: topic,
		ConnectedAt: now, Subscription: notSubscribed(now),
	}

	if in.Installation.State != bridge.Pending {
		shop.ActivatedAt = now
	}

	held, err := s.store.Shop(ctx, info.ID)
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return bridge.Shop{}, fmt.Errorf("read shop: %w", err)
	}

	if err == nil && held.Installation == in.Installation.ID {
		shop.ConnectedAt, shop.ActivatedAt = held.ConnectedAt, held.ActivatedAt
	}

	return shop, nil
}
