package boltstore

import (
	"context"
	"fmt"

	"sellerchat/server/bridge"
)

func checkLink(l *bridge.Link) error {
	if l == nil {
		return nil
	}

	if err := checkNames(string(l.Key.Installation), string(l.Key.Shop), string(l.Key.Conversation),
		string(l.Thread), string(l.Numeric)); err != nil {
		return fmt.Errorf("boltstore: link: %w", err)
	}

	return nil
}

// putLink stores a link and makes its threads findable. Earlier threads stay
// so: agents may still write there.
func (t *txn) putLink(l *bridge.Link) error {
	if l == nil {
		return nil
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

	return nil
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

	return appendTime(b, l.UpdatedAt)
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

		return t.putLink(&l)
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
		if err := t.putLink(&l); err != nil {
			return err
		}

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
