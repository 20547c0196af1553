package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"

	"sellerchat/server/bridge"
)

// use sets what every request passes through.
func (s *Server) use() { s.echo.Use(s.recoverPanics) }

// panicked is what a handler panicked with, and where.
type panicked struct {
	value any
	stack string
}

// Error is for the log.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recoverPanics turns a panic into an unexpected fault. A handler that aborts
// on purpose is left alone.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}

			if r == http.ErrAbortHandler { //nolint:errorlint // the very value, by contract of net/http
				panic(r)
			}

			err = &panicked{value: r, stack: string(debug.Stack())}
		}()

		return next(c)
	}
}

// machineHeaders are on every answer to a program: some hold a secret, none is
// a page.
func machineHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		setMachineHeaders(c)

		return next(c)
	}
}

func setMachineHeaders(c echo.Context) {
	h := c.Response().Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set(echo.HeaderCacheControl, "no-store")
}

// ipExtractor tells the address of a caller: that of the connection, unless it
// is a proxy whose word counts.
func ipExtractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}

	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}

	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{
			IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}

	return echo.ExtractIPFromXFFHeader(trust...)
}

var errForeignOrigin = &bridge.Error{
	Code:  bridge.Forbidden,
	Words: "This was sent from another website, so nothing was done. Open the page here and try again.",
}

// sameOrigin refuses posts that another site's page sent. A page that may not
// name itself (Origin: null, from a page without referrer) is believed only
// when the browser says that it is ours.
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Request().Header
		site, origin := h.Get("Sec-Fetch-Site"), h.Get(echo.HeaderOrigin)

		foreignSite := site != "" && site != "same-origin" && site != "none"
		foreignOrigin := origin != "" && origin != s.publicURL && (origin != "null" || site != "same-origin")

		if foreignSite || foreignOrigin {
			return errForeignOrigin
		}

		return next(c)
	}
}

var errTooManyPosts = &bridge.Error{
	Code:  bridge.TooMany,
	Words: "That was a lot at once from your address. Wait a minute and press the button again.",
}

// newFormLimit allows so many posts a minute from one address to the forms.
func newFormLimit(perMinute int) echo.MiddlewareFunc {
	store := middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate: rateOf(perMinute), Burst: perMinute, ExpiresIn: 3 * time.Minute,
	})

	return middleware.RateLimiterWithConfig(middleware.RateLimiterConfig{
		Store:               store,
		IdentifierExtractor: func(c echo.Context) (string, error) { return caller(c.RealIP()), nil },
		ErrorHandler:        func(_ echo.Context, err error) error { return fmt.Errorf("limit forms: %w", err) },
		DenyHandler:         func(echo.Context, string, error) error { return errTooManyPosts },
	})
}

// callerBits is the part of an IPv6 address that tells callers apart: whoever
// has one address has all that begin like it, and would never be limited.
const callerBits = 64

// caller is whom the limit counts: an IPv4 address, or a network of IPv6.
func caller(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}

	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}

	return netip.PrefixFrom(addr, callerBits).Masked().String()
}

func rateOf(perMinute int) rate.Limit { return rate.Limit(float64(perMinute) / time.Minute.Seconds()) }

const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "

// pageHeaders are on every page: nothing from elsewhere, no frame, no cache,
// no sniffing, and no referrer to other sites.
func (s *Server) pageHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.setPageHeaders(c, "'none'")

		return next(c)
	}
}

// frameable lets the listed origins frame the install page.
func (s *Server) frameable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(s.ancestors) > 0 {
			s.setPageHeaders(c, strings.Join(s.ancestors, " "))
		}

		return next(c)
	}
}

// setPageHeaders says who may frame the page, unless that was said before.
func (s *Server) setPageHeaders(c echo.Context, ancestors string) {
	h := c.Response().Header()
	if h.Get(headerPolicy) != "" {
		return
	}

	h.Set(headerPolicy, contentPolicy+ancestors)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set(echo.HeaderCacheControl, "no-store")

	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

const headerPolicy = "Content-Security-Policy"
