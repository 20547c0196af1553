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
		return s.settingsOver(c, err)
	}

	m, err := s.settingsModel(c, session)
	if err != nil {
		return s.settingsOver(c, err)
	}

	if c.QueryParam("saved") != "" {
		m.Notice = components.Notice{Tone: components.ToneSuccess, Title: views.NoticeSaved}
	}

	return render(c, http.StatusOK, views.Settings(m))
}

// settingsOver tells of a session that is over, or whose installation is no
// more; any other error goes the way of all errors.
func (s *Server) settingsOver(c echo.Context, err error) error {
	if errors.Is(err, errSessionOver) || errors.Is(err, bridge.ErrNotFound) {
		return s.sessionEnded(c, false)
	}

	return err
}

// settingsKey answers POST /settings/key.
func (s *Server) settingsKey(c echo.Context) error {
	session, fields, err := s.sessionPost(c)
	if err != nil {
		return s.settingsOver(c, err)
	}

	pasted := fields.Get(views.FieldWebhookKey)
	err = s.install.SaveWebhookKey(c.Request().Context(), bridge.InstallationID(session.InstallID), fields.Get(views.FieldAPIKey), pasted)

	return s.settingsSaved(c, session, err, func(m *views.SettingsModel, e *bridge.Error) {
		m.Webhook.Key.Value = pasted
		if e.Field == install.FieldKey {
			m.Webhook.Confirm.Error = e.Words

			return
		}

		m.Webhook.Key.Error = e.Words
	})
}

// settingsOptions answers POST /settings/options.
func (s *Server) settingsOptions(c echo.Context) error {
	session, fields, err := s.sessionPost(c)
	if err != nil {
		return s.settingsOver(c, err)
	}

	wanted := bridge.Settings{
		MirrorSellerCenter: fields.Has(views.FieldMirror), AfterResolve: bridge.Reopen,
		MarkRead: fields.Has(views.FieldMarkRead), ShowText: fields.Has(views.FieldShowText),
	}
	if fields.Get(views.FieldAfterResolve) == views.AfterResolveNew {
		wanted.AfterResolve = bridge.StartNew
	}

	err = s.install.SaveSettings(c.Request().Context(), bridge.InstallationID(session.InstallID), fields.Get(views.FieldAPIKey), wanted)

	return s.settingsSaved(c, session, err, func(m *views.SettingsModel, e *bridge.Error) {
		m.Options = optionsModel(wanted)
		m.Options.Confirm = views.ConfirmModel{Ask: true, Error: e.Words}
		m.Webhook.Confirm = views.ConfirmModel{}
	})
}

// settingsSaved moves on, or shows the page again with what is wrong.
func (s *Server) settingsSaved(c echo.Context, session auth.Session, err error, place func(*views.SettingsModel, *bridge.Error)) error {
	words, err := sayable(err)
	if err != nil {
		return s.settingsOver(c, err)
	}

	if words == nil {
		return c.Redirect(http.StatusSeeOther, "/settings?saved=1")
	}

	m, err := s.settingsModel(c, session)
	if err != nil {
		return s.settingsOver(c, err)
	}

	place(&m, words)

	return render(c, http.StatusUnprocessableEntity, views.Settings(m))
}

func (s *Server) settingsModel(c echo.Context, session auth.Session) (views.SettingsModel, error) {
	o, err := s.install.Overview(c.Request().Context(), bridge.InstallationID(session.InstallID))
	if err != nil {
		return views.SettingsModel{}, fmt.Errorf("read settings: %w", err)
	}

	form, err := s.tokens.SignForm(session)
	if err != nil {
		return views.SettingsModel{}, fmt.Errorf("sign form: %w", err)
	}

	r, err := s.remediesFor(o)
	if err != nil {
		return views.SettingsModel{}, err
	}

	m := views.SettingsModel{
		Form: form, Health: healthModel(o, r),
		Account: accountModel(o.Installation),
		Options: optionsModel(o.Installation.Settings),
		Webhook: views.WebhookModel{Address: o.WebhookAddress, Confirm: views.ConfirmModel{Ask: true}},
	}

	if o.Installation.WebhookKey != "" {
		m.Webhook.Saved = "A key is saved and in force. Saving another one replaces it."
	}

	for _, shop := range o.Shops {
		m.Shops = append(m.Shops, shopModel(shop, r))
	}

	return m, nil
}
