package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sellerchat/server/config"
)

const (
	keyset = "planted-keyset-value"
	secret = "planted-app-secret"
	apps   = `[{"market":"uk","app_key":"k1","app_secret":"` + secret + `","service_id":"s1"},
		{"market":"us","app_key":"k2","app_secret":"x","service_id":"s2","authorize_url":"https://services.us.tiktokshop.com/open/authorize"}]`
)

// parse reads a command line and the environment as the program does.
func parse(t *testing.T, args ...string) config.Config {
	t.Helper()

	var cli struct {
		Serve struct {
			config.Flags `embed:""`
		} `cmd:""`
	}

	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}

	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		t.Fatal(err)
	}

	return cli.Serve.Config()
}

// valid is a configuration without faults.
func valid() config.Config {
	c := config.Default()
	c.PublicURL = "https://chat.example.com"
	c.Keyset = keyset
	c.TikTokApps = []config.App{{Market: "uk", Key: "k1", Secret: secret, ServiceID: "s1"}}

	return c
}

func TestEverySettingHasItsVariableAndItsFlag(t *testing.T) {
	want := config.Config{
		Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", PublicURL: "https://chat.example.com",
		Store: config.Store{Engine: "bolt", Path: "/var/lib/x.db"}, DataDir: "/var/lib/media", Keyset: keyset,
		TikTokApps: []config.App{
			{Market: "uk", Key: "k1", Secret: secret, ServiceID: "s1"},
			{Market: "us", Key: "k2", Secret: "x", ServiceID: "s2", AuthorizeURL: "https://services.us.tiktokshop.com/open/authorize"},
		},
		TikTokAPIURL: "https://api.example.com", TikTokAuthURL: "https://auth.example.com/base",
		FreshchatHosts: []string{"acme.freshchat.com", ".example.com"},
		FrameAncestors: []string{"https://a.example.com", "https://b.example.com:8443"},
		FreshchatRate:  7.5, TikTokRate: 3, OrderWindow: 2 * time.Second, FormRate: 10,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
	}
	settings := []struct{ variable, flag, value string }{
		{"SELLERCHAT_LISTEN", "--listen", "127.0.0.1:0"},
		{"SELLERCHAT_OPS_LISTEN", "--ops-listen", "127.0.0.1:0"},
		{"SELLERCHAT_PUBLIC_URL", "--public-url", "https://Chat.example.com:443/"},
		{"SELLERCHAT_STORE", "--store", "bolt:/var/lib/x.db"},
		{"SELLERCHAT_DATA_DIR", "--data-dir", "/var/lib/media"},
		{"SELLERCHAT_KEYSET", "--keyset", keyset},
		{"SELLERCHAT_TIKTOK_APPS", "--tiktok-apps", apps},
		{"SELLERCHAT_TIKTOK_API_URL", "--tiktok-api-url", "https://api.example.com/"},
		{"SELLERCHAT_TIKTOK_AUTH_URL", "--tiktok-auth-url", "https://auth.example.com/base"},
		{"SELLERCHAT_FRESHCHAT_HOSTS", "--freshchat-hosts", "Acme.freshchat.com, .example.com"},
		{"SELLERCHAT_FRAME_ANCESTORS", "--frame-ancestors", "https://a.example.com,https://b.example.com:8443"},
		{"SELLERCHAT_FRESHCHAT_RATE", "--freshchat-rate", "7.5"},
		{"SELLERCHAT_TIKTOK_RATE", "--tiktok-rate", "3"},
		{"SELLERCHAT_ORDER_WINDOW", "--order-window", "2s"},
		{"SELLERCHAT_FORM_RATE", "--form-rate", "10"},
		{"SELLERCHAT_TRUSTED_PROXIES", "--trusted-proxies", "10.1.2.3/8, fd00::/8"},
		{"SELLERCHAT_INSECURE_DEV", "--insecure-dev", "0"},
	}

	check := func(t *testing.T, got config.Config) {
		t.Helper()

		if err := got.Check(); err != nil {
			t.Errorf("Check: %v", err)
		}

		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(config.Config{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("configuration (-want +got):\n%s", diff)
		}
	}

	t.Run("from the environment", func(t *testing.T) {
		for _, s := range settings {
			t.Setenv(s.variable, s.value)
		}

		check(t, parse(t))
	})

	t.Run("from the command line", func(t *testing.T) {
		var args []string
		for _, s := range settings {
			args = append(args, s.flag+"="+s.value)
		}

		check(t, parse(t, args...))
	})
}

func TestDefaults(t *testing.T) {
	want := config.Config{
		Listen: ":8080", OpsListen: "127.0.0.1:9090", Store: config.Store{Engine: "bolt", Path: "data/sellerchat.db"}, DataDir: "data",
		TikTokAPIURL: "https://open-api.tiktokglobalshop.com", TikTokAuthURL: "https://auth.tiktok-shops.com",
		FreshchatHosts: []string{".freshchat.com"}, FreshchatRate: 5, TikTokRate: 2,
		OrderWindow: 250 * time.Millisecond, FormRate: 60,
	}

	for name, got := range map[string]config.Config{"on the command line": parse(t), "in tests": config.Default()} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(config.Config{})); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAVariableSetToNothingHasItsDefault(t *testing.T) {
	t.Setenv("SELLERCHAT_LISTEN", "")
	t.Setenv("SELLERCHAT_ORDER_WINDOW", " ")
	t.Setenv("SELLERCHAT_INSECURE_DEV", "")

	if diff := cmp.Diff(config.Default(), parse(t), cmp.AllowUnexported(config.Config{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestTheDevelopmentSwitchMayStandAlone(t *testing.T) {
	if !parse(t, "--insecure-dev").InsecureDev {
		t.Error("--insecure-dev is off")
	}
}

func TestSecretsComeFromFilesToo(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"keyset": keyset + "\n", "apps": apps + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	t.Setenv("SELLERCHAT_KEYSET_FILE", filepath.Join(dir, "keyset"))

	c := parse(t, "--public-url=https://chat.example.com", "--tiktok-apps-file="+filepath.Join(dir, "apps"))
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}

	if c.Keyset.Reveal() != keyset || len(c.TikTokApps) != 2 || c.TikTokApps[0].Secret.Reveal() != secret {
		t.Errorf("keyset %q, %d apps", c.Keyset.Reveal(), len(c.TikTokApps))
	}
}
