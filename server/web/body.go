package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
)

// The sizes of bodies that are read: a webhook holds one message, an event at
// most the platform's 256 KB, a form a few fields.
const (
	webhookLimit = 1 << 20
	eventLimit   = 512 << 10
	formLimit    = 128 << 10
)

// readBody reads the raw bytes of a body under a limit.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > limit {
		return nil, errTooLarge(nil)
	}

	var buffer bytes.Buffer
	if r.ContentLength > 0 {
		buffer.Grow(int(r.ContentLength) + bytes.MinRead)
	}

	_, err := io.Copy(&buffer, http.MaxBytesReader(c.Response(), r.Body, limit))

	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, errTooLarge(err)
	}

	if err != nil {
		return nil, &bridge.Error{Code: bridge.Invalid, Words: "The request did not arrive whole. Send it again.", Err: err}
	}

	return buffer.Bytes(), nil
}

func errTooLarge(cause error) error {
	return &bridge.Error{Code: bridge.TooLarge, Words: "The request is larger than anything that belongs here.", Err: cause}
}
