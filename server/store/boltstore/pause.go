package boltstore

import (
	"context"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// Pause implements bridge.Lanes.
func (s *Store) Pause(ctx context.Context, p bridge.Pause) error {
	if err := checkPause(p); err != nil {
		return err
	}

	return s.do(ctx, &op{
		run: func(t *txn) error {
			t.put(bucketPauses, pauseKey(p), present)

			return nil
		},
		apply: func() { s.index.pause(p) },
	})
}

// Resume implements bridge.Lanes.
func (s *Store) Resume(ctx context.Context, p bridge.Pause) error {
	if err := checkPause(p); err != nil {
		return err
	}

	return s.do(ctx, &op{
		run: func(t *txn) error {
			t.delete(bucketPauses, pauseKey(p))

			return nil
		},
		apply: func() { s.index.resume(p) },
	})
}

func checkPause(p bridge.Pause) error {
	return checkNames(string(p.Installation), string(p.Shop), string(p.Cause))
}

func (x *index) pause(p bridge.Pause) {
	t := x.tenant(p.Installation)
	if !slices.Contains(t.pauses, p) {
		t.pauses = append(t.pauses, p)
	}

	x.replan(t)
}

func (x *index) resume(p bridge.Pause) {
	t := x.tenants[p.Installation]
	if t == nil {
		return
	}

	t.pauses = slices.DeleteFunc(t.pauses, func(o bridge.Pause) bool { return o == p })
	x.replan(t)
}

// replan puts a tenant's lanes where they belong after a change of what holds
// them back.
func (x *index) replan(t *tenant) {
	for _, g := range t.groups {
		x.plan(g).place(g)
	}

	x.forget(t)
}

// Throttle implements bridge.Lanes.
func (s *Store) Throttle(id bridge.InstallationID, side bridge.Side, until time.Time) {
	if side != bridge.TikTok && side != bridge.Freshchat {
		return
	}

	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	now := s.now()
	t := s.index.tenant(id)
	t.throttle[side] = until.UnixNano()

	for i := range t.throttle {
		if t.throttle[i] <= now.UnixNano() {
			t.throttle[i] = 0
		}
	}

	for _, g := range t.groups {
		if g.direction.Target() == side {
			g.until = 0
		}
	}

	s.index.replan(t)
	s.index.arm(now)
}
