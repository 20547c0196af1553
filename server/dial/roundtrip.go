package dial

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
)

// Error is why a request brought no response. It names the host and nothing else of the
// address, whose path and query may hold secrets.
type Error struct {
	Method string
	Host   string
	// Sent is false only when it is certain that the server never acted on the request:
	// no connection was ready for it, or HTTP/2 said that it was not processed. True means
	// that it may have arrived, not that it did.
	Sent bool
	Err  error
}

func (e *Error) Error() string {
	if e.Sent {
		return fmt.Sprintf("%s %s: no answer: %v", e.Method, e.Host, e.Err)
	}

	return fmt.Sprintf("%s %s: not sent: %v", e.Method, e.Host, e.Err)
}

// Unwrap returns the cause, which may match ErrForbidden, a context error or a *net.OpError.
func (e *Error) Unwrap() error { return e.Err }

// NeverSent reports whether err, as an http.Client over a Transport returns it, proves that
// the server did not act on the request. Sending again can then double nothing. It is
// false for every error that it does not know.
func NeverSent(err error) bool {
	var e *Error

	return errors.As(err, &e) && !e.Sent
}

// RoundTrip sends one request once.
//
// Left alone, net/http quietly repeats a request in some cases. Most are harmless, but over
// HTTP/2 it also repeats one whose stream the server reset with PROTOCOL_ERROR, and over
// HTTP/1 one with an Idempotency-Key header; a server may have acted on either. It cannot do so
// with a body that it cannot get a second time. So every request but a reading one (GET,
// HEAD, OPTIONS, TRACE) loses its GetBody here. A request without any body escapes this:
// what must not be doubled has to carry one.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	fail := func(sent bool, err error) (*http.Response, error) {
		return nil, &Error{Method: req.Method, Host: req.URL.Host, Sent: sent, Err: err}
	}

	if err := checkURL(req.URL, t.allowLoopback); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}

		return fail(false, err)
	}

	// Where a connection is at hand, bytes may leave at any moment, and HTTP/2 reports written
	// headers only afterwards. Before that, nothing can have left.
	var connected atomic.Bool
	once := req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	if !reads(req.Method) {
		once.GetBody = nil
	}

	resp, err := t.base.RoundTrip(once)
	if err != nil {
		return fail(connected.Load() && !unprocessed(err), err)
	}

	return resp, nil
}

func reads(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}

	return false
}

// unprocessed recognises the two ways in which an HTTP/2 server promises that it did not
// touch a request (RFC 9113, 8.7): a stream above the last one that its GOAWAY names, and
// REFUSED_STREAM. Servers that end connections in an orderly way do the first all day.
// net/http puts both into a sentence and keeps no type; should its words change, the
// request counts as sent, which is the safe side.
func unprocessed(err error) bool {
	text := err.Error()
	if !strings.HasPrefix(text, "http2: Transport: cannot retry err [") {
		return false
	}

	return strings.Contains(text, "[http2: Transport received Server's graceful shutdown GOAWAY]") ||
		strings.Contains(text, "; REFUSED_STREAM")
}
