package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// The bounds between which a file that could not be had is asked for again:
// the older it is, the seldomer.
const (
	followFirst = time.Minute
	followMost  = time.Hour
)

// followTries is how often a file is asked for before those behind it in its
// lane have their turn.
const followTries = 3

const (
	waitFollow    = "The file cannot be fetched yet; it is asked for again."
	skipFollowing = "asked for again later"
)

// owe queues the files for which a placeholder was shown. They are what has no
// copy by the end, so that this is right after a crash too.
func (in *inbound) owe(ctx context.Context) error {
	if in.claim.Delivery.Lane.Direction == bridge.Follow {
		return nil
	}

	for _, s := range in.steps {
		// What words stand for anyway is not worth asking for again.
		told := s.file && in.claim.Delivery.Message.Parts[s.part].Kind == bridge.PartNotice
		if !s.file || told || in.hopeless[s.part] {
			continue
		}

		_, err := in.kept(ctx, s.part)
		if errors.Is(err, bridge.ErrNotFound) {
			in.follow(s.part)
		} else if err != nil {
			return err
		}
	}

	return nil
}

// follow queues a file behind those that are owed already.
func (a *attempt) follow(part int) {
	d := a.claim.Delivery
	now := a.clock()

	// It keeps its place, by which it is found when the message is read again;
	// the parts before it are none of this delivery's business.
	m := d.Message
	m.Parts = make([]bridge.Part, part+1)
	m.Parts[part] = d.Message.Parts[part]
	m.Order = uint64(now.UnixMicro())

	a.notes = append(a.notes, bridge.Entry{
		Lane: d.Lane.Link.Lane(bridge.Follow), Message: m, Path: bridge.PathOurselves,
		About: d.ID, Wait: a.followPause(),
	})
}

func (a *attempt) followPause() time.Duration {
	age := a.clock().Sub(a.claim.Delivery.Message.CreatedAt)

	return min(max(age/8, followFirst), followMost)
}

// deliverFollow shows a file for which a placeholder was shown, once it can be
// had. It goes on until the message is too old to be relayed.
func (a *attempt) deliverFollow(ctx context.Context) verdict {
	d := a.claim.Delivery

	shop, err := a.store.Shop(ctx, d.Lane.Link.Shop)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && shop.Installation != a.inst.ID {
		return skippedVerdict(bridge.SkipUninstalled)
	}

	if err != nil {
		return a.failed(ctx, fmt.Errorf("read shop: %w", err))
	}

	access, err := a.freshchatAccess()
	if err != nil {
		return a.failed(ctx, err)
	}

	if a.link.Thread == "" || a.link.User == "" {
		return verdict{at: a.later(a.followPause()), reason: waitFollow, patient: true}
	}

	part := len(d.Message.Parts) - 1

	to := &inbound{attempt: a, access: access, shop: shop, hopeless: map[int]bool{}}
	if a.intent != nil {
		if v, ok := to.readBack(ctx); !ok {
			return v
		}
	}

	if len(a.done) > 0 {
		return deliveredVerdict()
	}

	return a.followed(ctx, part, to.file(ctx, part))
}

// followed is the verdict on a call that showed a file, or did not.
func (a *attempt) followed(ctx context.Context, part int, err error) verdict {
	// Where to is for the lane of messages to find out.
	nowhere := bridge.HasCause(err, bridge.CauseConversation) || bridge.HasCause(err, bridge.CauseNotLatest)

	switch {
	case err == nil:
		return deliveredVerdict()
	case errors.Is(err, errLost) && a.claim.Delivery.Attempts+1 >= followTries:
		a.follow(part)

		return skippedVerdict(skipFollowing)
	case errors.Is(err, errLost) || nowhere && a.intent == nil:
		return verdict{at: a.later(a.followPause()), reason: waitFollow, err: err}
	default:
		return a.failed(ctx, err)
	}
}
