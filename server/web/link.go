package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
)

// The platform's names of the events that link tokens carry.
const (
	evtInstall             = "onAppInstall"
	evtUninstall           = install.EventUninstall
	evtMessageCreate       = "onMessageCreate"
	evtConversationCreate  = "onConversationCreate"
	evtConversationUpdate  = "onConversationUpdate"
	evtSession             = "session"
	refusalLimit           = 60
	refusalOther           = "Something went wrong. Try again in a minute."
	refusalUnauthorized    = "This app is not connected. Install it again."
	refusalUnreadable      = "The request could not be read."
	linkLogSkipped         = "link answer not stored"
	linkTokenPrefix        = "Bearer "
	statusOK               = "ok"
	statusIgnored          = "ignored"
	linkRefusedLogSentence = "link token refused"
)

// linkCall is a call of server.js whose token was checked.
type linkCall struct {
	install.Call

	body []byte
}

// status is the answer to a call that has nothing else to say.
type status struct {
	Status string `json:"status"`
}

// linked makes a handler for calls of the Marketplace's server.js: it checks
// the link token over the raw body, repeats an answer that was given before,
// and refuses in words short enough for the platform to show.
// https://developers.freshworks.com/docs/app-sdk/v3.0/
func (s *Server) linked(handle func(echo.Context, linkCall) (any, error), events ...string) echo.HandlerFunc {
	return func(c echo.Context) error {
		call, err := s.checkLink(c, events)
		if err != nil {
			return s.refuseLink(c, err)
		}

		ctx := c.Request().Context()

		earlier, err := s.install.Admit(ctx, call.Call)
		if err != nil {
			return s.refuseLink(c, err)
		}

		if earlier != nil {
			return c.JSONBlob(earlier.Status, earlier.Body)
		}

		answer, err := handle(c, call)
		if err != nil {
			return s.refuseLink(c, err)
		}

		body, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("encode answer: %w", err)
		}

		err = s.install.Remember(ctx, call.Call, install.Answer{Status: http.StatusOK, Body: body})
		if err != nil {
			s.log.WarnContext(ctx, linkLogSkipped, slog.String("route", c.Path()), slog.Any("error", err))
		}

		return c.JSONBlob(http.StatusOK, body)
	}
}

func (s *Server) checkLink(c echo.Context, events []string) (linkCall, error) {
	body, err := readBody(c, eventLimit)
	if err != nil {
		return linkCall{}, err
	}

	header := c.Request().Header.Get(echo.HeaderAuthorization)

	token, ok := strings.CutPrefix(header, linkTokenPrefix)
	if !ok {
		return linkCall{}, &bridge.Error{Code: bridge.Unauthorized, Words: refusalUnauthorized}
	}

	claims, err := s.links.Verify(c.Request().Context(), token, body, events...)
	if errors.Is(err, auth.ErrLinkToken) {
		return linkCall{}, &bridge.Error{Code: bridge.Unauthorized, Words: refusalUnauthorized, Err: err}
	}

	if err != nil {
		return linkCall{}, fmt.Errorf("check link token: %w", err)
	}

	return linkCall{body: body, Call: install.Call{
		Installation: bridge.InstallationID(claims.InstallID), Event: claims.Event,
		JTI: claims.JTI, BodyHash: claims.BodyHash, Expires: claims.Expires, Next: claims.Secret == 1,
	}}, nil
}

// refuseLink shortens what people are told to what the platform shows.
func (s *Server) refuseLink(c echo.Context, err error) error {
	if bridge.CodeOf(err) == bridge.Unauthorized {
		s.log.InfoContext(c.Request().Context(), linkRefusedLogSentence, slog.String("route", c.Path()), slog.Any("error", err))
	}

	f := s.faultOf(err, c)
	if len(f.words) > refusalLimit {
		f.words = refusalOther
	}

	if f.status == http.StatusBadRequest {
		f.words = refusalUnreadable
	}

	return c.JSON(f.status, map[string]string{"message": f.words})
}
