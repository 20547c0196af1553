package relay

import (
	"context"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// Freshchat says that a key may not write in the same way as that it may not
// write here. It is taken for the key's fault when nothing was taken in between
// and it was said in several lanes, so often at least, or for so long in one.
const (
	denialsSeveral = 3
	denialsFor     = 5 * time.Minute
)

// denials are what an account refused a key to do, one after the other.
type denials struct {
	count   int
	since   time.Time
	lane    bridge.LaneKey
	several bool
}

// denied notes one, and reports whether it is the key's fault.
func (l *limits) denied(lane bridge.LaneKey, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	d := &l.limiter(limitKey{lane.Link.Installation, lane.Direction.Target()}, now).denials
	if d.count == 0 {
		d.since, d.lane = now, lane
	}

	d.count++
	d.several = d.several || d.lane != lane

	return d.several && d.count >= denialsSeveral || now.Sub(d.since) >= denialsFor
}

// denied is the verdict where the key may not do this. A note that may not be
// written is no reason to keep buyers' messages back.
func (a *attempt) denied(ctx context.Context, f *bridge.Failure, err error) verdict {
	if v, over := a.hopeless(err); over {
		return v
	}

	d := a.claim.Delivery
	if !a.isNote() && a.limits.denied(d.Lane, a.clock()) {
		return a.stopLanes(ctx, f, err)
	}

	return verdict{reason: waitTemporary, err: err, at: a.later(retries.wait(d.Attempts, 0))}
}

// proved notes that a key does what it was said not to.
func (a *attempt) proved(ctx context.Context) {
	if !a.inst.Health.Credentials.Broken {
		return
	}

	if err := a.mendCredentials(ctx, a.inst); err != nil {
		a.log.WarnContext(ctx, "credentials not mended", slog.String("installation", string(a.inst.ID)), slog.Any("error", err))
	}
}
