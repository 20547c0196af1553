package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

// pendingPauses hold back everything of a pending installation.
func pendingPauses(id bridge.InstallationID) []bridge.Pause {
	pauses := make([]bridge.Pause, 0, len(bridge.Directions))
	for _, d := range bridge.Directions {
		pauses = append(pauses, bridge.Pause{Installation: id, Direction: d, Cause: bridge.PausePending})
	}

	return pauses
}

func checkInstalled(in bridge.Installed) error {
	if in.Installation.ID == "" || in.Installation.Account == "" || in.Shop.ID == "" {
		return fmt.Errorf("boltstore: install needs an installation, its account and a shop")
	}

	errs := []error{checkInstallation(in.Installation), checkShop(in.Shop)}
	for _, k := range in.Setup {
		errs = append(errs, checkTicket(k))
	}

	return errors.Join(errs...)
}

// Install implements bridge.Installations.
func (s *Store) Install(ctx context.Context, in bridge.Installed) error {
	in.Shop.Installation = in.Installation.ID
	in.Shop.Authorization = in.Authorization.Key

	if err := checkInstalled(in); err != nil {
		return err
	}

	var (
		before bridge.Installation
		ended  []bridge.Pause
	)

	return s.do(ctx, &op{
		alone: true,
		run: func(t *txn) (err error) {
			before, err = t.installation(in.Installation.ID)
			if err != nil && !errors.Is(err, bridge.ErrNotFound) {
				return err
			}

			if before.State == bridge.Uninstalled {
				return bridge.ErrConflict
			}

			if err := t.mayInstall(in); err != nil {
				return err
			}

			if err := t.install(in); err != nil {
				return err
			}

			ended, err = t.endMended(in)

			return err
		},
		apply: func() {
			s.cache.forgetInstallation(in.Installation)
			s.cache.forgetInstallation(before)
			s.cache.shops.forget(in.Shop.ID)

			for _, p := range ended {
				s.index.resume(p)
			}

			if in.Installation.State == bridge.Pending {
				for _, p := range pendingPauses(in.Installation.ID) {
					s.index.pause(p)
				}
			}
		},
	})
}

// mayInstall finds out whether anybody else is there.
func (t *txn) mayInstall(in bridge.Installed) error {
	live := t.get(bucketAccounts, []byte(in.Installation.Account))
	if live != nil && string(live) != string(in.Installation.ID) {
		return bridge.ErrConflict
	}

	held, err := t.shop(in.Shop.ID)

	switch {
	case errors.Is(err, bridge.ErrNotFound):
		return nil
	case err != nil:
		return err
	case held.Installation != in.Installation.ID:
		return bridge.ErrShopTaken
	default:
		return nil
	}
}

func (t *txn) install(in bridge.Installed) error {
	err := errors.Join(
		t.putInstallation(in.Installation),
		t.putShop(in.Shop),
		t.putAuthorization(in.Authorization),
	)
	if err != nil {
		return err
	}

	for _, k := range in.Setup {
		t.putTicket(k)
	}

	if in.Installation.State == bridge.Pending {
		for _, p := range pendingPauses(in.Installation.ID) {
			t.put(bucketPauses, pauseKey(p), present)
		}
	}

	for _, earlier := range t.ended(in.Installation.Account) {
		if err := t.moveLinks(earlier, in.Installation.ID, in.Shop.ID); err != nil {
			return err
		}
	}

	return nil
}

// endMended removes the pauses that installing mends, and returns them.
func (t *txn) endMended(in bridge.Installed) ([]bridge.Pause, error) {
	shops, err := t.shopsUnder(bucketConsents, authorizationKey(in.Authorization.Key))
	if err != nil {
		return nil, err
	}

	ended := t.pauses(in.Installation.ID, func(p bridge.Pause) bool {
		ofShop := p.Cause == bridge.PauseTopic || p.Cause == bridge.PauseDeactivated

		return p.Cause == bridge.PauseCredentials || (ofShop && p.Shop == in.Shop.ID)
	})

	for _, sh := range shops {
		ended = append(ended, t.pauses(sh.Installation, func(p bridge.Pause) bool {
			return p.Cause == bridge.PauseAuthorization && p.Shop == sh.ID
		})...)
	}

	for _, p := range ended {
		t.delete(bucketPauses, pauseKey(p))
	}

	return ended, nil
}

// pauses returns those of an installation that are meant.
func (t *txn) pauses(id bridge.InstallationID, meant func(bridge.Pause) bool) []bridge.Pause {
	var found []bridge.Pause

	for k := range t.scan(bucketPauses, appendString(nil, id)) {
		if p := readPauseKey(k); meant(p) {
			found = append(found, p)
		}
	}

	return found
}

// ended returns the ended installations of an account, the last one first.
func (t *txn) ended(account bridge.AccountID) []bridge.InstallationID {
	var (
		ids []bridge.InstallationID
		at  = map[bridge.InstallationID]time.Time{}
	)

	for k, v := range t.scan(bucketTombstones, nil) {
		when, of := readTombstone(v)
		if of == account {
			id := bridge.InstallationID(k)
			ids, at[id] = append(ids, id), when
		}
	}

	slices.SortFunc(ids, func(a, b bridge.InstallationID) int { return at[b].Compare(at[a]) })

	return ids
}

func tombstone(at time.Time, account bridge.AccountID) []byte {
	return appendString(binary.AppendVarint(nil, at.UnixNano()), account)
}

func readTombstone(b []byte) (time.Time, bridge.AccountID) {
	d := decoder{s: string(b)}

	return time.Unix(0, d.int()), bridge.AccountID(d.str())
}

// Activate implements bridge.Installations. One that is active already keeps
// its state; its shops that are not yet, become active.
func (s *Store) Activate(ctx context.Context, id bridge.InstallationID, at time.Time, change func(*bridge.Installation) error) error {
	var (
		before bridge.Installation
		shops  []bridge.Shop
	)

	return s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if before, err = t.installation(id); err != nil {
				return err
			}

			if !before.Live() {
				return bridge.ErrNotFound
			}

			if shops, err = t.shops(id); err != nil {
				return err
			}

			return t.activate(before, shops, at, change)
		},
		apply: func() {
			s.cache.forgetInstallation(before)

			for _, sh := range shops {
				s.cache.shops.forget(sh.ID)
			}

			for _, p := range pendingPauses(id) {
				s.index.resume(p)
			}
		},
	})
}

func (t *txn) activate(i bridge.Installation, shops []bridge.Shop, at time.Time, change func(*bridge.Installation) error) error {
	if i.State == bridge.Pending {
		i.State, i.ActivatedAt = bridge.Active, at
	}

	id := i.ID
	i = copyInstallation(i)

	if err := change(&i); err != nil {
		return err
	}

	i.ID = id
	if !i.Live() {
		return fmt.Errorf("boltstore: installation %s: activating cannot end it", id)
	}

	if err := checkInstallation(i); err != nil {
		return err
	}

	if err := t.putInstallation(i); err != nil {
		return err
	}

	for _, p := range pendingPauses(id) {
		t.delete(bucketPauses, pauseKey(p))
	}

	for _, sh := range shops {
		if !sh.ActivatedAt.IsZero() {
			continue
		}

		sh.ActivatedAt = at
		if err := t.putShop(sh); err != nil {
			return err
		}
	}

	return nil
}
