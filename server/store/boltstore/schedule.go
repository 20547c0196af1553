package boltstore

import (
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// tenant is what holds back the lanes of one installation.
type tenant struct {
	id     bridge.InstallationID
	groups []*group
	pauses []bridge.Pause
	// throttle is until when calls to a side are held back.
	throttle [bridge.Freshchat + 1]int64
	// opening are the lanes that make a conversation with a user, whose outcome
	// is not known.
	opening map[bridge.UserID]string
	// gone is when it was uninstalled: what is left is being skipped. It is
	// zero while somebody holds it.
	gone time.Time
}

// opens notes that an intent makes a conversation, opened that its outcome is
// known.
func (t *tenant) opens(in *bridge.Intent, lane string) {
	if in == nil || in.User == "" {
		return
	}

	if t.opening == nil {
		t.opening = map[bridge.UserID]string{}
	}

	t.opening[in.User] = lane
}

func (t *tenant) opened(in *bridge.Intent) {
	if in != nil {
		delete(t.opening, in.User)
	}
}

// group is the lanes of one shop in one direction: groups take turns, so that
// one with a hundred thousand waiting delays no other.
type group struct {
	tenant    *tenant
	shop      bridge.ShopID
	direction bridge.Direction

	lanes heap[*lane]
	// until is when it asks again to be admitted.
	until int64
	// turn is true while it stands in the ring.
	turn  bool
	due   int64
	place int32
}

func (g *group) dueAt() int64   { return g.due }
func (g *group) spot() int32    { return g.place }
func (g *group) moved(to int32) { g.place = to }

// group returns the lanes of a shop in a direction, beginning with none.
func (t *tenant) group(shop bridge.ShopID, d bridge.Direction) *group {
	for _, g := range t.groups {
		if g.shop == shop && g.direction == d {
			return g
		}
	}

	g := &group{tenant: t, shop: shop, direction: d, place: nowhere}
	t.groups = append(t.groups, g)

	return g
}

// held reports whether something else than time keeps the group waiting.
func (g *group) held() bool {
	return !g.tenant.gone.IsZero() || slices.ContainsFunc(g.tenant.pauses, func(p bridge.Pause) bool {
		return p.Direction == g.direction && (p.Shop == "" || p.Shop == g.shop)
	})
}

// next computes when a lane of the group can be claimed next.
func (g *group) next() int64 {
	if g.lanes.len() == 0 || g.held() {
		return never
	}

	return max(g.lanes.first().due, g.until, g.tenant.throttle[g.direction.Target()])
}

// schedule says whose turn it is toward one side. Groups that are due stand in the ring, the
// others in a heap by the time when they will be; those that are held back by
// something else than time are in neither.
type schedule struct {
	ring  []*group
	later heap[*group]

	ready chan struct{}
	timer *time.Timer
}

// open prepares an empty schedule.
func (p *schedule) open() {
	p.ready = make(chan struct{}, 1)
	p.timer = time.AfterFunc(time.Hour, p.signal)
	p.timer.Stop()
}

func (p *schedule) signal() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

// arm signals when something is due, else sets the timer to the time when
// something will be.
func (p *schedule) arm(now time.Time) {
	due, some := p.next()
	if !some {
		p.timer.Stop()

		return
	}

	if wait := due - now.UnixNano(); wait > 0 {
		p.timer.Reset(time.Duration(wait))

		return
	}

	p.timer.Stop()
	p.signal()
}

// place puts a group where it belongs after a change of its lanes or of what
// holds it back. In the ring it stays where it is until its turn comes.
func (p *schedule) place(g *group) {
	if g.turn {
		return
	}

	g.due = g.next()
	if g.due == never {
		p.later.remove(g)

		return
	}

	p.later.fix(g)
}

// next returns when the first group is due.
func (p *schedule) next() (int64, bool) {
	if len(p.ring) > 0 {
		return 0, true
	}

	if p.later.len() == 0 {
		return 0, false
	}

	return p.later.first().due, true
}

// claimable takes the next lane that is due out of its group's turn. Groups
// that are not admitted lose theirs.
func (p *schedule) claimable(now int64, ask bridge.Ask) *lane {
	for p.later.len() > 0 && p.later.first().due <= now {
		g := p.later.first()
		p.later.remove(g)
		g.turn = true
		p.ring = append(p.ring, g)
	}

	for len(p.ring) > 0 {
		g := p.ring[0]
		p.ring[0] = nil
		p.ring = p.ring[1:]
		g.turn = false

		if g.next() <= now {
			wait := admitted(ask, g)
			if wait <= 0 {
				return g.lanes.first()
			}

			g.until = now + int64(wait)
		}

		p.place(g)
	}

	return nil
}

// admitted asks for a group.
func admitted(ask bridge.Ask, g *group) time.Duration {
	if ask.Admit == nil {
		return 0
	}

	return ask.Admit(g.tenant.id, g.shop)
}

// upcoming yields about as many lanes as it is asked for, of those whose turn
// comes soon.
func (p *schedule) upcoming(now int64, most int, yield func(*lane)) {
	due := p.later.all[:min(most, len(p.later.all))]
	groups := len(p.ring) + len(due)

	if groups == 0 {
		return
	}

	each := (most + groups - 1) / groups

	for _, groups := range [...][]*group{p.ring[:min(most, len(p.ring))], due} {
		for _, g := range groups {
			if g.next() <= now {
				g.soonest(now, each, yield)
			}
		}
	}
}

// soonest yields lanes that are due: the front of the heap, which is about the
// order in which they will be claimed.
func (g *group) soonest(now int64, most int, yield func(*lane)) {
	all := g.lanes.all

	for _, l := range all[:min(2*most, len(all))] {
		if most == 0 {
			return
		}

		if l.due <= now && l.epoch == 0 && !l.busy {
			most--

			yield(l)
		}
	}
}

// again lets a group that had its turn stand at the end of the ring, when
// another of its lanes is due.
func (p *schedule) again(g *group, now int64) {
	if g.next() > now {
		p.place(g)

		return
	}

	p.later.remove(g)
	g.turn = true
	p.ring = append(p.ring, g)
}
