package web

import (
	"bytes"
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
	// bodyTrusted is what a stated length may claim before it has arrived.
	bodyTrusted = 64 << 10
)

// readBody reads the raw bytes of a body under a limit.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > limit {
		return nil, errTooLarge(nil)
	}

	var buffer bytes.Buffer
	if r.ContentLength > 0 {
		buffer.Grow(int(min(r.ContentLength, bodyTrusted)) + bytes.MinRead)
	}

	_, err := io.Copy(&buffer, http.MaxBytesReader(c.Response(), r.Body, limit))

	if err != nil {
		return nil, errBody(err)
	}

	return buffer.Bytes(), nil
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
