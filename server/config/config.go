// Package config holds the settings of the program: what an operator writes (Flags), what it
// means (Config), and what is wrong with it (Faults). It is passed on, never global, and must not
// open, listen to or call anything.
package config

import (
	"net/netip"
	"time"

	"sellerchat/server/bridge"
)

// Config is what the settings mean. Tests fill in its fields directly; the program gets it from
// Flags.Config. Either way Check tells whether it can be run.
type Config struct {
	// Listen and OpsListen are host:port addresses of the public and the private listener.
	Listen    string
	OpsListen string
	// PublicURL is the origin that TikTok, Freshchat and browsers use, without a trailing slash.
	PublicURL string

	Store   Store
	DataDir string

	// Keyset seals stored secrets and signs our tokens.
	Keyset Secret

	TikTokApps []App
	// TikTokAPIURL and TikTokAuthURL have no trailing slash.
	TikTokAPIURL  string
	TikTokAuthURL string

	// FreshchatHosts may be called; an entry that begins with a dot is a suffix, any other an
	// exact host. All lower case.
	FreshchatHosts []string
	// FrameAncestors are the exact origins that may frame the install page.
	FrameAncestors []string

	// FreshchatRate and TikTokRate are calls a second for one installation.
	FreshchatRate float64
	TikTokRate    float64
	// OrderWindow is how long a message waits for an earlier one; zero sends at once.
	OrderWindow time.Duration
	// FormRate is posts a minute from one address to the public forms.
	FormRate int

	// TrustedProxies may set X-Forwarded headers.
	TrustedProxies []netip.Prefix
	// InsecureDev allows loopback hosts over plain http.
	InsecureDev bool

	// malformed is what Flags.Config could not read; Check reports it with the rest.
	malformed Faults
}

// App is one market's app registration with TikTok.
type App struct {
	Market    bridge.Market `json:"market"`
	Key       string        `json:"app_key"`
	Secret    Secret        `json:"app_secret"`
	ServiceID string        `json:"service_id"`
	// AuthorizeURL is the base to which service_id and state are added; empty for the market's
	// own.
	AuthorizeURL string `json:"authorize_url"`
}

// Store says which engine keeps the state, and where.
type Store struct {
	// Engine is "bolt".
	Engine string
	// Path is the engine's file.
	Path string
}

// String is the form in which the setting is written.
func (s Store) String() string { return s.Engine + ":" + s.Path }

// Default returns the settings of somebody who wrote none. It lacks what has no default, so Check
// refuses it.
func Default() Config { return Flags{}.Config() }
