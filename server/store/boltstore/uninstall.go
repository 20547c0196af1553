package boltstore

import (
	"context"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// skipSlice bounds the deliveries of an ended installation that one commit
// settles.
const skipSlice = 256

// Uninstall implements bridge.Installations. With its transaction nothing of
// the installation moves any more, and what is queued reads as skipped; the
// records follow in small commits, since there may be many. The tombstone
// tells after a crash that some are left.
func (s *Store) Uninstall(ctx context.Context, id bridge.InstallationID, at time.Time, change func(*bridge.Installation) error) error {
	var (
		before, i bridge.Installation
		shops     []bridge.Shop
	)

	return s.do(ctx, &op{
		alone: true,
		run: func(t *txn) (err error) {
			if before, err = t.installation(id); err != nil {
				return err
			}

			i = bury(before, at)
			if err := change(&i); err != nil {
				return err
			}

			i.ID, i.State = id, bridge.Uninstalled
			if err := checkInstallation(i); err != nil {
				return err
			}

			if before.Live() {
				t.put(bucketTombstones, []byte(id), tombstone(at, before.Account))
			}

			if shops, err = t.shops(id); err != nil {
				return err
			}

			t.freeShops(shops)
			t.dropPauses(id)

			return t.putInstallation(i)
		},
		apply: func() {
			s.forgetAll(before, shops)
			s.index.leave(id, i.UninstalledAt)
		},
	})
}

// bury returns the tombstone of an installation: its secrets are gone, except
// the one that proves a repeated uninstall. A tombstone stays as it is.
func bury(i bridge.Installation, at time.Time) bridge.Installation {
	i = copyInstallation(i)
	if !i.Live() {
		return i
	}

	i.State, i.UninstalledAt = bridge.Uninstalled, at
	i.APIKey, i.KeyEnd = nil, ""
	i.NextSecret, i.NextSince, i.NextHost = nil, time.Time{}, ""
	i.WebhookToken, i.WebhookHash, i.WebhookKey = nil, "", ""

	return i
}

// freeShops lets go of shops, and of the tokens that nothing else needs.
func (t *txn) freeShops(shops []bridge.Shop) {
	for _, sh := range shops {
		t.dropShop(sh)
		t.dropOrphan(sh.Authorization)
	}
}

func (t *txn) dropPauses(id bridge.InstallationID) {
	for _, k := range t.keys(bucketPauses, appendString(nil, id), 0) {
		t.delete(bucketPauses, k)
	}
}

func (s *Store) forgetAll(i bridge.Installation, shops []bridge.Shop) {
	s.cache.forgetInstallation(i)

	for _, sh := range shops {
		s.cache.shops.forget(sh.ID)
	}
}

// leave stops everything of a tenant: claims in force are fenced.
func (x *index) leave(id bridge.InstallationID, at time.Time) {
	t := x.tenant(id)
	t.gone = at
	t.pauses = nil

	for _, g := range t.groups {
		for _, l := range slices.Clone(g.lanes.all) {
			x.free(l, 0)
		}
	}

	if len(t.groups) > 0 && !slices.Contains(x.leaving, t) {
		x.leaving = append(x.leaving, t)
	}
}

// queuedItem is a delivery and its lane.
type queuedItem struct {
	lane *lane
	item item
}

// waiting returns up to limit queued deliveries of a tenant.
func (t *tenant) waiting(limit int) []queuedItem {
	var out []queuedItem

	for _, g := range t.groups {
		for _, l := range g.lanes.all {
			for _, it := range l.items {
				if len(out) == limit {
					return out
				}

				out = append(out, queuedItem{l, it})
			}
		}
	}

	return out
}

// skipLeaving is the chore that settles what ended installations left; nil
// when there is none.
func (s *Store) skipLeaving() *op {
	x := s.index

	for len(x.leaving) > 0 && len(x.leaving[0].groups) == 0 {
		x.leaving = slices.Delete(x.leaving, 0, 1)
	}

	if len(x.leaving) == 0 {
		return nil
	}

	var (
		tn      = x.leaving[0]
		left    = tn.waiting(skipSlice)
		now     = s.now()
		numbers []uint64
	)

	return &op{
		run: func(t *txn) error {
			for _, q := range left {
				p, err := t.progress(bridge.DeliveryID(q.item.id))
				if err != nil {
					return err
				}

				r := finalRecord(bridge.Settlement{State: bridge.Skipped, Reason: bridge.SkipUninstalled, At: tn.gone}, p)
				numbers = append(numbers, t.finish(q.item.id, r, now))
			}

			return nil
		},
		apply: func() {
			for i, q := range left {
				x.drop(q.lane, q.item)
				x.pending.settled(q.lane.key, q.item.id, numbers[i], countedAs(readLaneKey(q.lane.key), bridge.Skipped, bridge.SkipUninstalled))
			}
		},
	}
}

// Remove implements bridge.Installations. Links that were taken over from an
// earlier installation go back to its tombstone.
func (s *Store) Remove(ctx context.Context, id bridge.InstallationID) error {
	var (
		before bridge.Installation
		shops  []bridge.Shop
		left   []queuedItem
	)

	return s.do(ctx, &op{
		alone: true,
		run: func(t *txn) (err error) {
			if before, err = t.installation(id); err != nil {
				return err
			}

			if before.State != bridge.Pending {
				return bridge.ErrConflict
			}

			if shops, err = t.shops(id); err != nil {
				return err
			}

			if err := t.giveBack(before, shops); err != nil {
				return err
			}

			left = s.index.waiting(id)
			t.dropQueued(left)
			t.freeShops(shops)
			t.dropPauses(id)
			t.spendMedia(id, s.now())
			t.unfind(before)
			t.delete(bucketInstallations, []byte(id))

			return nil
		},
		apply: func() {
			s.forgetAll(before, shops)
			s.index.remove(id, left)
		},
	})
}

// giveBack returns links to the last installation of the account before this
// one; those that have nowhere to go are removed.
func (t *txn) giveBack(i bridge.Installation, shops []bridge.Shop) error {
	if earlier := t.ended(i.Account); len(earlier) > 0 {
		for _, sh := range shops {
			if err := t.moveLinks(i.ID, earlier[0], sh.ID); err != nil {
				return err
			}
		}
	}

	for _, b := range ofInstallation {
		for _, k := range t.keys(b, appendString(nil, i.ID), 0) {
			t.delete(b, k)
		}
	}

	return nil
}

func (t *txn) dropQueued(left []queuedItem) {
	for _, q := range left {
		id := numberKey(q.item.id)
		t.delete(bucketQueue, id)
		t.delete(bucketTexts, id)
		t.delete(bucketProgress, id)
		t.delete(bucketFound, id)
	}
}

// waiting returns everything queued of an installation. Its operation shares
// its commit with nobody, so that the memory is as the file is.
func (x *index) waiting(id bridge.InstallationID) []queuedItem {
	x.mu.Lock()
	defer x.mu.Unlock()

	if t := x.tenants[id]; t != nil {
		return t.waiting(-1)
	}

	return nil
}

// remove forgets a tenant and what it had queued.
func (x *index) remove(id bridge.InstallationID, left []queuedItem) {
	for _, q := range left {
		q.lane.epoch = 0
		x.drop(q.lane, q.item)
	}

	if t := x.tenants[id]; t != nil {
		t.pauses = nil
		x.forget(t)
	}
}
