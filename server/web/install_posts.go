package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
)

// installVerify answers POST /install/verify.
func (s *Server) installVerify(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return v.over(err)
	}

	page, err := s.install.Verify(c.Request().Context(), v.flow.ID, v.form.Domain, v.form.Key)

	return v.showWith(page, err, shown{verified: err == nil})
}

// installChange answers POST /install/change: the fields of part 1 unfold.
func (s *Server) installChange(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return v.over(err)
	}

	page, err := s.install.Page(c.Request().Context(), v.flow.ID)

	return v.showWith(page, err, shown{unfolded: true})
}

// installTopics answers POST /install/topics: they are read again.
func (s *Server) installTopics(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return v.over(err)
	}

	page, err := s.install.Topics(c.Request().Context(), v.flow.ID)

	return v.show(page, err)
}

// installShop answers POST /install/shop: the shop is named back.
func (s *Server) installShop(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return v.over(err)
	}

	page, shop, err := s.install.FindShop(c.Request().Context(), v.flow.ID, v.claim())

	return v.showWith(page, err, shown{shop: shop})
}

// installFinish answers POST /install/finish.
func (s *Server) installFinish(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return v.over(err)
	}

	page, err := s.install.Finish(c.Request().Context(), v.flow.ID, install.Form{
		Domain: v.form.Domain, Key: v.form.Key, Claim: v.claim(), Topic: bridge.TopicID(v.form.Topic),
	})

	return v.showWith(page, err, shown{finished: true})
}

// installCode answers POST /install/code: another setup code.
func (s *Server) installCode(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return v.over(err)
	}

	page, err := s.install.NewCode(c.Request().Context(), v.flow.ID)

	return v.show(page, err)
}

// installPickUp answers POST /install/pickup: 204, or the page with the code
// that the authorize tab handed over.
func (s *Server) installPickUp(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return v.over(err)
	}

	page, err := s.install.Page(c.Request().Context(), v.flow.ID)
	if err == nil && page.Offered == "" {
		return c.NoContent(http.StatusNoContent)
	}

	return v.show(page, err)
}

// installHandover answers POST /install/handover, once, with what the page
// tells the frame around it.
func (s *Server) installHandover(c echo.Context) error {
	v, err := s.visit(c)
	if err != nil {
		return err
	}

	if !v.framed() {
		return &bridge.Error{Code: bridge.Forbidden, Words: "This page is in no frame that may be told."}
	}

	handover, err := s.install.Framed(c.Request().Context(), v.flow.ID)
	if err != nil {
		return err //nolint:wrapcheck // a use case's error is answered as it is
	}

	return c.JSON(http.StatusOK, handover)
}
