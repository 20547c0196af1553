package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
	"sellerchat/views/components"
)

// codeWords is said where the answer came too late.
const codeWords = "The code could not be handed over. Copy the address below instead."

// authorizeChoices are the large choices of the authorize page, by market.
var authorizeChoices = map[bridge.Market]views.RegionChoice{
	"uk":   {Name: "United Kingdom", Seller: "European seller"},
	"asia": {Name: "Any other region", Seller: "Asia seller"},
	"us":   {Name: "United States", Seller: "US seller"},
}

// home leads to the one page that needs no address from elsewhere.
func (s *Server) home(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/authorize") }

// authorizePage answers GET /authorize: where is the shop?
func (s *Server) authorizePage(c echo.Context) error {
	m := views.AuthorizeModel{}
	flow := c.QueryParam("flow")

	for _, market := range s.install.Markets() {
		choice, ok := authorizeChoices[market]
		if !ok {
			choice = views.RegionChoice{Name: string(market), Seller: string(market) + " seller"}
		}

		choice.URL = "/authorize/" + url.PathEscape(string(market))
		if flow != "" {
			choice.URL += "?" + url.Values{"flow": {flow}}.Encode()
		}

		m.Choices = append(m.Choices, choice)
	}

	if page, err := s.install.Page(c.Request().Context(), flow); flow != "" && err == nil && page.Verified {
		m.Account = page.Host
	}

	return render(c, http.StatusOK, views.Authorize(m))
}

// authorizeMarket answers GET /authorize/:market: on to TikTok.
func (s *Server) authorizeMarket(c echo.Context) error {
	market := bridge.Market(c.Param("market"))
	if !slices.Contains(s.install.Markets(), market) {
		return bridge.ErrNotFound
	}

	state := ""

	if flow := c.QueryParam("flow"); flow != "" && len(flow) <= nonceLimit {
		var err error
		if state, err = s.tokens.SignState(auth.State{ID: s.random.ID(), FlowID: flow, Market: string(market)}); err != nil {
			return fmt.Errorf("sign state: %w", err)
		}
	}

	address, err := s.install.AuthorizeURL(market, state)
	if err != nil {
		return err //nolint:wrapcheck // a use case's error is answered as it is
	}

	return c.Redirect(http.StatusSeeOther, address)
}

// noReferrer keeps an address that holds a code from every other page, our own
// included.
func noReferrer(c echo.Context) { c.Response().Header().Set("Referrer-Policy", "no-referrer") }

// waitingPage answers GET /tiktok/callback/:market, where TikTok leaves the
// seller.
func (s *Server) waitingPage(c echo.Context) error {
	noReferrer(c)

	market := c.Param("market")
	if !slices.Contains(s.install.Markets(), bridge.Market(market)) {
		return bridge.ErrNotFound
	}

	next := url.Values{"market": {market}}

	for _, name := range []string{"code", "state", "error"} {
		if value := c.QueryParam(name); value != "" {
			next.Set(name, value)
		}
	}

	return render(c, http.StatusOK, views.Waiting(views.WaitingModel{NextURL: "/tiktok/authorized?" + next.Encode()}))
}

// authorizedPage answers GET /tiktok/authorized: the address to copy, or the
// question whether to hand it over, or why there is none.
func (s *Server) authorizedPage(c echo.Context) error {
	noReferrer(c)

	code, market := c.QueryParam("code"), c.QueryParam("market")
	if code == "" || code == "null" || c.QueryParam("error") != "" {
		return render(c, http.StatusOK, views.AuthorizeRefused(views.AuthorizeRefusedModel{RetryURL: "/authorize"}))
	}

	m := s.copyModel(code, market)

	offer, err := s.offerOf(c, code, market)
	if err != nil {
		return err
	}

	m.Offer = offer

	return render(c, http.StatusOK, views.Authorized(m))
}

func (s *Server) copyModel(code, market string) views.AuthorizedModel {
	return views.AuthorizedModel{
		URL:        s.publicURL + copyPath(code, market),
		ValidUntil: moment(s.clock().Add(install.CodeFor)),
	}
}

func copyPath(code, market string) string {
	return "/tiktok/authorized?" + url.Values{"code": {code}, "market": {market}}.Encode()
}

// offerOf is the question whether to hand the code to an open install page:
// only where the state was made for one that waits, and never silently.
func (s *Server) offerOf(c echo.Context, code, market string) (*views.OfferModel, error) {
	token := c.QueryParam("state")

	state, err := s.tokens.ParseState(token, market)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // no question without a state of ours
	}

	host, err := s.install.Waiting(c.Request().Context(), state.FlowID, state.ID)
	if errors.Is(err, bridge.ErrNotFound) {
		return nil, nil //nolint:nilnil // no question without a page that waits
	}

	if err != nil {
		return nil, err //nolint:wrapcheck // a use case's error is answered as it is
	}

	return &views.OfferModel{
		Account: host, Token: token, Code: code, Market: market, DeclineURL: copyPath(code, market),
	}, nil
}

// offerForm is the answer Yes to the copy page's question.
type offerForm struct {
	Offer  string `form:"offer"`
	Code   string `form:"code"`
	Market string `form:"market"`
}

// installAuthorized answers POST /install/authorized: the person said yes.
func (s *Server) installAuthorized(c echo.Context) error {
	noReferrer(c)

	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formLimit)

	var f offerForm
	if err := c.Bind(&f); err != nil {
		return &bridge.Error{Code: bridge.Invalid, Words: codeWords, Err: err}
	}

	m := s.copyModel(f.Code, f.Market)
	host, err := s.handOver(c, f)

	switch {
	case err == nil:
		m.ConnectedTo = host
	case errors.Is(err, auth.ErrToken), errors.Is(err, bridge.ErrNotFound), errors.Is(err, bridge.ErrConflict):
		m.Notice = components.Notice{Tone: components.ToneWarning, Title: codeWords}
	default:
		return err
	}

	return render(c, http.StatusOK, views.Authorized(m))
}

func (s *Server) handOver(c echo.Context, f offerForm) (string, error) {
	state, err := s.tokens.ParseState(f.Offer, f.Market)
	if err != nil {
		return "", fmt.Errorf("check offer: %w", err)
	}

	ctx := c.Request().Context()

	host, err := s.install.Waiting(ctx, state.FlowID, state.ID)
	if err != nil {
		return "", fmt.Errorf("find install page: %w", err)
	}

	if err := s.install.Offer(ctx, state.FlowID, state.ID, bridge.Market(f.Market), f.Code); err != nil {
		return "", fmt.Errorf("hand over code: %w", err)
	}

	return host, nil
}
