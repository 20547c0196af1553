package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
)

const installPath = "/install"

// The longest nonce and parent that a framing page may give.
const (
	nonceLimit  = 200
	parentLimit = 300
)

// installPage answers GET /install: a new flow, of which nothing is stored
// until something is done.
func (s *Server) installPage(c echo.Context) error {
	v := &installVisit{Server: s, c: c, flow: auth.Flow{ID: s.random.ID()}}

	nonce, parent := c.QueryParam("nonce"), c.QueryParam("parent")
	if len(nonce) <= nonceLimit && len(parent) <= parentLimit {
		v.flow.Nonce, v.flow.Parent = nonce, parent
	}

	return v.show(install.Page{Markets: s.install.Markets()}, nil, shown{})
}

// installForm is what the install page posts. It is apart from the model that
// shows it again.
type installForm struct {
	flow      string
	domain    string
	key       string
	authCode  string
	shopCode  string
	candidate string
	region    string
	topic     string
}

func newInstallForm(fields url.Values) installForm {
	return installForm{
		flow: fields.Get(views.FieldFlow), domain: fields.Get(views.FieldDomain), key: fields.Get(views.FieldAPIKey),
		authCode: fields.Get(views.FieldAuthCode), shopCode: fields.Get(views.FieldShopCode),
		candidate: fields.Get(views.FieldCandidate), region: fields.Get(views.FieldRegion), topic: fields.Get(views.FieldTopic),
	}
}

// installVisit is one request of an install page, with its flow token checked.
type installVisit struct {
	*Server

	c    echo.Context
	flow auth.Flow
	form installForm
}

var errFlowOver = &bridge.Error{
	Code:  bridge.Gone,
	Words: "This page was open for more than an hour, so what was typed is gone. Open it again to start over.",
}

// visited makes a handler for posts of the install page. One whose flow token
// is over or foreign is answered with the page that starts again.
func (s *Server) visited(handle func(*installVisit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := s.visit(c)
		if errors.Is(err, errFlowOver) && !strings.Contains(c.Request().Header.Get(echo.HeaderAccept), echo.MIMEApplicationJSON) {
			return v.respond(http.StatusGone, views.InstallExpiredModel{RestartURL: v.again()})
		}

		if err != nil {
			return err
		}

		return handle(v)
	}
}

// visit reads a post of the install page and checks its flow token.
func (s *Server) visit(c echo.Context) (*installVisit, error) {
	fields, err := readForm(c)
	if err != nil {
		return nil, err
	}

	v := &installVisit{Server: s, c: c, form: newInstallForm(fields)}

	v.flow, err = s.tokens.ParseFlow(v.form.flow)
	if err != nil {
		return v, errFlowOver
	}

	return v, nil
}

// again is the address of a new flow, in the same frame if the page that was
// left stood in one.
func (v *installVisit) again() string {
	left, err := url.Parse(v.c.Request().Referer())
	if err != nil || left.Path != installPath || left.RawQuery == "" {
		return installPath
	}

	asked := left.Query()

	return installPath + "?" + url.Values{"nonce": {asked.Get("nonce")}, "parent": {asked.Get("parent")}}.Encode()
}

// framed reports whether the page stands in a frame that may be told of the
// end.
func (v *installVisit) framed() bool {
	return v.flow.Nonce != "" && slices.Contains(v.ancestors, v.flow.Parent)
}

func (v *installVisit) claim() install.Claim {
	code := v.form.shopCode
	if v.form.candidate != "" {
		code = v.form.candidate
	}

	return install.Claim{
		AuthCodeURL: v.form.authCode, ShopCode: code, Market: regionMarket(v.form.region, v.install.Markets()),
	}
}

// The markets that pages name.
const (
	marketUnitedKingdom bridge.Market = "uk"
	marketAsia          bridge.Market = "asia"
)

// regionMarket is the market that a Shop Region stands for: the European
// seller for the United Kingdom, the Asia seller for all others, or whichever
// else there is. None for a region that is not in the list.
func regionMarket(region string, markets []bridge.Market) bridge.Market {
	switch {
	case region == views.RegionUnitedKingdom:
		return marketUnitedKingdom
	case region != views.RegionOther:
		return ""
	case slices.Contains(markets, marketAsia):
		return marketAsia
	}

	i := slices.IndexFunc(markets, func(m bridge.Market) bool { return m != marketUnitedKingdom })
	if i < 0 {
		return ""
	}

	return markets[i]
}
