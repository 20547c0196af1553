package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/views"
)

// repairOver is said of a repair link that cannot be followed any more.
func repairOver(cause error) error {
	return &bridge.Error{
		Code: bridge.Gone, Err: cause,
		Words: "This link is too old or not complete. Ask the person who sent it for a new one: it is in the app's settings in Freshchat.",
	}
}

// repairURL is the link by which a seller authorizes the shops of an
// installation in a market again.
func (s *Server) repairURL(id bridge.InstallationID, market bridge.Market) (string, error) {
	token, err := s.tokens.SignRepair(auth.Repair{InstallID: string(id), Market: string(market)})
	if err != nil {
		return "", fmt.Errorf("sign repair link: %w", err)
	}

	return s.publicURL + "/authorize?" + url.Values{"market": {string(market)}, "repair": {token}}.Encode(), nil
}

// repairPage is the authorize page of a repair link: it names the account and
// leaves no choice, since the shop's region is known.
func (s *Server) repairPage(c echo.Context, token string) error {
	noReferrer(c)

	market := c.QueryParam("market")

	r, err := s.tokens.ParseRepair(token, market)
	if err != nil {
		return repairOver(err)
	}

	o, err := s.install.Overview(c.Request().Context(), bridge.InstallationID(r.InstallID))
	if errors.Is(err, bridge.ErrNotFound) {
		return repairOver(err)
	}

	if err != nil {
		return fmt.Errorf("read installation: %w", err)
	}

	choice, ok := authorizeChoices[bridge.Market(market)]
	if !ok {
		choice = views.RegionChoice{Name: market, Seller: market + " seller"}
	}

	choice.URL = "/authorize/" + url.PathEscape(market) + "?" + url.Values{"repair": {token}}.Encode()
	m := views.AuthorizeModel{Account: o.Installation.Named(), Again: true, Choices: []views.RegionChoice{choice}}

	for _, shop := range o.Shops {
		if shop.Authorization.Market == bridge.Market(market) {
			m.Shops = append(m.Shops, shop.Name)
		}
	}

	return render(c, http.StatusOK, views.Authorize(m))
}

// repaired is the answer to a Yes on a repair: the shops go on at once.
func (s *Server) repaired(c echo.Context, state auth.State, f offerForm) error {
	done, err := s.install.Repair(c.Request().Context(), bridge.InstallationID(state.Repairs), state.ID, bridge.Market(f.market), f.code)

	words, err := sayable(err)

	switch {
	case errors.Is(err, bridge.ErrNotFound), errors.Is(err, bridge.ErrConflict):
		return repairOver(err)
	case err != nil:
		return fmt.Errorf("authorize again: %w", err)
	case words != nil:
		return render(c, http.StatusUnprocessableEntity, views.AuthorizeRefused(views.AuthorizeRefusedModel{
			RetryURL: "/authorize", Reason: words.Words, Again: true,
		}))
	default:
		return render(c, http.StatusOK, views.Repaired(views.RepairedModel{
			Account: done.Account, Shops: done.Shops, Waiting: done.Waiting,
		}))
	}
}
