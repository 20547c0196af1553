package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
)

// The sizes of bodies that are read: a webhook holds one message, an event at
// most the platform's 256 KB, a form a few fields, an exchange one code.
const (
	webhookLimit  = 1 << 20
	eventLimit    = 512 << 10
	formLimit     = 128 << 10
	exchangeLimit = 4 << 10
	// bodyTrusted is the stated length up to which memory is set aside before
	// anything has arrived.
	bodyTrusted = 64 << 10
)

// readBody reads the raw bytes of a body under a limit.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > limit {
		return nil, errTooLarge(nil)
	}

	var (
		body []byte
		err  error
	)

	if stated := r.ContentLength; stated >= 0 && stated <= bodyTrusted {
		body = make([]byte, stated)
		_, err = io.ReadFull(r.Body, body)
	} else {
		body, err = io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, limit))
	}

	if err != nil {
		return nil, errBody(err)
	}

	return body, nil
}

// readForm reads the fields of a posted form under a limit; those of the
// address do not count.
func readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, formLimit)

	if err := r.ParseForm(); err != nil {
		return nil, errBody(err)
	}

	return r.PostForm, nil
}

// errBody says why a body could not be read.
func errBody(cause error) error {
	var large *http.MaxBytesError
	if errors.As(cause, &large) {
		return errTooLarge(cause)
	}

	return &bridge.Error{Code: bridge.Invalid, Words: "The request did not arrive whole. Send it again.", Err: cause}
}

func errTooLarge(cause error) error {
	return &bridge.Error{Code: bridge.TooLarge, Words: "The request is larger than anything that belongs here.", Err: cause}
}
