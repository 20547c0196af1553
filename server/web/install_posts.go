package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
)

// verify answers POST /install/verify.
func (v *installVisit) verify() error {
	page, err := v.install.Verify(v.ctx(), v.flow.ID, v.form.domain, v.form.key)

	return v.show(page, err, shown{verified: err == nil})
}

// change answers POST /install/change: the fields of part 1 unfold.
func (v *installVisit) change() error {
	page, err := v.install.Page(v.ctx(), v.flow.ID)

	return v.show(page, err, shown{unfolded: true})
}

// topics answers POST /install/topics: they are read again.
func (v *installVisit) topics() error {
	page, err := v.install.Topics(v.ctx(), v.flow.ID)

	return v.show(page, err, shown{})
}

// shop answers POST /install/shop: the shop is named back.
func (v *installVisit) shop() error {
	page, shop, err := v.install.FindShop(v.ctx(), v.flow.ID, v.claim())

	return v.show(page, err, shown{shop: shop})
}

// finish answers POST /install/finish.
func (v *installVisit) finish() error {
	page, err := v.install.Finish(v.ctx(), v.flow.ID, install.Form{
		Domain: v.form.domain, Key: v.form.key, Claim: v.claim(), Topic: bridge.TopicID(v.form.topic),
	})

	return v.show(page, err, shown{again: page.Installed != nil && !page.Installed.Now})
}

// newCode answers POST /install/code: another setup code.
func (v *installVisit) newCode() error {
	page, err := v.install.NewCode(v.ctx(), v.flow.ID)

	return v.show(page, err, shown{})
}

// pickUp answers POST /install/pickup: 204, or the page with the code that the
// authorize tab handed over.
func (v *installVisit) pickUp() error {
	page, err := v.install.Page(v.ctx(), v.flow.ID)
	if err == nil && page.Offered == "" {
		return v.c.NoContent(http.StatusNoContent)
	}

	return v.show(page, err, shown{})
}

// handOver answers POST /install/handover, once, with what the page tells the
// frame around it.
func (v *installVisit) handOver() error {
	if !v.framed() {
		return &bridge.Error{Code: bridge.Forbidden, Words: "This page is in no frame that may be told."}
	}

	handover, err := v.install.Framed(v.ctx(), v.flow.ID)
	if err != nil {
		return fmt.Errorf("hand over: %w", err)
	}

	return v.c.JSON(http.StatusOK, handover)
}

// installResume answers POST /install/resume, which a page sends that was
// loaded again: 204 when there is nothing to go on with.
func (s *Server) installResume(c echo.Context) error {
	v, err := s.visit(c)
	if errors.Is(err, errFlowOver) {
		return c.NoContent(http.StatusNoContent)
	}

	if err != nil {
		return err
	}

	page, err := s.install.Resume(v.ctx(), v.flow.ID)
	if err == nil && !page.Verified && page.Installed == nil {
		return c.NoContent(http.StatusNoContent)
	}

	return v.show(page, err, shown{again: true})
}
