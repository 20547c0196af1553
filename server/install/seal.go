package install

import (
	"fmt"

	"sellerchat/server/bridge"
)

// sealInto seals what an installation keeps secret: the key, and a link secret
// that waits beside the one in force when the installation was known.
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
		inst.NextSecret, inst.NextSince, inst.NextHost = sealed, s.clock(), f.Host

		return nil
	}

	inst.LinkSecret, inst.LinkHost = sealed, f.Host
	token := s.secrets.ID()
	inst.WebhookHash = s.secrets.HashToken(token)
	inst.WebhookToken, err = seal("webhook_token", token)

	return err
}

// authorization is the consent to be stored.
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
