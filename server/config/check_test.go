package config_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/config"
)

// faultsOf returns what Check finds, as lines.
func faultsOf(t *testing.T, c config.Config) []string {
	t.Helper()

	err := c.Check()
	if err == nil {
		return nil
	}

	var faults config.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("Check returned %T", err)
	}

	var lines []string
	for _, fault := range faults {
		lines = append(lines, fault.String())
	}

	return lines
}

func TestCheckReportsAllFaultsAtOnce(t *testing.T) {
	dir := t.TempDir()

	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}

	missing := filepath.Join(dir, "missing")
	c := config.Flags{
		Listen: "8080", OpsListen: "127.0.0.1:70000", PublicURL: "http://chat.example.com", Store: "postgres://u:hidden@db/x",
		KeysetFile: empty, TikTokAppsFile: missing, TikTokAPIURL: "open-api.example.com", TikTokAuthURL: "http://127.0.0.1:1",
		FreshchatHosts: ".com", FrameAncestors: "https://*.example.com", FreshchatRate: "fast", TikTokRate: "0",
		OrderWindow: "250", FormRate: "1.5", TrustedProxies: "10.0.0.1", InsecureDev: "perhaps",
	}.Config()

	want := []string{
		"SELLERCHAT_STORE does not begin with a known engine. Write it like bolt:data/sellerchat.db.",
		`SELLERCHAT_KEYSET_FILE names "` + empty + `", which is empty. Put the value into that file.`,
		`SELLERCHAT_TIKTOK_APPS_FILE names "` + missing + `", which cannot be read: no such file or directory. Give the path of a file that this program's user may read.`,
		`SELLERCHAT_FRESHCHAT_RATE is "fast", which is no number. Write calls a second, for example 5 or 0.5.`,
		`SELLERCHAT_ORDER_WINDOW is "250", which is no time span. Write it with its unit, for example 250ms or 1s, or 0.`,
		`SELLERCHAT_FORM_RATE is "1.5", which is no whole number. Write posts a minute, for example 60.`,
		`SELLERCHAT_TRUSTED_PROXIES holds "10.0.0.1", which is no network. Write it as an address and a prefix length, for example 10.0.0.1/32.`,
		`SELLERCHAT_INSECURE_DEV is "perhaps", which is neither on nor off. Write 1 or 0.`,
		`SELLERCHAT_LISTEN is "8080", which is no host and port. Write it like :8080.`,
		`SELLERCHAT_OPS_LISTEN is "127.0.0.1:70000", which is no host and port. Write it like 127.0.0.1:9090.`,
		"SELLERCHAT_PUBLIC_URL is not https. Write the https address of this server without a path, for example https://chat.example.com.",
		"SELLERCHAT_TIKTOK_API_URL is not an address like https://chat.example.com. Write an https address. Plain http is for loopback hosts in development only.",
		"SELLERCHAT_TIKTOK_AUTH_URL is not https. Write an https address. Plain http is for loopback hosts in development only.",
		`SELLERCHAT_FRESHCHAT_HOSTS holds ".com", which is too wide. Write hosts like acme.freshchat.com, or a suffix like .freshchat.com.`,
		`SELLERCHAT_FRAME_ANCESTORS holds "https://*.example.com", which is not an address like https://chat.example.com. Write exact origins like https://acme.freshchat.com, without wildcards and paths.`,
		"SELLERCHAT_TIKTOK_RATE is 0, which is not above 0 and at most 10000. Write calls a second, for example 5.",
	}
	if diff := cmp.Diff(want, faultsOf(t, c)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}

	if text := c.Check().Error(); !strings.HasPrefix(text, "16 settings need mending:\n- SELLERCHAT_STORE ") {
		t.Errorf("the error begins %.80q", text)
	}
}

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		change func(*config.Config)
		want   []string // the beginning of each fault
	}{
		"a complete configuration passes": {func(*config.Config) {}, nil},
		"nothing written lacks what has no default": {
			func(c *config.Config) { *c = config.Default() },
			[]string{"SELLERCHAT_PUBLIC_URL is not set", "SELLERCHAT_KEYSET is not set", "SELLERCHAT_TIKTOK_APPS is not set"},
		},
		"a public address with a path is refused": {
			func(c *config.Config) { c.PublicURL = "https://chat.example.com/app" },
			[]string{"SELLERCHAT_PUBLIC_URL has something after the host"},
		},
		"a public address with a password is refused": {
			func(c *config.Config) { c.PublicURL = "https://u:p@chat.example.com" },
			[]string{"SELLERCHAT_PUBLIC_URL holds a name or password"},
		},
		"loopback over http is refused outside development": {
			func(c *config.Config) { c.PublicURL = "http://127.0.0.1:8080" },
			[]string{"SELLERCHAT_PUBLIC_URL is not https"},
		},
		"loopback over http passes in development": {
			func(c *config.Config) {
				c.InsecureDev = true
				c.PublicURL = "http://localhost:8080"
				c.TikTokAPIURL = "http://127.0.0.1:1/tiktok"
				c.TikTokAuthURL = "http://[::1]:1"
				c.FreshchatHosts = []string{"127.0.0.1:8081", "acme.localhost:9", ".freshchat.com"}
				c.FrameAncestors = []string{"http://127.0.0.1:8082"}
			}, nil,
		},
		"other hosts stay https in development": {
			func(c *config.Config) {
				c.InsecureDev = true
				c.PublicURL = "http://127.0.0.1:8080"
				c.TikTokAPIURL = "http://api.example.com"
				c.FreshchatHosts = []string{"acme.freshchat.com:8080"}
				c.FrameAncestors = []string{"http://a.example.com"}
			},
			[]string{
				"SELLERCHAT_TIKTOK_API_URL is not https",
				`SELLERCHAT_FRESHCHAT_HOSTS holds "acme.freshchat.com:8080", which has a port`,
				`SELLERCHAT_FRAME_ANCESTORS holds "http://a.example.com", which is not https`,
			},
		},
		"the development switch is refused beside a public https address": {
			func(c *config.Config) { c.InsecureDev = true },
			[]string{"SELLERCHAT_INSECURE_DEV is on while SELLERCHAT_PUBLIC_URL is https"},
		},
		"a market twice and an unknown one are refused": {
			func(c *config.Config) {
				app := c.TikTokApps[0]
				c.TikTokApps = append(c.TikTokApps, app, app)
				c.TikTokApps[2].Market = "mars"
			},
			[]string{`SELLERCHAT_TIKTOK_APPS has the market "uk" twice`, `SELLERCHAT_TIKTOK_APPS has the unknown market "mars" in entry 3`},
		},
		"each missing field of an app is named": {
			func(c *config.Config) { c.TikTokApps = []config.App{{AuthorizeURL: "ftp://x.example.com"}} },
			[]string{
				"SELLERCHAT_TIKTOK_APPS lacks market in entry 1", "SELLERCHAT_TIKTOK_APPS lacks app_key in entry 1",
				"SELLERCHAT_TIKTOK_APPS lacks app_secret in entry 1", "SELLERCHAT_TIKTOK_APPS lacks service_id in entry 1",
				"SELLERCHAT_TIKTOK_APPS has an authorize_url in entry 1 that is not https",
			},
		},
		"hosts that would open more than a platform are refused": {
			func(c *config.Config) {
				c.FreshchatHosts = []string{"*.freshchat.com", "https://a.freshchat.com", "10.0.0.1", "127.0.0.1", "a.freshchat.com/x", ".localhost"}
			},
			[]string{
				`SELLERCHAT_FRESHCHAT_HOSTS holds "*.freshchat.com", which is no host name`,
				`SELLERCHAT_FRESHCHAT_HOSTS holds "https://a.freshchat.com", which is no host name`,
				`SELLERCHAT_FRESHCHAT_HOSTS holds "10.0.0.1", which is no host name`,
				`SELLERCHAT_FRESHCHAT_HOSTS holds "127.0.0.1", which is this machine`,
				`SELLERCHAT_FRESHCHAT_HOSTS holds "a.freshchat.com/x", which is no host name`,
				`SELLERCHAT_FRESHCHAT_HOSTS holds ".localhost", which is this machine`,
			},
		},
		"an empty list of hosts is refused": {
			func(c *config.Config) { c.FreshchatHosts = nil }, []string{"SELLERCHAT_FRESHCHAT_HOSTS lists no host"},
		},
		"origins that are not exact are refused": {
			func(c *config.Config) {
				c.FrameAncestors = []string{"*", "null", "https://a.example.com/", "https://A.example.com:443", "https://a.example.com;b", "https://a.example.com/x"}
			},
			[]string{
				`SELLERCHAT_FRAME_ANCESTORS holds "*", which is not an address`,
				`SELLERCHAT_FRAME_ANCESTORS holds "null", which is not an address`,
				`SELLERCHAT_FRAME_ANCESTORS holds "https://a.example.com/", which is not written as browsers write it. Write https://a.example.com.`,
				`SELLERCHAT_FRAME_ANCESTORS holds "https://A.example.com:443", which is not written as browsers write it. Write https://a.example.com.`,
				`SELLERCHAT_FRAME_ANCESTORS holds "https://a.example.com;b", which is not an address`,
				`SELLERCHAT_FRAME_ANCESTORS holds "https://a.example.com/x", which has something after the host`,
			},
		},
		"numbers out of bounds are refused": {
			func(c *config.Config) {
				c.FreshchatRate, c.TikTokRate, c.OrderWindow, c.FormRate = -1, 1e9, time.Hour, 0
			},
			[]string{
				"SELLERCHAT_FRESHCHAT_RATE is -1, which is not above 0", "SELLERCHAT_TIKTOK_RATE is 1e+09, which is not above 0",
				"SELLERCHAT_ORDER_WINDOW is 1h0m0s, which is not between 0 and 1m0s", "SELLERCHAT_FORM_RATE is 0, which lets nobody in",
			},
		},
		"an order window of zero passes": {func(c *config.Config) { c.OrderWindow = 0 }, nil},
		"both listeners on one port are refused": {
			func(c *config.Config) { c.OpsListen = c.Listen },
			[]string{"SELLERCHAT_OPS_LISTEN is the address of the public listener"},
		},
		"both listeners on chosen ports pass": {func(c *config.Config) { c.Listen, c.OpsListen = "127.0.0.1:0", "127.0.0.1:0" }, nil},
		"a store without a file is refused": {
			func(c *config.Config) { c.Store.Path = "" }, []string{"SELLERCHAT_STORE names no file"},
		},
		"an empty data folder is refused": {func(c *config.Config) { c.DataDir = "" }, []string{"SELLERCHAT_DATA_DIR is empty"}},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := valid()
			test.change(&c)

			got := faultsOf(t, c)
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("faults:\n%s\nwant beginnings:\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestMalformedAppsAreExplainedWithoutQuotingThem(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"no JSON":              {`uk:` + secret, "is not JSON: there is a mistake near character 1"},
		"cut off":              {`[{"market":"uk","app_secret":"` + secret, "is not JSON: it ends too early"},
		"an object":            {`{"app_secret":"` + secret + `"}`, "is JSON, but no list of apps"},
		"a number as a secret": {`[{"app_secret":12345678}]`, "has a value of the wrong kind in app_secret"},
		"a misspelt field":     {`[{"market":"uk","appsecret":"` + secret + `"}]`, `has an unknown field "appsecret"`},
		"two lists":            {`[] [{"app_secret":"` + secret + `"}]`, "goes on after the end of the list"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := config.Flags{PublicURL: "https://chat.example.com", Keyset: keyset, TikTokApps: config.Secret(test.text)}.Config()

			got := faultsOf(t, c)
			if len(got) != 1 || !strings.HasPrefix(got[0], "SELLERCHAT_TIKTOK_APPS "+test.want+". ") {
				t.Errorf("faults: %q", got)
			}

			if strings.Contains(strings.Join(got, ""), secret) || strings.Contains(strings.Join(got, ""), "12345678") {
				t.Errorf("the fault shows the secret: %q", got)
			}
		})
	}
}

func TestASecretGivenTwiceIsRefused(t *testing.T) {
	c := config.Flags{PublicURL: "https://chat.example.com", TikTokApps: apps, Keyset: keyset, KeysetFile: "somewhere"}.Config()

	want := []string{"SELLERCHAT_KEYSET and SELLERCHAT_KEYSET_FILE are both set. Keep one of them."}
	if diff := cmp.Diff(want, faultsOf(t, c)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestAdviceIsNoFault(t *testing.T) {
	c := valid()
	if advice := c.Advice(); len(advice) != 0 {
		t.Errorf("advice on the defaults: %v", advice)
	}

	c.FrameAncestors = []string{"https://a.example.com"}
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	c.OpsListen = ":9090"

	if err := c.Check(); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, advice := range c.Advice() {
		got = append(got, advice.Variable)
	}

	want := []string{"SELLERCHAT_FRAME_ANCESTORS", "SELLERCHAT_TRUSTED_PROXIES", "SELLERCHAT_OPS_LISTEN"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("advice (-want +got):\n%s", diff)
	}
}

func TestUnknownVariablesAreNamed(t *testing.T) {
	got := config.UnknownVariables([]string{"PATH=/bin", "SELLERCHAT_LISTEN=:1", "SELLERCHAT_KEYSET_FILE=x", "SELLERCHAT_FRESHCHAT_HOST=x"})
	if len(got) != 1 || got[0].Variable != "SELLERCHAT_FRESHCHAT_HOST" {
		t.Errorf("unknown variables: %v", got)
	}
}
