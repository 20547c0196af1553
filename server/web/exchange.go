package web

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// installExchange answers POST /install/exchange: the one-time setup code for
// what the Marketplace's settings page stores.
func (s *Server) installExchange(c echo.Context) error {
	body, err := readBody(c, exchangeLimit)
	if err != nil {
		return err
	}

	var asked struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return unreadable(err)
	}

	handover, err := s.install.Exchange(c.Request().Context(), asked.Code)
	if err != nil {
		return fmt.Errorf("exchange setup code: %w", err)
	}

	return c.JSON(http.StatusOK, handover)
}
