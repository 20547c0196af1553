package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
)

// The platform's names of the events that link tokens carry.
// https://developers.freshworks.com/docs/app-sdk/v3.0/
const (
	evtInstall            = "onAppInstall"
	evtUninstall          = install.EventUninstall
	evtMessageCreate      = "onMessageCreate"
	evtConversationCreate = "onConversationCreate"
	evtConversationUpdate = "onConversationUpdate"
	evtSession            = "session"
	evtPanel              = "panel"
)

// What the Marketplace is told when there are no better words.
const (
	refusalOther        = "Something went wrong. Try again in a minute."
	refusalUnauthorized = "This app is not connected. Install it again."
	refusalUnreadable   = "The request could not be read."
)

// What a call is answered that went well.
const (
	statusOK      = "ok"
	statusIgnored = "ignored"
)

// refusalLimit is how many characters the platform shows an admin.
const refusalLimit = 60

// refusal is an error of a route whose words the Marketplace shows.
type refusal struct{ error }

// Unwrap returns what was refused.
func (r *refusal) Unwrap() error { return r.error }

// short keeps words that the platform can show whole.
func short(words string) string {
	if utf8.RuneCountInString(words) > refusalLimit {
		return refusalOther
	}

	return words
}

// refusing makes a handler of the Marketplace's calls refuse in short words.
func refusing(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := handle(c); err != nil {
			return &refusal{err}
		}

		return nil
	}
}

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
func (s *Server) linked(handle func(echo.Context, linkCall) (any, error), events ...string) echo.HandlerFunc {
	return refusing(func(c echo.Context) error {
		call, err := s.checkLink(c, events)
		if err != nil {
			return err
		}

		ctx := c.Request().Context()

		earlier, err := s.install.Admit(ctx, call.Call)
		if err != nil {
			return fmt.Errorf("admit call: %w", err)
		}

		if earlier != nil {
			return c.JSONBlob(earlier.Status, earlier.Body)
		}

		answer, err := handle(c, call)
		if err != nil {
			return err
		}

		body, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("encode answer: %w", err)
		}

		if err := s.install.Remember(ctx, call.Call, install.Answer{Status: http.StatusOK, Body: body}); err != nil {
			s.log.WarnContext(ctx, "link answer not stored", slog.String("route", c.Path()), slog.Any("error", err))
		}

		return c.JSONBlob(http.StatusOK, body)
	})
}

func (s *Server) checkLink(c echo.Context, events []string) (linkCall, error) {
	body, err := readBody(c, eventLimit)
	if err != nil {
		return linkCall{}, err
	}

	header := c.Request().Header.Get(echo.HeaderAuthorization)

	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return linkCall{}, &bridge.Error{Code: bridge.Unauthorized, Words: refusalUnauthorized}
	}

	claims, err := s.links.Verify(c.Request().Context(), token, body, events...)
	if errors.Is(err, auth.ErrLinkToken) {
		s.log.InfoContext(c.Request().Context(), "link token refused", slog.String("route", c.Path()), slog.Any("error", err))

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
