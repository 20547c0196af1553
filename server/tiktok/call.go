package tiktok

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// answerLimit is far above the largest answer we ask for, ten messages.
const answerLimit = 4 << 20 // bytes

// call is one business call before it is signed.
type call struct {
	op     string
	method string
	path   string
	query  url.Values // beside the parameters that every call carries
	body   any        // nil sends no body at all
	form   *form      // sent in place of a body, and not signed
	access bridge.Access
	// noShop marks the few calls that refuse a shop_cipher.
	noShop bool
	// private is what a person wrote: some refusals repeat it.
	private string
}

// attempt is one request on its way, with what must not be told of it.
type attempt struct {
	op      string
	request *http.Request
	secrets []string
	// brings is true when a file goes with it.
	brings bool
}

// envelope is the frame of every answer.
type envelope struct {
	// Code is a pointer, since an answer without one is not a success.
	Code      *int64          `json:"code"`
	Message   string          `json:"message"`
	RequestID string          `json:"request_id"`
	Data      json.RawMessage `json:"data"`
	// ResourceID stands here, or in the data, of the answer to an upload.
	ResourceID loose `json:"resource_id"`
}

// errNoEnvelope says that an answer is empty or has no code, which in answers to
// uploads may be a success.
var errNoEnvelope = errors.New("answer has no code")

// call signs, sends and reads one business call; out receives the data and may
// be nil. Every error is a *bridge.Failure.
func (c *Client) call(ctx context.Context, r call, out any) error {
	a, ok := c.apps[r.access.Market]
	if !ok {
		return notAsked(r.op, fmt.Errorf("market %q: %w", r.access.Market, ErrUnknownMarket))
	}

	req, err := c.build(ctx, a, r)
	if err != nil {
		return notAsked(r.op, err)
	}

	return c.send(attempt{
		op:      r.op,
		request: req,
		secrets: []string{a.AppSecret, r.access.Token, r.access.Cipher, r.private},
		brings:  r.form != nil,
	}, out)
}

// build makes the signed request. The body is marshalled once: the bytes that
// are signed are the bytes that are sent.
func (c *Client) build(ctx context.Context, a app, r call) (*http.Request, error) {
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("encode body: %w", err)
		}
	}

	req, err := http.NewRequestWithContext(ctx, r.method, c.signed(a, r, body), bytes.NewReader(body))
	if err != nil {
		return nil, dial.Reason(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if r.form != nil {
		req.Header.Set("Content-Type", r.form.kind)
		req.Body, req.ContentLength, req.GetBody = r.form, r.form.length, nil
	}
	req.Header.Set(headerAccess, r.access.Token)

	return req, nil
}

// headerAccess carries the access token.
const headerAccess = "x-tts-access-token"

// signed returns the address of the call with what every call carries in it,
// signed now.
func (c *Client) signed(a app, r call, body []byte) string {
	q := url.Values{}
	maps.Copy(q, r.query)
	q.Set("app_key", a.AppKey)
	q.Set("timestamp", strconv.FormatInt(c.clock().Unix(), 10))
	if !r.noShop {
		q.Set("shop_cipher", r.access.Cipher)
	}
	q.Set("sign", sign(a.AppSecret, r.path, q, body))

	u := *c.api
	u.Path = r.path
	u.RawQuery = q.Encode()

	return u.String()
}

// send makes the request once and reads its answer.
func (c *Client) send(a attempt, out any) error {
	ans := c.ask(a)
	if f := c.judge(a, ans); f != nil {
		return f
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(ans.Data, out); err != nil {
		return unreadable(a, ans, errors.New("data of the answer has an unknown shape"))
	}

	return nil
}

// ask makes the request once and logs what came back.
func (c *Client) ask(a attempt) answer {
	began := c.clock()
	ans := c.receive(a)
	c.log.DebugContext(a.request.Context(), "tiktok call",
		"op", a.op,
		"status", ans.status,
		"code", ans.code(),
		"request_id", plain(ans.RequestID, a.secrets),
		"duration", c.clock().Sub(began),
	)

	return ans
}

// answer is what came back. Its zero status means that nothing did.
type answer struct {
	envelope
	status int
	header http.Header
	// err says why there is no envelope.
	err error
}

// code is the platform's code in digits, empty when there is none.
func (a answer) code() string {
	if a.Code == nil {
		return ""
	}

	return strconv.FormatInt(*a.Code, 10)
}

// receive reads the envelope whatever the status: refusals come with 200 as
// well as with others.
func (c *Client) receive(a attempt) answer {
	client := c.http
	if a.brings {
		client = c.uploads
	}
	resp, err := client.Do(a.request)
	if err != nil {
		return answer{err: &silence{cause: dial.Reason(err), secrets: a.secrets}}
	}
	defer func() { _ = resp.Body.Close() }()

	ans := answer{status: resp.StatusCode, header: resp.Header}
	body, err := dial.ReadLimited(resp.Body, answerLimit)
	if err != nil {
		ans.err = fmt.Errorf("read answer: %w", err)
		return ans
	}
	if len(body) == 0 {
		ans.err = errNoEnvelope
		return ans
	}
	if err := json.Unmarshal(body, &ans.envelope); err != nil {
		// The decoder's own words may quote the body.
		ans.envelope, ans.err = envelope{}, errors.New("answer is not in TikTok's form")
		return ans
	}
	if ans.Code == nil {
		ans.err = errNoEnvelope
	}

	return ans
}

// inPath returns an id as a part of a path. One that could change the path is
// refused: it cannot be one of the platform's.
func inPath[T ~string](id T) (string, error) {
	for _, r := range id {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-':
		default:
			return "", errors.New("id cannot be part of an address")
		}
	}
	if id == "" {
		return "", errors.New("id is empty")
	}

	return "/" + string(id), nil
}
