package tiktoksim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// stand is a Sim behind HTTP with one app, one seller with two shops, and a
// client that is a third reading of the vendor's pages where it can afford to
// be: it signs with the function that the vectors prove.
type stand struct {
	*testing.T
	sim    *Sim
	url    string
	app    App
	clock  *simkit.Clock
	shop   ShopSpec // authorized
	other  ShopSpec // of another seller, not authorized
	openID string
	buyer  Buyer
	access string
}

func newStand(t *testing.T, change ...func(*Options)) *stand {
	t.Helper()
	opt := Options{
		Apps: []App{
			{Market: "uk", AppKey: "key1", AppSecret: "secret1", ServiceID: "svc1", RedirectURL: "https://app.example.com/tiktok/callback/uk"},
			{Market: "asia", AppKey: "key2", AppSecret: "secret2", ServiceID: "svc2", RedirectURL: "https://app.example.com/tiktok/callback/asia"},
		},
		Sellers: []SellerSpec{
			{OpenID: "open1", Name: "Glow Beauty", Shops: []ShopSpec{
				{ID: "7495000000000000101", Code: "GBLCEXAMPLE1", Name: "Glow Beauty UK", Region: "GB", Cipher: "ROW_one"},
				{ID: "7495000000000000102", Code: "CNTHCBEXMPL2", Name: "Glow Beauty TH", Region: "TH", SellerType: SellerCrossBorder, Cipher: "ROW_two"},
			}},
			{OpenID: "open2", Name: "Other", Shops: []ShopSpec{{ID: "7495000000000000201", Region: "ID", Cipher: "ROW_other"}}},
		},
		Clock: simkit.NewClock(), Seed: 1,
	}
	for _, f := range change {
		f(&opt)
	}

	s := New(opt)
	t.Cleanup(s.Close)
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	s.SetPublicURL(srv.URL)
	b, err := s.AddBuyer(Buyer{Nickname: "examplebuyer"})
	if err != nil {
		t.Fatal(err)
	}

	st := &stand{
		T: t, sim: s, url: srv.URL, app: opt.Apps[0], clock: s.Clock(), openID: "open1", buyer: b,
		shop: opt.Sellers[0].Shops[0], other: opt.Sellers[1].Shops[0],
	}
	st.access = st.authorize("uk", "open1").AccessToken

	return st
}

// authorize goes through consent and exchange.
func (st *stand) authorize(market, openID string, shops ...string) tokenData {
	st.Helper()
	c, err := st.sim.Authorize(market, openID, "", shops...)
	if err != nil {
		st.Fatal(err)
	}
	_, e := st.token("get", market, url.Values{"auth_code": {c.Code}, "grant_type": {"authorized_code"}})
	if e.Data == nil {
		st.Fatalf("exchange: %+v", e)
	}

	return *e.Data
}

// token calls the token service.
func (st *stand) token(path, market string, q url.Values) (int, tokenEnvelope) {
	st.Helper()
	st.sim.mu.Lock()
	app := st.sim.market(market)
	st.sim.mu.Unlock()
	all := url.Values{"app_key": {app.AppKey}, "app_secret": {app.AppSecret}}
	maps.Copy(all, q)
	resp, err := http.Get(st.url + "/api/v2/token/" + path + "?" + all.Encode())
	if err != nil {
		st.Fatal(err)
	}
	defer resp.Body.Close()
	var e tokenEnvelope
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
		st.Fatalf("token answer: %v", err)
	}

	return resp.StatusCode, e
}

// request is a business call before it is signed. Zero values are the right
// ones; spoil changes what is about to leave.
type request struct {
	method, path string
	query        url.Values
	body         string
	form         *form
	token        string
	noCipher     bool
	spoil        func(*http.Request)
}

type form struct{ field, file, data string }

// reply is a decoded answer.
type reply struct {
	status  int
	header  http.Header
	code    int
	message string
	data    string
	err     error
}

func (r reply) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.data), v); err != nil {
		t.Fatalf("data %s: %v", r.data, err)
	}
}

func (st *stand) call(c request) reply {
	st.Helper()
	q := url.Values{"app_key": {st.app.AppKey}, "timestamp": {strconv.FormatInt(st.clock.Now().Unix(), 10)}}
	if !c.noCipher {
		q.Set("shop_cipher", st.shop.Cipher)
	}
	maps.Copy(q, c.query)

	kind, body, signed := "application/json", []byte(c.body), []byte(c.body)
	if c.form != nil {
		kind, body = c.form.encode(st)
		signed = nil
	}
	q.Set("sign", sign(st.app.AppSecret, c.path, q, signed))
	r, err := http.NewRequestWithContext(st.Context(), c.method, st.url+c.path+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		st.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("x-tts-access-token", st.access)
	if c.token != "" {
		r.Header.Set("x-tts-access-token", c.token)
	}
	if c.spoil != nil {
		c.spoil(r)
	}

	return do(r)
}

func do(r *http.Request) reply {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{err: err}
	}
	var e struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	_ = json.Unmarshal(b, &e) // an answer without an envelope has code 0 and its status

	return reply{status: resp.StatusCode, header: resp.Header, code: e.Code, message: e.Message, data: string(e.Data)}
}

func (f *form) encode(t testing.TB) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	create := w.CreateFormField
	if f.file != "" {
		create = func(field string) (io.Writer, error) { return w.CreateFormFile(field, f.file) }
	}
	part, err := create(f.field)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, f.data)
	_ = w.Close()

	return w.FormDataContentType(), b.Bytes()
}

// writes lets the stand's buyer write to its shop.
func (st *stand) writes(m Message) Posted {
	st.Helper()
	p, err := st.sim.BuyerWrites(st.shop.ID, st.buyer.ImUserID, m)
	if err != nil {
		st.Fatal(err)
	}

	return p
}

const (
	conversationsPath = "/customer_service/202309/conversations"
	imagesPath        = "/customer_service/202309/images/upload"
)

func messagesPath(conversation string) string {
	return conversationsPath + "/" + conversation + "/messages"
}

func (st *stand) sends(conversation, text string) reply {
	st.Helper()
	return st.call(request{method: "POST", path: messagesPath(conversation), body: sendBody(TypeText, map[string]any{"content": text})})
}

func sendBody(kind string, content map[string]any) string {
	return encode(map[string]string{"type": kind, "content": encode(content)})
}

// accepted counts the messages that the API took.
func (st *stand) accepted() (texts []string) {
	for _, e := range st.sim.Ledger().Snapshot() {
		if e.Kind == KindAPIMessage {
			texts = append(texts, e.Text)
		}
	}

	return texts
}

// control calls a control and returns status and body.
func (st *stand) control(method, path, body string) (int, string) {
	st.Helper()
	r, err := http.NewRequestWithContext(st.Context(), method, st.url+path, strings.NewReader(body))
	if err != nil {
		st.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		st.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)

	return resp.StatusCode, string(b)
}

func (st *stand) fault(name string, f simkit.Fault) {
	st.Helper()
	if f.Rate == 0 {
		f.Rate = 1
	}
	if err := st.sim.Faults().Set(name, f); err != nil {
		st.Fatal(err)
	}
}

// hook is an app's webhook receiver, which checks every signature.
type hook struct {
	*httptest.Server
	got    chan delivered
	status func(nth int) int
	n      atomic.Int64
}

type delivered struct {
	notification
	Data map[string]any
	raw  string
}

func newHook(t *testing.T, app *App, status func(nth int) int) *hook {
	h := &hook{got: make(chan delivered, 1000), status: status}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != signWebhook(app, b) {
			t.Errorf("webhook with a wrong signature: %s", b)
		}
		var d delivered
		d.raw = string(b)
		if err := json.Unmarshal(b, &struct {
			*notification
			Data *map[string]any `json:"data"`
		}{&d.notification, &d.Data}); err != nil {
			t.Errorf("webhook: %v", err)
		}
		nth := h.n.Add(1)
		w.WriteHeader(h.status(int(nth)))
		h.got <- d
	}))
	t.Cleanup(h.Close)

	return h
}

func acks(int) int { return http.StatusOK }

func (h *hook) next(t testing.TB) delivered {
	t.Helper()
	select {
	case d := <-h.got:
		return d
	case <-time.After(10 * time.Second):
		t.Fatal("no webhook came")
		return delivered{}
	}
}

func (h *hook) nothing(t testing.TB, st *stand) {
	t.Helper()
	ctx, cancel := context.WithTimeout(st.Context(), 10*time.Second)
	defer cancel()
	if err := st.sim.Outbox().WaitEmpty(ctx); err != nil {
		t.Fatalf("webhooks under way: %v", err)
	}
	if len(h.got) != 0 {
		t.Errorf("an unexpected webhook came: %s", (<-h.got).raw)
	}
}
