package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
)

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

	return v.show(install.Page{Markets: s.install.Markets()}, nil)
}

// installForm is what the install page posts. It is apart from the model that
// shows it again.
type installForm struct {
	Flow      string `form:"flow"`
	Domain    string `form:"freshchat_domain"`
	Key       string `form:"freshchat_api_key"`
	AuthCode  string `form:"auth_code_url"`
	ShopCode  string `form:"shop_code"`
	Candidate string `form:"candidate"`
	Region    string `form:"shop_region"`
	Topic     string `form:"topic"`
}

// installVisit is one post of an install page, with its flow token checked.
type installVisit struct {
	*Server

	c    echo.Context
	flow auth.Flow
	form installForm
}

// visit binds a post of the install page and checks its flow token. A token
// that is over or foreign answers with the page that starts again.
func (s *Server) visit(c echo.Context) (*installVisit, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, formLimit)

	v := &installVisit{Server: s, c: c}
	if err := c.Bind(&v.form); err != nil {
		return nil, &bridge.Error{Code: bridge.Invalid, Words: "The form did not arrive whole. Go back and press the button again.", Err: err}
	}

	flow, err := s.tokens.ParseFlow(v.form.Flow)
	if err != nil {
		return v, errFlowOver
	}

	v.flow = flow

	return v, nil
}

var errFlowOver = &bridge.Error{
	Code:  bridge.Gone,
	Words: "This page was open for more than an hour, so what was typed is gone. Open it again to start over.",
}

func (v *installVisit) framed() bool {
	return v.flow.Nonce != "" && slices.Contains(v.ancestors, v.flow.Parent)
}

// again is the address of a new flow in the same frame, if there is one.
func (v *installVisit) again() string {
	if v.flow.Nonce == "" {
		return "/install"
	}

	return "/install?" + url.Values{"nonce": {v.flow.Nonce}, "parent": {v.flow.Parent}}.Encode()
}

func (v *installVisit) claim() install.Claim {
	code := v.form.ShopCode
	if v.form.Candidate != "" {
		code = v.form.Candidate
	}

	return install.Claim{AuthCodeURL: v.form.AuthCode, ShopCode: code, Market: regionMarket(v.form.Region, v.install.Markets())}
}

// regionMarket is the market that a Shop Region stands for: the European
// seller for the United Kingdom, the Asia seller for all others.
func regionMarket(region string, markets []bridge.Market) bridge.Market {
	if region == "" {
		return ""
	}

	if region == views.RegionUnitedKingdom {
		return marketUnitedKingdom
	}

	for _, m := range markets {
		if m == marketAsia {
			return m
		}
	}

	i := slices.IndexFunc(markets, func(m bridge.Market) bool { return m != marketUnitedKingdom })
	if i < 0 {
		return ""
	}

	return markets[i]
}

// The markets that pages name.
const (
	marketUnitedKingdom bridge.Market = "uk"
	marketAsia          bridge.Market = "asia"
)
