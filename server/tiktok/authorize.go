package tiktok

import (
	"errors"
	"net/url"
	"strings"

	"sellerchat/server/bridge"
)

// authorizeBases are the bases of authorization links, by market.
// https://partner.tiktokshop.com/docv2/page/authorization-overview-202407
var authorizeBases = map[bridge.Market]string{
	"uk":   "https://services.tiktokshop.com/open/authorize",
	"asia": "https://services.tiktokshop.com/open/authorize",
	"us":   "https://services.us.tiktokshop.com/open/authorize",
}

// AuthorizeURL returns the address at which a seller authorizes the market's
// app. The state comes back with the code; an empty one is left out.
// ErrUnknownMarket when the market has no app.
// https://partner.tiktokshop.com/docv2/page/authorization-guide-202309
func (c *Client) AuthorizeURL(market bridge.Market, state string) (string, error) {
	a, err := c.app(market)
	if err != nil {
		return "", err
	}

	u := *a.authorize
	q := u.Query()
	q.Set("service_id", a.ServiceID)
	if state = strings.TrimSpace(state); state != "" {
		q.Set("state", state)
	}
	u.RawQuery = q.Encode()

	return u.String(), nil
}

func authorizeBase(a App) (*url.URL, error) {
	address := a.AuthorizeURL
	if address == "" {
		address = authorizeBases[a.Market]
	}
	if address == "" {
		return nil, errors.New("no authorize address, and none is known for this market")
	}
	u, err := absolute(address)
	if err != nil {
		return nil, errors.New("authorize address " + err.Error())
	}

	return u, nil
}
