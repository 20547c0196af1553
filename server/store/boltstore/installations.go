package boltstore

import (
	"bytes"
	"context"
	"fmt"

	"sellerchat/server/bridge"
)

func checkInstallation(i bridge.Installation) error {
	if err := checkNames(string(i.ID), string(i.Account), i.WebhookHash); err != nil {
		return fmt.Errorf("boltstore: installation: %w", err)
	}

	return nil
}

func (t *txn) installation(id bridge.InstallationID) (bridge.Installation, error) {
	raw := t.get(bucketInstallations, []byte(id))
	if raw == nil {
		return bridge.Installation{}, bridge.ErrNotFound
	}

	return decodeJSON[bridge.Installation](raw)
}

// putInstallation stores an installation and what finds it: a live one is
// found by its account and its webhook, a tombstone by its id alone.
func (t *txn) putInstallation(i bridge.Installation) error {
	raw, err := encodeJSON(i)
	if err != nil {
		return err
	}

	old, err := t.installation(i.ID)
	if err == nil {
		t.unfind(old)
	}

	t.put(bucketInstallations, []byte(i.ID), raw)

	if !i.Live() {
		return nil
	}

	if i.Account != "" {
		t.put(bucketAccounts, []byte(i.Account), []byte(i.ID))
	}

	if i.WebhookHash != "" {
		t.put(bucketWebhooks, []byte(i.WebhookHash), []byte(i.ID))
	}

	return nil
}

// unfind removes what finds a live installation.
func (t *txn) unfind(i bridge.Installation) {
	if i.Account != "" && string(t.get(bucketAccounts, []byte(i.Account))) == string(i.ID) {
		t.delete(bucketAccounts, []byte(i.Account))
	}

	if i.WebhookHash != "" && string(t.get(bucketWebhooks, []byte(i.WebhookHash))) == string(i.ID) {
		t.delete(bucketWebhooks, []byte(i.WebhookHash))
	}
}

// Installation implements bridge.Installations.
func (s *Store) Installation(ctx context.Context, id bridge.InstallationID) (bridge.Installation, error) {
	if err := ctx.Err(); err != nil {
		return bridge.Installation{}, err
	}

	i, err := s.cache.installations.get(id, func() (i bridge.Installation, err error) {
		err = s.view(func(t *txn) (err error) {
			i, err = t.installation(id)

			return err
		})

		return i, err
	})
	if err != nil {
		return bridge.Installation{}, err
	}

	return copyInstallation(i), nil
}

// InstallationByAccount implements bridge.Installations.
func (s *Store) InstallationByAccount(ctx context.Context, id bridge.AccountID) (bridge.Installation, error) {
	if err := ctx.Err(); err != nil {
		return bridge.Installation{}, err
	}

	found, err := s.find(bucketAccounts, string(id))
	if err != nil {
		return bridge.Installation{}, err
	}

	return s.Installation(ctx, found)
}

// InstallationByWebhook implements bridge.Installations.
func (s *Store) InstallationByWebhook(ctx context.Context, hash string) (bridge.Installation, error) {
	if err := ctx.Err(); err != nil {
		return bridge.Installation{}, err
	}

	found, err := s.cache.webhooks.get(hash, func() (bridge.InstallationID, error) {
		return s.find(bucketWebhooks, hash)
	})
	if err != nil {
		return bridge.Installation{}, err
	}

	return s.Installation(ctx, found)
}

// find looks an installation's id up; ErrNotFound.
func (s *Store) find(b bucket, key string) (id bridge.InstallationID, err error) {
	err = s.view(func(t *txn) error {
		v := t.get(b, []byte(key))
		if v == nil {
			return bridge.ErrNotFound
		}

		id = bridge.InstallationID(v)

		return nil
	})

	return id, err
}

// forgetInstallation drops what is remembered of an installation, as it was
// before a change.
func (c *cache) forgetInstallation(i bridge.Installation) {
	c.installations.forget(i.ID)

	if i.WebhookHash != "" {
		c.webhooks.forget(i.WebhookHash)
	}
}

// UpdateInstallation implements bridge.Installations. What a tombstone or a
// live installation is, is changed by Install, Activate and Uninstall only.
func (s *Store) UpdateInstallation(ctx context.Context, id bridge.InstallationID, change func(*bridge.Installation) error) (bridge.Installation, error) {
	var before, after bridge.Installation

	err := s.do(ctx, &op{
		run: func(t *txn) (err error) {
			if before, err = t.installation(id); err != nil {
				return err
			}

			after = copyInstallation(before)
			if err := change(&after); err != nil {
				return err
			}

			after.ID, after.Account = id, before.Account
			if after.Live() != before.Live() {
				return fmt.Errorf("boltstore: installation %s: an update can neither end nor revive it", id)
			}

			if err := checkInstallation(after); err != nil {
				return err
			}

			return t.putInstallation(after)
		},
		apply: func() { s.cache.forgetInstallation(before) },
	})
	if err != nil {
		return bridge.Installation{}, err
	}

	return copyInstallation(after), nil
}

// EachInstallation implements bridge.Installations. What it visits is what
// there was when it began: visit may call the store.
func (s *Store) EachInstallation(ctx context.Context, visit func(bridge.Installation) error) error {
	return each(ctx, s, bucketInstallations, visit)
}

// each visits the records of a bucket, a page at a time, so that no
// transaction stays open while a visit takes its time.
func each[T any](ctx context.Context, s *Store, b bucket, visit func(T) error) error {
	const page = 256

	visited := 0

	for from := []byte(nil); ; {
		if err := ctx.Err(); err != nil {
			return err
		}

		records, next, err := readPage[T](s, b, from, page)
		if err != nil {
			return err
		}

		for _, r := range records {
			if err := visit(r); err != nil {
				return err
			}
		}

		visited += len(records)

		if next == nil {
			return s.trimAfter(visited)
		}

		from = next
	}
}

// many is of how many records reading leaves a good part of the file in the
// process.
const many = 1024

func (s *Store) trimAfter(visited int) error {
	if visited < many {
		return nil
	}

	return s.Trim()
}

// readPage reads up to limit records from a key on, and returns the key after
// them; nil when there is none.
func readPage[T any](s *Store, b bucket, from []byte, limit int) (records []T, next []byte, err error) {
	err = s.view(func(t *txn) error {
		c := t.bucket(b).Cursor()

		k, v := c.Seek(from)
		for ; k != nil && len(records) < limit; k, v = c.Next() {
			r, err := decodeJSON[T](v)
			if err != nil {
				return err
			}

			records = append(records, r)
		}

		next = bytes.Clone(k)

		return nil
	})

	return records, next, err
}
