package tiktoksim

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"
)

func TestGateRefuses(t *testing.T) {
	list := request{method: "GET", path: conversationsPath, query: url.Values{"page_size": {"20"}}}
	shops := request{method: "GET", path: "/authorization/202309/shops", noCipher: true}
	with := func(c request, f func(*request)) request { f(&c); return c }
	query := func(c request, name, value string) request {
		q := url.Values{name: {value}}
		maps.Copy(q, c.query)
		return with(c, func(c *request) { c.query = q })
	}
	in := func(st *stand, d time.Duration) string { return strconv.FormatInt(st.clock.Now().Add(d).Unix(), 10) }

	tests := map[string]struct {
		call   func(st *stand) request
		status int
		code   int
	}{
		"nothing that is right":        {func(*stand) request { return list }, 200, 0},
		"nothing right without a shop": {func(*stand) request { return shops }, 200, 0},
		"an unknown path":              {func(*stand) request { return with(list, func(c *request) { c.path = "/customer_service/202309/x" }) }, 404, 36009009},
		"an unknown version": {func(*stand) request {
			return with(list, func(c *request) { c.path = "/customer_service/202001/conversations" })
		}, 400, 36009014},
		"a method that the path does not have": {func(*stand) request { return with(list, func(c *request) { c.method = "DELETE" }) }, 405, 36009010},
		"an unknown app key":                   {func(*stand) request { return query(list, "app_key", "x") }, 400, 36009004},
		"a timestamp almost five minutes old":  {func(st *stand) request { return query(list, "timestamp", in(st, -5*time.Minute+5*time.Second)) }, 200, 0},
		"a timestamp over five minutes old":    {func(st *stand) request { return query(list, "timestamp", in(st, -5*time.Minute-2*time.Second)) }, 400, 36009004},
		"a timestamp 20 seconds ahead":         {func(st *stand) request { return query(list, "timestamp", in(st, 20*time.Second)) }, 200, 0},
		"a timestamp over 30 seconds ahead":    {func(st *stand) request { return query(list, "timestamp", in(st, 35*time.Second)) }, 400, 36009004},
		"a timestamp in milliseconds":          {func(st *stand) request { return query(list, "timestamp", in(st, 0)+"000") }, 400, 36009004},
		"a missing signature":                  {func(*stand) request { return with(list, func(c *request) { c.spoil = dropQuery("sign") }) }, 400, 36009004},
		"a query changed after signing":        {func(*stand) request { return with(list, func(c *request) { c.spoil = setQuery("page_size", "19") }) }, 401, 106001},
		"a missing token": {func(*stand) request {
			return with(list, func(c *request) { c.spoil = dropHeader("x-tts-access-token") })
		}, 400, 36009004},
		"an invented token": {func(*stand) request { return with(list, func(c *request) { c.token = "ROW_x" }) }, 400, 36009004},
		"a token of another app": {func(st *stand) request {
			t := st.authorize("asia", "open1")
			return with(list, func(c *request) { c.token = t.AccessToken })
		}, 401, 105001},
		"an expired token":          {func(st *stand) request { _ = st.sim.ExpireAccessToken("uk", "open1"); return list }, 401, 105002},
		"a token without the scope": {func(st *stand) request { _ = st.sim.SetScopes("uk", "open1", ScopeShops); return list }, 401, 105005},
		"a token of a creator": {func(st *stand) request {
			return with(list, func(c *request) { c.token = st.creator(); c.query.Set("page_size", "20") })
		}, 401, 101000},
		"a missing cipher":                        {func(*stand) request { return with(list, func(c *request) { c.noCipher = true }) }, 400, 106013},
		"a cipher where none is wanted":           {func(*stand) request { return with(shops, func(c *request) { c.noCipher = false }) }, 400, 36009004},
		"an invented cipher":                      {func(*stand) request { return query(list, "shop_cipher", "ROW_x") }, 400, 36009004},
		"a cipher of a shop that is not covered":  {func(*stand) request { return query(list, "shop_cipher", "ROW_other") }, 401, 101000},
		"a missing content type":                  {func(*stand) request { return with(list, func(c *request) { c.spoil = dropHeader("Content-Type") }) }, 400, 36009023},
		"JSON where a form is wanted":             {func(*stand) request { return request{method: "POST", path: imagesPath, body: "{}"} }, 400, 36009023},
		"a token of a seller who withdrew":        {func(st *stand) request { st.withdrawAll(); return list }, 400, 36009004},
		"a shop that was withdrawn beside others": {func(st *stand) request { _ = st.sim.Deauthorize(st.shop.ID); return list }, 401, 101000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			r := st.call(tt.call(st))
			if r.err != nil || r.status != tt.status || r.code != tt.code {
				t.Errorf("HTTP %d, code %d (%s) %v, want %d, %d", r.status, r.code, r.message, r.err, tt.status, tt.code)
			}
		})
	}
}

func TestGateTakesABodyOnlyAsSigned(t *testing.T) {
	st := newStand(t)
	p := st.writes(Message{Content: "hello"})
	c := request{method: "POST", path: messagesPath(p.ConversationID), body: sendBody(TypeText, map[string]any{"content": "a < b & c"})}
	if r := st.call(c); r.code != 0 {
		t.Fatalf("as signed: %d %s", r.code, r.message)
	}
	c.spoil = func(r *http.Request) {
		r.Body = http.NoBody
		r.ContentLength = 0
	}
	if r := st.call(c); r.code != 106001 {
		t.Errorf("without the signed body: %d", r.code)
	}
}

func TestQuotas(t *testing.T) {
	list := request{method: "GET", path: conversationsPath, query: url.Values{"page_size": {"20"}}}
	hooks := request{method: "GET", path: "/event/202309/webhooks"}

	t.Run("the daily quota counts chat calls of one shop until midnight UTC", func(t *testing.T) {
		st := newStand(t)
		s := st.sim.Settings()
		s.ChatCallsPerDay = 2
		st.sim.SetSettings(s)
		for _, want := range []int{0, 0, 45101004} {
			if r := st.call(list); r.code != want {
				t.Fatalf("code %d, want %d", r.code, want)
			}
		}
		if r := st.call(hooks); r.code != 0 {
			t.Errorf("a call that is not chat: %d", r.code)
		}
		st.clock.Advance(24 * time.Hour)
		if r := st.call(list); r.code != 0 {
			t.Errorf("the next day: %d", r.code)
		}
	})
	t.Run("the rate is refused with a wait", func(t *testing.T) {
		st := newStand(t)
		s := st.sim.Settings()
		s.CallsPerSecond = 1
		st.sim.SetSettings(s)
		var refused reply
		for range 20 {
			if r := st.call(list); r.code != 0 {
				refused = r
			}
		}
		if refused.code != 36009002 || refused.status != 429 || refused.header.Get("Retry-After") != "1" {
			t.Errorf("%+v", refused)
		}
	})
}

// creator authorizes an account that is no seller.
func (st *stand) creator() string {
	st.Helper()
	if _, err := st.sim.AddSeller(SellerSpec{OpenID: "creator", UserType: 1, Shops: []ShopSpec{{}}}); err != nil {
		st.Fatal(err)
	}

	return st.authorize("uk", "creator").AccessToken
}

func (st *stand) withdrawAll() {
	st.Helper()
	for _, id := range []string{"7495000000000000101", "7495000000000000102"} {
		if err := st.sim.Deauthorize(id); err != nil {
			st.Fatal(err)
		}
	}
}

func dropQuery(name string) func(*http.Request) {
	return func(r *http.Request) {
		q := r.URL.Query()
		q.Del(name)
		r.URL.RawQuery = q.Encode()
	}
}

func setQuery(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		q := r.URL.Query()
		q.Set(name, value)
		r.URL.RawQuery = q.Encode()
	}
}

func dropHeader(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(name) }
}
