package tiktoksim

import (
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sellerchat/server/sandbox/simkit"
)

const (
	jsonLimit = 1 << 20
	formLimit = imageLimit + 1<<20 // an image with its multipart wrapping

	// The timestamp window of https://partner.tiktokshop.com/docv2/page/common-parameters.
	timestampPast   = 5 * time.Minute
	timestampFuture = 30 * time.Second
)

// endpoint is one business call.
type endpoint struct {
	name         string // for faults with Only
	method, path string
	scope        string
	noCipher     bool // shop_cipher is refused instead of required
	chat         bool // counts toward the daily quota of chat calls
	form         bool // multipart/form-data instead of JSON
	do           func(*Sim, *call) (any, *refusal)
}

// call is one business call that passed the gate.
type call struct {
	r     *http.Request
	app   *App
	grant *grant
	shop  *shop // nil for calls without shop_cipher
	query url.Values
	body  []byte
}

// serve plays the endpoints of one path, which differ by method.
func (s *Sim) serve(path []endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(path, func(e endpoint) bool { return e.method == r.Method })
		if i < 0 {
			s.refuse(w, errMethod, nil)
			return
		}
		e := path[i]
		c := &call{r: r, query: r.URL.Query()}
		subjects := s.subjects(e, c)

		no, here := s.disturb(r, subjects)
		if !here {
			return
		}
		if no == nil {
			no = s.admit(e, c, subjects)
		}
		if no != nil {
			s.refuse(w, no, subjects)
			return
		}

		data, no := e.do(s, c)
		if no != nil {
			s.refuse(w, no, subjects)
			return
		}
		s.answer(w, r, data, subjects)
	}
}

// answer accepts, unless a fault strikes that comes after the work.
func (s *Sim) answer(w http.ResponseWriter, r *http.Request, data any, subjects []string) {
	if _, ok := s.faults.Should(FaultAnswerLost, subjects...); ok {
		simkit.LoseAnswer()
	}
	if f, ok := s.faults.Should(FaultErrorAfterWork, subjects...); ok {
		s.refuse(w, failure(f.Value), subjects)
		return
	}
	if f, ok := s.faults.Should(FaultSlowAnswer, subjects...); ok {
		if s.clock.Wait(r.Context(), delayOf(f, time.Second)) != nil {
			return
		}
	}
	s.accept(w, data)
}

// subjects says whom a call concerns, for faults that strike only some.
func (s *Sim) subjects(e endpoint, c *call) []string {
	s.mu.Lock()
	defer s.mu.Unlock()

	out := []string{e.name, c.r.PathValue("conversation_id")}
	if a := s.apps[c.query.Get("app_key")]; a != nil {
		out = append(out, a.Market)
	}
	if sh := s.ciphers[c.query.Get("shop_cipher")]; sh != nil {
		out = append(out, sh.ID)
	}

	return out
}

// admit reads the body and checks everything that calls have in common, in
// the order of the platform's gateway.
func (s *Sim) admit(e endpoint, c *call, subjects []string) *refusal {
	if no := s.readBody(e, c); no != nil {
		return no
	}
	if no := s.checkSignature(c, subjects); no != nil {
		return no
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if no := s.checkToken(e, c); no != nil {
		return no
	}
	if _, ok := s.faults.Should(FaultTokenExpired, subjects...); ok {
		return errExpired
	}
	if _, ok := s.faults.Should(FaultShopDeactivated, subjects...); ok {
		return errDeactivated
	}
	if f, ok := s.faults.Should(FaultRateLimited, subjects...); ok {
		return errTooMany(f.Value)
	}
	if _, ok := s.faults.Should(FaultQuota, subjects...); ok {
		return errQuota
	}

	return s.count(e, c)
}

// readBody reads the body under the limit of its kind. A multipart body is
// left out of the signature.
func (s *Sim) readBody(e endpoint, c *call) *refusal {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	want, limit := "application/json", int64(jsonLimit)
	if e.form {
		want, limit = "multipart/form-data", formLimit
	}
	if err != nil || kind != want {
		return errContentType
	}
	if e.form {
		c.r.Body = http.MaxBytesReader(nil, c.r.Body, limit)
		return nil
	}

	c.body, err = io.ReadAll(http.MaxBytesReader(nil, c.r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errTooLarge
	case err != nil:
		simkit.LoseAnswer() // the caller broke off
	}

	return nil
}

// checkSignature checks app key, timestamp and signature.
func (s *Sim) checkSignature(c *call, subjects []string) *refusal {
	s.mu.Lock()
	c.app = s.apps[c.query.Get("app_key")]
	s.mu.Unlock()
	if c.app == nil {
		return errParameter("Invalid credentials. Invalid 'app_key' query parameter.")
	}

	stamp := c.query.Get("timestamp")
	n, err := strconv.ParseInt(stamp, 10, 64)
	now := s.clock.Now()
	at := time.Unix(n, 0)
	if err != nil || len(stamp) != 10 || at.Before(now.Add(-timestampPast)) || at.After(now.Add(timestampFuture)) {
		return errParameter("Invalid 'timestamp' query parameter.")
	}

	got := c.query.Get("sign")
	if got == "" {
		return errParameter("Missing 'sign' query parameter.")
	}
	want := sign(c.app.AppSecret, c.r.URL.EscapedPath(), c.query, c.body)
	if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return errSignature
	}
	if _, ok := s.faults.Should(FaultSignature, subjects...); ok {
		return errSignature
	}

	return nil
}

// checkToken checks the access token, what it allows, and that the shop is
// one of its own. The caller holds the lock.
func (s *Sim) checkToken(e endpoint, c *call) *refusal {
	invalid := errParameter("Invalid credentials. Invalid 'x-tts-access-token' header.")
	token := s.access[c.r.Header.Get("x-tts-access-token")]
	if token == nil {
		return invalid
	}
	g := token.grant
	switch {
	case g.ended && !g.replaced:
		return invalid
	case g.app.AppKey != c.app.AppKey:
		return errKind
	case g.ended || !s.clock.Now().Before(token.until):
		return errExpired
	case g.seller.UserType != 0:
		return errTokenMatch
	case !slices.Contains(g.scopes, e.scope):
		return errScope
	}
	c.grant = g

	cipher := c.query.Get("shop_cipher")
	if e.noCipher {
		if c.query.Has("shop_cipher") {
			return errParameter("Invalid 'shop_cipher' query parameter: it is not required.")
		}
		return nil
	}
	if cipher == "" {
		return errCipher
	}
	c.shop = s.ciphers[cipher]
	if c.shop == nil {
		return errParameter("Invalid 'shop_cipher' query parameter.")
	}
	if !g.covers(c.shop) {
		return errTokenMatch
	}

	return nil
}
