package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
)

func TestPostsOfOtherSitesAreRefused(t *testing.T) {
	s := newStage(t)

	tests := map[string]struct {
		origin, site string // none when empty
		allowed      bool
	}{
		"our own page":                                  {origin, "same-origin", true},
		"our own page, in an old browser":               {origin, "", true},
		"our own page that names no origin":             {"null", "same-origin", true},
		"a program":                                     {"", "", true},
		"an address that was typed":                     {"", "none", true},
		"another site":                                  {"https://evil.example", "cross-site", false},
		"another site, in an old browser":               {"https://evil.example", "", false},
		"another site that names no origin":             {"null", "cross-site", false},
		"a sandboxed frame, in an old browser":          {"null", "", false},
		"another site that hides its origin":            {"", "cross-site", false},
		"another host of our domain":                    {"https://blog.example.com", "same-site", false},
		"another host of our domain, in an old browser": {"https://blog.example.com", "", false},
		"our host over plain http":                      {"http://chat.example.com", "", false},
		"our host at another port":                      {"https://chat.example.com:8443", "", false},
		"a host that begins like ours":                  {"https://chat.example.com.evil.example", "", false},
		"the page that frames ours":                     {frame, "cross-site", false},
	}

	forms := append(s.installForms(), s.forms()...)
	if len(forms) < 10 {
		t.Fatalf("only %d forms", len(forms))
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.on(t)

			for _, form := range forms {
				header := []string{"Accept", "text/html", "Content-Type", "application/x-www-form-urlencoded"}
				if test.origin != "" {
					header = append(header, "Origin", test.origin)
				}

				if test.site != "" {
					header = append(header, "Sec-Fetch-Site", test.site)
				}

				a := s.call(http.MethodPost, form.path, nil, header...)
				if refused := a.StatusCode == http.StatusForbidden; refused == test.allowed {
					t.Errorf("%s answers %d", form.path, a.StatusCode)
				}

				if !test.allowed && !strings.Contains(a.text("main"), "sent from another website") {
					t.Errorf("%s says %q", form.path, a.text("main"))
				}
			}
		})
	}
}

func TestOnlyListedOriginsMayFrameTheInstallPage(t *testing.T) {
	tests := map[string]struct {
		listed []string
		want   string
	}{
		"none by default": {nil, "'none'"},
		"those listed":    {[]string{frame, "https://other.example"}, frame + " https://other.example"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(o *Options) { o.FrameAncestors = test.listed })

			for path, want := range map[string]string{"/install": test.want, "/authorize": "'none'", "/settings": "'none'", "/nothing": "'none'"} {
				if got := s.get(path).Header.Get("Content-Security-Policy"); got != contentPolicy+want {
					t.Errorf("%s: %q", path, got)
				}
			}

			if got := s.post("/install/verify", nil).is(http.StatusGone).Header.Get("Content-Security-Policy"); got != contentPolicy+test.want {
				t.Errorf("an answer of the form: %q", got)
			}
		})
	}
}

func TestTheFormsAreLimitedByAddress(t *testing.T) {
	const limit = 3

	tests := map[string]struct {
		proxies []netip.Prefix
		header  func(i int) []string
		limited bool
	}{
		"one address":                             {nil, func(int) []string { return nil }, true},
		"one address that claims to be a proxy":   {nil, func(i int) []string { return []string{"X-Forwarded-For", "203.0.113." + string(rune('1'+i))} }, true},
		"one address that claims a real one":      {nil, func(i int) []string { return []string{"X-Real-Ip", "203.0.113." + string(rune('1'+i))} }, true},
		"several behind a proxy that is believed": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(i int) []string { return []string{"X-Forwarded-For", "203.0.113." + string(rune('1'+i))} }, false},
		"one behind a proxy that is believed":     {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(int) []string { return []string{"X-Forwarded-For", "203.0.113.1"} }, true},
		"one that puts others before its own": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(i int) []string {
			return []string{"X-Forwarded-For", "198.51.100." + string(rune('1'+i)) + ", 203.0.113.1"}
		}, true},
		// Whoever rents one machine has 2^64 addresses.
		"one that changes its address within its network": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(i int) []string {
			return []string{"X-Forwarded-For", "2a01:4f8:c17:b0f::" + string(rune('1'+i))}
		}, true},
		"several networks": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(i int) []string {
			return []string{"X-Forwarded-For", "2a01:4f8:c17:" + string(rune('1'+i)) + "::1"}
		}, false},
		"one that writes its address in two ways": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(i int) []string {
			return []string{"X-Forwarded-For", []string{"203.0.113.1", "::ffff:203.0.113.1"}[i%2]}
		}, true},
		"several behind a proxy that is not": {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, func(i int) []string { return []string{"X-Forwarded-For", "203.0.113." + string(rune('1'+i))} }, true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(o *Options) { o.FormRate, o.TrustedProxies = limit, test.proxies })

			for i := range limit {
				s.post("/install/verify", nil, test.header(i)...).is(http.StatusGone)
			}

			a := s.post("/install/verify", nil, test.header(limit)...)
			if (a.StatusCode == http.StatusTooManyRequests) != test.limited {
				t.Fatalf("answered %d", a.StatusCode)
			}

			if test.limited && !strings.Contains(a.text("main"), "Wait a minute") {
				t.Errorf("it says %q", a.text("main"))
			}

			for _, form := range append(s.installForms(), s.forms()...) {
				if got := s.post(form.path, nil, test.header(limit)...).StatusCode; test.limited && got != http.StatusTooManyRequests {
					t.Errorf("%s answers %d", form.path, got)
				}
			}

			// Pages are read and programs answered all the same.
			s.get("/install").is(http.StatusOK)
			s.call(http.MethodPost, "/install/exchange", strings.NewReader(`{"code":"x"}`)).is(http.StatusNotFound)
			s.call(http.MethodPost, "/lifecycle/install", strings.NewReader(`{}`)).is(http.StatusUnauthorized)
		})
	}
}

func TestAServerNeedsAnOrigin(t *testing.T) {
	for _, public := range []string{"", "chat.example.com", "https://chat.example.com/", "https://chat.example.com/app", "://"} {
		if _, err := New(Options{PublicURL: public, Random: auth.NewRandom(nil), Logger: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%q was taken", public)
		}
	}
}

func TestABodyIsReadWhole(t *testing.T) {
	large := strings.Repeat("x", bodyTrusted+1000)

	for name, test := range map[string]struct {
		body   io.Reader
		stated int64
		want   string
	}{
		"a body of a stated length":          {strings.NewReader("whole"), 5, "whole"},
		"a large one":                        {strings.NewReader(large), int64(len(large)), large},
		"one of no stated length":            {strings.NewReader("whole"), -1, "whole"},
		"none":                               {strings.NewReader(""), 0, ""},
		"one that ends early":                {strings.NewReader("half"), 8, ""},
		"one that breaks off":                {io.MultiReader(strings.NewReader("half"), brokenReader{}), 8, ""},
		"one of no length that breaks off":   {io.MultiReader(strings.NewReader("half"), brokenReader{}), -1, ""},
		"one of no length and beyond limits": {strings.NewReader(strings.Repeat("x", webhookLimit+1)), -1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", test.body)
			r.ContentLength = test.stated

			body, err := readBody(echo.New().NewContext(r, httptest.NewRecorder()), webhookLimit)
			if string(body) != test.want || (err != nil) != (test.want == "" && test.stated != 0) {
				t.Errorf("%d bytes, %v", len(body), err)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errDisk }
