package freshchatsim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// bodyLimit bounds a JSON body of the API, in bytes.
const bodyLimit = 1 << 20

// operation is one row of the API.
type operation struct {
	name    string // for faults with Only
	pattern string
	scope   string // what the key needs
	do      func(*call) (answer, error)
}

// operations is the whole of the API that this sandbox plays.
var operations = []operation{
	{"account_configuration", "GET /v2/accounts/configuration", "account:read", accountConfiguration},
	{"channel_list", "GET /v2/channels", "channel:read", channelList},
	{"agent_get", "GET /v2/agents/{id}", "agent:read", agentGet},
	{"user_create", "POST /v2/users", "user:create", userCreate},
	{"user_list", "GET /v2/users", "user:read", userList},
	{"user_fetch", "POST /v2/users/fetch", "user:read", userFetch},
	{"user_get", "GET /v2/users/{id}", "user:read", userGet},
	{"user_update", "PUT /v2/users/{id}", "user:update", userUpdate},
	{"user_conversations", "GET /v2/users/{id}/conversations", "user:read", userConversations},
	{"conversation_create", "POST /v2/conversations", "conversation:create", conversationCreate},
	{"conversation_get", "GET /v2/conversations/{id}", "conversation:read", conversationGet},
	{"conversation_update", "PUT /v2/conversations/{id}", "conversation:update", conversationUpdate},
	{"message_create", "POST /v2/conversations/{id}/messages", "message:create", messageCreate},
	{"message_list", "GET /v2/conversations/{id}/messages", "message:get", messageList},
	{"image_upload", "POST /v2/images/upload", "image:upload", imageUpload},
	{"file_upload", "POST /v2/files/upload", "file:upload", fileUpload},
}

// call is one request to the API by an account.
type call struct {
	*account

	op operation
	w  http.ResponseWriter
	r  *http.Request
}

// answer is what an operation that was obeyed says.
type answer struct {
	status int
	body   any
	posted bool // it put a message of the caller into a conversation
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// routes builds the handler.
func (s *Sim) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, op := range operations {
		mux.HandleFunc(op.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, op) })
	}
	mux.HandleFunc("/v2/", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusNotFound, notFound("resource"))
	})
	mux.HandleFunc("GET /media/pics/{hash}/{name}", s.media.serveImage)
	mux.HandleFunc("GET /media/files/{hash}/{name}", s.media.serveFile)
	s.mountControl(mux)

	return mux
}

// serve answers one call: faults that strike before the work, the key, the
// work, faults that strike after it.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request, op operation) {
	s.media.reachedAt(r)
	w.Header().Set("X-Trace-Id", s.ids.hex(16))

	c := &call{account: s.bearer(r), op: op, w: w, r: r}
	if s.strikeBefore(c) {
		return
	}
	if err := s.admit(c); err != nil {
		s.refuse(c, err)
		return
	}

	ans, err := op.do(c)
	if s.strikeAfter(c, ans, err) {
		return
	}
	if err != nil {
		s.refuse(c, err)
		return
	}
	if _, empty := s.strikes(c, FaultEmptyAnswer); empty && r.Method == http.MethodPut {
		w.WriteHeader(ans.status)
		return
	}
	writeJSON(w, ans.status, ans.body)
}

// bearer finds the account of the key that a call carries, or nil.
func (s *Sim) bearer(r *http.Request) *account {
	key, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return nil
	}

	s.mu.RLock()
	defer s.mu.RUnlock()

	return s.keys[key]
}

// admit refuses a call without a living key, on another account's host, over
// the limit or without the scope, in this order.
func (s *Sim) admit(c *call) error {
	if c.account == nil {
		return refuse(http.StatusUnauthorized, "Unauthenticated Request")
	}
	if _, revoked := s.strikes(c, FaultKeyRevoked); revoked {
		return refuse(http.StatusUnauthorized, "Unauthenticated Request")
	}
	if !s.servedAt(c.account, c.r.Host) {
		return refuse(http.StatusForbidden, "")
	}
	if f, limited := s.strikes(c, FaultRateLimited); limited {
		limitHeaders(c.w, 0, 0, s.clock.Now().Add(f.Delay))
		c.w.Header().Set("Retry-After", strconv.Itoa(max(1, int(f.Delay/time.Second))))
		return refuse(http.StatusTooManyRequests, "")
	}
	if err := c.spend(c.w, s.clock.Now()); err != nil {
		return err
	}
	if _, missing := s.strikes(c, FaultScopeMissing); missing || !c.allowed(c.op.scope) {
		return refuse(http.StatusForbidden, "")
	}

	return nil
}

func (a *account) allowed(scope string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()

	return slices.Contains(a.spec.Scopes, scope)
}

// servedAt tells whether an account may be called at a host. Hosts that
// belong to nobody, such as a loopback address, serve all.
func (s *Sim) servedAt(a *account, host string) bool {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")

	s.mu.RLock()
	defer s.mu.RUnlock()

	return !s.domains[host] || host == a.spec.Domain || host == a.spec.RegionalHost
}

// strikes asks about a fault for this call.
func (s *Sim) strikes(c *call, name string) (simkit.Fault, bool) {
	subjects := []string{c.op.name, c.r.PathValue("id")}
	if c.account != nil {
		subjects = append(subjects, c.spec.AppID)
	}

	return s.faults.Should(name, subjects...)
}

// strikeBefore plays the faults that keep a call from being worked on, and
// tells whether it has been answered.
func (s *Sim) strikeBefore(c *call) bool {
	if _, cut := s.strikes(c, FaultUnreachable); cut {
		simkit.LoseAnswer()
	}
	if f, slow := s.strikes(c, FaultSlow); slow && s.clock.Wait(c.r.Context(), f.Delay) != nil {
		simkit.LoseAnswer()
	}
	if f, page := s.strikes(c, FaultHTMLError); page {
		status := faultStatus(f, http.StatusBadGateway)
		c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		c.w.WriteHeader(status)
		_, _ = io.WriteString(c.w, "<!doctype html><html><head><title>"+http.StatusText(status)+"</title></head><body><h1>"+http.StatusText(status)+"</h1></body></html>")
		return true
	}
	if f, broken := s.strikes(c, FaultServerError); broken {
		s.refuse(c, refuse(faultStatus(f, http.StatusServiceUnavailable), ""))
		return true
	}

	return false
}

// strikeAfter plays the faults that spoil the answer of work that was done,
// and tells whether the call has been answered.
func (s *Sim) strikeAfter(c *call, ans answer, err error) bool {
	if f, slow := s.strikes(c, FaultSlowAnswer); slow && s.clock.Wait(c.r.Context(), f.Delay) != nil {
		simkit.LoseAnswer()
	}
	if err != nil {
		return false
	}
	if _, cut := s.strikes(c, FaultAnswerLost); cut {
		simkit.LoseAnswer()
	}
	if f, broken := s.strikes(c, FaultErrorAfterWork); broken {
		s.refuse(c, refuse(faultStatus(f, http.StatusInternalServerError), ""))
		return true
	}
	if !ans.posted {
		return false
	}
	if _, cast := s.strikes(c, FaultClassCast); cast {
		s.refuse(c, badRequest("class TextFragment cannot be cast to class EmailFragment"))
		return true
	}

	return false
}

// refuse writes an error in Freshchat's envelope, or in the other one.
func (s *Sim) refuse(c *call, err error) {
	var no refusal
	if !errors.As(err, &no) {
		no = refuse(http.StatusInternalServerError, "")
	}
	if _, other := s.strikes(c, FaultOtherEnvelope); other {
		writeJSON(c.w, no.Code, no.otherEnvelope())
		return
	}
	writeJSON(c.w, no.Code, no)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b := encodeJSON(v)
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that hung up is not our concern
}

// read decodes the JSON body of a call. Fields that nobody knows are ignored,
// as Freshchat ignores them.
func (c *call) read(v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, bodyLimit))
	if err != nil {
		return refuse(http.StatusRequestEntityTooLarge, "")
	}
	if err := json.Unmarshal(b, v); err != nil {
		var no refusal
		if errors.As(err, &no) {
			return no
		}
		return badRequest("Request payload not valid")
	}

	return nil
}
