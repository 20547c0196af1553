package freshchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// answerLimit bounds what is read of an answer, in bytes: a page of 100 topics
// or 50 messages is far below it.
const answerLimit = 8 << 20

// request is one call.
type request struct {
	op     operation
	method string
	// path follows /v2/. Every second part is an identifier and is escaped.
	path  []string
	query url.Values
	// in is sent as JSON when not nil; the answer is read into out when that
	// is not nil.
	in  any
	out any
	// form is sent instead of in when not nil.
	form *form
}

// write reports whether the call changes something that anybody can see. What
// was uploaded is seen only after it was posted.
func (r request) write() bool { return r.method != http.MethodGet && r.op.upload == "" }

// call makes one call to the account's host. Every error is a *bridge.Failure.
func (c *Client) call(ctx context.Context, access bridge.FreshchatAccess, r request) error {
	if f := c.do(ctx, access, r); f != nil {
		return f
	}

	return nil
}

func (c *Client) do(ctx context.Context, access bridge.FreshchatAccess, r request) *bridge.Failure {
	host, failure := c.host(access.Host, r.op)
	if failure != nil {
		return failure
	}

	began := c.now()
	a, failure := c.exchange(ctx, host, access.Key, r)
	c.logCall(ctx, r.op, host, a, failure, c.now().Sub(began))

	return failure
}

func (c *Client) logCall(ctx context.Context, op operation, host string, a answer, f *bridge.Failure, took time.Duration) {
	level, class, cause := slog.LevelDebug, "", ""
	if f != nil {
		level, class, cause = slog.LevelInfo, f.Class.String(), string(f.Cause)
	}

	if !c.log.Enabled(ctx, level) {
		return
	}

	c.log.LogAttrs(ctx, level, "freshchat called", slog.String("op", op.name), slog.String("host", host),
		slog.Int("status", a.status), slog.String("trace_id", a.trace()),
		slog.Duration("took", took), slog.String("class", class), slog.String("cause", cause))
}

// host checks the account's host again, however it came here.
func (c *Client) host(stored string, op operation) (string, *bridge.Failure) {
	host, err := c.hosts.Normalise(stored)
	if err == nil && !c.insecure && c.scheme(host) == "http" {
		err = refuseHost("This host can be used in development only. "+c.hosts.describe(), nil)
	}

	if err != nil {
		// The operator may have changed the list by mistake: that must cost
		// no message.
		return "", unsent(op, bridge.Reauthorize, bridge.CauseHost, wordsOf(err), err)
	}

	return host, nil
}

func wordsOf(err error) string {
	var e *bridge.Error
	if errors.As(err, &e) {
		return e.Words
	}

	return ""
}

// exchange sends a request and judges the answer.
func (c *Client) exchange(ctx context.Context, host, key string, r request) (answer, *bridge.Failure) {
	req, failure := c.prepare(ctx, host, key, r)
	if failure != nil {
		return answer{}, failure
	}

	client := c.http
	if r.form != nil {
		client = c.uploads
	}

	resp, err := client.Do(req)
	if err != nil {
		return answer{}, silence(r.op, host, r.write(), err)
	}
	defer func() { _ = resp.Body.Close() }()

	body, readErr := dial.ReadLimited(resp.Body, answerLimit)
	a := answer{status: resp.StatusCode, header: resp.Header, body: body}

	switch {
	case !a.success():
		return a, c.refusal(r.op, host, r.write(), a)
	case a.markup():
		return a, c.foreign(r.op, host, !r.write(), a)
	case r.out == nil:
		return a, nil
	case readErr != nil:
		return a, unreadable(r, a, readErr)
	}

	if err := json.Unmarshal(body, r.out); err != nil {
		return a, unreadable(r, a, errUnreadable)
	}

	return a, nil
}

// prepare builds the request.
func (c *Client) prepare(ctx context.Context, host, pasted string, r request) (*http.Request, *bridge.Failure) {
	key, ok := bearer(pasted)
	if !ok {
		return nil, unsent(r.op, bridge.Reauthorize, bridge.CauseCredentials, wordsKey, nil)
	}

	body, kind, size, err := r.body()
	if err != nil {
		return nil, unsent(r.op, bridge.Permanent, bridge.CauseOurs, "", err)
	}

	path, ok := escape(r.path)
	if !ok {
		return nil, unsent(r.op, bridge.Permanent, r.op.absent, wordsRefused, errIdentifier)
	}

	address := c.scheme(host) + "://" + host + "/v2/" + path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}

	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, unsent(r.op, bridge.Permanent, bridge.CauseOurs, "", dial.Reason(err))
	}

	req.ContentLength = size
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Accept", "application/json")

	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}

	return req, nil
}

// body is what is sent, with its type and its size in bytes.
func (r request) body() (body io.Reader, kind string, size int64, err error) {
	switch {
	case r.form != nil:
		return r.form.body(), r.form.mime, r.form.size, nil
	case r.in == nil:
		return http.NoBody, "", 0, nil
	}

	text, err := json.Marshal(r.in)
	if err != nil {
		return nil, "", 0, fmt.Errorf("write request: %w", err)
	}

	return bytes.NewReader(text), "application/json", int64(len(text)), nil
}

func (c *Client) scheme(host string) string {
	if name, _, err := splitHost(host); err == nil && loopback(name) {
		return "http"
	}

	return "https"
}

// bearer reads a key as it is pasted: with or without the scheme's name before
// it, and with blanks and line breaks anywhere. It reports false for what
// cannot be a key.
func bearer(pasted string) (string, bool) {
	words := strings.Fields(pasted)
	if len(words) > 0 && strings.EqualFold(words[0], "bearer") {
		words = words[1:]
	}

	key := strings.Join(words, "")
	strange := strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII })

	return key, key != "" && !strange
}

// unsent is the failure of a call that was not made.
func unsent(op operation, class bridge.Class, cause bridge.Cause, words string, err error) *bridge.Failure {
	return &bridge.Failure{Op: op.name, Class: class, Cause: cause, Certain: true, Words: words, Err: err}
}

// unreadable is the failure of a success whose answer is of no use: what was
// asked for has probably been done.
func unreadable(r request, a answer, err error) *bridge.Failure {
	return &bridge.Failure{
		Op: r.op.name, Class: bridge.Temporary, Certain: !r.write(), Status: a.status, RequestID: a.trace(),
		Words: wordsTrouble, Err: err,
	}
}

// escape joins the parts of a path. It reports false when an identifier among
// them cannot be part of an address.
func escape(parts []string) (string, bool) {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		if i%2 == 1 && (part == "" || part == "." || part == "..") {
			return "", false
		}

		escaped[i] = url.PathEscape(part)
	}

	return strings.Join(escaped, "/"), true
}
