package tiktoksim

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// control is one control of the Sim, for tests in other processes and for
// demo pages. The table below is the whole documentation: GET /_sandbox/
// answers with it.
type control struct {
	method, path, help string
	do                 func(*Sim, *http.Request) (any, error)
}

// controls do what the Go methods of the same purpose do. Bodies are JSON;
// empty fields are made up.
func controls() []control {
	return []control{
		{"GET", "/_sandbox/settings", "the settings in force", (*Sim).controlSettings},
		{"PATCH", "/_sandbox/settings", "change the settings named in the body", (*Sim).controlChangeSettings},
		{"POST", "/_sandbox/apps", `{"market","app_key","app_secret","service_id","redirect_url","webhook_url"}: add or replace an app`, (*Sim).controlAddApp},
		{"POST", "/_sandbox/sellers", `{"open_id","name","region","user_type","shops":[{"id","code","name","region","seller_type","cipher"}]}: add a seller`, (*Sim).controlAddSeller},
		{"GET", "/_sandbox/shops", "every shop with its seller and the markets it is authorized for", (*Sim).controlShops},
		{"POST", "/_sandbox/sellers/{seller}/shops", "add a shop to a seller; body as in shops above", (*Sim).controlAddShop},
		{"POST", "/_sandbox/sellers/{seller}/consents", `{"market","state","shops":["id"]}: authorize without the page, all shops when none is named; answers code and redirect_url`, (*Sim).controlConsent},
		{"POST", "/_sandbox/sellers/{seller}/expire-access-token", `{"market"}: the access token has expired`, (*Sim).controlExpire},
		{"POST", "/_sandbox/sellers/{seller}/revoke-refresh-token", `{"market"}: the refresh token is refused from now on`, (*Sim).controlRevoke},
		{"PUT", "/_sandbox/sellers/{seller}/scopes", `{"market","scopes":["…"]}: what the authorization allows`, (*Sim).controlScopes},
		{"POST", "/_sandbox/shops/{shop}/deauthorize", "the seller withdraws the shop: webhook 6", (*Sim).controlDeauthorize},
		{"POST", "/_sandbox/shops/{shop}/announce-expiry", "webhook 7", (*Sim).controlAnnounce},
		{"GET", "/_sandbox/buyers", "every buyer", (*Sim).controlBuyers},
		{"POST", "/_sandbox/buyers", `{"im_user_id","user_id","nickname","platform"}: add a buyer`, (*Sim).controlAddBuyer},
		{"PATCH", "/_sandbox/buyers/{buyer}", `{"nickname"}: rename her`, (*Sim).controlRename},
		{"POST", "/_sandbox/shops/{shop}/buyers/{buyer}/messages", `{"type","content","raw","media","url","hidden"}: the buyer writes; "media" is base64, "url" an address elsewhere`, (*Sim).controlBuyerWrites},
		{"POST", "/_sandbox/shops/{shop}/buyers/{buyer}/media", "?type=IMAGE&content=…: the buyer sends the bytes of the body as IMAGE, VIDEO, EMOTICONS, OTHER or an unknown type", (*Sim).controlBuyerSends},
		{"POST", "/_sandbox/shops/{shop}/buyers/{buyer}/purchases", `{"days_ago","refund"}: an order, or a return, which count for can_send_message`, (*Sim).controlPurchase},
		{"GET", "/_sandbox/shops/{shop}/conversations", "the conversations of a shop, newest first", (*Sim).controlConversations},
		{"GET", "/_sandbox/conversations/{conversation}/messages", "every message of a conversation, oldest first", (*Sim).controlMessages},
		{"POST", "/_sandbox/conversations/{conversation}/messages", `{"role","type","content","raw","media","url","hidden"}: somebody else writes; role is CUSTOMER_SERVICE (Seller Center, the default), SHOP, SYSTEM or ROBOT`, (*Sim).controlRoleWrites},
		{"POST", "/_sandbox/conversations/{conversation}/close", "end the session: messages are refused until it is reopened", (*Sim).controlClose},
	}
}

// sharedControls are those of simkit, for the list.
var sharedControls = []control{
	{method: "GET", path: "/_sandbox/", help: "this list"},
	{method: "GET", path: "/_sandbox/clock", help: "the sandbox's time"},
	{method: "POST", path: "/_sandbox/clock", help: `{"advance":"2h"}: move it on`},
	{method: "GET", path: "/_sandbox/faults", help: "every fault: name, help, setting, hits"},
	{method: "PUT", path: "/_sandbox/faults/{name}", help: `{"rate":1,"remaining":0,"delay_ms":0,"value":"","only":""}: switch it on; "only" is a shop id, a conversation id, a market or the name of an endpoint`},
	{method: "DELETE", path: "/_sandbox/faults/{name}", help: "switch it off"},
	{method: "DELETE", path: "/_sandbox/faults", help: "switch all off"},
	{method: "GET", path: "/_sandbox/outbox", help: "how the delivery of webhooks stands, and its policy"},
	{method: "PUT", path: "/_sandbox/outbox", help: `{"schedule_ms":[1000],"repeat":true,"hold":true}: change the policy; "hold" keeps a conversation's later webhooks back`},
	{method: "GET", path: "/_sandbox/ledger", help: "?after=SEQ&limit=N: what happened, oldest first"},
}

func (s *Sim) mountControl() {
	for _, c := range controls() {
		s.mux.HandleFunc(c.method+" "+c.path, func(w http.ResponseWriter, r *http.Request) { s.control(w, r, c.do) })
	}
	s.mux.HandleFunc("GET /_sandbox/{$}", s.listControls)
	s.mux.HandleFunc("/_sandbox/", func(w http.ResponseWriter, _ *http.Request) {
		simkit.WriteError(w, http.StatusNotFound, "there is no such control; GET /_sandbox/ lists them")
	})
}

// control runs one control and answers with what it returned.
func (s *Sim) control(w http.ResponseWriter, r *http.Request, do func(*Sim, *http.Request) (any, error)) {
	v, err := do(s, r)
	switch {
	case errors.Is(err, ErrNotFound):
		simkit.WriteError(w, http.StatusNotFound, err.Error())
	case errors.Is(err, ErrTaken):
		simkit.WriteError(w, http.StatusConflict, err.Error())
	case err != nil:
		simkit.WriteError(w, http.StatusBadRequest, err.Error())
	case v == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		simkit.WriteJSON(w, http.StatusOK, v)
	}
}

func (s *Sim) listControls(w http.ResponseWriter, _ *http.Request) {
	type row struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Help   string `json:"help"`
	}
	var list struct {
		Controls  []row    `json:"controls"`
		Endpoints []string `json:"endpoints"` // the names that "only" of a fault may carry
	}
	for _, c := range append(controls(), sharedControls...) {
		list.Controls = append(list.Controls, row{c.method, c.path, c.help})
	}
	for _, e := range endpoints() {
		list.Endpoints = append(list.Endpoints, e.name)
	}
	list.Endpoints = append(list.Endpoints, endpointChunk)
	simkit.WriteJSON(w, http.StatusOK, list)
}

func (s *Sim) controlSettings(*http.Request) (any, error) { return s.Settings(), nil }

func (s *Sim) controlChangeSettings(r *http.Request) (any, error) {
	v := s.Settings()
	if err := simkit.DecodeControl(r, &v); err != nil {
		return nil, err
	}
	s.SetSettings(v)

	return v, nil
}

func (s *Sim) controlAddApp(r *http.Request) (any, error) {
	var a App
	if err := simkit.DecodeControl(r, &a); err != nil {
		return nil, err
	}
	if a.AppKey == "" || a.Market == "" {
		return nil, errors.New("an app needs market and app_key")
	}
	s.AddApp(a)

	return nil, nil
}

func (s *Sim) controlPurchase(r *http.Request) (any, error) {
	var in struct {
		DaysAgo int  `json:"days_ago"`
		Refund  bool `json:"refund"`
	}
	if err := simkit.DecodeControl(r, &in); err != nil {
		return nil, err
	}
	at := s.clock.Now().Add(-time.Duration(in.DaysAgo) * 24 * time.Hour)

	return nil, s.AddPurchase(r.PathValue("shop"), r.PathValue("buyer"), at, in.Refund)
}

func (s *Sim) controlBuyerWrites(r *http.Request) (any, error) {
	var m Message
	if err := simkit.DecodeControl(r, &m); err != nil {
		return nil, err
	}

	return s.BuyerWrites(r.PathValue("shop"), r.PathValue("buyer"), m)
}

func (s *Sim) controlBuyerSends(r *http.Request) (any, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, mediaMax))
	if err != nil || len(data) == 0 {
		return nil, fmt.Errorf("the body must be what the buyer sends, at most %d MB", mediaMax>>20)
	}
	q := r.URL.Query()
	m := Message{Type: cmp.Or(q.Get("type"), TypeImage), Content: q.Get("content"), Media: data}
	if _, card := cardKey[m.Type]; card || m.Type == TypeText {
		return nil, fmt.Errorf("a message of type %s shows nothing", m.Type)
	}

	return s.BuyerWrites(r.PathValue("shop"), r.PathValue("buyer"), m)
}

// mediaMax is the largest thing that a control takes: more than the product
// carries, so that its limit can be seen.
const mediaMax = 128 << 20

func (s *Sim) controlRoleWrites(r *http.Request) (any, error) {
	var in struct {
		Message
		Role string `json:"role"`
	}
	if err := simkit.DecodeControl(r, &in); err != nil {
		return nil, err
	}

	return s.RoleWrites(r.PathValue("conversation"), cmp.Or(in.Role, RoleAgent), in.Message)
}

func (s *Sim) controlConversations(r *http.Request) (any, error) {
	list, err := s.Conversations(r.PathValue("shop"))

	return map[string][]ConversationView{"conversations": list}, err
}

func (s *Sim) controlMessages(r *http.Request) (any, error) {
	list, err := s.Messages(r.PathValue("conversation"))

	return map[string][]MessageView{"messages": list}, err
}

func (s *Sim) controlClose(r *http.Request) (any, error) {
	return nil, s.CloseConversation(r.PathValue("conversation"))
}
