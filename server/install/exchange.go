package install

import (
	"context"
	"fmt"
	"strings"

	"sellerchat/server/bridge"
)

// exchange spends the code, unless that was done already for this page. What
// it brought is stored at once: a code cannot be spent again.
func (s *Service) exchange(ctx context.Context, f *flow, c Claim) error {
	found, err := f.unspent(c.AuthCodeURL, s.tiktok.Markets())
	if err != nil || found.code == "" {
		return err
	}

	market, err := marketFor(found, c.Market, s.tiktok.Markets())
	if err != nil {
		return err
	}

	grant, err := s.grant(ctx, market, found.code)
	if err != nil {
		if bridge.CodeOf(err) == bridge.Invalid && found.code == f.Offered {
			f.Offered, f.OfferedMarket = "", ""
		}

		return err
	}

	f.Offered, f.OfferedMarket = "", ""
	f.Spent, f.Market, f.Grant, f.Shops = found.code, market, &grant, nil

	return s.save(ctx, *f)
}

// unspent is the code that is still to be exchanged: the pasted one, else the
// one that the authorize tab handed over. None when the code that was exchanged
// stays.
func (f *flow) unspent(pasted string, markets []bridge.Market) (authCode, error) {
	if strings.TrimSpace(pasted) != "" {
		found, err := readCode(pasted, markets)
		if err != nil || found.code != f.Spent {
			return found, err
		}
	}

	if f.Offered == "" && f.Grant == nil {
		return authCode{}, errNoCode
	}

	return authCode{code: f.Offered, market: f.OfferedMarket}, nil
}

func (s *Service) grant(ctx context.Context, market bridge.Market, code string) (bridge.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	grant, err := s.tiktok.Exchange(ctx, market, code)
	if err != nil {
		return bridge.Grant{}, exchangeWords(err)
	}

	return grant, mayChat(grant)
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
		e.Code = bridge.Unavailable
		e.Words = "TikTok did not answer. Try again in a minute; if the code is refused then, authorize your shop again."
	}

	return e
}
