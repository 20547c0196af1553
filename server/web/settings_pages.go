package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
	"sellerchat/views/components"
)

// settingsPage answers GET /settings: with a session address it opens the
// session, with the cookie it shows the settings.
func (s *Server) settingsPage(c echo.Context) error {
	if token := c.QueryParam("session"); token != "" {
		return s.openSession(c, token)
	}

	session, err := s.session(c)
	if err != nil {
		return s.sessionEnded(c, false)
	}

	m, err := s.settingsModel(c, session)
	if err != nil {
		return s.settingsGone(c, err)
	}

	if c.QueryParam("saved") != "" {
		m.Notice = components.Notice{Tone: components.ToneSuccess, Title: views.NoticeSaved}
	}

	return render(c, http.StatusOK, views.Settings(m))
}

// settingsGone ends the session of an installation that is no more.
func (s *Server) settingsGone(c echo.Context, err error) error {
	if errors.Is(err, bridge.ErrNotFound) {
		return s.sessionEnded(c, false)
	}

	return err
}

// settingsKey answers POST /settings/key.
func (s *Server) settingsKey(c echo.Context) error {
	return s.settingsPost(c, func(session auth.Session) error {
		return s.install.SaveWebhookKey(c.Request().Context(), bridge.InstallationID(session.InstallID),
			c.FormValue(views.FieldAPIKey), c.FormValue(views.FieldWebhookKey))
	}, func(m *views.SettingsModel, e *bridge.Error) {
		m.Webhook.Key.Value = c.FormValue(views.FieldWebhookKey)
		if e.Field == install.FieldKey {
			m.Webhook.Confirm = views.ConfirmModel{Ask: true, Error: e.Words}

			return
		}

		m.Webhook.Key.Error = e.Words
	})
}

// settingsOptions answers POST /settings/options.
func (s *Server) settingsOptions(c echo.Context) error {
	wanted := bridge.Settings{
		MirrorSellerCenter: c.FormValue(views.FieldMirror) != "",
		AfterResolve:       bridge.Reopen,
		MarkRead:           c.FormValue(views.FieldMarkRead) != "",
		ShowText:           c.FormValue(views.FieldShowText) != "",
	}
	if c.FormValue(views.FieldAfterResolve) == views.AfterResolveNew {
		wanted.AfterResolve = bridge.StartNew
	}

	return s.settingsPost(c, func(session auth.Session) error {
		return s.install.SaveSettings(c.Request().Context(), bridge.InstallationID(session.InstallID),
			c.FormValue(views.FieldAPIKey), wanted)
	}, func(m *views.SettingsModel, e *bridge.Error) {
		m.Options = optionsModel(wanted)
		m.Options.Confirm = views.ConfirmModel{Ask: true, Error: e.Words}
		m.Webhook.Confirm = views.ConfirmModel{}
	})
}

// settingsPost saves and moves on, or shows the page again with what is wrong.
func (s *Server) settingsPost(c echo.Context, save func(auth.Session) error, place func(*views.SettingsModel, *bridge.Error)) error {
	session, err := s.sessionPost(c)
	if err != nil {
		return s.sessionEnded(c, false)
	}

	err = save(session)
	if err == nil {
		return c.Redirect(http.StatusSeeOther, "/settings?saved=1")
	}

	var words *bridge.Error
	if !errors.As(err, &words) {
		return s.settingsGone(c, err)
	}

	m, err := s.settingsModel(c, session)
	if err != nil {
		return s.settingsGone(c, err)
	}

	place(&m, words)

	return render(c, http.StatusUnprocessableEntity, views.Settings(m))
}

func (s *Server) settingsModel(c echo.Context, session auth.Session) (views.SettingsModel, error) {
	o, err := s.install.Overview(c.Request().Context(), bridge.InstallationID(session.InstallID))
	if err != nil {
		return views.SettingsModel{}, err //nolint:wrapcheck // a use case's error is answered as it is
	}

	form, err := s.tokens.SignForm(session)
	if err != nil {
		return views.SettingsModel{}, fmt.Errorf("sign form: %w", err)
	}

	m := views.SettingsModel{
		Form: form, Health: healthModel(o),
		Account: accountModel(o.Installation),
		Options: optionsModel(o.Installation.Settings),
		Webhook: views.WebhookModel{Address: o.WebhookAddress, Confirm: views.ConfirmModel{Ask: true}},
	}

	if o.Installation.WebhookKey != "" {
		m.Webhook.Saved = "A key is saved and in force. Saving another one replaces it."
	}

	for _, shop := range o.Shops {
		m.Shops = append(m.Shops, shopModel(shop))
	}

	return m, nil
}
