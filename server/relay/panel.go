package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// panelMessages is how many messages the agent's panel shows.
const panelMessages = 10

// Panel is what the agent's panel shows beside a conversation.
type Panel struct {
	// Linked is false for a conversation that is none of ours; the rest is then
	// empty.
	Linked bool
	Shop   bridge.ShopInfo
	Buyer  string
	// Notice says what has to be mended before anything moves; empty while all
	// is well.
	Notice string
	// Messages are the latest, newest first.
	Messages []PanelMessage
}

// PanelMessage is a message as the agent's panel shows it.
type PanelMessage struct {
	ID     bridge.DeliveryID
	Author bridge.AuthorRole
	State  bridge.State
	Text   string
	At     time.Time
	Reason string
	// MayRetry is true where trying again can help; RetryNote says what it may
	// do.
	MayRetry  bool
	RetryNote string
}

// The words of the panel.
const (
	retryFailed    = "It has not arrived. It is sent again as it is."
	retryUncertain = "We read the conversation first, and send it again only if it is not there. If that cannot be told, it is sent again, and may then arrive twice."
	errNoMessage   = "There is no such message in this conversation."
	errNotNow      = "This message cannot be tried again: it has arrived by now, or it is too old."
)

// Panel reads what the agent's panel shows beside a conversation of the
// installation. A conversation that is not linked there, whoever's it may be,
// is a Panel that is not Linked and no error.
func (r *Relay) Panel(ctx context.Context, id bridge.InstallationID, thread bridge.ThreadID) (Panel, error) {
	link, err := r.store.LinkByThread(ctx, id, thread)
	if errors.Is(err, bridge.ErrNotFound) {
		return Panel{}, nil
	}

	if err != nil {
		return Panel{}, fmt.Errorf("find link: %w", err)
	}

	p := Panel{Linked: true, Buyer: link.BuyerName, Shop: bridge.ShopInfo{ID: link.Key.Shop}}
	if err := r.panelHealth(ctx, link, &p); err != nil {
		return Panel{}, err
	}

	for _, d := range []bridge.Direction{bridge.In, bridge.Out} {
		list, err := r.store.Recent(ctx, link.Key.Lane(d), panelMessages)
		if err != nil {
			return Panel{}, fmt.Errorf("read deliveries: %w", err)
		}

		for _, d := range list {
			// What came back to us is shown as what it is: the reply.
			if d.State != bridge.Skipped || d.Reason != bridge.SkipEcho {
				p.Messages = append(p.Messages, panelMessage(d))
			}
		}
	}

	slices.SortFunc(p.Messages, func(a, b PanelMessage) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID))
	})
	p.Messages = p.Messages[:min(panelMessages, len(p.Messages))]

	return p, nil
}

// panelHealth names the shop and what stands in the way.
func (r *Relay) panelHealth(ctx context.Context, link bridge.Link, p *Panel) error {
	inst, err := r.store.Installation(ctx, link.Key.Installation)
	if err != nil {
		return fmt.Errorf("read installation: %w", err)
	}

	shop, err := r.store.Shop(ctx, link.Key.Shop)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && shop.Installation != inst.ID {
		p.Notice = wordsShopGone

		return nil
	}

	if err != nil {
		return fmt.Errorf("read shop: %w", err)
	}

	auth, err := r.store.Authorization(ctx, shop.Authorization)
	if err != nil {
		return fmt.Errorf("read authorization: %w", err)
	}

	p.Shop = shop.ShopInfo

	if shop.Standing.Broken {
		p.Notice = shop.Standing.Reason + " " + shop.Standing.Action

		return nil
	}

	for _, h := range []bridge.HealthItem{inst.Health.Credentials, auth.Health, shop.TopicHealth, shop.Subscription} {
		if h.Broken {
			p.Notice = h.Reason + " Your admin can mend it in the app's settings: " + h.Action

			return nil
		}
	}

	return nil
}

func panelMessage(d bridge.Delivery) PanelMessage {
	m := PanelMessage{
		ID: d.ID, Author: d.Message.Author, State: d.State, Text: subject(d),
		At: d.Message.CreatedAt, Reason: d.Reason,
	}

	switch d.State {
	case bridge.Failed:
		m.MayRetry, m.RetryNote = true, retryFailed
	case bridge.Uncertain:
		m.MayRetry, m.RetryNote = true, retryUncertain
	case bridge.Queued, bridge.Sending, bridge.Delivered, bridge.Skipped:
	}

	// Without its text there is nothing left to send.
	m.MayRetry = m.MayRetry && len(d.Message.Parts) > 0

	return m
}

// Retry puts a failed or uncertain message of a conversation back into its
// lane. A message of another conversation, or of another installation, is
// Missing; one that cannot be tried again is Conflict.
func (r *Relay) Retry(ctx context.Context, id bridge.InstallationID, thread bridge.ThreadID, delivery bridge.DeliveryID) error {
	missing := &bridge.Error{Code: bridge.Missing, Words: errNoMessage}

	link, err := r.store.LinkByThread(ctx, id, thread)
	if errors.Is(err, bridge.ErrNotFound) {
		return missing
	}

	if err != nil {
		return fmt.Errorf("find link: %w", err)
	}

	d, err := r.store.Delivery(ctx, delivery)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && (d.Lane.Link != link.Key || d.Lane.Direction == bridge.Note) {
		return missing
	}

	if err != nil {
		return fmt.Errorf("read delivery: %w", err)
	}

	err = r.store.Requeue(ctx, delivery)
	if errors.Is(err, bridge.ErrConflict) {
		return &bridge.Error{Code: bridge.Conflict, Words: errNotNow, Err: err}
	}

	if err != nil {
		return fmt.Errorf("put back: %w", err)
	}

	return nil
}
