package install

import (
	"context"
	"errors"
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

// Offer hands the code of an authorization over to an open install page, after
// the person who gave it said yes. The state is redeemed with it: a second
// time is ErrConflict.
func (s *Service) Offer(ctx context.Context, id, state string, market bridge.Market, code string) error {
	redeemed := bridge.Ticket{Kind: bridge.TicketState, Key: state, ExpiresAt: s.clock().Add(FlowFor)}
	if err := s.store.AddTicket(ctx, redeemed); err != nil {
		return fmt.Errorf("redeem state: %w", err)
	}

	_, err := s.change(ctx, id, func(f *flow) error {
		f.Offered, f.OfferedMarket = code, market

		return nil
	})

	return err
}

// Waiting returns the host of the account whose open install page waits for
// this state; ErrNotFound when the page is not verified, finished or gone, or
// the state was redeemed.
func (s *Service) Waiting(ctx context.Context, id, state string) (string, error) {
	_, err := s.store.Ticket(ctx, bridge.TicketState, state)
	if err == nil {
		return "", bridge.ErrNotFound
	}

	if !errors.Is(err, bridge.ErrNotFound) {
		return "", fmt.Errorf("look up state: %w", err)
	}

	f, err := s.load(ctx, id)
	if err != nil {
		return "", err
	}

	if f.Key == "" || f.Done != nil {
		return "", bridge.ErrNotFound
	}

	return f.Host, nil
}

// AuthorizeURL is where TikTok asks the seller for her consent.
func (s *Service) AuthorizeURL(market bridge.Market, state string) (string, error) {
	address, err := s.tiktok.AuthorizeURL(market, state)
	if err != nil {
		return "", fmt.Errorf("authorize link: %w", err)
	}

	return address, nil
}

// FindShop exchanges the code, if that is still to be done, and names the shop
// that the shop code means. Errors are a bridge.Error with the field to mend;
// a code that was exchanged stays with the page.
func (s *Service) FindShop(ctx context.Context, id string, c Claim) (Page, bridge.ShopInfo, error) {
	var shop bridge.ShopInfo

	page, err := s.change(ctx, id, func(f *flow) error {
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

	return matchShop(f.Shops, c.ShopCode)
}

// exchange spends the code, unless it was spent already for this page.
func (s *Service) exchange(ctx context.Context, f *flow, c Claim) error {
	found := authCode{code: f.Offered, market: f.OfferedMarket}

	if strings.TrimSpace(c.AuthCodeURL) != "" {
		var err error
		if found, err = readCode(c.AuthCodeURL, s.tiktok.Markets()); err != nil {
			return err
		}
	}

	if f.Grant != nil && (found.code == "" || found.code == f.Spent) {
		return nil
	}

	if found.code == "" {
		return errNoCode
	}

	market, err := marketFor(found, c.Market, s.tiktok.Markets())
	if err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	grant, err := s.tiktok.Exchange(ctx, market, found.code)
	if err != nil {
		return exchangeWords(err)
	}

	if err := mayChat(grant); err != nil {
		return err
	}

	f.Offered, f.OfferedMarket = "", ""
	f.Spent, f.Market, f.Grant, f.Shops = found.code, market, &grant, nil

	return nil
}

func mayChat(g bridge.Grant) error {
	if g.SellerType != 0 {
		return &bridge.Error{
			Code: bridge.Invalid, Field: FieldCode,
			Words: "This is not a seller's authorization. Authorize again with the seller account that owns the shop.",
		}
	}

	if !g.MayChat() {
		return errScope
	}

	return nil
}

var errScope = &bridge.Error{
	Code: bridge.Invalid, Field: FieldCode,
	Words: "TikTok has not allowed this app to read your shop's chats yet. Contact support, then authorize again.",
}

func exchangeWords(err error) error {
	f := bridge.AsFailure(err)
	e := &bridge.Error{Code: bridge.Invalid, Field: FieldCode, Err: err}

	switch {
	case f.Cause == bridge.CauseScopeMissing:
		return errScope
	case f.Cause == bridge.CauseCodeSpent, f.Class == bridge.Reauthorize:
		e.Words = "This code has been used or is older than 30 minutes. Authorize your shop again for a new one."
	case f.Cause == bridge.CauseOurs, f.Cause == bridge.CauseClock:
		return fmt.Errorf("exchange code: %w", err)
	case f.Class == bridge.Permanent:
		e.Words = "TikTok does not know this code. Copy the address once more, or authorize your shop again."
	default:
		e.Words = "TikTok did not answer. Try again in a minute; the code is still good if it is not older than 30 minutes."
	}

	return e
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
			strings.Join(missing, ", ")),
	}
}

func matchShop(shops []bridge.ShopInfo, typed string) (bridge.ShopInfo, error) {
	if strings.TrimSpace(typed) == "" {
		return bridge.ShopInfo{}, &bridge.Error{
			Code: bridge.Invalid, Field: FieldShop,
			Words: "The shop code is missing. It is in Seller Center under your shop name, top right.",
		}
	}

	for _, shop := range shops {
		if strings.EqualFold(strings.TrimSpace(typed), shop.Code) {
			return shop, nil
		}
	}

	for _, shop := range shops {
		if shop.Matches(typed) {
			return shop, nil
		}
	}

	names := make([]string, len(shops))
	for i, shop := range shops {
		names[i] = fmt.Sprintf("%s (%s)", shop.Name, shop.Code)
	}

	return bridge.ShopInfo{}, &bridge.Error{
		Code: bridge.Invalid, Field: FieldShop,
		Words: fmt.Sprintf("This authorization covers %s. Choose one of them, or authorize with the seller account that owns the shop you want.",
			strings.Join(names, " and ")),
	}
}

// Markets are those that a code can be exchanged in.
func (s *Service) Markets() []bridge.Market { return s.tiktok.Markets() }
