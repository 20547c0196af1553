package tiktoksim

import (
	"crypto/subtle"
	"net/http"
	"strconv"

	"sellerchat/server/sandbox/simkit"
)

// The token service follows
// https://partner.tiktokshop.com/docv2/page/authorization-guide-202309.
const (
	codeBadAuthCode   = 36004004
	codeBadParameter  = 98001004
	codeBadCredential = 36009004
)

// tokenEnvelope is the token service's own: data is left out of refusals.
type tokenEnvelope struct {
	Code      int        `json:"code"`
	Message   string     `json:"message"`
	Data      *tokenData `json:"data,omitempty"`
	RequestID string     `json:"request_id"`
}

// tokenData is what both calls hand out. The expiries are absolute Unix
// seconds.
type tokenData struct {
	AccessToken          string   `json:"access_token"`
	AccessTokenExpireIn  int64    `json:"access_token_expire_in"`
	RefreshToken         string   `json:"refresh_token"`
	RefreshTokenExpireIn int64    `json:"refresh_token_expire_in"`
	OpenID               string   `json:"open_id"`
	SellerName           string   `json:"seller_name"`
	SellerBaseRegion     string   `json:"seller_base_region"`
	UserType             int      `json:"user_type"`
	GrantedScopes        []string `json:"granted_scopes"`
}

func (s *Sim) mountTokenService() {
	s.mux.HandleFunc("/api/v2/token/get", func(w http.ResponseWriter, r *http.Request) {
		s.tokenCall(w, r, "auth_code", "authorized_code", s.redeem, "invalid auth code")
	})
	s.mux.HandleFunc("/api/v2/token/refresh", func(w http.ResponseWriter, r *http.Request) {
		s.tokenCall(w, r, "refresh_token", "refresh_token", s.renew, "invalid refresh token")
	})
}

// tokenCall checks what both calls have in common and lets swap turn the
// value of the named parameter into a grant.
func (s *Sim) tokenCall(w http.ResponseWriter, r *http.Request, parameter, grantType string, swap func(*App, string) *grant, no string) {
	if r.Method != http.MethodGet {
		s.refuseToken(w, http.StatusMethodNotAllowed, errMethod.code, errMethod.message)
		return
	}
	if f, ok := s.faults.Should(FaultTokenService); ok {
		status, err := strconv.Atoi(f.Value)
		if err != nil || status < 400 || status > 599 {
			status = http.StatusServiceUnavailable
		}
		http.Error(w, http.StatusText(status), status)
		return
	}

	q := r.URL.Query()
	s.mu.Lock()
	app := s.apps[q.Get("app_key")]
	s.mu.Unlock()
	switch {
	case app == nil:
		s.refuseToken(w, http.StatusBadRequest, codeBadCredential, "Invalid credentials. Invalid 'app_key' query parameter.")
		return
	case subtle.ConstantTimeCompare([]byte(app.AppSecret), []byte(q.Get("app_secret"))) != 1:
		s.refuseToken(w, http.StatusBadRequest, codeBadCredential, "Invalid credentials. Invalid 'app_secret' query parameter.")
		return
	case q.Get("grant_type") != grantType:
		s.refuseToken(w, http.StatusBadRequest, codeBadParameter, "invalid parameter: grant_type")
		return
	case q.Get(parameter) == "":
		s.refuseToken(w, http.StatusBadRequest, codeBadParameter, "invalid parameter: "+parameter)
		return
	}

	s.mu.Lock()
	g := swap(app, q.Get(parameter))
	var data *tokenData
	if g != nil {
		data = g.tokens()
	}
	s.mu.Unlock()
	if data == nil {
		s.refuseToken(w, http.StatusBadRequest, codeBadAuthCode, no)
		return
	}
	if _, ok := s.faults.Should(FaultTokenAnswerLost); ok {
		simkit.LoseAnswer()
	}
	simkit.WriteJSON(w, http.StatusOK, tokenEnvelope{Message: "success", Data: data, RequestID: s.newRequestID()})
}

func (g *grant) tokens() *tokenData {
	return &tokenData{
		AccessToken: g.access.value, AccessTokenExpireIn: g.access.until.Unix(),
		RefreshToken: g.refreshToken, RefreshTokenExpireIn: g.refreshUntil.Unix(),
		OpenID: g.seller.OpenID, SellerName: g.seller.Name, SellerBaseRegion: g.seller.Region,
		UserType: g.seller.UserType, GrantedScopes: append([]string{}, g.scopes...),
	}
}

func (s *Sim) refuseToken(w http.ResponseWriter, status, code int, message string) {
	simkit.WriteJSON(w, status, tokenEnvelope{Code: code, Message: message, RequestID: s.newRequestID()})
}
