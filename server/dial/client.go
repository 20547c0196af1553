package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// NewClient returns a client that hands redirects to the caller as they are, and gives
// each request timeout to finish, its body included. The limit is not http.Client.Timeout,
// whose error forgets the *Error within.
func NewClient(t http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport:     limited{next: t, timeout: timeout, now: time.Now},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Reason strips from an http.Client's error the address, which may hold secrets in its query.
// Use it before an error is wrapped or logged.
func Reason(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}

	return err
}

// TooLargeError means that a body was longer than its reader was ready to take.
type TooLargeError struct {
	Limit int64 // bytes
}

func (e *TooLargeError) Error() string { return fmt.Sprintf("body is larger than %d bytes", e.Limit) }

// ReadLimited reads all of body, or fails with *TooLargeError when it has more than limit
// bytes. It does not close body.
func ReadLimited(body io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, &TooLargeError{Limit: limit}
	}

	return data, nil
}

// limited ends a request, and the reading of its response, when the time is over.
type limited struct {
	next    http.RoundTripper
	timeout time.Duration
	now     func() time.Time
}

func (l limited) RoundTrip(req *http.Request) (*http.Response, error) {
	if end, ok := req.Context().Deadline(); ok && end.Before(l.now().Add(l.timeout)) {
		return l.next.RoundTrip(req) // a second timer would never fire
	}

	ctx, cancel := context.WithTimeout(req.Context(), l.timeout)
	resp, err := l.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()

		return nil, err
	}
	resp.Body = &cancelBody{ReadCloser: resp.Body, cancel: cancel}

	return resp, nil
}

// CloseIdleConnections lets http.Client's method of that name reach the transport.
func (l limited) CloseIdleConnections() {
	if c, ok := l.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// cancelBody frees the timer of a request with its body.
type cancelBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelBody) Close() error {
	defer b.cancel()

	return b.ReadCloser.Close()
}
