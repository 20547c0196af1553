package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// prefixRoom is how many characters the longest prefix of a late message takes.
const prefixRoom = 40

// echoHold is how long a message from the seller's side waits to find out
// whether it is our own, and echoPause how often it looks.
const (
	echoHold  = time.Minute
	echoPause = 300 * time.Millisecond
)

// deliverIn carries a message from TikTok to Freshchat.
func (a *attempt) deliverIn(ctx context.Context) verdict {
	d := a.claim.Delivery

	shop, err := a.store.Shop(ctx, d.Lane.Link.Shop)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && shop.Installation != a.inst.ID {
		return skippedVerdict(bridge.SkipUninstalled)
	}

	if err != nil {
		return a.failed(ctx, fmt.Errorf("read shop: %w", err))
	}

	if d.Message.Author == bridge.Seller {
		return a.mirror(ctx)
	}

	access, err := a.freshchatAccess()
	if err != nil {
		return a.failed(ctx, err)
	}

	a.topic = shop.Topic.ID
	to := &inbound{attempt: a, access: access, shop: shop, steps: a.planIn(), hopeless: map[int]bool{}}
	a.of = len(to.steps)

	return to.deliver(ctx)
}

// planIn plans the message. Without blobs there are no files, only words.
func (a *attempt) planIn() []step {
	parts := a.claim.Delivery.Message.Parts
	if a.blobs == nil {
		parts = told(parts)
	}

	return planIn(parts, a.textRoom)
}

func (a *attempt) freshchatAccess() (bridge.FreshchatAccess, error) {
	key, err := a.vault.Open(a.inst.APIKey, a.inst.Binding("api_key"))
	if err != nil {
		return bridge.FreshchatAccess{}, fmt.Errorf("open api key: %w", err)
	}

	return bridge.FreshchatAccess{Host: a.inst.Host, Key: string(key)}, nil
}

// mirror shows what the seller wrote in Seller Center as a note, unless it is
// the echo of what we sent.
func (a *attempt) mirror(ctx context.Context) verdict {
	d := a.claim.Delivery
	key := bridge.OriginKey{
		Installation: a.inst.ID, Side: bridge.TikTok,
		ID: d.Message.ID, CreatedAt: d.Message.CreatedAt,
	}

	// In this order: an answer that comes in between makes the id known before
	// the intent is gone.
	in, underWay := a.store.Sent(ctx, d.Lane.Link.Lane(bridge.Out))

	owner, err := a.store.Known(ctx, key)
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return a.failed(ctx, fmt.Errorf("look up echo: %w", err))
	}

	if err == nil && owner != d.ID {
		return skippedVerdict(bridge.SkipEcho)
	}

	// What an earlier run was at is not known for a moment.
	unknown := underWay && in.Kind == ""
	ours := underWay && !unknown && compare(in.Piece, bridge.RemoteMessage{Message: d.Message, Text: plain(d.Message.Parts)}) != different

	if (unknown || ours) && a.clock().Sub(d.AcceptedAt) < echoHold {
		return verdict{at: a.later(echoPause), patient: true, reason: waitReadBack}
	}

	if ours {
		return skippedVerdict(bridge.SkipEcho)
	}

	ours, err = a.settleDoubt(ctx, a.link, bridge.Out, bridge.RemoteMessage{Message: d.Message, Text: plain(d.Message.Parts)})
	if err != nil {
		return a.failed(ctx, err)
	}

	if ours {
		return skippedVerdict(bridge.SkipEcho)
	}

	if !a.inst.Settings.MirrorSellerCenter || a.link.Thread == "" {
		return skippedVerdict(bridge.SkipNotMirrored)
	}

	if err := a.mirrorFiles(ctx); err != nil {
		return a.failed(ctx, err)
	}

	return a.deliverNote(ctx)
}

// inbound is an attempt toward Freshchat with what its calls need.
type inbound struct {
	*attempt

	access bridge.FreshchatAccess
	shop   bridge.Shop
	steps  []step
	// hopeless are parts whose file will never be had.
	hopeless map[int]bool
	// remapped is true after a thread was given up in this attempt.
	remapped bool
}

func (in *inbound) deliver(ctx context.Context) verdict {
	if err := in.person(ctx); err != nil {
		return in.failed(ctx, err)
	}

	if in.intent != nil {
		if v, ok := in.readBack(ctx); !ok {
			return v
		}

		if v, over := in.givenUp(); over {
			return v
		}
	}

	if err := in.afterResolve(ctx); err != nil {
		return in.failed(ctx, err)
	}

	for len(in.done) < len(in.steps) {
		if err := in.take(ctx, in.steps[len(in.done)]); err != nil {
			if in.remap(err) {
				continue
			}

			return in.failed(ctx, err)
		}
	}

	in.proved(ctx)

	if err := in.owe(ctx); err != nil {
		return in.failed(ctx, err)
	}

	return deliveredVerdict()
}

// take makes the call of one step.
func (in *inbound) take(ctx context.Context, s step) error {
	if s.file {
		return in.file(ctx, s.part)
	}

	return in.call(ctx, bridge.Words(in.prefix()+s.text))
}

// prefix marks the first call of what comes late.
func (in *inbound) prefix() string {
	d := in.claim.Delivery

	switch {
	case d.Lane.Direction == bridge.Follow:
		return followPrefix(d.Message.CreatedAt, in.clock())
	case d.Late && len(in.done) == 0:
		return latePrefix(d.Message.CreatedAt, in.clock())
	default:
		return ""
	}
}

// call makes one call: it opens a conversation when there is none in use.
func (in *inbound) call(ctx context.Context, p bridge.Piece) error {
	if err := in.begin(ctx, p, in.link.Thread); err != nil {
		return err
	}

	in.spend(bridge.Freshchat)

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	if in.link.Thread == "" {
		return in.open(ctx, p)
	}

	id, err := in.freshchat.Post(ctx, in.access, in.link.Thread, bridge.Post{User: in.link.User, Piece: p})
	in.answered(id, err)

	if err != nil {
		return fmt.Errorf("post message: %w", err)
	}

	in.limits.accepted(in.inst.ID, bridge.Freshchat, in.clock())

	return nil
}

func (in *inbound) open(ctx context.Context, p bridge.Piece) error {
	opened, err := in.freshchat.Open(ctx, in.access, bridge.Opening{
		Topic: in.shop.Topic.ID, User: in.link.User, Piece: p,
	})
	if err == nil && opened.Message == "" {
		// Freshchat need not name the first message; the conversation's own
		// id stands for it.
		opened.Message = bridge.MessageID(opened.Thread)
	}

	in.answered(opened.Message, err)

	if opened.Thread != "" {
		// Also when its message was refused: the next one goes into it.
		in.change(func(l *bridge.Link) {
			l.Thread, l.Numeric, l.Resolved = opened.Thread, opened.Numeric, false
		})
	}

	if err != nil {
		return fmt.Errorf("open conversation: %w", err)
	}

	in.limits.accepted(in.inst.ID, bridge.Freshchat, in.clock())

	return nil
}

// remap gives up a thread that Freshchat refuses, once in an attempt: the same
// call then opens a new one. Some accounts know a conversation by its number
// only, which is tried before.
func (in *inbound) remap(err error) bool {
	refused := bridge.HasCause(err, bridge.CauseConversation) || bridge.HasCause(err, bridge.CauseNotLatest)

	if in.claim.Delivery.Lane.Direction == bridge.Follow {
		return false // it waits until the lane of messages has found out where to
	}

	if !refused || in.remapped || in.intent != nil || in.link.Thread == "" {
		return false
	}

	if in.otherThread(err) {
		return true
	}

	in.remapped = true
	in.change(func(l *bridge.Link) { l.Thread, l.Numeric, l.Resolved = "", "", false })

	return true
}

// afterResolve follows the admin's choice for a conversation that was
// resolved: a new one, or the same one opened again.
func (in *inbound) afterResolve(ctx context.Context) error {
	if !in.link.Resolved || in.link.Thread == "" || len(in.done) > 0 {
		return nil
	}

	if in.inst.Settings.AfterResolve == bridge.StartNew {
		in.change(func(l *bridge.Link) { l.Thread, l.Numeric, l.Resolved = "", "", false })

		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	err := in.freshchat.Reopen(ctx, in.access, in.link.Thread)
	if in.otherThread(err) {
		err = in.freshchat.Reopen(ctx, in.access, in.link.Thread)
	}

	if err != nil && bridge.AsFailure(err).Class == bridge.Permanent || bridge.HasCause(err, bridge.CauseScopeMissing) {
		// Freshchat will say what to do when the message itself is posted.
		err = nil
	}

	if err != nil {
		return fmt.Errorf("reopen conversation: %w", err)
	}

	in.change(func(l *bridge.Link) { l.Resolved = false })

	return nil
}
