// Package tiktok speaks with TikTok Shop: it signs and makes API calls,
// exchanges authorization codes, verifies webhooks and turns what it reads
// into the words of the domain.
//
// It must not decide what is relayed, keep state, or retry by itself: it says
// how a call failed, and whether it is certain that nothing was done. No
// secret and no address leaves it in an error or a log line.
package tiktok

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"sellerchat/server/bridge"
)

// ErrUnknownMarket says that no app is configured for the market.
var ErrUnknownMarket = errors.New("market is not configured")

// App is one TikTok app configuration: each serves one market.
// https://partner.tiktokshop.com/docv2/page/create-your-app
type App struct {
	Market    bridge.Market
	AppKey    string
	AppSecret string
	// ServiceID is what authorization links carry; it is not the app key.
	ServiceID string
	// AuthorizeURL is the base of authorization links. It may be empty for the
	// markets whose base is known: uk, asia and us.
	AuthorizeURL string
}

// Versions are the path versions of the groups of endpoints. An empty one
// stands for the version that this package was written for.
type Versions struct {
	Chat          string // customer_service, but for reading one conversation: 202309
	Conversation  string // reading one conversation: 202601
	Authorization string // 202309
	Event         string // 202309
	File          string // announcing a video: 202512
}

// Options configure a client.
type Options struct {
	Apps []App
	// APIURL and AuthURL are origins. The vendor's are the same for every region.
	// https://partner.tiktokshop.com/docv2/page/methods-and-endpoints
	APIURL  string
	AuthURL string
	// HTTP makes the calls. Its transport must be a dial.Transport, else every
	// call without an answer counts as one that may have been carried out.
	HTTP *http.Client
	// Uploads makes the calls that bring a file, which take longer; nil means
	// HTTP. What is said of HTTP holds for it.
	Uploads *http.Client
	// Clock signs and reckons waits; nil means the real one.
	Clock bridge.Clock
	// Logger gets one debug line for each call; nil means none.
	Logger   *slog.Logger
	Versions Versions
}

// Client calls TikTok for every configured market. It is safe for concurrent
// use.
type Client struct {
	apps     map[bridge.Market]app
	markets  []bridge.Market
	api      *url.URL
	auth     *url.URL
	http     *http.Client
	uploads  *http.Client
	clock    bridge.Clock
	log      *slog.Logger
	versions Versions
}

// app is an App after checking.
type app struct {
	App
	authorize *url.URL
	webhooks  *webhookSigner
}

// New checks the options and builds a client. It makes no call.
func New(o Options) (*Client, error) {
	c := &Client{
		apps:     make(map[bridge.Market]app, len(o.Apps)),
		http:     o.HTTP,
		uploads:  cmp.Or(o.Uploads, o.HTTP),
		clock:    o.Clock,
		log:      o.Logger,
		versions: o.Versions.withDefaults(),
	}
	if c.http == nil {
		return nil, errors.New("tiktok: no HTTP client given")
	}
	if c.clock == nil {
		c.clock = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}

	var err error
	if c.api, err = origin(o.APIURL); err != nil {
		return nil, fmt.Errorf("tiktok: API address: %w", err)
	}
	if c.auth, err = origin(o.AuthURL); err != nil {
		return nil, fmt.Errorf("tiktok: token address: %w", err)
	}

	for _, a := range o.Apps {
		if err := c.add(a); err != nil {
			return nil, fmt.Errorf("tiktok: app of market %q: %w", a.Market, err)
		}
	}

	return c, nil
}

// Markets returns the configured markets in the order of the options.
func (c *Client) Markets() []bridge.Market {
	return append([]bridge.Market(nil), c.markets...)
}

func (c *Client) add(a App) error {
	switch {
	case a.Market == "":
		return errors.New("no market")
	case a.AppKey == "":
		return errors.New("no app key")
	case a.AppSecret == "":
		return errors.New("no app secret")
	case a.ServiceID == "":
		return errors.New("no service id")
	}
	if _, known := c.apps[a.Market]; known {
		return errors.New("configured twice")
	}

	base, err := authorizeBase(a)
	if err != nil {
		return err
	}

	c.apps[a.Market] = app{App: a, authorize: base, webhooks: newWebhookSigner(a.AppKey, a.AppSecret)}
	c.markets = append(c.markets, a.Market)

	return nil
}

// app returns the configuration of a market, or an error for the person who
// asked for it.
func (c *Client) app(m bridge.Market) (app, error) {
	a, ok := c.apps[m]
	if !ok {
		return app{}, &bridge.Error{
			Code:  bridge.Missing,
			Words: "We do not know this shop region. Go back and choose one from the list.",
			Err:   ErrUnknownMarket,
		}
	}

	return a, nil
}

func (v Versions) withDefaults() Versions {
	set := func(field *string, version string) {
		if *field == "" {
			*field = version
		}
	}
	set(&v.Chat, "202309")
	set(&v.Conversation, "202601")
	set(&v.Authorization, "202309")
	set(&v.Event, "202309")
	set(&v.File, "202512")

	return v
}

// origin parses the address of a host. A path is refused, since it would be
// part of what is signed at one end only.
func origin(address string) (*url.URL, error) {
	u, err := absolute(address)
	if err != nil {
		return nil, err
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		return nil, errors.New("must be an origin, without a path")
	}

	return u, nil
}

// absolute parses an address of ours. Its errors do not repeat it.
func absolute(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, errors.New("must be an absolute http or https address")
	}

	return u, nil
}
