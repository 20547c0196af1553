package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
)

// lifecycleBody is what server.js sends about a set-up event; more fields are
// ignored.
type lifecycleBody struct {
	Event     string    `json:"event"`
	Timestamp timestamp `json:"timestamp"`
	Host      string    `json:"host"`
	Region    string    `json:"region"`
}

// timestamp is milliseconds, as a number or as digits in a string.
type timestamp int64

// UnmarshalJSON reads either form.
func (t *timestamp) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(data, `"`)), 10, 64)
	if err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}

	*t = timestamp(n)

	return nil
}

func (call linkCall) lifecycle() (install.Lifecycle, error) {
	var b lifecycleBody
	if err := json.Unmarshal(call.body, &b); err != nil {
		return install.Lifecycle{}, unreadable(err)
	}

	if b.Event != call.Event || b.Timestamp <= 0 {
		return install.Lifecycle{}, unreadable(fmt.Errorf("event %q at %d", b.Event, b.Timestamp))
	}

	return install.Lifecycle{At: int64(b.Timestamp), Host: strings.ToLower(b.Host), Region: b.Region}, nil
}

func unreadable(cause error) error {
	return &bridge.Error{Code: bridge.Invalid, Words: refusalUnreadable, Err: cause}
}

func applied(yes bool) status {
	if yes {
		return status{statusOK}
	}

	return status{statusIgnored}
}

// lifecycleInstall answers POST /lifecycle/install.
func (s *Server) lifecycleInstall(c echo.Context, call linkCall) (any, error) {
	l, err := call.lifecycle()
	if err != nil {
		return nil, err
	}

	yes, err := s.install.Confirm(c.Request().Context(), call.Installation, l)
	if err != nil {
		return nil, fmt.Errorf("confirm: %w", err)
	}

	return applied(yes), nil
}

// lifecycleUninstall answers POST /lifecycle/uninstall.
func (s *Server) lifecycleUninstall(c echo.Context, call linkCall) (any, error) {
	l, err := call.lifecycle()
	if err != nil {
		return nil, err
	}

	yes, err := s.install.Uninstall(c.Request().Context(), call.Installation, l)
	if err != nil {
		return nil, fmt.Errorf("uninstall: %w", err)
	}

	return applied(yes), nil
}

// lifecycleSession answers POST /lifecycle/session with an address that opens
// the settings once.
func (s *Server) lifecycleSession(c echo.Context, call linkCall) (any, error) {
	if _, err := call.lifecycle(); err != nil {
		return nil, err
	}

	id, err := s.install.StartSession(c.Request().Context(), call.Installation)
	if err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}

	token, err := s.tokens.SignSessionAddress(auth.Session{ID: id, InstallID: string(call.Installation)})
	if err != nil {
		return nil, fmt.Errorf("sign session address: %w", err)
	}

	o, err := s.install.Overview(c.Request().Context(), call.Installation)
	if err != nil {
		return nil, fmt.Errorf("read shops: %w", err)
	}

	answer := sessionAnswer{URL: s.publicURL + "/settings?session=" + url.QueryEscape(token), Shops: []sessionShop{}}
	for _, shop := range o.Shops {
		answer.Shops = append(answer.Shops, sessionShop{shop.Name, regionWords(shop.Region), shop.Topic.Name})
	}

	return answer, nil
}

// sessionAnswer is where the settings open, and what the Marketplace's page
// shows of them.
type sessionAnswer struct {
	URL   string        `json:"url"`
	Shops []sessionShop `json:"shops"`
}

type sessionShop struct {
	Name   string `json:"name"`
	Region string `json:"region"`
	Topic  string `json:"topic"`
}

// eventBody is what server.js sends about a product event.
type eventBody struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// productEvent answers POST /events/message and POST /events/conversation.
func (s *Server) productEvent(c echo.Context, call linkCall) (any, error) {
	var b eventBody
	if err := json.Unmarshal(call.body, &b); err != nil {
		return nil, unreadable(err)
	}

	if b.Event != call.Event {
		return nil, unreadable(fmt.Errorf("event %q signed as %q", b.Event, call.Event))
	}

	if err := s.relay.Event(c.Request().Context(), call.Installation, b.Event, b.Data); err != nil {
		return nil, fmt.Errorf("take in event: %w", err)
	}

	return status{statusOK}, nil
}
