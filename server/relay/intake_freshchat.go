package relay

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// errNoWebhookKey answers a webhook that cannot be checked yet; Freshchat
// delivers it again.
var errNoWebhookKey = &bridge.Error{
	Code:  bridge.Unavailable,
	Words: "The public key of this Freshchat account is not saved yet. Save it in the app's settings.",
}

// Freshchat takes in one of Freshchat's own webhooks: hash is the hash of the
// address's token, body its raw bytes. Errors are a bridge.Error with code
// Missing for an unknown address, Unavailable while no public key is saved,
// Unauthorized for a bad signature, Invalid for a body that cannot be read; any
// other means that Freshchat should try again.
func (r *Relay) Freshchat(ctx context.Context, hash, signature string, body []byte) error {
	inst, err := r.store.InstallationByWebhook(ctx, hash)
	if err != nil {
		return r.counted("freshchat", "", fmt.Errorf("find webhook address: %w", err))
	}

	if inst.WebhookKey == "" {
		return r.counted("freshchat", "", errNoWebhookKey)
	}

	ev, err := r.freshchat.Webhook(inst.WebhookKey, signature, body)
	if err != nil {
		return r.counted("freshchat", "", err)
	}

	outcome, err := r.freshchatEvent(ctx, inst, ev, bridge.PathWebhook)

	return r.counted("freshchat", outcome, err)
}

// Event takes in a product event of the Marketplace for an installation whose
// link token was checked: event is the platform's name of it, data what came
// with it. Errors are as for Freshchat.
func (r *Relay) Event(ctx context.Context, id bridge.InstallationID, event string, data []byte) error {
	inst, err := r.store.Installation(ctx, id)
	if err != nil {
		return r.counted("event", "", fmt.Errorf("find installation: %w", err))
	}

	events, err := r.freshchat.ProductEvent(event, data)
	if err != nil {
		return r.counted("event", "", err)
	}

	outcome := outcomeIgnored

	for _, ev := range events {
		one, err := r.freshchatEvent(ctx, inst, ev, bridge.PathEvent)
		if err != nil {
			return r.counted("event", "", err)
		}

		if one != outcomeIgnored {
			outcome = one
		}
	}

	return r.counted("event", outcome, nil)
}

func (r *Relay) freshchatEvent(ctx context.Context, inst bridge.Installation, ev bridge.FreshchatEvent, path bridge.Path) (string, error) {
	foreign := ev.Account != "" && ev.Account != inst.Account
	own := ev.Kind == bridge.FreshchatMessage && ev.Hidden == bridge.HiddenOwn

	if foreign || ev.Kind == bridge.FreshchatOther || ev.Hidden != "" && !own || !inst.Live() {
		return outcomeIgnored, nil
	}

	link, err := r.linkOf(ctx, inst.ID, ev)
	if err != nil {
		return absent(err)
	}

	if err := r.learnNumber(ctx, link, ev); err != nil {
		return "", err
	}

	if own {
		return outcomeIgnored, r.ownMessage(ctx, link, bridge.RemoteMessage{Message: ev.Message, Text: plain(ev.Message.Parts)})
	}

	switch ev.Kind {
	case bridge.FreshchatMessage:
		r.ears.heard(sideKey{installation: inst.ID}, r.clock())

		return r.freshchatMessage(ctx, link, ev, path)
	case bridge.FreshchatResolved:
		return outcomeAccepted, r.noteResolved(ctx, link, ev, true)
	case bridge.FreshchatReopened:
		return outcomeAccepted, r.noteResolved(ctx, link, ev, false)
	default:
		return outcomeIgnored, nil
	}
}

// linkOf finds the link of an event, also while its conversation is just being
// made: agents answer faster than a lost answer is found again.
func (r *Relay) linkOf(ctx context.Context, id bridge.InstallationID, ev bridge.FreshchatEvent) (bridge.Link, error) {
	link, err := r.linkByThread(ctx, id, ev)
	if ev.User == "" || !errors.Is(err, bridge.ErrNotFound) {
		return link, err
	}

	if key, opening := r.store.Opening(ctx, id, ev.User); opening {
		in, _ := r.store.Sent(ctx, key.Lane(bridge.In))

		return bridge.Link{Key: key, CreatedAt: in.At}, nil
	}

	// Its outcome may have become known between the two looks.
	return r.linkByThread(ctx, id, ev)
}

// linkByThread finds the link by whichever id the event gives that we know.
func (r *Relay) linkByThread(ctx context.Context, id bridge.InstallationID, ev bridge.FreshchatEvent) (bridge.Link, error) {
	link, err := r.store.LinkByThread(ctx, id, ev.Thread)
	if errors.Is(err, bridge.ErrNotFound) && ev.Numeric != "" {
		link, err = r.store.LinkByThread(ctx, id, ev.Numeric)
	}

	if err != nil {
		return bridge.Link{}, fmt.Errorf("find link: %w", err)
	}

	return link, nil
}

func (r *Relay) freshchatMessage(ctx context.Context, link bridge.Link, ev bridge.FreshchatEvent, path bridge.Path) (string, error) {
	return r.accept(ctx, bridge.Entry{
		Lane: link.Key.Lane(bridge.Out),
		Origin: bridge.OriginKey{
			Installation: link.Key.Installation, Side: bridge.Freshchat,
			ID: ev.Message.ID, CreatedAt: ev.Message.CreatedAt,
		},
		Message: ev.Message,
		Path:    path,
		Wait:    r.window,
	}, link.CreatedAt.Add(-skew)) // their clock says when it was written, ours when the link was made
}

// errNotInUse says that the thread is one that the link has left behind.
var errNotInUse = errors.New("thread is not in use")

// noteResolved remembers that the thread in use was resolved or reopened.
func (r *Relay) noteResolved(ctx context.Context, link bridge.Link, ev bridge.FreshchatEvent, resolved bool) error {
	inUse := func(l bridge.Link) bool {
		return l.Thread != "" && (l.Thread == ev.Thread || l.Thread == ev.Numeric)
	}

	if !inUse(link) || link.Resolved == resolved {
		return nil
	}

	err := r.store.UpdateLink(ctx, link.Key, func(l *bridge.Link) error {
		if !inUse(*l) {
			return errNotInUse
		}

		l.Resolved, l.UpdatedAt = resolved, r.clock()

		return nil
	})
	if err != nil && !errors.Is(err, errNotInUse) {
		return fmt.Errorf("note resolved conversation: %w", err)
	}

	return nil
}
