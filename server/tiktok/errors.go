package tiktok

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// messageLimit is how much of the platform's own message goes into the log.
const messageLimit = 200 // bytes

// judge returns nil for a success, and otherwise what is to be done.
func (c *Client) judge(a attempt, ans answer) *bridge.Failure {
	var f *bridge.Failure
	switch {
	case ans.status == 0:
		f = silent(a, ans)
	case ans.err != nil, *ans.Code == 0 && ans.status >= http.StatusMultipleChoices:
		f = unreadable(a, ans, ans.err)
	case *ans.Code == 0:
		return nil
	default:
		f = c.refused(a, ans)
	}

	if wait, ok := dial.RetryAfter(ans.header, c.clock()); ok {
		f.Wait = max(f.Wait, wait)
	}

	return f
}

// refused judges an answer that carries a code of the platform. It is certain
// that nothing was done, unless the code or the status says that something
// broke underway.
func (c *Client) refused(a attempt, ans answer) *bridge.Failure {
	r := ruleFor(*ans.Code, ans.status, ans.Message)

	return &bridge.Failure{
		Op:        a.op,
		Class:     r.class,
		Cause:     r.cause,
		Certain:   !r.ambiguous && ans.status < http.StatusInternalServerError,
		Wait:      r.wait.from(c.clock()),
		Status:    ans.status,
		Code:      ans.code(),
		RequestID: plain(ans.RequestID, a.secrets),
		Words:     r.words,
		Err:       errors.New(plain(ans.Message, a.secrets)),
	}
}

// unreadable judges an answer by its status alone: it may come from something
// that stands before the platform, which says nothing about the shop or the
// message.
func unreadable(a attempt, ans answer, err error) *bridge.Failure {
	f := &bridge.Failure{
		Op:        a.op,
		Class:     bridge.Temporary,
		Status:    ans.status,
		Code:      ans.code(),
		RequestID: plain(ans.RequestID, a.secrets),
		Err:       err,
	}

	switch s := ans.status; {
	case s == http.StatusTooManyRequests:
		f.Class, f.Certain = bridge.RateLimited, true
	case s == http.StatusRequestEntityTooLarge:
		f.Class, f.Cause, f.Certain, f.Words = bridge.Unsupported, bridge.CauseMedia, true, wordsTooLarge
	case s == http.StatusRequestTimeout:
	case s >= http.StatusMultipleChoices && s < http.StatusInternalServerError:
		f.Certain = true
	}

	return f
}

// silent judges a call that brought no answer.
func silent(a attempt, ans answer) *bridge.Failure {
	f := &bridge.Failure{Op: a.op, Class: bridge.Temporary, Certain: dial.NeverSent(ans.err), Err: ans.err}
	if errors.Is(ans.err, dial.ErrForbidden) {
		f.Cause = bridge.CauseOurs
	}

	return f
}

// silence is why there was no answer, in words that repeat no address: some
// errors of net/http quote what the other side sent, which may quote us.
type silence struct {
	cause   error
	secrets []string
}

func (s *silence) Error() string {
	var d *dial.Error
	if errors.As(s.cause, &d) {
		return plain(d.Error(), s.secrets)
	}

	return "the answer was not HTTP that can be used"
}

// Format keeps every verb to the words of Error.
func (s *silence) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.Error()) }

func (s *silence) Unwrap() error { return s.cause }

// notAsked is the failure of a call that we could not even make.
func notAsked(op string, err error) *bridge.Failure {
	return &bridge.Failure{
		Op:      op,
		Class:   bridge.Permanent,
		Cause:   bridge.CauseOurs,
		Certain: true,
		Words:   wordsOurs,
		Err:     err,
	}
}

// unsupported is the failure of what the platform takes in no such form: it was
// not asked.
func unsupported(op, words string, err error) *bridge.Failure {
	return &bridge.Failure{
		Op: op, Class: bridge.Unsupported, Cause: bridge.CauseMedia, Certain: true, Words: words, Err: err,
	}
}

// incomplete is the failure of a call that succeeded without saying what we
// need to know: it was carried out.
func incomplete(op, missing string) *bridge.Failure {
	return &bridge.Failure{Op: op, Class: bridge.Temporary, Err: fmt.Errorf("answer has no %s", missing)}
}

// plain makes the platform's text fit for the log: one line, not long, and
// without the secrets of the request, which some refusals repeat.
func plain(text string, secrets []string) string {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		text = strings.ReplaceAll(text, s, "…")
		text = strings.ReplaceAll(text, url.QueryEscape(s), "…")
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > messageLimit {
		text = strings.ToValidUTF8(text[:messageLimit], "") + "…"
	}

	return text
}

// wait is a wait that a code implies.
type wait uint8

const (
	noWait wait = iota
	untilNextHour
	// untilNextDay ends at midnight UTC: an assumption, since the vendor does
	// not say when the day of its quota turns.
	untilNextDay
)

func (w wait) from(now time.Time) time.Duration {
	now = now.UTC()
	switch w {
	case untilNextHour:
		return now.Truncate(time.Hour).Add(time.Hour).Sub(now)
	case untilNextDay:
		return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC).Sub(now)
	default:
		return 0
	}
}
