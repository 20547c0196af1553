package web

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
	"sellerchat/views/components"
)

// settingsTest answers POST /settings/test: the settings with what the
// self-test found.
func (s *Server) settingsTest(c echo.Context) error {
	session, _, err := s.sessionPost(c)
	if err != nil {
		return s.settingsOver(c, err)
	}

	checks, err := s.install.SelfTest(c.Request().Context(), bridge.InstallationID(session.InstallID))
	if err != nil {
		return s.settingsOver(c, err)
	}

	m, err := s.settingsModel(c, session)
	if err != nil {
		return s.settingsOver(c, err)
	}

	o, err := s.install.Overview(c.Request().Context(), bridge.InstallationID(session.InstallID))
	if err != nil {
		return s.settingsOver(c, err)
	}

	r, err := s.remediesFor(o)
	if err != nil {
		return err
	}

	m.Test = selfTestModel(checks, r)

	return render(c, http.StatusOK, views.Settings(m))
}

func selfTestModel(checks []install.Check, r remedies) views.SelfTestModel {
	m := views.SelfTestModel{Summary: "Everything that could be tried works."}
	faults := 0

	for _, c := range checks {
		if c.Outcome == install.Faulty {
			faults++
		}

		m.Results = append(m.Results, checkModel(c, r))
	}

	if faults > 0 {
		m.Summary = fmt.Sprintf("%d of %d does not work.", faults, len(checks))
		if faults > 1 {
			m.Summary = fmt.Sprintf("%d of %d do not work.", faults, len(checks))
		}
	}

	return m
}

func checkModel(c install.Check, r remedies) views.CheckModel {
	m := views.CheckModel{
		Tone: components.ToneSuccess, State: "Works",
		Name: c.Name, Shop: c.Shop, Words: c.Words, Mend: c.Mend,
	}

	switch c.Outcome {
	case install.Fine:
	case install.Unproven:
		m.Tone, m.State = components.ToneWarning, "Not seen yet"
	case install.Faulty:
		m.Tone, m.State = components.ToneError, "Does not work"
	}

	switch c.Remedy {
	case install.NoRemedy:
	case install.EnterKey:
		m.Action = views.ActionModel{Label: "Enter the new key", URL: "/install", NewTab: true}
	case install.AuthorizeShop:
		m.Action = views.ActionModel{Label: "Authorize again", URL: r.again[c.Market], NewTab: true}
	case install.ChooseTopic:
		m.Action = views.ActionModel{Label: "Choose another topic", URL: "/install", NewTab: true}
	}

	return m
}
