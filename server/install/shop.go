package install

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// Claim is what an admin typed into the second part of the install page.
type Claim struct {
	AuthCodeURL string
	ShopCode    string
	// Market is the chosen Shop Region, for a bare code.
	Market bridge.Market
}

// FindShop exchanges the code, if that is still to be done, and names the shop
// that the shop code means. Errors are a bridge.Error with the field to mend;
// a code that was exchanged stays with the page.
func (s *Service) FindShop(ctx context.Context, id string, c Claim) (Page, bridge.ShopInfo, error) {
	var shop bridge.ShopInfo

	page, err := s.edit(ctx, id, func(ctx context.Context, f *flow) error {
		if f.Key == "" {
			return errNotVerified
		}

		var err error
		shop, err = s.claimed(ctx, f, c)

		return err
	})

	return page, shop, err
}

func (s *Service) claimed(ctx context.Context, f *flow, c Claim) (bridge.ShopInfo, error) {
	if err := s.exchange(ctx, f, c); err != nil {
		return bridge.ShopInfo{}, err
	}

	if len(f.Shops) == 0 {
		if err := s.readShops(ctx, f); err != nil {
			return bridge.ShopInfo{}, err
		}
	}

	if err := s.covers(ctx, f); err != nil {
		return bridge.ShopInfo{}, err
	}

	if err := s.adopt(ctx, f); err != nil {
		return bridge.ShopInfo{}, err
	}

	return matchShop(f.Shops, c.ShopCode)
}

func (s *Service) readShops(ctx context.Context, f *flow) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	shops, err := s.tiktok.Shops(ctx, bridge.Access{Market: f.Market, Token: f.Grant.AccessToken})
	if err != nil {
		if bridge.HasCause(err, bridge.CauseScopeMissing) {
			return errScope
		}

		return &bridge.Error{
			Code: bridge.Invalid, Field: FieldShop, Err: err,
			Words: "TikTok did not tell which shops were authorized. Press the button again in a minute; your code is kept.",
		}
	}

	if len(shops) == 0 {
		return &bridge.Error{
			Code: bridge.Invalid, Field: FieldShop,
			Words: "This authorization covers no shop. Authorize with the seller account that owns the shop.",
		}
	}

	f.Shops = shops

	return nil
}

// covers refuses a consent that leaves out shops held through the same one.
func (s *Service) covers(ctx context.Context, f *flow) error {
	held, err := s.store.ShopsOf(ctx, bridge.AuthorizationKey{Market: f.Market, OpenID: f.Grant.OpenID})
	if err != nil {
		return fmt.Errorf("read shops of authorization: %w", err)
	}

	var missing []string

	for _, h := range held {
		if !slices.ContainsFunc(f.Shops, func(i bridge.ShopInfo) bool { return i.ID == h.ID }) {
			missing = append(missing, h.Name)
		}
	}

	if len(missing) == 0 {
		return nil
	}

	return &bridge.Error{
		Code: bridge.Invalid, Field: FieldCode,
		Words: fmt.Sprintf("This authorization leaves out %s, which is connected through it. Authorize again and keep that shop.",
			list(missing)),
	}
}

// matchShop finds the shop that was typed, or says which there are.
func matchShop(shops []bridge.ShopInfo, typed string) (bridge.ShopInfo, error) {
	typed = squeeze(typed)
	if typed == "" {
		return bridge.ShopInfo{}, &bridge.Error{
			Code: bridge.Invalid, Field: FieldShop,
			Words: "The shop code is missing. It is in Seller Center under your shop name, top right.",
		}
	}

	if shop, ok := bridge.FindShop(shops, typed); ok {
		return shop, nil
	}

	names := make([]string, len(shops))
	for i, shop := range shops {
		names[i] = fmt.Sprintf("%s (%s)", shop.Name, shop.Code)
	}

	choose := "one of them"
	if len(names) == 1 {
		choose = "it"
	}

	return bridge.ShopInfo{}, &bridge.Error{
		Code: bridge.Invalid, Field: FieldShop,
		Words: fmt.Sprintf("This authorization covers %s. Choose %s, or authorize with the seller account that owns the shop you want.",
			list(names), choose),
	}
}

// list joins names as a sentence does: "A, B and C".
func list(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}

	return strings.Join(names[:last], ", ") + " and " + names[last]
}
