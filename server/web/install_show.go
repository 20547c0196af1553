package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
	"sellerchat/views/components"
)

// shown is what a page says beside its stored state.
type shown struct {
	// verified is true right after Verify, unfolded after Change, finished
	// after Install.
	verified bool
	unfolded bool
	finished bool
	shop     bridge.ShopInfo
}

func (v *installVisit) show(page install.Page, err error) error {
	return v.showWith(page, err, shown{})
}

// showWith answers with the page, or with the regions of it that htmx asked
// for. An error with words stands beside its field; any other goes the way of
// all errors.
func (v *installVisit) showWith(page install.Page, err error, with shown) error {
	var words *bridge.Error
	if err != nil && (!errors.As(err, &words) || words.Code == bridge.Internal) {
		return err
	}

	token, err := v.tokens.SignFlow(v.flow)
	if err != nil {
		return err //nolint:wrapcheck // unexpected: a fault of ours
	}

	if page.Installed != nil {
		return v.respond(http.StatusOK, v.installed(page, token, with))
	}

	m := v.model(page, token, with)
	v.place(&m, words)

	status := http.StatusOK
	if words != nil && !v.partial() {
		status = http.StatusUnprocessableEntity
	}

	return v.respond(status, m)
}

// partial reports whether htmx asked for regions only.
func (v *installVisit) partial() bool { return v.c.Request().Header.Get("HX-Request") == "true" }

func (v *installVisit) respond(status int, model any) error {
	var whole, parts templ.Component

	switch m := model.(type) {
	case views.InstallModel:
		whole, parts = views.Install(m), views.InstallParts(m)
	case views.InstalledModel:
		whole, parts = views.Installed(m), views.InstalledParts(m)
	case views.InstallExpiredModel:
		whole, parts = views.InstallExpired(m), views.InstallExpiredParts(m)
	}

	if v.partial() {
		return render(v.c, http.StatusOK, parts)
	}

	return render(v.c, status, whole)
}

// over answers a post whose flow is over with the page that starts again.
func (v *installVisit) over(err error) error {
	if v == nil || !errors.Is(err, errFlowOver) {
		return err
	}

	return v.respond(http.StatusGone, views.InstallExpiredModel{RestartURL: v.again()})
}

func (v *installVisit) model(page install.Page, token string, with shown) views.InstallModel {
	m := views.InstallModel{
		Flow: token,
		Connect: views.ConnectModel{
			Domain:     views.Input{Value: v.form.Domain},
			PasteAgain: v.form.Key != "" && !page.Verified && !v.partial(),
			Verified:   page.Verified, Unfolded: with.unfolded,
			Host: page.Host, KeyTail: page.KeyEnd,
		},
		Shop: views.ShopModel{
			AuthorizeURL:      v.authorizeURL(),
			AuthCode:          views.Input{Value: v.form.AuthCode},
			FromAuthorization: page.Offered != "", Exchanged: page.CodeTaken,
			AskRegion: len(page.Markets) > 1 && v.form.Region != "",
			Region:    views.Input{Value: v.form.Region},
			Code:      views.Input{Value: v.claim().ShopCode},
			Found:     shopWords(with.shop),
		},
		Topic: views.TopicModel{Choices: topicChoices(page), Topic: views.Input{Value: v.form.Topic}},
	}

	if with.verified {
		m.Notice = components.Notice{Tone: components.ToneSuccess, Title: views.NoticeVerified}
	}

	if page.Verified && m.Connect.Domain.Value == "" {
		m.Connect.Domain.Value = page.Host
	}

	if page.Offered != "" && m.Shop.AuthCode.Value == "" {
		m.Shop.AuthCode.Value = v.publicURL + copyPath(page.Offered, string(page.OfferedMarket))
	}

	if page.TopicsFailed {
		m.Topic.LoadError = "Freshchat did not tell its topics. Press Reload in a moment."
	}

	if len(page.Shops) > 0 && with.shop.ID == "" {
		m.Shop.Found = shopWords(matching(page.Shops, m.Shop.Code.Value))
	}

	return m
}

func matching(shops []bridge.ShopInfo, typed string) bridge.ShopInfo {
	i := slices.IndexFunc(shops, func(s bridge.ShopInfo) bool { return s.Matches(typed) })
	if i < 0 {
		return bridge.ShopInfo{}
	}

	return shops[i]
}

func topicChoices(page install.Page) []components.Choice {
	choices := make([]components.Choice, len(page.Topics))
	for i, t := range page.Topics {
		choices[i] = components.Choice{Value: string(t.ID), Label: t.Name}
	}

	return choices
}

// place puts an error beside its field, or on top when it has none.
func (v *installVisit) place(m *views.InstallModel, e *bridge.Error) {
	if e == nil {
		return
	}

	switch e.Field {
	case install.FieldDomain:
		m.Connect.Domain.Error = e.Words
		m.Connect.Unfolded = m.Connect.Verified
	case install.FieldKey:
		m.Connect.KeyError = e.Words
		m.Connect.Unfolded = m.Connect.Verified
	case install.FieldCode:
		m.Shop.AuthCode.Error = e.Words
	case install.FieldRegion:
		m.Shop.AskRegion, m.Shop.Region.Error = true, e.Words
	case install.FieldShop:
		m.Shop.Code.Error = e.Words
		m.Shop.Candidates = v.candidates()
	case install.FieldTopic:
		m.Topic.Topic.Error = e.Words
	default:
		m.Notice = components.Notice{Tone: components.ToneError, Title: e.Words}
	}
}

// candidates are the shops of the authorization, for a code that is none of
// them.
func (v *installVisit) candidates() []views.ShopCandidate {
	page, err := v.install.Page(v.c.Request().Context(), v.flow.ID)
	if err != nil {
		return nil
	}

	offers := make([]views.ShopCandidate, len(page.Shops))
	for i, shop := range page.Shops {
		offers[i] = views.ShopCandidate{Code: shop.Code, Name: shop.Name}
	}

	return offers
}

func (v *installVisit) installed(page install.Page, token string, with shown) views.InstalledModel {
	m := views.InstalledModel{
		Flow: token,
		Shop: shopWords(page.Installed.Shop), Topic: page.Installed.Topic.Name, Account: page.Installed.Host,
	}

	if v.framed() && page.Installed.SetupCode != "" && with.finished {
		m.Handover = &views.HandoverModel{Origin: v.flow.Parent, Nonce: v.flow.Nonce}

		return m
	}

	m.SetupCode = page.Installed.SetupCode
	m.Again = m.SetupCode == ""

	if m.SetupCode != "" {
		m.ValidUntil = moment(v.clock().Add(install.SetupCodeFor))
	}

	return m
}

// authorizeURL is the authorize page with the flow that waits for its answer.
func (v *installVisit) authorizeURL() string { return "/authorize?flow=" + v.flow.ID }

// render writes a page that could be rendered whole, or nothing of it.
func render(c echo.Context, status int, component templ.Component) error {
	buffer := templ.GetBuffer()
	defer templ.ReleaseBuffer(buffer)

	if err := component.Render(c.Request().Context(), buffer); err != nil {
		return err //nolint:wrapcheck // unexpected: a fault of ours
	}

	return c.HTMLBlob(status, buffer.Bytes())
}
