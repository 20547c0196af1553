package tiktok_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sellerchat/server/bridge"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
	"sellerchat/server/tiktok"
)

func TestAShopIsAuthorized(t *testing.T) {
	p := start(t)
	consent, err := p.Authorize("uk", openID, "")
	if err != nil {
		t.Fatal(err)
	}

	grant, err := p.client.Exchange(t.Context(), "uk", consent.Code)
	if err != nil {
		t.Fatal(err)
	}
	now := p.Clock().Now()
	if grant.OpenID != openID || !grant.MayChat() || !grant.AccessExpires.After(now) || !grant.RefreshExpires.After(grant.AccessExpires) {
		t.Errorf("grant is %+v", grant)
	}
	if _, err := p.client.Exchange(t.Context(), "uk", consent.Code); !bridge.HasCause(err, bridge.CauseCodeSpent) {
		t.Errorf("a code used twice answers %v", err)
	}

	shops, err := p.client.Shops(t.Context(), bridge.Access{Market: "uk", Token: grant.AccessToken, Cipher: "not sent"})
	if err != nil {
		t.Fatal(err)
	}
	if len(shops) != 1 || shops[0].Code != "GBLCGLOW0001" || shops[0].Name != "Glow Beauty" || shops[0].Cipher == "" {
		t.Errorf("shops are %+v", shops)
	}
}

func TestTokensEndAndAreRefreshed(t *testing.T) {
	p := start(t)
	grant, access := p.authorize(t)

	if err := p.ExpireAccessToken("uk", openID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.client.Shops(t.Context(), access); !bridge.HasCause(err, bridge.CauseTokenExpired) {
		t.Errorf("an expired token answers %v", err)
	}

	fresh, err := p.client.Refresh(t.Context(), "uk", grant.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	access.Token = fresh.AccessToken
	if _, err := p.client.Shops(t.Context(), access); err != nil {
		t.Errorf("the fresh token answers %v", err)
	}

	if err := p.RevokeRefreshToken("uk", openID); err != nil {
		t.Fatal(err)
	}
	_, err = p.client.Refresh(t.Context(), "uk", fresh.RefreshToken)
	if f := bridge.AsFailure(err); f.Cause != bridge.CauseRefreshRefused || f.Class != bridge.Reauthorize {
		t.Errorf("a revoked token answers %v", err)
	}

	if err := p.SetScopes("uk", openID, tiktoksim.ScopeShops); err != nil {
		t.Fatal(err)
	}
	if _, err := p.client.Conversation(t.Context(), access, "1"); !bridge.HasCause(err, bridge.CauseScopeMissing) {
		t.Errorf("a missing scope answers %v", err)
	}
}

func TestALostAnswerOfTheTokenServiceIsNotCertain(t *testing.T) {
	p := start(t)
	consent, err := p.Authorize("uk", openID, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Faults().Set(tiktoksim.FaultTokenAnswerLost, simkit.Fault{Rate: 1, Remaining: 1}); err != nil {
		t.Fatal(err)
	}
	_, err = p.client.Exchange(t.Context(), "uk", consent.Code)
	if f := bridge.AsFailure(err); f.Class != bridge.Temporary || f.Certain {
		t.Errorf("failure is %v, certain %v", f, f.Certain)
	}
}

func TestTheAuthorizeLinkIsOneThatThePlatformKnows(t *testing.T) {
	p := start(t)
	c, err := tiktok.New(tiktok.Options{
		Apps: []tiktok.App{{
			Market: "uk", AppKey: "6k1exampleapp", AppSecret: "s3cr3t", ServiceID: "749", AuthorizeURL: p.url + "/open/authorize",
		}},
		APIURL: p.url, AuthURL: p.url, HTTP: http.DefaultClient,
	})
	if err != nil {
		t.Fatal(err)
	}
	link, err := c.AuthorizeURL("uk", "state-1")
	if err != nil {
		t.Fatal(err)
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "state-1") {
		t.Errorf("status %d, page:\n%s", resp.StatusCode, page)
	}
}
