package tiktoksim

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// browser follows no redirect, so that tests see where it leads.
var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func TestConsentPage(t *testing.T) {
	tests := map[string]struct {
		query     string
		status    int
		want, not string
	}{
		"it shows the accounts and their shops": {"service_id=svc1&state=abc", 200, "GBLCEXAMPLE1", "<script"},
		"it carries the state":                  {"service_id=svc1&state=%22a%3Cb", 200, `value="&#34;a&lt;b"`, `"a<b`},
		"a region shows its accounts only":      {"service_id=svc1&region=eu", 200, "GBLCEXAMPLE1", "IDLC"},
		"a search finds a shop code":            {"service_id=svc1&q=cbexmpl", 200, "CNTHCBEXMPL2", "IDLC"},
		"a search without a find says so":       {"service_id=svc1&q=nobody", 200, "No seller account matches", "checkbox"},
		"an unknown service is explained":       {"service_id=x", 404, "does not exist", "Authorize"},
		"an app key is not a service id":        {"service_id=key1", 404, "does not exist", "Authorize"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			resp, err := http.Get(st.url + "/open/authorize?" + tt.query)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			page := string(b)
			if resp.StatusCode != tt.status || !strings.Contains(page, tt.want) || strings.Contains(page, tt.not) {
				t.Errorf("HTTP %d, %s", resp.StatusCode, page)
			}
			if csp := resp.Header.Get("Content-Security-Policy"); tt.status == 200 && !strings.Contains(csp, "default-src 'none'; style-src 'self'") {
				t.Errorf("policy %q", csp)
			}
		})
	}
}

func TestConsentRedirects(t *testing.T) {
	authorize := url.Values{"service_id": {"svc1"}, "state": {"abc"}, "seller": {"open1"}, "answer": {"authorize"}}
	with := func(name string, values ...string) url.Values {
		q := url.Values{}
		maps.Copy(q, authorize)
		q[name] = values
		return q
	}
	tests := map[string]struct {
		form   url.Values
		status int
		want   map[string]string
	}{
		"yes leads back with a code": {
			with("shop", "7495000000000000102"), 303,
			map[string]string{"state": "abc", "app_key": "key1", "locale": "en", "shop_region": "TH", "error": ""},
		},
		"cancel leads back with the literal null": {
			with("answer", "cancel"), 303, map[string]string{"error": "auth_denied", "code": "null", "state": "abc"},
		},
		"no shop is asked again":                   {with("shop"), 422, nil},
		"a shop of another account is asked again": {with("shop", "7495000000000000201"), 422, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			resp, err := browser.PostForm(st.url+"/open/authorize", tt.form)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != tt.status {
				t.Fatalf("HTTP %d, want %d", resp.StatusCode, tt.status)
			}
			if tt.want == nil {
				return
			}
			u, err := resp.Location()
			if err != nil || !strings.HasPrefix(u.String(), "https://app.example.com/tiktok/callback/uk?") {
				t.Fatalf("to %v, %v", u, err)
			}
			for k, v := range tt.want {
				if got := u.Query().Get(k); got != v {
					t.Errorf("%s is %q, want %q", k, got, v)
				}
			}
			if code := u.Query().Get("code"); code == "" {
				t.Error("no code")
			}
		})
	}
}

func TestCodeOfThePageIsGood(t *testing.T) {
	st := newStand(t)
	resp, err := browser.PostForm(st.url+"/open/authorize", url.Values{
		"service_id": {"svc1"}, "seller": {"open1"}, "shop": {"7495000000000000102", "7495000000000000101"}, "answer": {"authorize"},
	})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	u, err := resp.Location()
	if err != nil || u.Query().Has("state") {
		t.Fatalf("to %v, %v: no state was given", u, err)
	}
	_, e := st.token("get", "uk", url.Values{"auth_code": {u.Query().Get("code")}, "grant_type": {"authorized_code"}})
	if e.Data == nil || e.Data.OpenID != "open1" {
		t.Errorf("exchange: %+v", e)
	}
}
