package freshchatsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
)

// ErrNotFound is matched by the error of every method that was given an
// account, topic, agent, user or conversation that does not exist.
var ErrNotFound = errors.New("not found")

// refusal is a call that Freshchat does not obey, in its usual envelope.
type refusal struct {
	Code    int    `json:"code"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

// Error returns the message that the caller reads.
func (r refusal) Error() string { return r.Message }

// Is lets errors.Is find ErrNotFound.
func (r refusal) Is(target error) bool {
	return target == ErrNotFound && r.Code == http.StatusNotFound
}

// statusWords are the words that stand beside the codes.
var statusWords = map[int]string{
	http.StatusBadRequest:            "INVALID_VALUE",
	http.StatusUnauthorized:          "UNAUTHENTICATED",
	http.StatusForbidden:             "FORBIDDEN",
	http.StatusNotFound:              "NOT_FOUND",
	http.StatusMethodNotAllowed:      "METHOD_NOT_ALLOWED",
	http.StatusConflict:              "CONFLICT",
	http.StatusRequestEntityTooLarge: "REQUEST_TOO_LARGE",
	http.StatusTooManyRequests:       "TOO_MANY_REQUESTS",
	http.StatusInternalServerError:   "INTERNAL_SERVER_ERROR",
	http.StatusBadGateway:            "BAD_GATEWAY",
	http.StatusServiceUnavailable:    "SERVICE_UNAVAILABLE",
}

// refuse returns the refusal with a code; without a message the usual text of
// the code stands in.
func refuse(code int, message string) refusal {
	if message == "" {
		message = http.StatusText(code)
	}

	return refusal{Code: code, Status: statusWords[code], Message: message}
}

func badRequest(message string) refusal { return refuse(http.StatusBadRequest, message) }
func notFound(what string) refusal      { return refuse(http.StatusNotFound, what+" not found") }

// otherEnvelope is how some of Freshchat's services spell an error.
func (r refusal) otherEnvelope() any {
	return map[string]any{"success": false, "error_code": r.Code, "error_message": r.Message}
}

// encodeJSON writes v without escaping HTML, as the platform does. What is
// passed here always can be encoded.
func encodeJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}

	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
