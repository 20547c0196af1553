package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"sellerchat/server/bridge"
)

const (
	// answerWithin is how long a server may take to begin its answer, and
	// goOnWithin how long the answer may stand still.
	answerWithin = 20 * time.Second
	goOnWithin   = 20 * time.Second
	// doneWithin bounds a whole download, however steadily it trickles.
	doneWithin = 10 * time.Minute
	// sameOriginMost is how often a server may send on within itself.
	sameOriginMost = 3
)

var (
	errElsewhere = errors.New("sent on to another address")
	errSlow      = errors.New("too slow")
	errAddress   = errors.New("address cannot be read")
)

// Fetcher downloads media that messages point to. Whoever wrote the message
// chose the address, so that it is reached through a Transport only, and stands
// in no error: it may be signed.
//
// It does without an http.Client, whose errors quote addresses.
type Fetcher struct{ transport http.RoundTripper }

// NewFetcher returns a Fetcher that goes out by a guarded transport.
func NewFetcher(t http.RoundTripper) *Fetcher { return &Fetcher{t} }

// Fetch begins a download of at most so many bytes. Its errors, and those of
// reading the body, hold a *bridge.Failure, certain since nothing is changed by
// it. The caller closes the body.
func (f *Fetcher) Fetch(ctx context.Context, address string, most int64) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	d := &download{ctx: ctx, cancel: cancel, most: most, left: most}
	d.still = time.AfterFunc(answerWithin, func() { cancel(errSlow) })
	d.whole = time.AfterFunc(doneWithin, func() { cancel(errSlow) })

	if err := f.begin(d, address); err != nil {
		d.end()

		return nil, err
	}

	return d, nil
}

// begin brings the download to its body.
func (f *Fetcher) begin(d *download, address string) error {
	at, err := url.Parse(address)
	if err != nil {
		return failed(bridge.Permanent, errAddress) // the error quotes it
	}

	for range sameOriginMost + 1 {
		if err := f.get(d, at); err != nil {
			return d.failure(err)
		}

		next := d.answer.Header.Get("Location")
		if !isRedirect(d.answer.StatusCode) || next == "" {
			return d.accept()
		}

		_ = d.answer.Body.Close() // nobody reads where to go in it

		if at, err = sameOrigin(at, next); err != nil {
			return failed(bridge.Permanent, err)
		}
	}

	return failed(bridge.Permanent, errElsewhere)
}

// get asks once; the answer is the download's.
func (f *Fetcher) get(d *download, at *url.URL) error {
	req, err := http.NewRequestWithContext(d.ctx, http.MethodGet, "", http.NoBody)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}

	req.URL, req.Host = at, at.Host

	d.answer, err = f.transport.RoundTrip(req) //nolint:bodyclose // the download closes it when it ends

	return err
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	default:
		return false
	}
}

// sameOrigin is where a server sends on to within itself. Another one would
// get to see what was meant for this one.
func sameOrigin(at *url.URL, location string) (*url.URL, error) {
	next, err := at.Parse(location)
	if err != nil {
		return nil, errAddress
	}

	if next.Scheme != at.Scheme || next.Host != at.Host {
		return nil, errElsewhere
	}

	return next, nil
}

// accept takes an answer as the body, or says why not.
func (d *download) accept() error {
	if err := refusal(d.answer.StatusCode); err != nil {
		return err
	}

	if d.answer.ContentLength > d.most {
		return d.tooLarge()
	}

	d.still.Reset(goOnWithin)

	return nil
}

// refusal is what a status says that is no answer; nil when it is one.
func refusal(status int) error {
	if status == http.StatusOK {
		return nil
	}

	f := failed(bridge.Temporary, nil)
	f.Status = status

	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		f.Class, f.Cause = bridge.Permanent, bridge.CauseLink
	}

	return f
}

func failed(class bridge.Class, err error) *bridge.Failure {
	return &bridge.Failure{Op: "fetch media", Class: class, Certain: true, Err: err}
}

// download is a body that ends when it is too long, or too slow.
type download struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	answer *http.Response
	most   int64
	left   int64
	// still ends a download that stands still, whole any that takes too long.
	still, whole *time.Timer
	err          error
}

// Read yields the body. The first error stays.
func (d *download) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}

	// One byte more than is left tells that there is more.
	n, err := d.answer.Body.Read(p[:min(int64(len(p)), d.left+1)])
	if n > 0 {
		d.still.Reset(goOnWithin)
	}

	switch {
	case int64(n) > d.left:
		n, d.err = int(d.left), d.tooLarge()
	case errors.Is(err, io.EOF):
		d.err = io.EOF
	case err != nil:
		d.err = d.failure(err)
	}

	d.left -= int64(n)

	return n, d.err
}

func (d *download) tooLarge() error {
	return failed(bridge.Unsupported, &TooLargeError{Limit: d.most})
}

// Close frees the connection.
func (d *download) Close() error {
	d.end()

	return nil
}

func (d *download) end() {
	d.still.Stop()
	d.whole.Stop()
	d.cancel(nil)

	if d.answer != nil {
		_ = d.answer.Body.Close() // nothing was written
	}
}

// failure says what an error of the transport, or of its body, means.
func (d *download) failure(err error) error {
	switch {
	case errors.Is(err, ErrForbidden):
		return failed(bridge.Permanent, err)
	case errors.Is(context.Cause(d.ctx), errSlow):
		return failed(bridge.Temporary, fmt.Errorf("%w: %w", errSlow, err))
	default:
		return failed(bridge.Temporary, err)
	}
}
