package web

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
	"sellerchat/server/relay"
)

// panelBody is what server.js asks for the agent's panel.
type panelBody struct {
	Event        string `json:"event"`
	Conversation string `json:"conversation_id"`
	Delivery     string `json:"delivery_id"`
}

// panelAnswer is what the panel shows. The shapes are ours: only our own panel
// reads them.
type panelAnswer struct {
	Linked   bool           `json:"linked"`
	Shop     *panelShop     `json:"shop,omitempty"`
	Buyer    string         `json:"buyer,omitempty"`
	Notice   string         `json:"notice,omitempty"`
	Messages []panelMessage `json:"messages"`
}

type panelShop struct {
	Name   string `json:"name"`
	Region string `json:"region,omitempty"`
}

type panelMessage struct {
	Delivery  string    `json:"delivery_id"`
	From      string    `json:"from"`
	State     string    `json:"state"`
	Text      string    `json:"text"`
	At        time.Time `json:"at"`
	Reason    string    `json:"reason,omitempty"`
	Retry     bool      `json:"retry"`
	RetryNote string    `json:"retry_note,omitempty"`
}

// panelStates are what the panel calls the states of deliveries.
var panelStates = map[bridge.State]string{
	bridge.Queued: "waiting", bridge.Sending: "waiting", bridge.Delivered: "sent",
	bridge.Uncertain: "unsure", bridge.Failed: "failed", bridge.Skipped: "skipped",
}

func (call linkCall) panel() (panelBody, error) {
	var b panelBody
	if err := json.Unmarshal(call.body, &b); err != nil {
		return b, unreadable(err)
	}

	if b.Event != call.Event || b.Conversation == "" {
		return b, unreadable(fmt.Errorf("event %q about conversation %q", b.Event, b.Conversation))
	}

	return b, nil
}

// panelState answers POST /panel/state.
func (s *Server) panelState(c echo.Context, call linkCall) (any, error) {
	b, err := call.panel()
	if err != nil {
		return nil, err
	}

	return s.showPanel(c, call, b)
}

// panelRetry answers POST /panel/retry with the panel as it is then.
func (s *Server) panelRetry(c echo.Context, call linkCall) (any, error) {
	b, err := call.panel()
	if err != nil {
		return nil, err
	}

	id, err := bridge.ParseDeliveryID(b.Delivery)
	if err != nil {
		return nil, fmt.Errorf("read delivery: %w", err)
	}

	if err := s.relay.Retry(c.Request().Context(), call.Installation, bridge.ThreadID(b.Conversation), id); err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}

	return s.showPanel(c, call, b)
}

func (s *Server) showPanel(c echo.Context, call linkCall, b panelBody) (any, error) {
	p, err := s.relay.Panel(c.Request().Context(), call.Installation, bridge.ThreadID(b.Conversation))
	if err != nil {
		return nil, fmt.Errorf("read panel: %w", err)
	}

	return panelModel(p), nil
}

func panelModel(p relay.Panel) panelAnswer {
	a := panelAnswer{Linked: p.Linked, Buyer: p.Buyer, Notice: p.Notice, Messages: []panelMessage{}}
	if p.Linked {
		a.Shop = &panelShop{Name: p.Shop.Name, Region: regionWords(p.Shop.Region)}
	}

	for _, m := range p.Messages {
		a.Messages = append(a.Messages, panelMessage{
			Delivery: m.ID.String(), From: string(m.Author), State: panelStates[m.State], Text: m.Text,
			At: m.At.UTC(), Reason: m.Reason, Retry: m.MayRetry, RetryNote: m.RetryNote,
		})
	}

	return a
}
