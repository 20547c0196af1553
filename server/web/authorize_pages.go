package web

import (
	"context"
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

// flowLimit is longer than any id of an install page.
const flowLimit = 64

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
	if token := c.QueryParam("repair"); token != "" {
		return s.repairPage(c, token)
	}

	flow := c.QueryParam("flow")
	if len(flow) > flowLimit {
		flow = ""
	}

	account, err := s.accountOf(c.Request().Context(), flow)
	if err != nil {
		return err
	}

	m := views.AuthorizeModel{Account: account}

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

	return render(c, http.StatusOK, views.Authorize(m))
}

// accountOf is the account that an open install page was verified for, or
// empty.
func (s *Server) accountOf(ctx context.Context, flow string) (string, error) {
	if flow == "" {
		return "", nil
	}

	page, err := s.install.Page(ctx, flow)
	if err != nil {
		return "", fmt.Errorf("read install page: %w", err)
	}

	if !page.Verified {
		return "", nil
	}

	return page.Name, nil
}

// authorizeMarket answers GET /authorize/:market: on to TikTok.
func (s *Server) authorizeMarket(c echo.Context) error {
	market := bridge.Market(c.Param("market"))
	if !slices.Contains(s.install.Markets(), market) {
		return bridge.ErrNotFound
	}

	state, err := s.stateFor(c, market)
	if err != nil {
		return err
	}

	address, err := s.install.AuthorizeURL(market, state)
	if err != nil {
		return fmt.Errorf("lead to tiktok: %w", err)
	}

	return c.Redirect(http.StatusSeeOther, address)
}

// stateFor is what TikTok gives back with the code: whose install page waits for
// it, or whose shops are authorized again. None when nobody waits.
func (s *Server) stateFor(c echo.Context, market bridge.Market) (string, error) {
	state := auth.State{ID: s.random.ID(), Market: string(market)}

	if token := c.QueryParam("repair"); token != "" {
		r, err := s.tokens.ParseRepair(token, string(market))
		if err != nil {
			return "", repairOver(err)
		}

		state.Repairs = r.InstallID
	} else if flow := c.QueryParam("flow"); flow != "" && len(flow) <= flowLimit {
		state.FlowID = flow
	} else {
		return "", nil
	}

	signed, err := s.tokens.SignState(state)
	if err != nil {
		return "", fmt.Errorf("sign state: %w", err)
	}

	return signed, nil
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

	if refusedOnTikTok(c) {
		return authorizeRefused(c)
	}

	next := url.Values{"market": {market}}

	for _, name := range []string{"code", "state"} {
		if value := c.QueryParam(name); value != "" {
			next.Set(name, value)
		}
	}

	return render(c, http.StatusOK, views.Waiting(views.WaitingModel{NextURL: authorizedPath + next.Encode()}))
}

// refusedOnTikTok reports whether the seller comes back without a code. A
// refusal is told by an error, or by the literal code "null".
// https://partner.tiktokshop.com/docv2/page/authorization-overview-202407
func refusedOnTikTok(c echo.Context) bool {
	code := c.QueryParam("code")

	return code == "" || code == "null" || c.QueryParam("error") != ""
}

func authorizeRefused(c echo.Context) error {
	return render(c, http.StatusOK, views.AuthorizeRefused(views.AuthorizeRefusedModel{RetryURL: "/authorize"}))
}

// authorizedPage answers GET /tiktok/authorized: the address to copy, or the
// question whether to hand it over, or why there is none.
func (s *Server) authorizedPage(c echo.Context) error {
	noReferrer(c)

	if refusedOnTikTok(c) {
		return authorizeRefused(c)
	}

	code, market := c.QueryParam("code"), c.QueryParam("market")
	m := s.copyModel(code, market)

	offer, err := s.offerOf(c, code, market)
	if err != nil {
		return err
	}

	m.Offer = offer

	return render(c, http.StatusOK, views.Authorized(m))
}

const authorizedPath = "/tiktok/authorized?"

func (s *Server) copyModel(code, market string) views.AuthorizedModel {
	return views.AuthorizedModel{
		URL:        s.publicURL + copyPath(code, market),
		ValidUntil: moment(s.clock().Add(install.CodeFor)),
	}
}

func copyPath(code, market string) string {
	return authorizedPath + url.Values{"code": {code}, "market": {market}}.Encode()
}

// offerOf is the question whether to hand the code to an open install page:
// only where the state was made for one that waits, and never silently.
func (s *Server) offerOf(c echo.Context, code, market string) (*views.OfferModel, error) {
	token := c.QueryParam("state")

	state, err := s.tokens.ParseState(token, market)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // no question without a state of ours
	}

	account, err := s.expecting(c.Request().Context(), state)
	if errors.Is(err, bridge.ErrNotFound) {
		return nil, nil //nolint:nilnil // no question without a page that waits
	}

	if err != nil {
		return nil, fmt.Errorf("find install page: %w", err)
	}

	return &views.OfferModel{
		Account: account, Repair: state.Repairs != "",
		Token: token, Code: code, Market: market, DeclineURL: copyPath(code, market),
	}, nil
}

// expecting is the account that waits for the code of this state.
func (s *Server) expecting(ctx context.Context, state auth.State) (string, error) {
	if state.Repairs != "" {
		return s.install.Repairing(ctx, bridge.InstallationID(state.Repairs), state.ID)
	}

	return s.install.Waiting(ctx, state.FlowID, state.ID)
}

// offerForm is the answer Yes to the copy page's question.
type offerForm struct {
	offer  string
	code   string
	market string
}

// installAuthorized answers POST /install/authorized: the person said yes.
func (s *Server) installAuthorized(c echo.Context) error {
	noReferrer(c)

	fields, err := readForm(c)
	if err != nil {
		return err
	}

	f := offerForm{
		offer: fields.Get(views.FieldOffer), code: fields.Get(views.FieldCode), market: fields.Get(views.FieldMarket),
	}
	if f.code == "" {
		return authorizeRefused(c)
	}

	m := s.copyModel(f.code, f.market)

	state, err := s.tokens.ParseState(f.offer, f.market)
	if err == nil && state.Repairs != "" {
		return s.repaired(c, state, f)
	}

	if err == nil {
		m.ConnectedTo, err = s.handOver(c.Request().Context(), state, f)
	}

	switch {
	case errors.Is(err, auth.ErrToken), errors.Is(err, bridge.ErrNotFound), errors.Is(err, bridge.ErrConflict):
		m.Notice = components.Notice{Tone: components.ToneWarning, Title: codeWords}
	case err != nil:
		return err
	}

	return render(c, http.StatusOK, views.Authorized(m))
}

func (s *Server) handOver(ctx context.Context, state auth.State, f offerForm) (string, error) {
	account, err := s.install.Offer(ctx, state.FlowID, state.ID, bridge.Market(f.market), f.code)
	if err != nil {
		return "", fmt.Errorf("hand over code: %w", err)
	}

	return account, nil
}
