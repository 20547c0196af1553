package dial

import (
	"context"
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

// readSends is how often net/http may send one reading request before it is stopped.
const readSends = 3

var errRepeated = errors.New("the server keeps resetting the request")

// RoundTrip sends one request, and never sends a second time what may change something.
//
// Left alone, net/http quietly repeats requests. Over HTTP/2 that includes one whose stream
// the server reset with PROTOCOL_ERROR, without end when every connection fares alike; over
// HTTP/1 one with an Idempotency-Key header. The server may have acted on each. With a body that
// it cannot get a second time net/http cannot do so: every request but a reading one (GET,
// HEAD, OPTIONS, TRACE) loses its GetBody here. What has no body is stopped when it is about
// to be sent again, a reading request after readSends times.
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

	ctx, cancel := context.WithCancel(req.Context())
	w := watch{sends: readSends, stop: cancel}
	if !reads(req.Method) {
		w.sends = 1
	}
	once := req.WithContext(httptrace.WithClientTrace(ctx, w.trace()))
	if !reads(req.Method) {
		once.GetBody = nil
	}

	resp, err := t.base.RoundTrip(once)
	if err == nil {
		resp.Body = &cancelBody{ReadCloser: resp.Body, cancel: cancel}

		return resp, nil
	}
	cancel()
	if w.stopped.Load() {
		return fail(true, errRepeated)
	}

	return fail(w.connected.Load() && !unprocessed(err), err)
}

// watch follows one request through net/http.
type watch struct {
	sends int32 // allowed
	stop  context.CancelFunc

	connected atomic.Bool  // a connection was ready
	written   atomic.Int32 // how often headers were written
	stopped   atomic.Bool
}

func (w *watch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// From here on bytes may leave at any moment, and HTTP/2 reports written headers only
		// afterwards. Before this, nothing can have left.
		GotConn: func(httptrace.GotConnInfo) {
			w.connected.Store(true)
			if w.written.Load() >= w.sends {
				w.stopped.Store(true)
				w.stop()
			}
		},
		WroteHeaders: func() { w.written.Add(1) },
	}
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
