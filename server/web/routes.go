package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/static"
)

// proof is what a caller of a route has to show.
type proof string

// The proofs.
const (
	// proofNone: anybody.
	proofNone proof = "none"
	// proofSignature: the platform's signature over the raw body.
	proofSignature proof = "signature"
	// proofLink: a link token.
	proofLink proof = "link token"
	// proofCode: the one-time setup code.
	proofCode proof = "setup code"
	// proofFlow: the flow token of an install page.
	proofFlow proof = "flow token"
	// proofSession: the cookie of a settings session, with a form token on
	// posts.
	proofSession proof = "session"
	// proofMedia: the token of our copy of a file.
	proofMedia proof = "media token"
)

// route is one row of the site map.
type route struct {
	method string
	path   string
	proof  proof
	handle echo.HandlerFunc
}

// machines are the routes that programs call.
func (s *Server) machines() []route {
	return []route{
		{http.MethodPost, "/webhooks/tiktok/:market", proofSignature, s.tiktokWebhook},
		{http.MethodPost, "/webhooks/freshchat/:token", proofSignature, s.freshchatWebhook},
		{http.MethodPost, "/lifecycle/install", proofLink, s.linked(s.lifecycleInstall, evtInstall)},
		{http.MethodPost, "/lifecycle/uninstall", proofLink, s.linked(s.lifecycleUninstall, evtUninstall)},
		{http.MethodPost, "/lifecycle/session", proofLink, s.linked(s.lifecycleSession, evtSession)},
		{http.MethodPost, "/events/message", proofLink, s.linked(s.productEvent, evtMessageCreate)},
		{
			http.MethodPost, "/events/conversation", proofLink,
			s.linked(s.productEvent, evtConversationCreate, evtConversationUpdate),
		},
		{http.MethodPost, "/panel/state", proofLink, s.linked(s.panelState, evtPanel)},
		{http.MethodPost, "/panel/retry", proofLink, s.linked(s.panelRetry, evtPanel)},
		{http.MethodPost, "/install/exchange", proofCode, refusing(s.installExchange)},
		{http.MethodGet, "/healthz", proofNone, s.healthz},
		{http.MethodGet, "/readyz", proofNone, s.readyz},
	}
}

// pages are the routes that people see.
func (s *Server) pages() []route {
	return []route{
		{http.MethodGet, "/", proofNone, s.home},
		{http.MethodGet, "/authorize", proofNone, s.authorizePage},
		{http.MethodGet, "/authorize/:market", proofNone, s.authorizeMarket},
		{http.MethodGet, "/tiktok/callback/:market", proofNone, s.waitingPage},
		{http.MethodGet, "/tiktok/authorized", proofNone, s.authorizedPage},
		{http.MethodGet, "/settings", proofSession, s.settingsPage},
	}
}

// files are what messages link to. The headers of a file that is there are its own.
func (s *Server) files() []route {
	return []route{
		{http.MethodGet, MediaPrefix + ":token", proofMedia, s.media},
		{http.MethodHead, MediaPrefix + ":token", proofMedia, s.media},
	}
}

// installPages are the pages that may be framed.
func (s *Server) installPages() []route {
	return []route{{http.MethodGet, "/install", proofNone, s.installPage}}
}

// installForms are the posts of the install page, which answer with that page.
func (s *Server) installForms() []route {
	return []route{
		{http.MethodPost, "/install/verify", proofFlow, s.visited((*installVisit).verify)},
		{http.MethodPost, "/install/change", proofFlow, s.visited((*installVisit).change)},
		{http.MethodPost, "/install/topics", proofFlow, s.visited((*installVisit).topics)},
		{http.MethodPost, "/install/shop", proofFlow, s.visited((*installVisit).shop)},
		{http.MethodPost, "/install/finish", proofFlow, s.visited((*installVisit).finish)},
		{http.MethodPost, "/install/code", proofFlow, s.visited((*installVisit).newCode)},
		{http.MethodPost, "/install/pickup", proofFlow, s.visited((*installVisit).pickUp)},
		{http.MethodPost, "/install/resume", proofFlow, s.installResume},
		{http.MethodPost, "/install/handover", proofFlow, s.visited((*installVisit).handOver)},
	}
}

// forms are all other posts of people.
func (s *Server) forms() []route {
	return []route{
		{http.MethodPost, "/install/authorized", proofNone, s.installAuthorized},
		{http.MethodPost, "/settings/key", proofSession, s.settingsKey},
		{http.MethodPost, "/settings/options", proofSession, s.settingsOptions},
		{http.MethodPost, "/settings/test", proofSession, s.settingsTest},
	}
}

// register mounts every row with what its kind passes through. What may be
// framed says so before the headers of every page forbid it.
func (s *Server) register(limit echo.MiddlewareFunc) {
	s.mount(s.machines(), machineHeaders)
	s.mount(s.pages(), s.pageHeaders)
	s.mount(s.files(), s.pageHeaders)
	s.mount(s.installPages(), s.frameable, s.pageHeaders)
	s.mount(s.installForms(), s.frameable, s.pageHeaders, limit, s.sameOrigin)
	s.mount(s.forms(), s.pageHeaders, limit, s.sameOrigin)
	s.echo.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
}

func (s *Server) mount(rows []route, through ...echo.MiddlewareFunc) {
	for _, r := range rows {
		s.echo.Add(r.method, r.path, r.handle, through...)
	}
}
