package config

import (
	"fmt"
	"log/slog"
	"strings"
)

// LogValue logs the settings without their secrets.
func (c Config) LogValue() slog.Value { return slog.GroupValue(c.attrs()...) }

// String prints the settings without their secrets, one in a line.
func (c Config) String() string {
	var text strings.Builder

	for _, attr := range c.attrs() {
		fmt.Fprintf(&text, "%s: %s\n", attr.Key, attr.Value)
	}

	return text.String()
}

func (c Config) attrs() []slog.Attr {
	apps := make([]string, len(c.TikTokApps))
	for i, app := range c.TikTokApps {
		apps[i] = string(app.Market)
	}

	proxies := make([]string, len(c.TrustedProxies))
	for i, network := range c.TrustedProxies {
		proxies[i] = network.String()
	}

	return []slog.Attr{
		slog.String("listen", c.Listen),
		slog.String("ops_listen", c.OpsListen),
		slog.String("public_url", c.PublicURL),
		slog.String("store", c.Store.String()),
		slog.String("data_dir", c.DataDir),
		slog.String("keyset", c.Keyset.String()),
		slog.String("tiktok_apps", strings.Join(apps, ",")),
		slog.String("tiktok_api_url", c.TikTokAPIURL),
		slog.String("tiktok_auth_url", c.TikTokAuthURL),
		slog.String("freshchat_hosts", strings.Join(c.FreshchatHosts, ",")),
		slog.String("frame_ancestors", strings.Join(c.FrameAncestors, ",")),
		slog.Float64("freshchat_rate", c.FreshchatRate),
		slog.Float64("tiktok_rate", c.TikTokRate),
		slog.String("order_window", c.OrderWindow.String()),
		slog.Int("form_rate", c.FormRate),
		slog.String("trusted_proxies", strings.Join(proxies, ",")),
		slog.Bool("insecure_dev", c.InsecureDev),
	}
}
