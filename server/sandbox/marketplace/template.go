package marketplace

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// template is a request template of the package.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/front-end-apps/request-method/
type template struct {
	Schema struct {
		Protocol string            `json:"protocol"`
		Method   string            `json:"method"`
		Host     string            `json:"host"`
		Path     string            `json:"path"`
		Headers  map[string]string `json:"headers"`
		Query    map[string]string `json:"query"`
	} `json:"schema"`
	Options struct {
		Attempts int `json:"maxAttempts"`
		Delay    int `json:"retryDelay"` // milliseconds
	} `json:"options"`
}

// invocation is a call of a template by the app's code.
type invocation struct {
	Template string            `json:"template"`
	Context  map[string]string `json:"context"`
	Body     string            `json:"body"`
}

// reply is what a template call came to.
type reply struct {
	Status   int               `json:"status"`
	Headers  map[string]string `json:"headers"`
	Response string            `json:"response"`
}

// placeholder is a value that is put in when a template is called.
var placeholder = regexp.MustCompile(`<%=\s*(?:(encode)\(\s*)?(iparam|context)\.(\w+)\s*\)?\s*%>`)

// secretParameters are stored as secure: they stand in headers only.
var secretParameters = map[string]bool{"link_secret": true}

// fill puts values into a part of a template.
func fill(text string, iparams, context map[string]string, header bool) (string, error) {
	var fault error

	filled := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		m := placeholder.FindStringSubmatch(found)
		values := context
		if m[2] == "iparam" {
			values = iparams
			if secretParameters[m[3]] && !header {
				fault = fmt.Errorf("secure parameter %s outside the headers", m[3])
			}
		}
		if m[1] == "encode" {
			return base64.StdEncoding.EncodeToString([]byte(values[m[3]]))
		}

		return values[m[3]]
	})

	return filled, fault
}

// invoke calls a template: within the calls of a minute, tried again as its
// options say. An answer that is not 2xx, or none, is an error for the app's
// code; the second result says so.
func (m *Market) invoke(ctx context.Context, in invocation, a about) (reply, bool) {
	t, declared := m.app.templates[in.Template]
	if !declared {
		return reply{Status: http.StatusBadRequest, Response: "the template is not declared"}, false
	}

	m.mu.Lock()
	allowed := m.opt.CallsPerMinute < 0 || m.window.spend(m.opt.Clock.Now(), m.opt.CallsPerMinute)
	m.mu.Unlock()
	if !allowed {
		return reply{Status: http.StatusTooManyRequests, Response: "too many requests"}, false
	}

	req, err := m.fillTemplate(t, in)
	if err != nil {
		return reply{Status: http.StatusBadRequest, Response: err.Error()}, false
	}

	return m.send(ctx, t, req, a)
}

// filled is a template with its values.
type filled struct {
	url, path, method string
	headers           map[string]string
	body              string
}

func (m *Market) fillTemplate(t template, in invocation) (filled, error) {
	iparams := m.iparams()
	f := filled{method: t.Schema.Method, headers: map[string]string{}, body: in.Body}

	host, err := fill(t.Schema.Host, iparams, in.Context, false)
	if err != nil {
		return f, err
	}
	if f.path, err = fill(t.Schema.Path, iparams, in.Context, false); err != nil {
		return f, err
	}

	query := url.Values{}
	for name, value := range t.Schema.Query {
		if value, err = fill(value, iparams, in.Context, false); err != nil {
			return f, err
		}
		query.Set(name, value)
	}
	for name, value := range t.Schema.Headers {
		if f.headers[name], err = fill(value, iparams, in.Context, true); err != nil {
			return f, err
		}
	}

	f.url = t.Schema.Protocol + "://" + host + f.path
	if len(query) > 0 {
		f.url += "?" + query.Encode()
	}

	return f, nil
}

func (m *Market) send(ctx context.Context, t template, f filled, a about) (reply, bool) {
	started := m.opt.Clock.Now()
	call := Call{Event: a.event, Path: f.path, Subject: a.conversation, Message: a.message, Text: a.text}

	var got reply
	for attempts := cmp.Or(t.Options.Attempts, 1); call.Attempts < attempts; {
		call.Attempts++
		got = m.sendOnce(ctx, f)
		if got.Status != 0 && got.Status < http.StatusInternalServerError || ctx.Err() != nil {
			break
		}
		if call.Attempts < attempts && m.opt.RetryDelay > 0 && !pause(ctx, time.Duration(t.Options.Delay)*time.Millisecond) {
			break
		}
	}

	call.Status, call.Took = got.Status, m.opt.Clock.Now().Sub(started)
	if m.opt.Observe != nil {
		m.opt.Observe(call)
	}

	return got, got.Status >= 200 && got.Status < 300
}

func (m *Market) sendOnce(ctx context.Context, f filled) reply {
	req, err := http.NewRequestWithContext(ctx, f.method, f.url, strings.NewReader(f.body))
	if err != nil {
		return reply{Status: http.StatusBadRequest, Response: "the address cannot be called"}
	}
	for name, value := range f.headers {
		req.Header.Set(name, value)
	}

	res, err := m.opt.Client.Do(req)
	if err != nil {
		return reply{}
	}
	defer res.Body.Close()

	body, err := readAnswer(res.Body)
	if err != nil {
		return reply{}
	}

	headers := map[string]string{}
	for name := range res.Header {
		headers[strings.ToLower(name)] = res.Header.Get(name)
	}

	return reply{res.StatusCode, headers, string(body)}
}
