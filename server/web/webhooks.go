package web

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
)

// tiktokWebhook answers POST /webhooks/tiktok/:market with 200 and an empty
// body once the message is on disk.
// https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview
func (s *Server) tiktokWebhook(c echo.Context) error {
	body, err := readBody(c, webhookLimit)
	if err != nil {
		return err
	}

	market := bridge.Market(c.Param("market"))
	if err := s.relay.TikTok(c.Request().Context(), market, c.Request().Header.Get(echo.HeaderAuthorization), body); err != nil {
		return fmt.Errorf("take in tiktok webhook: %w", err)
	}

	return c.NoContent(http.StatusOK)
}

// freshchatWebhook answers POST /webhooks/freshchat/:token with 200 once the
// message is on disk.
func (s *Server) freshchatWebhook(c echo.Context) error {
	body, err := readBody(c, webhookLimit)
	if err != nil {
		return err
	}

	signature := c.Request().Header.Get("X-Freshchat-Signature")
	if err := s.relay.Freshchat(c.Request().Context(), auth.HashToken(c.Param("token")), signature, body); err != nil {
		return fmt.Errorf("take in freshchat webhook: %w", err)
	}

	return c.NoContent(http.StatusOK)
}
