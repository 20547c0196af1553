package tiktoksim

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExchangeHandsOutTheDocumentedFields(t *testing.T) {
	st := newStand(t)
	now := st.clock.Now().Unix()
	got := st.authorize("asia", "open1")

	if d := got.AccessTokenExpireIn - now; d < 604800 || d > 604802 {
		t.Errorf("access token lives %d s, and must name an absolute time", d)
	}
	if got.AccessToken == "" || got.RefreshToken == "" {
		t.Error("a token is missing")
	}
	got.AccessToken, got.RefreshToken, got.AccessTokenExpireIn, got.RefreshTokenExpireIn = "", "", 0, 0
	want := tokenData{OpenID: "open1", SellerName: "Glow Beauty", SellerBaseRegion: "GB", GrantedScopes: []string{ScopeShops, ScopeChat}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestExchangeRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(st *stand, q url.Values)
		market string
		code   int
	}{
		"an unknown app key":      {func(_ *stand, q url.Values) { q.Set("app_key", "x") }, "uk", 36009004},
		"a wrong secret":          {func(_ *stand, q url.Values) { q.Set("app_secret", "x") }, "uk", 36009004},
		"another grant type":      {func(_ *stand, q url.Values) { q.Set("grant_type", "authorization_code") }, "uk", 98001004},
		"a missing code":          {func(_ *stand, q url.Values) { q.Del("auth_code") }, "uk", 98001004},
		"an invented code":        {func(_ *stand, q url.Values) { q.Set("auth_code", "x") }, "uk", 36004004},
		"a code of another app":   {func(*stand, url.Values) {}, "asia", 36004004},
		"a code after 30 minutes": {func(st *stand, _ url.Values) { st.clock.Advance(30 * time.Minute) }, "uk", 36004004},
		"a code used before": {func(st *stand, q url.Values) {
			if _, e := st.token("get", "uk", q); e.Code != 0 {
				st.Fatalf("first use: %+v", e)
			}
		}, "uk", 36004004},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			c, err := st.sim.Authorize("uk", "open1", "")
			if err != nil {
				t.Fatal(err)
			}
			q := url.Values{"auth_code": {c.Code}, "grant_type": {"authorized_code"}}
			tt.change(st, q)
			status, e := st.token("get", tt.market, q)
			if e.Code != tt.code || status != http.StatusBadRequest || e.Data != nil {
				t.Errorf("HTTP %d, %+v, want code %d", status, e, tt.code)
			}
		})
	}
}

func TestTokensLiveAndDie(t *testing.T) {
	shops := request{method: "GET", path: "/authorization/202309/shops", noCipher: true}
	refresh := func(st *stand, token string) tokenEnvelope {
		_, e := st.token("refresh", "uk", url.Values{"refresh_token": {token}, "grant_type": {"refresh_token"}})
		return e
	}
	with := func(token string) request { c := shops; c.token = token; return c }

	t.Run("an access token lives seven days", func(t *testing.T) {
		st := newStand(t)
		st.clock.Advance(7*24*time.Hour - time.Minute)
		if r := st.call(shops); r.code != 0 {
			t.Errorf("after almost seven days %d", r.code)
		}
		st.clock.Advance(time.Minute)
		if r := st.call(shops); r.code != 105002 || r.status != 401 {
			t.Errorf("after seven days %d, HTTP %d", r.code, r.status)
		}
	})
	t.Run("a refresh replaces both tokens", func(t *testing.T) {
		st := newStand(t)
		first := st.authorize("uk", "open1")
		e := refresh(st, first.RefreshToken)
		if e.Data == nil || e.Data.RefreshToken == first.RefreshToken || e.Data.RefreshTokenExpireIn != first.RefreshTokenExpireIn {
			t.Fatalf("refresh: %+v", e)
		}
		if r := st.call(with(first.AccessToken)); r.code != 105002 {
			t.Errorf("old access token: %d", r.code)
		}
		if r := st.call(with(e.Data.AccessToken)); r.code != 0 {
			t.Errorf("new access token: %d", r.code)
		}
		if e := refresh(st, first.RefreshToken); e.Code != 36004004 {
			t.Errorf("old refresh token: %d", e.Code)
		}
	})
	t.Run("a refresh may leave everything old in force", func(t *testing.T) {
		st := newStand(t, func(o *Options) {
			s := DefaultSettings()
			s.RotateRefreshToken, s.KeepOldAccessToken = false, true
			o.Settings = &s
		})
		first := st.authorize("uk", "open1")
		e := refresh(st, first.RefreshToken)
		if e.Data == nil || e.Data.RefreshToken != first.RefreshToken {
			t.Fatalf("refresh: %+v", e)
		}
		if r := st.call(with(first.AccessToken)); r.code != 0 {
			t.Errorf("old access token: %d", r.code)
		}
	})
	t.Run("a revoked refresh token needs a new consent", func(t *testing.T) {
		st := newStand(t)
		first := st.authorize("uk", "open1")
		if err := st.sim.RevokeRefreshToken("uk", "open1"); err != nil {
			t.Fatal(err)
		}
		if e := refresh(st, first.RefreshToken); e.Code != 36004004 {
			t.Errorf("refresh: %+v", e)
		}
		if r := st.call(with(first.AccessToken)); r.code != 0 {
			t.Errorf("the access token died too early: %d", r.code)
		}
	})
	t.Run("a new consent ends the tokens of the old one", func(t *testing.T) {
		st := newStand(t)
		first := st.authorize("uk", "open1")
		second := st.authorize("uk", "open1", st.shop.ID)
		if r := st.call(with(first.AccessToken)); r.code != 105002 {
			t.Errorf("old access token: %d", r.code)
		}
		if e := refresh(st, first.RefreshToken); e.Code != 36004004 {
			t.Errorf("old refresh token: %d", e.Code)
		}
		var data struct{ Shops []shopData }
		st.call(with(second.AccessToken)).into(t, &data)
		if len(data.Shops) != 1 || data.Shops[0].Code != "GBLCEXAMPLE1" {
			t.Errorf("shops of a consent for one: %+v", data.Shops)
		}
	})
}
