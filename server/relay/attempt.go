package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// callTimeout bounds one call to a platform.
const callTimeout = 15 * time.Second

// attempt is one try to deliver the head of a lane. What it learns on the way
// is kept, so that whichever end it comes to is stored with everything that
// is true by then.
type attempt struct {
	*Relay

	claim   bridge.Claim
	started time.Time
	// admitted is true while the call that the attempt was admitted for is
	// still to be made.
	admitted bool
	// heard is what the outcome told of the side.
	heard change

	inst bridge.Installation
	// link is as the attempt sees it. Its changes are stored with the outcome,
	// made again on what the link is by then: other lanes change it too.
	link    bridge.Link
	changes []func(*bridge.Link)
	// done are the calls made; intent is the call whose outcome is unknown.
	done   []bridge.MessageID
	intent *bridge.Intent
	// unsure is true until the intent of a call that an earlier run of the
	// program may have made was worked out.
	unsure bool
	// token and topic are what the calls use, to be told from what replaces it.
	token string
	topic bridge.TopicID
	// written are the times of calls that were found by reading back, which
	// may be long ago.
	written map[bridge.MessageID]time.Time
	// mirrored are the parts of what the seller wrote, with the addresses of our
	// copies.
	mirrored []bridge.Part
	// notes go out with the outcome.
	notes []bridge.Entry
	// with are further notes that this one speaks for, causes what it tells.
	with   []bridge.DeliveryID
	causes []bridge.NoteCause
	// of is how many calls there are in all, begun true once one was made.
	of    int
	begun bool
	// turned is true after it turned to the other id of the conversation.
	turned bool
}

// verdict is how an attempt ended: with a final state, or with a time for the
// next one.
type verdict struct {
	state  bridge.State
	reason string
	// at is when to try again, for states that are not final.
	at time.Time
	// patient is true where waiting is nobody's failure.
	patient bool
	err     error
}

func deliveredVerdict() verdict { return verdict{state: bridge.Delivered} }

func skippedVerdict(reason string) verdict { return verdict{state: bridge.Skipped, reason: reason} }

// run delivers by direction and turns whatever went wrong into a verdict.
func (a *attempt) run(ctx context.Context) verdict {
	d := a.claim.Delivery
	a.done, a.intent, a.unsure = d.Done, d.Intent, !d.Started.IsZero()

	// What was left out at the end is tried again when somebody asks for it.
	if d.Attempts == 0 && d.Intent == nil {
		for n := len(a.done); n > 0 && a.done[n-1] == ""; n-- {
			a.done = a.done[:n-1]
		}
	}

	inst, err := a.store.Installation(ctx, d.Lane.Link.Installation)
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return a.failed(ctx, fmt.Errorf("read installation: %w", err))
	}

	if !inst.Live() {
		return skippedVerdict(bridge.SkipUninstalled)
	}

	a.inst = inst
	if err := a.loadLink(ctx); err != nil {
		return a.failed(ctx, err)
	}

	a.resume()

	if a.clock().Sub(d.Message.CreatedAt) > bridge.RelayFor && a.intent == nil && len(a.done) == 0 {
		a.tellTooOld()

		return skippedVerdict(bridge.SkipTooOld)
	}

	switch d.Lane.Direction {
	case bridge.In:
		return a.deliverIn(ctx)
	case bridge.Out:
		return a.deliverOut(ctx)
	case bridge.Follow:
		return a.deliverFollow(ctx)
	default:
		return a.deliverNote(ctx)
	}
}

func (a *attempt) loadLink(ctx context.Context) error {
	key := a.claim.Delivery.Lane.Link

	link, err := a.store.Link(ctx, key)
	if errors.Is(err, bridge.ErrNotFound) {
		link, err = bridge.Link{Key: key, CreatedAt: a.clock()}, nil
	}

	if err != nil {
		return fmt.Errorf("read link: %w", err)
	}

	a.link = link
	if a.intent == nil || a.claim.Delivery.Lane.Direction != bridge.In {
		return nil
	}

	// Whom a conversation was opened with, and which one that is, is known only
	// to the intent after a crash.
	if user := a.intent.User; link.User == "" && user != "" {
		a.change(func(l *bridge.Link) { l.User = user })
	}

	if thread := a.intent.Thread; link.Thread == "" && thread != "" {
		a.change(func(l *bridge.Link) { l.Thread = thread })
	}

	return nil
}

// change alters the link; it is stored with the outcome.
func (a *attempt) change(f func(*bridge.Link)) {
	f(&a.link)
	a.changes = append(a.changes, f)
}

// linkChange makes the attempt's changes; nil when there are none.
func (a *attempt) linkChange() func(*bridge.Link) {
	if len(a.changes) == 0 {
		return nil
	}

	now := a.clock()

	return func(l *bridge.Link) {
		if l.CreatedAt.IsZero() {
			l.CreatedAt = a.link.CreatedAt
		}

		for _, f := range a.changes {
			f(l)
		}

		l.UpdatedAt = now
	}
}

// spend counts a call. The one that the attempt was admitted for is counted
// already.
func (a *attempt) spend(side bridge.Side) {
	if side == bridge.TikTok {
		a.quotas.spend(a.claim.Delivery.Lane.Link.Shop, a.clock())
	}

	if a.admitted && side == a.claim.Delivery.Lane.Direction.Target() {
		a.admitted = false

		return
	}

	a.limits.spend(a.inst.ID, side, a.clock())
}

// begin stores what is about to be sent, and makes sure that nobody else takes
// the lane over before the call has ended: an attempt may make many.
func (a *attempt) begin(ctx context.Context, p bridge.Piece, thread bridge.ThreadID) error {
	in := bridge.Intent{Call: len(a.done), Piece: p, At: a.clock(), Thread: thread, Of: a.of, With: a.with}
	// Until the link is stored with its conversation, only this tells whose
	// conversation it is.
	if a.claim.Delivery.Lane.Direction == bridge.In && (thread == "" || len(a.changes) > 0) {
		in.User = a.link.User
	}

	a.begun = true

	if started, err := a.start(ctx, in); started || err != nil {
		return err
	}

	if err := a.store.Begin(ctx, a.claim, in, a.done); err != nil {
		return fmt.Errorf("store intent: %w", err)
	}

	a.intent = &in

	if err := a.store.Extend(ctx, a.claim, lease); err != nil {
		return fmt.Errorf("keep the lane: %w", err)
	}

	return nil
}

// answered settles the call that was begun: taken under an id, surely not
// taken, or unknown, in which case the intent stays.
func (a *attempt) answered(id bridge.MessageID, err error) {
	f := bridge.AsFailure(err)

	switch {
	case err == nil:
		a.done, a.intent = append(slices.Clip(a.done), id), nil
	case f.Certain:
		a.intent = nil
	default:
		a.intent.Answered = f.Status != 0
	}
}

// found settles the call that was begun as taken, by what was read back.
func (a *attempt) found(m bridge.RemoteMessage) {
	if !m.CreatedAt.IsZero() {
		a.written = map[bridge.MessageID]time.Time{m.ID: m.CreatedAt}
	}

	a.answered(m.ID, nil)
}

// learn takes in what the outcome tells of the side, where a call was made.
func (a *attempt) learn(ctx context.Context, v verdict) {
	if !a.admitted {
		d := a.claim.Delivery
		a.heard = a.hear(ctx, d.Lane.Link.Installation, d.Lane.Direction.Target(), v.err)
	}
}

// finish stores the verdict and writes the attempt's one log line.
func (a *attempt) finish(ctx context.Context, v verdict) {
	// A stop of the program must not lose an answer that has come.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()

	err := a.persist(ctx, v)
	a.settled(ctx, a.claim, err)

	if d := a.claim.Delivery; err == nil && v.state.Final() {
		a.observer.Settled(d.Lane.Direction, v.state, a.clock().Sub(d.AcceptedAt))
		a.tried(v.state)
	}

	a.logLine(ctx, v)
}

func (a *attempt) persist(ctx context.Context, v verdict) error {
	link := a.linkChange()

	if !v.state.Final() {
		return a.store.Retry(ctx, a.claim, bridge.Postponement{
			At: v.at, Reason: v.reason, Attempt: !v.patient,
			Intent: a.intent, Done: a.done, Unsure: a.unsure, Link: link,
		})
	}

	s := bridge.Settlement{
		State: v.state, Reason: v.reason, Remote: a.done, Origins: a.origins(),
		Link: link, Notes: a.notes, With: a.with, At: a.clock(),
	}

	if v.state == bridge.Delivered || v.state == bridge.Skipped {
		return a.store.Ack(ctx, a.claim, s)
	}

	return a.store.Bury(ctx, a.claim, s)
}

// origins are the keys under which what we sent comes back.
func (a *attempt) origins() []bridge.OriginKey {
	d := a.claim.Delivery
	keys := make([]bridge.OriginKey, 0, len(a.done))

	for _, id := range a.done {
		if id == "" {
			continue // was left out
		}

		at, ok := a.written[id]
		if !ok {
			at = a.clock()
		}

		keys = append(keys, bridge.OriginKey{
			Installation: d.Lane.Link.Installation, Side: d.Lane.Direction.Target(),
			ID: id, CreatedAt: at,
		})
	}

	return keys
}

func (a *attempt) logLine(ctx context.Context, v verdict) {
	d := a.claim.Delivery
	level, attrs := slog.LevelInfo, make([]slog.Attr, 0, 14)
	attrs = append(attrs,
		slog.String("delivery", d.ID.String()),
		slog.String("direction", d.Lane.Direction.String()),
		slog.String("installation", string(d.Lane.Link.Installation)),
		slog.String("shop", string(d.Lane.Link.Shop)),
		slog.String("conversation", string(d.Lane.Link.Conversation)),
		slog.String("message", string(d.Message.ID)),
		slog.String("state", string(v.state)),
		slog.Int("attempt", d.Attempts+1),
		slog.Duration("took", a.clock().Sub(a.started)),
		slog.Duration("age", a.clock().Sub(d.AcceptedAt)),
	)

	if d.Late {
		attrs = append(attrs, slog.Bool("late", true))
	}

	if v.reason != "" {
		attrs = append(attrs, slog.String("reason", v.reason))
	}

	if !v.at.IsZero() {
		attrs = append(attrs, slog.Time("next", v.at))
	}

	if a.inst.Settings.ShowText {
		attrs = append(attrs, slog.String("text", subject(d)))
	}

	// Waiting for something that is on its way is no news.
	if v.patient && v.err == nil {
		level = slog.LevelDebug
	}

	if v.err != nil {
		level = slog.LevelWarn
		// That nothing comes back from this side has been told already.
		if a.heard.probe {
			level = slog.LevelInfo
		}

		attrs = append(attrs, slog.Any("error", v.err))
	}

	a.log.LogAttrs(ctx, level, "delivery attempt", attrs...)
}
