package relay

import (
	"context"
	"fmt"
	"log/slog"

	"sellerchat/server/bridge"
)

// noteAttempts is how often a note is tried: it is never in the way of the
// next one for long.
const noteAttempts = 12

// deliverNote writes a private note for the agents of the conversation. It
// serves the lane of notes and what was typed in Seller Center.
func (a *attempt) deliverNote(ctx context.Context) verdict {
	if a.link.Thread == "" {
		return a.nowhere(ctx)
	}

	access, err := a.freshchatAccess()
	if err != nil {
		return a.noteFailed(ctx, err)
	}

	text := plain(a.claim.Delivery.Message.Parts)
	if a.claim.Delivery.Message.Author == bridge.Seller {
		text = mirrorPrefix + text
	}

	if err := a.begin(ctx, text, a.link.Thread); err != nil {
		return a.noteFailed(ctx, err)
	}

	id, err := a.postNote(ctx, access, text)
	a.answered(id, err)

	if err != nil {
		return a.noteFailed(ctx, fmt.Errorf("post note: %w", err))
	}

	return deliveredVerdict()
}

// nowhere is the verdict on a note without a conversation: it waits for one
// that is just being made, since an answer in it may be what it is about.
func (a *attempt) nowhere(ctx context.Context) verdict {
	in, making := a.store.Sent(ctx, a.link.Key.Lane(bridge.In))
	if making && in.Thread == "" {
		return verdict{at: a.later(a.settle), reason: waitReadBack, patient: true}
	}

	return skippedVerdict("there is no conversation in Freshchat to write to")
}

// postNote writes as a bot, or, where the account refuses that, as the agent
// who wrote last; which of them is remembered.
func (a *attempt) postNote(ctx context.Context, access bridge.FreshchatAccess, text string) (bridge.MessageID, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	a.spend(bridge.Freshchat)

	id, err := a.freshchat.Post(ctx, access, a.link.Thread, bridge.Post{Private: true, Agent: a.inst.NoteAuthor, Text: text})
	if !bridge.HasCause(err, bridge.CauseBotRefused) || a.inst.NoteAuthor != "" || a.link.Agent == "" {
		return id, err
	}

	id, err = a.freshchat.Post(ctx, access, a.link.Thread, bridge.Post{Private: true, Agent: a.link.Agent, Text: text})
	if err != nil {
		return "", err
	}

	_, failed := a.store.UpdateInstallation(ctx, a.inst.ID, func(i *bridge.Installation) error {
		i.NoteAuthor = a.link.Agent

		return nil
	})
	if failed != nil {
		a.log.WarnContext(ctx, "author of notes not remembered", slog.Any("error", failed))
	}

	return id, nil
}

// noteFailed is a verdict about a note: it brings forth no note of its own. A
// note of unknown outcome is tried again: told twice is better than not told.
func (a *attempt) noteFailed(ctx context.Context, err error) verdict {
	a.intent = nil

	v := a.failed(ctx, err)
	a.notes = nil

	if !v.state.Final() && !v.patient && a.claim.Delivery.Attempts+1 >= noteAttempts {
		v.state, v.reason = bridge.Failed, reasonConsumed
	}

	return v
}
