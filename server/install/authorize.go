package install

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// Markets are those that a code can be exchanged in.
func (s *Service) Markets() []bridge.Market { return s.tiktok.Markets() }

// AuthorizeURL is where TikTok asks the seller for her consent.
func (s *Service) AuthorizeURL(market bridge.Market, state string) (string, error) {
	address, err := s.tiktok.AuthorizeURL(market, state)
	if err != nil {
		return "", fmt.Errorf("authorize link: %w", err)
	}

	return address, nil
}

// Offer hands the code of an authorization over to an open install page, after
// the person who gave it said yes, and returns the name of its account. The
// state is redeemed with it: ErrConflict when it was redeemed for another code.
// ErrNotFound when the page is not verified, finished or gone.
func (s *Service) Offer(ctx context.Context, id, state string, market bridge.Market, code string) (string, error) {
	page, err := s.change(ctx, id, func(ctx context.Context, f *flow) error {
		if code != "" && (code == f.Offered || code == f.Spent) {
			return nil // said yes twice
		}

		if !f.waits() {
			return bridge.ErrNotFound
		}

		redeemed := bridge.Ticket{Kind: bridge.TicketState, Key: state, ExpiresAt: s.clock().Add(bridge.FlowFor)}
		if err := s.store.AddTicket(ctx, redeemed); err != nil {
			return fmt.Errorf("redeem state: %w", err)
		}

		f.Offered, f.OfferedMarket = code, market

		return nil
	})

	return page.Name, err
}

// waits reports whether the page may still be handed a code.
func (f *flow) waits() bool { return f.Key != "" && f.Done == nil }

// Waiting returns the name of the account whose open install page waits for
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

	if !f.waits() {
		return "", bridge.ErrNotFound
	}

	return f.name(), nil
}
