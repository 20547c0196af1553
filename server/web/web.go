// Package web is the HTTP surface: one table of routes, thin handlers that
// call a use case each, and one place that turns errors into answers. It holds
// no rule of the product and never talks to a store or a platform itself.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/server/relay"
	"sellerchat/server/telemetry"
)

// Options are what a Server is made of; all but the lists are required.
type Options struct {
	Relay   *relay.Relay
	Install *install.Service
	// Tokens signs and checks the tokens of pages, Random makes their ids.
	Tokens *auth.Tokens
	Random *auth.Random
	Ready  *telemetry.Readiness
	Logger *slog.Logger
	Clock  bridge.Clock

	// PublicURL is the origin under which browsers and platforms reach us.
	PublicURL string
	// FrameAncestors are the origins that may frame the install page.
	FrameAncestors []string
	// FormRate is how many posts a minute one address may send to the forms.
	FormRate int
	// TrustedProxies are believed about the address of a caller.
	TrustedProxies []netip.Prefix
}

// Server answers on the public listener.
type Server struct {
	echo    *echo.Echo
	relay   *relay.Relay
	install *install.Service
	tokens  *auth.Tokens
	random  *auth.Random
	links   *auth.LinkVerifier
	ready   *telemetry.Readiness
	log     *slog.Logger
	clock   bridge.Clock

	publicURL string
	secure    bool
	ancestors []string
}

// New makes a Server. It fails on a public address that is no origin.
func New(o Options) (*Server, error) {
	public, err := url.Parse(o.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("public url: %w", err)
	}

	if public.Host == "" || o.PublicURL != public.Scheme+"://"+public.Host {
		return nil, fmt.Errorf("public url: %q is no origin", o.PublicURL)
	}

	s := &Server{
		echo: echo.New(), relay: o.Relay, install: o.Install, tokens: o.Tokens, random: o.Random,
		ready: o.Ready, log: o.Logger, clock: o.Clock,
		publicURL: o.PublicURL, secure: public.Scheme == "https", ancestors: o.FrameAncestors,
	}
	s.links = auth.NewLinkVerifier(o.PublicURL, s.linkKeys, o.Clock)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.IPExtractor = ipExtractor(o.TrustedProxies)
	s.echo.HTTPErrorHandler = s.answerError
	s.use()
	s.register(newFormLimit(o.FormRate))

	return s, nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

func (s *Server) linkKeys(ctx context.Context, id string) ([]auth.LinkKey, error) {
	found, err := s.install.LinkKeys(ctx, bridge.InstallationID(id))
	if bridge.CodeOf(err) == bridge.Missing {
		return nil, auth.ErrNoInstall
	}

	if err != nil {
		return nil, fmt.Errorf("read link keys: %w", err)
	}

	keys := make([]auth.LinkKey, len(found))
	for i, k := range found {
		keys[i] = auth.LinkKey(k)
	}

	return keys, nil
}
