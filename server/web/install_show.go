package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
	"sellerchat/views/components"
)

// shown is what a page says beside its stored state.
type shown struct {
	// verified is true right after Verify, unfolded after Change, again when
	// the page was loaded or sent once more.
	verified bool
	unfolded bool
	again    bool
	shop     bridge.ShopInfo
}

func (v *installVisit) ctx() context.Context { return v.c.Request().Context() }

// show answers with the page, or with the regions of it that htmx asked for. An
// error with words stands beside its field; any other goes the way of all
// errors.
func (v *installVisit) show(page install.Page, err error, with shown) error {
	words, err := sayable(err)
	if err != nil {
		return err
	}

	token, err := v.tokens.SignFlow(v.flow)
	if err != nil {
		return fmt.Errorf("sign flow: %w", err)
	}

	if page.Installed != nil {
		return v.respond(http.StatusOK, v.installed(page, token, with))
	}

	m := v.model(page, token, with)
	place(&m, page, words)

	status := http.StatusOK
	if words != nil {
		status = http.StatusUnprocessableEntity
	}

	return v.respond(status, m)
}

// sayable splits an error into one that a form can show and any other.
func sayable(err error) (*bridge.Error, error) {
	var words *bridge.Error
	if errors.As(err, &words) && statuses[words.Code] != 0 {
		return words, nil
	}

	return nil, err
}

// partial reports whether htmx asked for regions of a page only.
func partial(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// respond answers with the page of a model. Regions are an answer of their own
// kind, good whatever they say.
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

	if partial(v.c) {
		return render(v.c, http.StatusOK, parts)
	}

	return render(v.c, status, whole)
}

func (v *installVisit) model(page install.Page, token string, with shown) views.InstallModel {
	m := views.InstallModel{
		Flow: token, Connect: v.connectModel(page, with), Shop: v.shopModel(page, with),
		Topic: views.TopicModel{Choices: topicChoices(page), Topic: views.Input{Value: v.form.topic}},
	}

	if with.verified {
		m.Notice = components.Notice{Tone: components.ToneSuccess, Title: views.NoticeVerified}
	}

	if page.TopicsFailed {
		m.Topic.LoadError = "Freshchat did not tell its topics. Reload them in a moment."
	}

	return m
}

func (v *installVisit) connectModel(page install.Page, with shown) views.ConnectModel {
	m := views.ConnectModel{
		Domain:     views.Input{Value: v.form.domain},
		PasteAgain: v.form.key != "" && !page.Verified && !partial(v.c),
		Verified:   page.Verified, Unfolded: with.unfolded,
		Host: page.Host, KeyTail: page.KeyEnd,
	}

	if m.Domain.Value == "" {
		m.Domain.Value = page.Host
	}

	return m
}

func (v *installVisit) shopModel(page install.Page, with shown) views.ShopModel {
	m := views.ShopModel{
		AuthorizeURL: v.authorizeURL(),
		AuthCode:     views.Input{Value: v.form.authCode},
		Exchanged:    page.CodeTaken,
		AskRegion:    len(page.Markets) > 1 && v.form.region != "" && !page.CodeTaken,
		Region:       views.Input{Value: v.form.region},
		Code:         views.Input{Value: v.claim().ShopCode},
		Found:        shopWords(with.shop),
	}

	if page.Offered != "" && (m.AuthCode.Value == "" || page.CodeTaken) {
		m.AuthCode.Value = v.publicURL + copyPath(page.Offered, string(page.OfferedMarket))
		m.FromAuthorization, m.Exchanged = true, false
	}

	if m.Found == "" {
		shop, _ := bridge.FindShop(page.Shops, m.Code.Value)
		m.Found = shopWords(shop)
	}

	return m
}

func topicChoices(page install.Page) []components.Choice {
	choices := make([]components.Choice, len(page.Topics))
	for i, t := range page.Topics {
		choices[i] = components.Choice{Value: string(t.ID), Label: t.Name}
	}

	return choices
}

// place puts an error beside its field, or on top when it has none.
func place(m *views.InstallModel, page install.Page, e *bridge.Error) {
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
		m.Shop.Candidates = candidates(page.Shops, m.Shop.Code.Value)
	case install.FieldTopic:
		m.Topic.Topic.Error = e.Words
	default:
		m.Notice = components.Notice{Tone: components.ToneError, Title: e.Words}
	}
}

// candidates are the shops of the authorization, offered for a code that is
// none of them.
func candidates(shops []bridge.ShopInfo, typed string) []views.ShopCandidate {
	if _, known := bridge.FindShop(shops, typed); known {
		return nil
	}

	offers := make([]views.ShopCandidate, len(shops))
	for i, shop := range shops {
		offers[i] = views.ShopCandidate{Code: shop.Code, Name: shop.Name}
	}

	return offers
}

func (v *installVisit) installed(page install.Page, token string, with shown) views.InstalledModel {
	done := page.Installed
	m := views.InstalledModel{
		Flow: token,
		Shop: shopWords(done.Shop), Topic: done.Topic.Name, Account: done.Host,
		Warning: done.Warning, Again: with.again,
	}

	switch {
	case v.framed() && done.Now:
		m.Handover = &views.HandoverModel{Origin: v.flow.Parent, Nonce: v.flow.Nonce}
	case done.SetupCode != "":
		m.SetupCode = done.SetupCode
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
		return fmt.Errorf("render: %w", err)
	}

	return c.HTMLBlob(status, buffer.Bytes())
}
