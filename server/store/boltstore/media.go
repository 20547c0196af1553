package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// mediaGoneFor is how long it is remembered that there was a copy: as long as
// the delivery that it belongs to may be looked at.
const mediaGoneFor = bridge.MetadataFor - bridge.MediaFor

func checkMedia(m bridge.Media) error {
	if err := checkNames(string(m.Token), string(m.Installation), string(m.Blob.Key)); err != nil {
		return fmt.Errorf("boltstore: media: %w", err)
	}

	if m.Token == "" || m.Blob.Key == "" {
		return fmt.Errorf("boltstore: media of delivery %d: no token, or no blob", m.Delivery)
	}

	return nil
}

// media returns a copy, living or not; ErrGone when only that is left of it.
func (t *txn) media(token []byte) (bridge.Media, error) {
	switch raw := t.get(bucketMedia, token); {
	case raw == nil:
		return bridge.Media{}, bridge.ErrNotFound
	case len(raw) == 0:
		return bridge.Media{}, bridge.ErrGone
	default:
		return decodeMedia(string(raw))
	}
}

// livingMedia returns a copy that may be shown; ErrGone when it no longer may.
func (t *txn) livingMedia(token []byte, now time.Time) (bridge.Media, error) {
	m, err := t.media(token)
	if err != nil {
		return bridge.Media{}, err
	}

	if !now.Before(m.ExpiresAt) || !t.lives(m.Installation) {
		return bridge.Media{}, bridge.ErrGone
	}

	return m, nil
}

func (t *txn) lives(id bridge.InstallationID) bool {
	i, err := t.installation(id)

	return err == nil && i.Live()
}

func encodeMedia(m bridge.Media) []byte {
	b := append(make([]byte, 0, 192+len(m.Name)), recordVersion)
	b = appendString(b, m.Token)
	b = appendString(b, m.Installation)
	b = binary.AppendUvarint(b, uint64(m.Delivery))
	b = binary.AppendUvarint(b, uint64(m.Part))
	b = appendString(b, m.Name)
	b = appendString(b, m.Blob.Key)
	b = binary.AppendUvarint(b, uint64(m.Blob.Size))
	b = appendString(b, m.Blob.MIME)
	b = binary.AppendUvarint(b, uint64(m.Blob.Width))
	b = binary.AppendUvarint(b, uint64(m.Blob.Height))
	b = appendTime(b, m.StoredAt)

	return appendTime(b, m.ExpiresAt)
}

func decodeMedia(s string) (bridge.Media, error) {
	d := decoder{s: s}
	d.version()

	m := bridge.Media{
		Token:        bridge.MediaToken(d.str()),
		Installation: bridge.InstallationID(d.str()),
		Delivery:     bridge.DeliveryID(d.uint()),
		Part:         int(d.uint()),
		Name:         d.str(),
		Blob: bridge.Blob{
			Key:    bridge.BlobKey(d.str()),
			Size:   int64(d.uint()),
			MIME:   d.str(),
			Width:  int(d.uint()),
			Height: int(d.uint()),
		},
		StoredAt:  d.time(),
		ExpiresAt: d.time(),
	}

	return m, d.err("media")
}

// AddMedia implements bridge.MediaIndex.
func (s *Store) AddMedia(ctx context.Context, m bridge.Media) error {
	if err := checkMedia(m); err != nil {
		return err
	}

	if m.StoredAt.IsZero() {
		m.StoredAt = s.now()
	}

	if m.ExpiresAt.IsZero() {
		m.ExpiresAt = m.StoredAt.Add(bridge.MediaFor)
	}

	return s.do(ctx, &op{run: func(t *txn) error {
		if !t.lives(m.Installation) {
			return bridge.ErrNotFound
		}

		token := []byte(m.Token)

		had, err := t.media(token)
		again := err == nil && sameCopy(had, m)

		if owner := t.get(bucketBlobs, []byte(m.Blob.Key)); !again && (owner != nil || t.has(bucketMedia, token)) {
			return bridge.ErrConflict
		}

		if again {
			t.delete(bucketSpent, secondKey(had.ExpiresAt, token))
		}

		t.put(bucketMedia, token, encodeMedia(m))
		t.put(bucketParts, partKey(m.Delivery, m.Part), token)
		t.put(bucketBlobs, []byte(m.Blob.Key), token)
		t.put(bucketSpent, secondKey(m.ExpiresAt, token), present)
		t.put(bucketOwned, ownedKey(m.Installation, token), present)

		return nil
	}})
}

// sameCopy reports whether what is known may be stored over what was.
func sameCopy(a, b bridge.Media) bool {
	return a.Blob.Key == b.Blob.Key && a.Installation == b.Installation && a.Delivery == b.Delivery && a.Part == b.Part
}

// Media implements bridge.MediaIndex.
func (s *Store) Media(ctx context.Context, token bridge.MediaToken) (m bridge.Media, err error) {
	if err := ctx.Err(); err != nil {
		return m, err
	}

	err = s.view(func(t *txn) (err error) {
		m, err = t.livingMedia([]byte(token), s.now())

		return err
	})

	return m, err
}

// MediaOf implements bridge.MediaIndex.
func (s *Store) MediaOf(ctx context.Context, id bridge.DeliveryID) ([]bridge.Media, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	var found []bridge.Media

	err := s.view(func(t *txn) error {
		now := s.now()

		for _, token := range t.scan(bucketParts, numberKey(uint64(id))) {
			m, err := t.livingMedia(token, now)
			if err == nil {
				found = append(found, m)
			} else if !errors.Is(err, bridge.ErrGone) {
				return err
			}
		}

		return nil
	})

	return found, err
}

// SpentMedia implements bridge.MediaSweeper.
func (s *Store) SpentMedia(ctx context.Context, limit int) ([]bridge.BlobKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	var keys []bridge.BlobKey

	err := s.view(func(t *txn) error {
		seen := map[bridge.BlobKey]bool{}

		for token := range t.spent(s.now()) {
			if len(keys) == limit {
				return nil
			}

			m, err := t.media(token)
			if err != nil {
				s.log.Error("media of a spent copy is not known", "error", err)

				continue
			}

			if !seen[m.Blob.Key] {
				seen[m.Blob.Key] = true
				keys = append(keys, m.Blob.Key)
			}
		}

		return nil
	})

	return keys, err
}

// spent yields the tokens of copies that have outlived their installation or
// their time.
func (t *txn) spent(now time.Time) func(yield func(token []byte) bool) {
	return func(yield func(token []byte) bool) {
		for id := range t.scan(bucketTombstones, nil) {
			prefix := appendString(nil, string(id))

			for k := range t.scan(bucketOwned, prefix) {
				if !yield(k[len(prefix):]) {
					return
				}
			}
		}

		end := secondKey(now, nil)

		c := t.bucket(bucketSpent).Cursor()
		for k, _ := c.First(); k != nil && bytes.Compare(k, end) < 0; k, _ = c.Next() {
			if !yield(k[8:]) {
				return
			}
		}
	}
}

// DropMedia implements bridge.MediaSweeper.
func (s *Store) DropMedia(ctx context.Context, keys ...bridge.BlobKey) error {
	return s.do(ctx, &op{run: func(t *txn) error {
		now := s.now()

		var spent []bridge.Media

		for _, key := range keys {
			token := t.get(bucketBlobs, []byte(key))
			if token == nil {
				continue
			}

			m, err := t.media(bytes.Clone(token))
			if err != nil {
				return err
			}

			if !now.Before(m.ExpiresAt) || !t.lives(m.Installation) {
				spent = append(spent, m)
			}
		}

		for _, m := range spent {
			t.dropMedia(m)
		}

		return nil
	}})
}

// dropMedia leaves of a copy that it was there.
func (t *txn) dropMedia(m bridge.Media) {
	token := []byte(m.Token)

	t.put(bucketMedia, token, present)
	t.put(bucketGone, secondKey(m.ExpiresAt.Add(mediaGoneFor), token), present)
	t.delete(bucketSpent, secondKey(m.ExpiresAt, token))
	t.delete(bucketBlobs, []byte(m.Blob.Key))
	t.delete(bucketOwned, ownedKey(m.Installation, token))

	if part := partKey(m.Delivery, m.Part); bytes.Equal(t.get(bucketParts, part), token) {
		t.delete(bucketParts, part)
	}
}

// NeedsBlob implements bridge.MediaSweeper.
func (s *Store) NeedsBlob(ctx context.Context, key bridge.BlobKey) (needed bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}

	err = s.view(func(t *txn) error {
		needed = t.has(bucketBlobs, []byte(key))

		return nil
	})

	return needed, err
}

// spendMedia ends the copies of an installation that is removed: nothing tells
// afterwards that it was there.
func (t *txn) spendMedia(id bridge.InstallationID, now time.Time) {
	prefix := appendString(nil, string(id))

	for _, k := range t.keys(bucketOwned, prefix, 0) {
		token := k[len(prefix):]

		m, err := t.media(token)
		if err != nil || !now.Before(m.ExpiresAt) {
			continue
		}

		t.delete(bucketSpent, secondKey(m.ExpiresAt, token))

		m.ExpiresAt = now
		t.put(bucketMedia, token, encodeMedia(m))
		t.put(bucketSpent, secondKey(now, token), present)
	}
}
