package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"sellerchat/server/bridge"
)

// noteAttempts is how often a note is tried in a lane of its own: some hours of
// an outage long. mirrorAttempts is how often it stands in the way of a buyer's
// messages, before it goes on in the lane of notes.
const (
	noteAttempts   = 360
	mirrorAttempts = 12
)

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

	if a.intent != nil {
		a.with = a.intent.With

		told, err := a.noteReadBack(ctx, access)
		if told {
			return a.told()
		}

		if err != nil {
			return a.noteFailed(ctx, err)
		}
	}

	text, v, ok := a.gather(ctx)
	if !ok {
		return v
	}

	if err := a.begin(ctx, bridge.Words(text), a.link.Thread); err != nil {
		return a.noteFailed(ctx, err)
	}

	id, err := a.postNote(ctx, access, text)
	a.answered(id, err)

	if a.otherThread(err) {
		return a.deliverNote(ctx)
	}

	if err != nil {
		return a.noteFailed(ctx, fmt.Errorf("post note: %w", err))
	}

	return a.told()
}

// nowhere is the verdict on a note without a conversation: it waits for one
// that is just being made, since an answer in it may be what it is about.
func (a *attempt) nowhere(ctx context.Context) verdict {
	in, making := a.store.Sent(ctx, a.link.Key.Lane(bridge.In))
	if making && in.Thread == "" {
		return verdict{at: a.later(settleAfter), reason: waitReadBack, patient: true}
	}

	return skippedVerdict("there is no conversation in Freshchat to write to")
}

// noteText is what the agents read.
func (a *attempt) noteText() string {
	m := a.claim.Delivery.Message
	if m.Author == bridge.Seller {
		if a.mirrored != nil {
			m.Parts = a.mirrored
		}

		return mirrorPrefix + plain(m.Parts)
	}

	return plain(m.Parts)
}

// noteReadBack looks whether a note whose answer was lost is there. Where that
// cannot be read, it is told again: twice is better than not at all.
func (a *attempt) noteReadBack(ctx context.Context, access bridge.FreshchatAccess) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	messages, err := a.messages(ctx, access, a.intent.Thread, a.intent.At.Add(-skew))
	if err != nil {
		if bridge.AsFailure(err).Class == bridge.Permanent {
			return false, nil
		}

		return false, fmt.Errorf("read back: %w", err)
	}

	for _, m := range messages {
		if !m.Private || !sameText(m.Text, a.intent.Text) {
			continue
		}

		_, err := a.store.Known(ctx, bridge.OriginKey{
			Installation: a.inst.ID, Side: bridge.Freshchat, ID: m.ID, CreatedAt: m.CreatedAt,
		})
		if errors.Is(err, bridge.ErrNotFound) {
			a.found(m)

			return true, nil
		}

		if err != nil {
			return false, fmt.Errorf("look up note: %w", err)
		}
	}

	return false, nil
}

// postNote writes as a bot or, where the account refuses that, as the agent who
// wrote last; which of them is remembered, until she is refused herself.
func (a *attempt) postNote(ctx context.Context, access bridge.FreshchatAccess, text string) (bridge.MessageID, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	post := bridge.Post{Private: true, Agent: a.inst.NoteAuthor, Piece: bridge.Words(text)}
	a.spend(bridge.Freshchat)

	id, err := a.freshchat.Post(ctx, access, a.link.Thread, post)

	other := a.writer()
	if !authorRefused(err, post) || other == "" || other == post.Agent {
		return id, err
	}

	post.Agent = other
	a.spend(bridge.Freshchat)

	if id, err = a.freshchat.Post(ctx, access, a.link.Thread, post); err != nil {
		return "", err
	}

	_, failed := a.store.UpdateInstallation(ctx, a.inst.ID, func(i *bridge.Installation) error {
		i.NoteAuthor = other

		return nil
	})
	if failed != nil {
		a.log.WarnContext(ctx, "author of notes not remembered", slog.Any("error", failed))
	}

	return id, nil
}

// writer is the agent in whose name a note can go out: whose message it is
// about, else who wrote last.
func (a *attempt) writer() bridge.AgentID {
	d := a.claim.Delivery
	if d.Lane.Direction == bridge.Note && d.Message.AuthorID != "" {
		return bridge.AgentID(d.Message.AuthorID)
	}

	return a.link.Agent
}

// authorRefused reports whether another author may be accepted. Of an agent,
// who may have left since she was remembered, no refusal says so in particular.
func authorRefused(err error, p bridge.Post) bool {
	if err == nil || p.Agent == "" {
		return bridge.HasCause(err, bridge.CauseBotRefused)
	}

	f := bridge.AsFailure(err)

	return f.Class == bridge.Permanent && f.Certain && f.Cause != bridge.CauseConversation
}

// noteFailed is a verdict about a note. One that is given up in the lane of the
// buyer's messages goes on as a note; beside that it brings forth none.
func (a *attempt) noteFailed(ctx context.Context, err error) verdict {
	v := a.failed(ctx, err)
	a.notes = nil

	d := a.claim.Delivery
	mirrored := d.Lane.Direction == bridge.In

	most := noteAttempts
	if mirrored {
		most = mirrorAttempts
	}

	if v.state.Final() || v.patient || d.Attempts+1 < most {
		return v
	}

	if mirrored {
		a.note(a.noteText())
	}

	v.state, v.reason = bridge.Failed, reasonConsumed

	return v
}
