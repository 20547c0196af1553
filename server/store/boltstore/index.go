package boltstore

import (
	"slices"
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// index is what is known of the lanes in memory: which deliveries wait in
// which order, whose turn it is, and what holds them back. It is rebuilt from
// the file when that is opened, and follows each commit after it succeeded.
type index struct {
	mu      sync.Mutex
	lanes   map[string]*lane
	tenants map[bridge.InstallationID]*tenant
	// plans are by the side that lanes call.
	plans   [bridge.Freshchat + 1]schedule
	pending pending
	cleared cleared
	// leaving are uninstalled tenants of whom something is still queued.
	leaving []*tenant

	// queued counts the deliveries by direction.
	queued [len(bridge.Directions) + 1]int
	// epoch is the last one given to a claim.
	epoch uint64
}

func newIndex() *index {
	x := &index{
		lanes:   map[string]*lane{},
		tenants: map[bridge.InstallationID]*tenant{},
	}
	x.pending.fresh = newDerived()
	x.cleared = newCleared()

	for _, side := range sides {
		x.plans[side].open()
	}

	return x
}

// sides are those that lanes call.
var sides = [...]bridge.Side{bridge.TikTok, bridge.Freshchat}

// arm signals for each side when something is due, now or later.
func (x *index) arm(now time.Time) {
	for _, side := range sides {
		x.plans[side].arm(now)
	}
}

// plan is the schedule that a group stands in.
func (x *index) plan(g *group) *schedule { return &x.plans[g.direction.Target()] }

// tenant returns what is known of an installation, beginning with nothing.
func (x *index) tenant(id bridge.InstallationID) *tenant {
	t := x.tenants[id]
	if t == nil {
		t = &tenant{id: id}
		x.tenants[id] = t
	}

	return t
}

// lane returns the lane with the key, making it when there is none.
func (x *index) lane(key string) *lane {
	if l := x.lanes[key]; l != nil {
		return l
	}

	k := readLaneKey(key)
	t := x.tenant(k.Link.Installation)
	l := &lane{key: key, group: t.group(k.Link.Shop, k.Direction), place: nowhere}
	x.lanes[key] = l

	return l
}

// add puts a delivery into its lane.
func (x *index) add(key string, it item) {
	l := x.lane(key)
	l.insert(it)
	x.queued[l.group.direction]++
	x.update(l)

	if t := l.group.tenant; !t.gone.IsZero() && !slices.Contains(x.leaving, t) {
		x.leaving = append(x.leaving, t)
	}
}

// drop takes a delivery out of its lane.
func (x *index) drop(l *lane, it item) {
	x.cleared.forget(it.id)

	if l.remove(it) {
		x.queued[l.group.direction]--
	}

	x.update(l)
}

// update puts a lane where it belongs after a change; one that holds nothing
// is forgotten.
func (x *index) update(l *lane) {
	g := l.group

	if len(l.items) > 0 {
		l.due = l.next()
		g.lanes.fix(l)
		x.plan(g).place(g)

		return
	}

	delete(x.lanes, l.key)
	g.lanes.remove(l)
	x.plan(g).place(g)

	if g.lanes.len() == 0 {
		g.tenant.groups = slices.DeleteFunc(g.tenant.groups, func(o *group) bool { return o == g })
		x.forget(g.tenant)
	}
}

// forget drops a tenant about whom there is nothing to know.
func (x *index) forget(t *tenant) {
	if len(t.groups) == 0 && len(t.pauses) == 0 && t.gone.IsZero() && t.throttle == [bridge.Freshchat + 1]int64{} {
		delete(x.tenants, t.id)
	}
}

// inForce returns the lane that a claim holds.
func (x *index) inForce(c bridge.Claim) (*lane, error) {
	l := x.lanes[laneKey(c.Delivery.Lane)]
	if l == nil || l.epoch == 0 || l.epoch != c.Epoch || l.claimed.id != uint64(c.Delivery.ID) {
		return nil, bridge.ErrFenced
	}

	return l, nil
}

// hold takes a claimed lane for the commit under way: until release nobody
// else can claim or settle it, whatever becomes of its lease.
func (x *index) hold(c bridge.Claim) (*lane, error) {
	x.mu.Lock()
	defer x.mu.Unlock()

	l, err := x.inForce(c)
	if err != nil {
		return nil, err
	}

	if l.busy {
		return nil, errBusy
	}

	l.busy = true
	x.update(l)

	return l, nil
}

// release ends a hold; the claim stays in force.
func (x *index) release(l *lane) {
	l.busy = false
	x.update(l)
}

// free ends hold and claim: the lane is due again at the given time.
func (x *index) free(l *lane, retry int64) {
	l.busy = false
	l.epoch = 0
	l.claimed = item{}
	l.retry = retry
	x.update(l)
}
