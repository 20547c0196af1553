package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

func checkLink(l *bridge.Link) error {
	if err := checkNames(string(l.Key.Installation), string(l.Key.Shop), string(l.Key.Conversation),
		string(l.Thread), string(l.Numeric)); err != nil {
		return fmt.Errorf("boltstore: link: %w", err)
	}

	return nil
}

// changedLink is the link after a change, not yet stored; nil when there is no
// change. A link that does not exist begins with its key.
func (t *txn) changedLink(key bridge.LinkKey, change func(*bridge.Link)) (*bridge.Link, error) {
	if change == nil {
		return nil, nil
	}

	l, err := t.link(linkKey(key))
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return nil, err
	}

	change(&l)
	l.Key = key

	return &l, checkLink(&l)
}

// putLink stores a link and makes its threads findable. Earlier threads stay
// so: agents may still write there.
func (t *txn) putLink(l *bridge.Link) {
	if l == nil {
		return
	}

	key := linkKey(l.Key)
	t.put(bucketLinks, key, encodeLink(*l))

	for _, thread := range [...]bridge.ThreadID{l.Thread, l.Numeric} {
		if thread == "" {
			continue
		}

		at := threadKey(l.Key.Installation, thread)
		if string(t.get(bucketThreads, at)) != string(key) {
			t.put(bucketThreads, at, key)
		}
	}
}

func (t *txn) link(key []byte) (bridge.Link, error) {
	raw := t.get(bucketLinks, key)
	if raw == nil {
		return bridge.Link{}, bridge.ErrNotFound
	}

	return decodeLink(string(raw))
}

// encodeLink packs a link: every delivery reads one.
func encodeLink(l bridge.Link) []byte {
	b := append(make([]byte, 0, 256), recordVersion)
	b = appendString(b, l.Key.Installation)
	b = appendString(b, l.Key.Shop)
	b = appendString(b, l.Key.Conversation)
	b = appendString(b, l.Thread)
	b = appendString(b, l.Numeric)
	b = appendBool(b, l.Resolved)
	b = appendString(b, l.User)
	b = appendString(b, l.BuyerID)
	b = appendString(b, l.BuyerName)
	b = appendTime(b, l.NamedAt)
	b = appendString(b, l.Agent)
	b = appendTime(b, l.CreatedAt)
	b = appendTime(b, l.UpdatedAt)
	b = appendTold(b, l.Told)

	return appendNumbers(b, l.Doubts)
}

func appendTold(b []byte, told []bridge.Telling) []byte {
	b = binary.AppendUvarint(b, uint64(len(told)))
	for _, t := range told {
		b = appendString(b, t.Cause)
		b = appendTime(b, t.At)
	}

	return b
}

func (d *decoder) told() []bridge.Telling {
	n := d.uint()
	if n == 0 || n > uint64(len(d.s)) {
		return nil
	}

	told := make([]bridge.Telling, n)
	for i := range told {
		told[i] = bridge.Telling{Cause: bridge.NoteCause(d.str()), At: d.time()}
	}

	return told
}

func decodeLink(s string) (bridge.Link, error) {
	d := decoder{s: s}
	d.version()

	l := bridge.Link{
		Key: bridge.LinkKey{
			Installation: bridge.InstallationID(d.str()),
			Shop:         bridge.ShopID(d.str()),
			Conversation: bridge.ConversationID(d.str()),
		},
		Thread:    bridge.ThreadID(d.str()),
		Numeric:   bridge.ThreadID(d.str()),
		Resolved:  d.bool(),
		User:      bridge.UserID(d.str()),
		BuyerID:   d.str(),
		BuyerName: d.str(),
		NamedAt:   d.time(),
		Agent:     bridge.AgentID(d.str()),
		CreatedAt: d.time(),
		UpdatedAt: d.time(),
		Told:      d.told(),
		Doubts:    d.numbers(),
	}

	return l, d.err("link")
}

// Link implements bridge.Links.
func (s *Store) Link(ctx context.Context, key bridge.LinkKey) (bridge.Link, error) {
	if err := ctx.Err(); err != nil {
		return bridge.Link{}, err
	}

	return s.cache.links.get(key, func() (l bridge.Link, err error) {
		err = s.view(func(t *txn) (err error) {
			l, err = t.link(linkKey(key))

			return err
		})

		return l, err
	})
}

// LinkByThread implements bridge.Links.
func (s *Store) LinkByThread(ctx context.Context, id bridge.InstallationID, thread bridge.ThreadID) (l bridge.Link, err error) {
	if err := ctx.Err(); err != nil {
		return l, err
	}

	err = s.view(func(t *txn) (err error) {
		key := t.get(bucketThreads, threadKey(id, thread))
		if key == nil {
			return bridge.ErrNotFound
		}

		l, err = t.link(key)

		return err
	})

	return l, err
}

// UpdateLink implements bridge.Links.
func (s *Store) UpdateLink(ctx context.Context, key bridge.LinkKey, change func(*bridge.Link) error) error {
	return s.do(ctx, &op{run: func(t *txn) error {
		l, err := t.link(linkKey(key))
		if err != nil {
			return err
		}

		if err := change(&l); err != nil {
			return err
		}

		l.Key = key
		if err := checkLink(&l); err != nil {
			return err
		}

		t.putLink(&l)

		return nil
	}})
}

// moveLinks gives the links of a shop, and their threads, to another
// installation.
func (t *txn) moveLinks(from, to bridge.InstallationID, shop bridge.ShopID) error {
	for _, old := range t.keys(bucketLinks, linkPrefix(from, shop), 0) {
		l, err := t.link(old)
		if err != nil {
			return err
		}

		l.Key.Installation = to
		t.putLink(&l)
		t.delete(bucketLinks, old)
	}

	for _, old := range t.keys(bucketThreads, appendString(nil, from), 0) {
		key := readLinkKey(t.get(bucketThreads, old))
		if key.Shop != shop {
			continue
		}

		d := decoder{s: string(old)}
		d.str()

		key.Installation = to
		t.put(bucketThreads, threadKey(to, bridge.ThreadID(d.str())), linkKey(key))
		t.delete(bucketThreads, old)
	}

	return nil
}
