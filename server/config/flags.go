package config

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// The variables' names, as operators write them.
const (
	varListen         = "SELLERCHAT_LISTEN"
	varOpsListen      = "SELLERCHAT_OPS_LISTEN"
	varPublicURL      = "SELLERCHAT_PUBLIC_URL"
	varStore          = "SELLERCHAT_STORE"
	varDataDir        = "SELLERCHAT_DATA_DIR"
	varKeyset         = "SELLERCHAT_KEYSET"
	varTikTokApps     = "SELLERCHAT_TIKTOK_APPS"
	varTikTokAPIURL   = "SELLERCHAT_TIKTOK_API_URL"
	varTikTokAuthURL  = "SELLERCHAT_TIKTOK_AUTH_URL"
	varFreshchatHosts = "SELLERCHAT_FRESHCHAT_HOSTS"
	varFrameAncestors = "SELLERCHAT_FRAME_ANCESTORS"
	varFreshchatRate  = "SELLERCHAT_FRESHCHAT_RATE"
	varTikTokRate     = "SELLERCHAT_TIKTOK_RATE"
	varOrderWindow    = "SELLERCHAT_ORDER_WINDOW"
	varFormRate       = "SELLERCHAT_FORM_RATE"
	varTrustedProxies = "SELLERCHAT_TRUSTED_PROXIES"
	varInsecureDev    = "SELLERCHAT_INSECURE_DEV"

	// fileSuffix makes the variable that holds a path out of the one that holds a secret.
	fileSuffix = "_FILE"
)

// Flags is what an operator writes, in variables or on the command line: text, so that everything
// that cannot be read is reported together and not one fault at each start. Commands embed it:
//
//	type serve struct {
//		config.Flags `embed:""`
//	}
//
// A field left empty has its default.
type Flags struct {
	Listen         string `name:"listen" env:"SELLERCHAT_LISTEN" default:":8080" help:"Public listener. With port 0 a free one is chosen and logged."`
	OpsListen      string `name:"ops-listen" env:"SELLERCHAT_OPS_LISTEN" default:"127.0.0.1:9090" help:"Private listener: metrics, health details, operator pages."`
	PublicURL      string `name:"public-url" env:"SELLERCHAT_PUBLIC_URL" help:"The https origin that TikTok, Freshchat and browsers use."`
	Store          string `name:"store" env:"SELLERCHAT_STORE" default:"bolt:data/sellerchat.db" help:"Engine and file that keep the state."`
	DataDir        string `name:"data-dir" env:"SELLERCHAT_DATA_DIR" default:"data" help:"Folder for media files."`
	Keyset         Secret `name:"keyset" env:"SELLERCHAT_KEYSET" secret:"" help:"Keyset that seals stored secrets and signs our tokens, as sellerchat keys new prints it."`
	KeysetFile     string `name:"keyset-file" env:"SELLERCHAT_KEYSET_FILE" help:"File that holds the keyset."`
	TikTokApps     Secret `name:"tiktok-apps" env:"SELLERCHAT_TIKTOK_APPS" secret:"" help:"JSON list of the TikTok apps: market (uk, asia or us), app_key, app_secret, service_id, and authorize_url where it is not the market's own."`
	TikTokAppsFile string `name:"tiktok-apps-file" env:"SELLERCHAT_TIKTOK_APPS_FILE" help:"File that holds the list of TikTok apps."`
	TikTokAPIURL   string `name:"tiktok-api-url" env:"SELLERCHAT_TIKTOK_API_URL" default:"https://open-api.tiktokglobalshop.com" help:"TikTok Shop's API. Other values are for sandboxes and tests."`
	TikTokAuthURL  string `name:"tiktok-auth-url" env:"SELLERCHAT_TIKTOK_AUTH_URL" default:"https://auth.tiktok-shops.com" help:"TikTok Shop's token API. Other values are for sandboxes and tests."`
	FreshchatHosts string `name:"freshchat-hosts" env:"SELLERCHAT_FRESHCHAT_HOSTS" default:".freshchat.com" help:"Freshchat hosts that may be called, separated by commas. An entry that begins with a dot is a suffix, any other an exact host."`
	FrameAncestors string `name:"frame-ancestors" env:"SELLERCHAT_FRAME_ANCESTORS" help:"Exact origins that may frame the install page, separated by commas. Every app served from one of them is trusted; the setup code is the safe way."`
	FreshchatRate  string `name:"freshchat-rate" env:"SELLERCHAT_FRESHCHAT_RATE" default:"5" help:"Calls a second to Freshchat for one installation."`
	TikTokRate     string `name:"tiktok-rate" env:"SELLERCHAT_TIKTOK_RATE" default:"2" help:"Calls a second to TikTok for one installation."`
	OrderWindow    string `name:"order-window" env:"SELLERCHAT_ORDER_WINDOW" default:"250ms" help:"How long a message waits for an earlier one that may still arrive. 0 sends at once."`
	FormRate       string `name:"form-rate" env:"SELLERCHAT_FORM_RATE" default:"60" help:"Posts a minute from one address to the admin's and seller's forms."`
	TrustedProxies string `name:"trusted-proxies" env:"SELLERCHAT_TRUSTED_PROXIES" help:"Networks, separated by commas, whose X-Forwarded headers are believed."`
	InsecureDev    Switch `name:"insecure-dev" env:"SELLERCHAT_INSECURE_DEV" help:"1 allows loopback hosts for both platforms, called over plain http and with a port. For development only."`
}

// Switch is the text of a setting that is on or off. On the command line it may stand alone.
type Switch string

// Decode takes whatever was written, so that a wrong word is reported with the other faults.
func (s *Switch) Decode(ctx *kong.DecodeContext) error {
	*s = "1"
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		*s = Switch(fmt.Sprint(ctx.Scan.Pop().Value))
	}

	return nil
}

// IsBool tells the command line that no value need follow.
func (*Switch) IsBool() bool { return true }

// Config reads the flags. What cannot be read is kept for the Config's Check, which reports it
// together with everything else.
func (f Flags) Config() Config {
	f = f.withDefaults()

	var r reader

	c := Config{
		Listen:         f.Listen,
		OpsListen:      f.OpsListen,
		PublicURL:      canonicalOrigin(f.PublicURL),
		Store:          r.store(varStore, f.Store),
		DataDir:        f.DataDir,
		Keyset:         r.secret(varKeyset, f.Keyset, f.KeysetFile),
		TikTokApps:     r.apps(varTikTokApps, r.secret(varTikTokApps, f.TikTokApps, f.TikTokAppsFile)),
		TikTokAPIURL:   strings.TrimSuffix(f.TikTokAPIURL, "/"),
		TikTokAuthURL:  strings.TrimSuffix(f.TikTokAuthURL, "/"),
		FreshchatHosts: list(strings.ToLower(f.FreshchatHosts)),
		FrameAncestors: list(f.FrameAncestors),
		FreshchatRate:  r.number(varFreshchatRate, f.FreshchatRate),
		TikTokRate:     r.number(varTikTokRate, f.TikTokRate),
		OrderWindow:    r.duration(varOrderWindow, f.OrderWindow),
		FormRate:       r.count(varFormRate, f.FormRate),
		TrustedProxies: r.networks(varTrustedProxies, f.TrustedProxies),
		InsecureDev:    r.onOff(varInsecureDev, string(f.InsecureDev)),
	}
	c.malformed = r.faults

	return c
}

// withDefaults trims every field and fills the empty ones. A variable that is set to nothing, as
// container files often do, is thereby as good as unset.
func (f Flags) withDefaults() Flags {
	v := reflect.ValueOf(&f).Elem()

	for i := range v.NumField() {
		text := strings.TrimSpace(v.Field(i).String())
		if text == "" {
			text = v.Type().Field(i).Tag.Get("default")
		}

		v.Field(i).SetString(text)
	}

	return f
}

// readFile returns the content of a secret's file without the line end that editors add.
func readFile(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}

	return strings.TrimSpace(string(content)), nil
}
