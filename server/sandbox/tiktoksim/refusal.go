package tiktoksim

import (
	"cmp"
	"net/http"

	"sellerchat/server/sandbox/simkit"
)

// refusal is an answer that says no. The codes are those of
// https://partner.tiktokshop.com/docv2/page/common-errors; statuses that are
// not published follow the ones that are: 400 and up at the gateway, 200 from
// the chat service behind it.
type refusal struct {
	status     int
	code       int
	message    string
	retryAfter string // header, when not empty
	chat       bool   // the chat service sends an empty object as data, the gateway null
	bare       bool   // no envelope at all, as from a load balancer
}

var (
	errInternal     = &refusal{status: http.StatusInternalServerError, code: 36009003, message: "Internal error. Please try again."}
	errTimeout      = &refusal{status: http.StatusRequestTimeout, code: 36009007, message: "Request timeout."}
	errPath         = &refusal{status: http.StatusNotFound, code: 36009009, message: "Invalid path."}
	errMethod       = &refusal{status: http.StatusMethodNotAllowed, code: 36009010, message: "Invalid request method."}
	errTooLarge     = &refusal{status: http.StatusBadRequest, code: 36009021, message: "The file is too large."}
	errFileFormat   = &refusal{status: http.StatusBadRequest, code: 36009022, message: "The file format is not supported."}
	errContentType  = &refusal{status: http.StatusBadRequest, code: 36009023, message: "Invalid 'Content-Type' header."}
	errVersion      = &refusal{status: http.StatusBadRequest, code: 36009014, message: "Invalid api version."}
	errAddress      = &refusal{status: http.StatusForbidden, code: 36009033, message: "The IP address is not on the allow list of the app."}
	errTestShop     = &refusal{status: http.StatusTooManyRequests, code: 36009037, message: "The hourly limit of test shops is reached."}
	errSeller       = &refusal{status: http.StatusUnauthorized, code: 36009044, message: "The seller is deactivated."}
	errDeactivated  = &refusal{status: http.StatusUnauthorized, code: 36009043, message: "The shop is deactivated."}
	errKind         = &refusal{status: http.StatusUnauthorized, code: 105001, message: "Access token is invalid for this app."}
	errExpired      = &refusal{status: http.StatusUnauthorized, code: 105002, message: "Expired credentials"}
	errScope        = &refusal{status: http.StatusUnauthorized, code: 105005, message: "Access denied"}
	errTokenMatch   = &refusal{status: http.StatusUnauthorized, code: 101000, message: "The access token does not match the user type or the shop."}
	errSignature    = &refusal{status: http.StatusUnauthorized, code: 106001, message: "Invalid credentials. The 'sign' query parameter is invalid."}
	errCipher       = &refusal{status: http.StatusBadRequest, code: 106013, message: "Missing 'shop_cipher' query parameter."}
	errQuota        = &refusal{status: http.StatusTooManyRequests, code: 45101004, message: "The daily quota of requests is reached.", chat: true}
	errInternalChat = &refusal{status: http.StatusOK, code: 45101001, message: "Internal error", chat: true}
	errNoRecord     = &refusal{status: http.StatusOK, code: 45101003, message: "Record not found", chat: true}
	errSensitive    = &refusal{status: http.StatusOK, code: 45101006, message: "The message contains sensitive content", chat: true}
	errNotYours     = &refusal{status: http.StatusOK, code: 45102007, message: "No permission for this conversation", chat: true}
	errRule         = &refusal{status: http.StatusOK, code: 45109001, message: "The message cannot be sent because of conversation rules", chat: true}
	errCard         = &refusal{status: http.StatusOK, code: 45111017, message: "The card cannot be sent", chat: true}
)

// published is every refusal with a message of its own, for faults that name
// a code.
var published = []*refusal{
	errInternal, errTimeout, errPath, errMethod, errTooLarge, errFileFormat, errContentType, errVersion, errAddress, errTestShop,
	errSeller, errDeactivated, errKind, errExpired, errScope, errTokenMatch, errSignature, errCipher, errQuota, errInternalChat,
	errNoRecord, errSensitive, errNotYours, errRule, errCard,
}

// errParameter is the gateway's complaint about a common parameter; the text
// names it.
func errParameter(text string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: 36009004, message: text}
}

// errChatParameter is the chat service's complaint about a parameter.
func errChatParameter(text string) *refusal {
	return &refusal{status: http.StatusOK, code: 45101002, message: "Invalid parameter: " + text, chat: true}
}

func errTooMany(retryAfter string) *refusal {
	return &refusal{status: http.StatusTooManyRequests, code: 36009002, message: "Too many requests", retryAfter: cmp.Or(retryAfter, "1")}
}

// envelope is the body of every answer.
type envelope struct {
	Code      int    `json:"code"`
	Data      any    `json:"data"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

// refuse answers with a refusal.
func (s *Sim) refuse(w http.ResponseWriter, no *refusal, subjects []string) {
	if no.bare {
		http.Error(w, http.StatusText(no.status), no.status)
		return
	}

	status := no.status
	if _, ok := s.faults.Should(FaultErrorsAs200, subjects...); ok {
		status = http.StatusOK
	}
	e := envelope{Code: no.code, Message: no.message, RequestID: s.newRequestID()}
	if no.chat {
		e.Data = struct{}{}
	}
	if no.retryAfter != "" {
		w.Header().Set("Retry-After", no.retryAfter)
	}
	simkit.WriteJSON(w, status, e)
}

// accept answers with data.
func (s *Sim) accept(w http.ResponseWriter, data any) {
	if data == nil {
		data = struct{}{}
	}
	simkit.WriteJSON(w, http.StatusOK, envelope{Data: data, Message: "Success", RequestID: s.newRequestID()})
}
