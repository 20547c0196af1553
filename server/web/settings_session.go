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

// sessionCookie holds the settings session; it is sent to the settings only.
const sessionCookie = "sellerchat_settings"

var errSessionOver = errors.New("settings session is over")

// session reads the settings session of a request.
func (s *Server) session(c echo.Context) (auth.Session, error) {
	cookie, err := c.Cookie(sessionCookie)
	if err != nil {
		return auth.Session{}, errSessionOver
	}

	session, err := s.tokens.ParseSession(cookie.Value)
	if err != nil {
		return auth.Session{}, errSessionOver
	}

	return session, nil
}

// openSession spends the address that started a session, sets its cookie, and
// moves on to an address that proves nothing.
func (s *Server) openSession(c echo.Context, token string) error {
	noReferrer(c)

	session, err := s.tokens.ParseSessionAddress(token)
	if err != nil {
		return s.sessionEnded(c, true)
	}

	err = s.install.OpenSession(c.Request().Context(), session.ID, bridge.InstallationID(session.InstallID))
	if errors.Is(err, bridge.ErrNotFound) {
		return s.sessionEnded(c, true)
	}

	if err != nil {
		return fmt.Errorf("spend session address: %w", err)
	}

	value, err := s.tokens.SignSession(session)
	if err != nil {
		return fmt.Errorf("sign session: %w", err)
	}

	c.SetCookie(&http.Cookie{
		Name: sessionCookie, Value: value, Path: "/settings", MaxAge: int(auth.SessionLife.Seconds()),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})

	return c.Redirect(http.StatusSeeOther, "/settings")
}

// sessionEnded tells that a session is over, or its address was spent.
func (s *Server) sessionEnded(c echo.Context, spent bool) error {
	status := http.StatusUnauthorized
	if spent {
		status = http.StatusGone
	}

	return render(c, status, views.SettingsEnded(views.SettingsEndedModel{LinkSpent: spent}))
}

// sessionPost checks cookie and form token of a post, and returns its fields.
// A session that is over matches errSessionOver.
func (s *Server) sessionPost(c echo.Context) (auth.Session, url.Values, error) {
	fields, err := readForm(c)
	if err != nil {
		return auth.Session{}, nil, err
	}

	session, err := s.session(c)
	if err != nil {
		return auth.Session{}, nil, err
	}

	if err := s.tokens.CheckForm(fields.Get(views.FieldForm), session); err != nil {
		return auth.Session{}, nil, errSessionOver
	}

	return session, fields, nil
}
