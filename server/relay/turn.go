package relay

import (
	"context"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// A turn is leave to call a side for an installation: limits.admit begins it,
// leave ends it, and what was heard of its calls in between decides about the
// next ones. Deliveries get theirs with their claim; whatever else calls a
// platform asks for one.

// leave ends a turn. Lanes that wait for that are looked at again.
func (r *Relay) leave(id bridge.InstallationID, side bridge.Side) {
	now := r.clock()
	if r.limits.leave(id, side, now) {
		r.store.Throttle(id, side, now)
	}
}

// admitted are the turns that one claim began.
type admitted struct {
	*Relay

	side  bridge.Side
	turns []bridge.InstallationID
}

// claim leases lanes toward a side, each with a turn.
func (r *Relay) claim(ctx context.Context, side bridge.Side, limit int) ([]bridge.Claim, error) {
	began := admitted{Relay: r, side: side}

	claims, err := r.store.Claim(ctx, bridge.Ask{Side: side, Limit: limit, Lease: lease, Admit: began.admit})
	if len(claims) < len(began.turns) {
		began.unused(claims)
	}

	if err != nil {
		return nil, fmt.Errorf("claim lanes: %w", err)
	}

	return claims, nil
}

// admit begins a turn for a lane, unless it has to wait.
func (a *admitted) admit(id bridge.InstallationID, shop bridge.ShopID) time.Duration {
	now := a.clock()

	if a.side == bridge.TikTok {
		if wait := a.quotas.wait(shop, now); wait > 0 {
			return wait
		}
	}

	wait := a.limits.admit(id, a.side, now)
	if wait <= 0 {
		a.turns = append(a.turns, id)
	}

	return wait
}

// unused ends the turns that led to no claim: the lane was gone, or could not
// be read.
func (a *admitted) unused(claims []bridge.Claim) {
	used := map[bridge.InstallationID]int{}
	for _, c := range claims {
		used[c.Delivery.Lane.Link.Installation]++
	}

	for _, id := range a.turns {
		if used[id]--; used[id] < 0 {
			a.leave(id, a.side)
		}
	}
}
