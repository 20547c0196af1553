package freshchat

import (
	"context"
	"net/http"

	"sellerchat/server/bridge"
)

// Account says whose account the key opens: the cheapest call that proves both
// host and key. https://developers.freshchat.com/api/
func (c *Client) Account(ctx context.Context, access bridge.FreshchatAccess) (bridge.Account, error) {
	var out struct {
		AppID  scalar `json:"app_id"`
		Domain scalar `json:"account_domain"`
	}

	err := c.call(ctx, access, request{
		op: opAccount, method: http.MethodGet, path: []string{"accounts", "configuration"}, out: &out,
	})
	if err != nil {
		return bridge.Account{}, err
	}

	if out.AppID == "" {
		return bridge.Account{}, &bridge.Failure{
			Op: opAccount.name, Class: bridge.Temporary, Cause: bridge.CauseHost, Certain: true,
			Words: fill(wordsHost, opAccount, access.Host), Err: errNotFreshchat,
		}
	}

	return bridge.Account{ID: bridge.AccountID(out.AppID), Domain: string(out.Domain)}, nil
}
