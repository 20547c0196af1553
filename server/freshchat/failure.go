package freshchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// What an answer can be instead of the one that was asked for.
var (
	errNotFreshchat = errors.New("the answer is not from the API")
	errUnreadable   = errors.New("the answer cannot be read")
	errLied         = errors.New("a successful answer says that it failed")
	errUnsafe       = errors.New("the virus scan did not pass the file")
	errIdentifier   = errors.New("an identifier is empty or cannot be part of an address")
)

// answer is a response whose body was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// markup reports whether the answer is a page for a browser: something
// between us and the API, or not the API at all.
func (a answer) markup() bool {
	return strings.Contains(strings.ToLower(a.header.Get("Content-Type")), "html") ||
		bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

func (a answer) redirect() bool {
	return a.status >= http.StatusMultipleChoices && a.status < http.StatusBadRequest
}

func (a answer) success() bool {
	return a.status >= http.StatusOK && a.status < http.StatusMultipleChoices
}

// trace is what the platform's support asks for.
func (a answer) trace() string { return formed(tokenForm, a.header.Get("X-Trace-Id")) }

// envelope is an error in each of the forms that the platform uses.
type envelope struct {
	Code         scalar `json:"code"`
	Status       scalar `json:"status"`
	Message      scalar `json:"message"`
	ErrorCode    scalar `json:"error_code"`
	ErrorMessage scalar `json:"error_message"`
	Error        scalar `json:"error"`
}

func (e envelope) code() string {
	for _, s := range []scalar{e.Status, e.ErrorCode, e.Code} {
		if code := formed(codeForm, string(s)); code != "" {
			return code
		}
	}

	return ""
}

func (e envelope) message() string {
	return strings.Join([]string{string(e.Message), string(e.ErrorMessage), string(e.Error)}, " ")
}

// disclaimer is how a successful answer says that it is none.
type disclaimer struct {
	ErrorCode     scalar `json:"error_code"`
	ErrorMessage  scalar `json:"error_message"`
	ErrorCategory scalar `json:"error_category"`
	Outcome       scalar `json:"status"`
	Success       scalar `json:"success"`
}

// refused is the failure of what a successful answer says was not done; nil
// when it was.
func (d disclaimer) refused(op operation, host string) *bridge.Failure {
	silent := d.ErrorMessage == "" && d.ErrorCategory == "" && (d.ErrorCode == "" || d.ErrorCode == "0")
	if silent && d.Success != "false" && !strings.EqualFold(string(d.Outcome), "failed") {
		return nil
	}

	status := int(d.ErrorCode.size())
	if http.StatusText(status) == "" || status < http.StatusBadRequest {
		status = http.StatusBadRequest
	}

	f := failureOf(op, host, status, envelope{
		Status: d.Outcome, ErrorCode: d.ErrorCode, ErrorMessage: d.ErrorMessage + " " + d.ErrorCategory,
	})
	f.Certain = f.Certain || op.upload != ""
	f.Err = errLied

	return f
}

// refusal turns an answer that is no success into a failure. What the platform
// wrote is matched, never passed on: it may repeat a message or a key.
func (c *Client) refusal(op operation, host string, write bool, a answer) *bridge.Failure {
	var e envelope
	if json.Unmarshal(a.body, &e) != nil {
		e = envelope{}
	}

	if a.redirect() || a.markup() && a.status < http.StatusInternalServerError &&
		a.status != http.StatusUnauthorized && a.status != http.StatusTooManyRequests {
		return c.foreign(op, host, true, a)
	}

	f := failureOf(op, host, a.status, e)
	f.Certain = f.Certain || !write
	f.Wait = c.wait(a)
	f.RequestID = a.trace()

	return f
}

// failureOf applies the rules to a status and what was said with it.
func failureOf(op operation, host string, status int, e envelope) *bridge.Failure {
	r := ruleFor(op, status, e.message())
	f := &bridge.Failure{
		Op: op.name, Class: r.class, Cause: r.cause, Certain: !r.unsure,
		Status: status, Code: e.code(), Words: fill(r.words, op, host),
	}

	if status == http.StatusNotFound && op.absent == "" && r.cause == "" {
		f.Err = bridge.ErrNotFound
	}

	return f
}

// foreign is the failure of an answer that Freshchat would not give.
func (c *Client) foreign(op operation, host string, certain bool, a answer) *bridge.Failure {
	return &bridge.Failure{
		Op: op.name, Class: bridge.Temporary, Cause: bridge.CauseHost, Certain: certain, Wait: c.wait(a),
		Status: a.status, RequestID: a.trace(), Words: fill(wordsHost, op, host), Err: errNotFreshchat,
	}
}

// silence is the failure of a call without an answer.
func silence(op operation, host string, write bool, err error) *bridge.Failure {
	f := &bridge.Failure{
		Op: op.name, Class: bridge.Temporary, Certain: !write || dial.NeverSent(err),
		Words: fill(wordsSilent, op, host), Err: dial.Reason(err),
	}

	var dns *net.DNSError
	if errors.Is(err, dial.ErrForbidden) || errors.As(err, &dns) && dns.IsNotFound {
		f.Cause = bridge.CauseHost
	}

	if errors.Is(err, context.Canceled) {
		f.Words = ""
	}

	return f
}

// wait reads how long the platform wants to be left alone. The names of its
// own headers are not documented; the reset is a Unix time in seconds.
func (c *Client) wait(a answer) time.Duration {
	if a.status != http.StatusTooManyRequests && a.status < http.StatusInternalServerError {
		return 0
	}

	now := c.now()
	if wait, ok := dial.RetryAfter(a.header, now); ok {
		return wait
	}

	reset, err := strconv.ParseInt(strings.TrimSpace(a.header.Get("X-RateLimit-Reset")), 10, 64)
	if err != nil || reset <= 0 || a.status != http.StatusTooManyRequests {
		return 0
	}

	return min(max(time.Unix(reset, 0).Sub(now), 0), dial.MaxRetryAfter)
}

// What a code of the platform and a trace id look like. Anything else in their
// place might be somebody's words, and is not passed on.
var (
	codeForm  = regexp.MustCompile(`^[A-Z0-9_]{1,64}$`)
	tokenForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)
)

// formed returns s if it has the form, else nothing.
func formed(form *regexp.Regexp, s string) string {
	if s == "" || !form.MatchString(s) {
		return ""
	}

	return s
}
