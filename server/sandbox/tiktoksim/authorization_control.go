package tiktoksim

import (
	"fmt"
	"slices"
	"strconv"
)

// Deauthorize lets the seller withdraw a shop from every app: webhook 6 goes
// out, and an authorization without a shop left is over.
func (s *Sim) Deauthorize(shopID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	sh, ok := s.shops[shopID]
	if !ok {
		return fmt.Errorf("deauthorize shop %s: %w", shopID, ErrNotFound)
	}
	s.notify(sh, eventDeauthorized, sh.ID, deauthorizedData{
		Message: "Shop_id " + sh.ID + " is deauthorized from your APP by merchant.",
	})
	for _, g := range sh.grants {
		g.withdraw(sh)
	}

	return nil
}

// AnnounceExpiry sends webhook 7 for the shop, as the platform does from 30
// days before the end of an authorization.
func (s *Sim) AnnounceExpiry(shopID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	sh, ok := s.shops[shopID]
	if !ok || len(sh.grants) == 0 {
		return fmt.Errorf("announce expiry of shop %s: %w", shopID, ErrNotFound)
	}
	for _, g := range sh.grants {
		days := int(g.refreshUntil.Sub(s.clock.Now()).Hours() / 24)
		s.notifyApp(g, sh, eventExpiring, sh.ID, expiringData{
			Message: fmt.Sprintf("Authorization of shop_id %s is expiring in %d days. Please direct the merchant to re-authorize.",
				sh.ID, days),
			ExpirationTime: strconv.FormatInt(g.refreshUntil.Unix(), 10),
		})
	}

	return nil
}

// ExpireAccessToken ends the access token of an authorization now.
func (s *Sim) ExpireAccessToken(market, openID string) error {
	return s.change("expire access token", market, openID, func(g *grant) { g.access.until = s.clock.Now() })
}

// RevokeRefreshToken makes the token service refuse the refresh token; the
// access token stays in force until it expires.
func (s *Sim) RevokeRefreshToken(market, openID string) error {
	return s.change("revoke refresh token", market, openID, func(g *grant) { g.revoked = true })
}

// SetScopes replaces what an authorization allows; without ScopeChat the chat
// calls answer 105005 and no message webhook comes.
func (s *Sim) SetScopes(market, openID string, scopes ...string) error {
	return s.change("set scopes", market, openID, func(g *grant) { g.scopes = slices.Clone(scopes) })
}

func (s *Sim) change(what, market, openID string, f func(*grant)) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	app := s.market(market)
	if app == nil {
		return fmt.Errorf("%s for market %s: %w", what, market, ErrNotFound)
	}
	g := s.grants[grantKey{app.AppKey, openID}]
	if g == nil || g.ended {
		return fmt.Errorf("%s of seller %s for market %s: %w", what, openID, market, ErrNotFound)
	}
	f(g)

	return nil
}
