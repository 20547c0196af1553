package relay

import (
	"context"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// Freshchat gives a conversation two ids. Nearly all accounts know it by the
// first, some only by its number, and some of those not by that either.

// otherThread turns to the other id of the conversation, once in an attempt,
// and returns true when the call may be made again.
func (a *attempt) otherThread(err error) bool {
	from, to := a.link.Thread, a.link.Numeric
	if a.turned || a.intent != nil || to == "" || to == from || !bridge.HasCause(err, bridge.CauseConversation) {
		return false
	}

	a.turned = true
	a.change(func(l *bridge.Link) {
		if l.Thread == from && l.Numeric == to {
			l.Thread, l.Numeric = to, from
		}
	})

	return true
}

// messages reads a conversation by whichever id it is known.
func (a *attempt) messages(
	ctx context.Context, access bridge.FreshchatAccess, thread bridge.ThreadID, since time.Time,
) ([]bridge.RemoteMessage, error) {
	a.spend(bridge.Freshchat)

	messages, err := a.freshchat.Messages(ctx, access, thread, since)

	other := a.link.Numeric
	if thread == other {
		other = a.link.Thread
	}

	if !bridge.HasCause(err, bridge.CauseConversation) || other == "" || thread != a.link.Thread && thread != a.link.Numeric {
		return messages, err
	}

	a.spend(bridge.Freshchat)

	return a.freshchat.Messages(ctx, access, other, since)
}

// learnNumber remembers the other id of a conversation of which only one was
// known, as soon as Freshchat names both.
func (r *Relay) learnNumber(ctx context.Context, link bridge.Link, ev bridge.FreshchatEvent) error {
	lacks := func(l bridge.Link) bool {
		return l.Thread != "" && l.Thread == ev.Thread && l.Numeric == ""
	}

	if ev.Numeric == "" || ev.Numeric == ev.Thread || !lacks(link) {
		return nil
	}

	err := r.store.UpdateLink(ctx, link.Key, func(l *bridge.Link) error {
		if lacks(*l) {
			l.Numeric, l.UpdatedAt = ev.Numeric, r.clock()
		}

		return nil
	})
	if err != nil {
		return fmt.Errorf("remember the number of a conversation: %w", err)
	}

	return nil
}
