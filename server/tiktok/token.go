package tiktok

import (
	"context"
	"net/http"
	"net/url"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// codeInvalidToken is the token host's own "invalid parameter"; it comes for
// codes that went stale as well.
const codeInvalidToken = "98001004"

// tokenData is the data of both token answers. Expiries are absolute Unix
// seconds in spite of their names.
type tokenData struct {
	AccessToken    string   `json:"access_token"`
	AccessExpires  loose    `json:"access_token_expire_in"`
	RefreshToken   string   `json:"refresh_token"`
	RefreshExpires loose    `json:"refresh_token_expire_in"`
	OpenID         loose    `json:"open_id"`
	SellerName     loose    `json:"seller_name"`
	UserType       loose    `json:"user_type"`
	GrantedScopes  []string `json:"granted_scopes"`
}

// Exchange turns the code of a seller's authorization into tokens. A code lives
// 30 minutes and works once: CauseCodeSpent says that it is over. An answer
// that was lost may have used the code up.
// https://partner.tiktokshop.com/docv2/page/authorization-guide-202309
func (c *Client) Exchange(ctx context.Context, market bridge.Market, code string) (bridge.Grant, error) {
	const op = "tiktok exchange code"

	grant, f := c.grant(ctx, op, market, "/api/v2/token/get", "authorized_code", "auth_code", code)
	if f == nil {
		return grant, nil
	}
	if f.Code == codeInvalidToken {
		f.Cause, f.Words = bridge.CauseCodeSpent, wordsCode
	}

	return bridge.Grant{}, f
}

// Refresh gets new tokens for an authorization. What it returns replaces the
// old set as a whole. CauseRefreshRefused says that only the seller can mend
// it, by authorizing again.
// https://partner.tiktokshop.com/docv2/page/authorization-guide-202309
func (c *Client) Refresh(ctx context.Context, market bridge.Market, refreshToken string) (bridge.Grant, error) {
	const op = "tiktok refresh token"

	grant, f := c.grant(ctx, op, market, "/api/v2/token/refresh", "refresh_token", "refresh_token", refreshToken)
	if f == nil {
		return grant, nil
	}
	if refusesToken(f) {
		f.Class, f.Cause, f.Words = bridge.Reauthorize, bridge.CauseRefreshRefused, wordsAuthorize
	}

	return bridge.Grant{}, f
}

// refusesToken reports whether the platform itself refused the refresh token.
// What passes by itself and what is wrong with our configuration says nothing
// about the seller's consent.
func refusesToken(f *bridge.Failure) bool {
	if f.Code == "" || f.Cause == bridge.CauseOurs {
		return false
	}

	return f.Class == bridge.Permanent || f.Class == bridge.Reauthorize
}

// grant makes one unsigned call of the token host, whose query carries all the
// secrets.
func (c *Client) grant(
	ctx context.Context, op string, market bridge.Market, path, grantType, name, value string,
) (bridge.Grant, *bridge.Failure) {
	a, err := c.app(market)
	if err != nil {
		return bridge.Grant{}, notAsked(op, err)
	}

	u := *c.auth
	u.Path = path
	u.RawQuery = url.Values{
		"app_key":    {a.AppKey},
		"app_secret": {a.AppSecret},
		"grant_type": {grantType},
		name:         {value},
	}.Encode()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return bridge.Grant{}, notAsked(op, dial.Reason(err))
	}

	var data tokenData
	if err := c.send(attempt{op: op, request: req, secrets: []string{a.AppSecret, value}}, &data); err != nil {
		return bridge.Grant{}, bridge.AsFailure(err)
	}
	if data.AccessToken == "" || data.RefreshToken == "" || data.OpenID == "" {
		return bridge.Grant{}, incomplete(op, "tokens")
	}

	return bridge.Grant{
		OpenID:         bridge.OpenID(data.OpenID),
		SellerName:     string(data.SellerName),
		SellerType:     data.UserType.int(),
		AccessToken:    data.AccessToken,
		AccessExpires:  data.AccessExpires.time(),
		RefreshToken:   data.RefreshToken,
		RefreshExpires: data.RefreshExpires.time(),
		Scopes:         data.GrantedScopes,
	}, nil
}
