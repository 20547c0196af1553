package tiktoksim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"
)

// Scopes that sellers grant.
const (
	ScopeShops = "seller.authorization.info" // shops and webhooks
	ScopeChat  = "seller.customer_service"
)

type grantKey struct{ appKey, openID string }

// grant is one seller's authorization of one app. A new consent makes a new
// grant in its place.
type grant struct {
	app          *App
	seller       *seller
	shops        []*shop
	scopes       []string
	access       *accessToken // the newest
	refreshToken string
	refreshUntil time.Time // end of the period that the seller granted
	revoked      bool      // the token service refuses the refresh token
	ended        bool      // withdrawn, or replaced by a newer consent
	replaced     bool
}

// accessToken is one token of a grant; older ones stay known after a refresh.
type accessToken struct {
	value string
	grant *grant
	until time.Time
}

// code is an authorization code on its way to the token service.
type code struct {
	app    *App
	seller *seller
	shops  []*shop
	until  time.Time
}

// Consent is what a seller agreed to.
type Consent struct {
	Code        string `json:"code"`
	RedirectURL string `json:"redirect_url"` // where her browser is sent, code and state included
}

// Authorize gives the consent of the seller who owns the shops to the app of
// the market, as the page does, for all her shops when none is named. It
// fails with ErrNotFound for an unknown market, seller or foreign shop.
func (s *Sim) Authorize(market, openID, state string, shopIDs ...string) (Consent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	app, se := s.market(market), s.sellers[openID]
	if app == nil || se == nil {
		return Consent{}, fmt.Errorf("authorize seller %s for market %s: %w", openID, market, ErrNotFound)
	}

	return s.consent(app, se, state, shopIDs)
}

func (s *Sim) market(name string) *App {
	for _, a := range s.apps {
		if a.Market == name {
			return a
		}
	}

	return nil
}

// consent mints a code. The caller holds the lock.
func (s *Sim) consent(app *App, se *seller, state string, shopIDs []string) (Consent, error) {
	shops := slices.Clone(se.shops)
	if len(shopIDs) > 0 {
		shops = shops[:0]
	}
	for _, id := range shopIDs {
		sh := s.shops[id]
		if sh == nil || sh.seller != se {
			return Consent{}, fmt.Errorf("authorize shop %s of seller %s: %w", id, se.OpenID, ErrNotFound)
		}
		if !slices.Contains(shops, sh) {
			shops = append(shops, sh)
		}
	}

	value := s.newToken("ROW_", 26)
	s.codes[value] = &code{app: app, seller: se, shops: shops, until: s.after(s.settings.CodeSeconds)}

	region := se.Region
	if len(shops) > 0 {
		region = shops[0].Region
	}
	q := url.Values{"code": {value}, "app_key": {app.AppKey}, "locale": {"en"}, "shop_region": {region}}
	if state != "" {
		q.Set("state", state)
	}

	return Consent{Code: value, RedirectURL: withQuery(app.RedirectURL, q)}, nil
}

// refusedConsent is where the browser of a seller goes who pressed Cancel,
// with the vendor's literal "null".
func refusedConsent(app *App, state string) string {
	q := url.Values{"error": {"auth_denied"}, "code": {"null"}}
	if state != "" {
		q.Set("state", state)
	}

	return withQuery(app.RedirectURL, q)
}

func withQuery(base string, add url.Values) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	q := u.Query()
	maps.Copy(q, add)
	u.RawQuery = q.Encode()

	return u.String()
}

func (s *Sim) after(seconds int64) time.Time {
	return s.clock.Now().Add(time.Duration(seconds) * time.Second)
}

// redeem spends a code and puts a new grant in the place of the old one. The
// caller holds the lock.
func (s *Sim) redeem(app *App, value string) *grant {
	c := s.codes[value]
	if c == nil || c.app.AppKey != app.AppKey {
		return nil
	}
	delete(s.codes, value)
	if !s.clock.Now().Before(c.until) {
		return nil
	}

	key := grantKey{app.AppKey, c.seller.OpenID}
	if old := s.grants[key]; old != nil {
		old.ended, old.replaced = true, true
		for _, sh := range old.shops {
			delete(sh.grants, app.AppKey)
		}
	}
	g := &grant{
		app: app, seller: c.seller, shops: c.shops,
		scopes:       []string{ScopeShops, ScopeChat},
		refreshUntil: s.after(s.settings.RefreshTokenSeconds),
	}
	s.grants[key] = g
	for _, sh := range g.shops {
		sh.grants[app.AppKey] = g
	}
	s.issueRefresh(g)
	s.issueAccess(g)

	return g
}

func (s *Sim) issueAccess(g *grant) {
	g.access = &accessToken{value: s.newToken("ROW_", 48), grant: g, until: s.after(s.settings.AccessTokenSeconds)}
	s.access[g.access.value] = g.access
}

func (s *Sim) issueRefresh(g *grant) {
	g.refreshToken = s.newToken("ROW_", 48)
	s.refresh[g.refreshToken] = g
}

// renew answers a refresh token with new tokens; nil means that the seller
// must authorize again. The caller holds the lock.
func (s *Sim) renew(app *App, token string) *grant {
	g := s.refresh[token]
	if g == nil || g.app.AppKey != app.AppKey || g.ended || g.revoked || g.refreshToken != token || !s.clock.Now().Before(g.refreshUntil) {
		return nil
	}

	if s.settings.RotateRefreshToken {
		s.issueRefresh(g)
	}
	if !s.settings.KeepOldAccessToken {
		g.access.until = s.clock.Now()
	}
	s.issueAccess(g)

	return g
}

// covers tells whether the authorization includes the shop.
func (g *grant) covers(sh *shop) bool { return !g.ended && slices.Contains(g.shops, sh) }

// withdraw takes a shop out of an authorization, which ends with its last
// shop. The caller holds the lock.
func (g *grant) withdraw(sh *shop) {
	delete(sh.grants, g.app.AppKey)
	g.shops = slices.DeleteFunc(slices.Clone(g.shops), func(o *shop) bool { return o == sh })
	g.ended = len(g.shops) == 0
}
