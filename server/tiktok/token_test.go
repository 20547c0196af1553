package tiktok

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestTokenCallsAreUnsignedReads(t *testing.T) {
	const answer = `{"code":0,"data":{"access_token":"a","access_token_expire_in":1,"refresh_token":"r","refresh_token_expire_in":2,"open_id":"o"}}`

	tests := map[string]struct {
		call func(*testing.T, *Client) (bridge.Grant, error)
		path string
		want url.Values
	}{
		"a code is exchanged": {
			func(t *testing.T, c *Client) (bridge.Grant, error) { return c.Exchange(t.Context(), "uk", "TTP_c+d") },
			"/api/v2/token/get",
			url.Values{"auth_code": {"TTP_c+d"}, "grant_type": {"authorized_code"}},
		},
		"a token is refreshed": {
			func(t *testing.T, c *Client) (bridge.Grant, error) { return c.Refresh(t.Context(), "uk", "ROW_r") },
			"/api/v2/token/refresh",
			url.Values{"refresh_token": {"ROW_r"}, "grant_type": {"refresh_token"}},
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			platform := &recorder{body: answer}
			if _, err := test.call(t, newClient(t, platform)); err != nil {
				t.Fatal(err)
			}
			got := platform.last(t)
			test.want.Set("app_key", testApp.AppKey)
			test.want.Set("app_secret", testApp.AppSecret)
			if diff := cmp.Diff(test.want, got.query); diff != "" {
				t.Errorf("query, want -, got +:\n%s", diff)
			}
			if got.method != http.MethodGet || got.path != test.path || got.body != "" {
				t.Errorf("got %s %s %q", got.method, got.path, got.body)
			}
		})
	}
}

func TestExpiriesAreAbsoluteAndMayBeFar(t *testing.T) {
	tests := map[string]struct {
		refresh string
		want    time.Time
	}{
		"a year of the next century": {`4891363200`, time.Date(2125, time.January, 1, 0, 0, 0, 0, time.UTC)},
		"digits in a string":         {`"1791536000"`, time.Unix(1791536000, 0).UTC()},
		"beyond what can be stored":  {`9223372036854775807`, time.Unix(lastSecond, 0).UTC()},
		"missing":                    {`null`, time.Time{}},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, answering(http.StatusOK, `{"code":0,"data":{"access_token":"a","access_token_expire_in":1760604800,`+
				`"refresh_token":"r","refresh_token_expire_in":`+test.refresh+`,"open_id":"o","user_type":3}}`))
			got, err := c.Exchange(t.Context(), "uk", "code")
			if err != nil {
				t.Fatal(err)
			}
			if !got.RefreshExpires.Equal(test.want) {
				t.Errorf("expires %v, want %v", got.RefreshExpires, test.want)
			}
			if got.SellerType != 3 {
				t.Errorf("seller type is %d, want 3", got.SellerType)
			}
		})
	}
}

func TestRefusalsOfTheTokenHost(t *testing.T) {
	spent := outcome{bridge.Permanent, bridge.CauseCodeSpent, true}
	refused := outcome{bridge.Reauthorize, bridge.CauseRefreshRefused, true}
	ours := outcome{bridge.Permanent, bridge.CauseOurs, true}

	tests := map[string]struct {
		status            int
		body              string
		exchange, refresh outcome
	}{
		"a spent code":                      {200, `{"code":36004004,"message":"invalid auth code"}`, spent, refused},
		"a stale code, by its other number": {400, `{"code":98001004,"message":"invalid param"}`, spent, refused},
		"an unknown refusal": {
			400, `{"code":36004999,"message":"no"}`, outcome{bridge.Permanent, "", true}, refused,
		},
		"a wrong app key is not the seller's fault": {
			400, `{"code":36009004,"message":"Invalid 'app_key'"}`, ours, ours,
		},
		"a busy host is not a refusal": {
			429, `{"code":36009002}`, outcome{bridge.RateLimited, "", true}, outcome{bridge.RateLimited, "", true},
		},
		"an inner error is not a refusal": {
			500, `{"code":36009003}`, outcome{Class: bridge.Temporary}, outcome{Class: bridge.Temporary},
		},
		"a gateway's page is not a refusal": {
			403, `<html>`, outcome{bridge.Temporary, "", true}, outcome{bridge.Temporary, "", true},
		},
		"tokens that are missing are not a success": {
			200, `{"code":0,"data":{}}`, outcome{Class: bridge.Temporary}, outcome{Class: bridge.Temporary},
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, answering(test.status, test.body))
			if got := outcomeOf(t, second(c.Exchange(t.Context(), "uk", "code"))); got != test.exchange {
				t.Errorf("exchange answers %v, want %v", got, test.exchange)
			}
			if got := outcomeOf(t, second(c.Refresh(t.Context(), "uk", "token"))); got != test.refresh {
				t.Errorf("refresh answers %v, want %v", got, test.refresh)
			}
		})
	}
}
