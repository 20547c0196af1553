package simkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// controlLimit bounds the body of a control request, in bytes.
const controlLimit = 32 << 20

// WriteJSON answers with v as JSON. HTML characters are left as they are, as
// the platforms leave them.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that hung up is not our concern
}

// WriteError answers a control request that cannot be obeyed with
// {"message":"…"}.
func WriteError(w http.ResponseWriter, status int, message string) {
	WriteJSON(w, status, map[string]string{"message": message})
}

// DecodeControl decodes the JSON body of a control request into v. Unknown
// fields are refused, so that a misspelt one does not pass silently.
func DecodeControl(r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, controlLimit))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("this is not the expected JSON: %w", err)
	}

	return nil
}

// ReadControl is DecodeControl for handlers: on failure it has answered 400
// and returns false.
func ReadControl(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := DecodeControl(r, v); err != nil {
		WriteError(w, http.StatusBadRequest, err.Error())
		return false
	}

	return true
}

// LoseAnswer cuts the connection without an answer. What the handler did
// before stays done; it does not return.
func LoseAnswer() { panic(http.ErrAbortHandler) }
