package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"sellerchat/server/bridge"
)

// Reached implements bridge.Reconciling.
func (s *Store) Reached(ctx context.Context, key bridge.LinkKey) (r bridge.Reached, err error) {
	if err := ctx.Err(); err != nil {
		return r, err
	}

	err = s.view(func(t *txn) (err error) {
		r, err = t.reached(key)

		return err
	})

	return r, err
}

func (t *txn) reached(key bridge.LinkKey) (bridge.Reached, error) {
	r := bridge.Reached{Link: key}

	raw := t.get(bucketReached, linkKey(key))
	if raw == nil {
		return r, nil
	}

	d := decoder{s: string(raw)}
	d.version()
	r.Index, r.Written = d.uint(), d.time()

	return r, d.err("reached")
}

// SaveReached implements bridge.Reconciling.
func (s *Store) SaveReached(ctx context.Context, all ...bridge.Reached) error {
	for _, r := range all {
		if err := checkLink(&bridge.Link{Key: r.Link}); err != nil {
			return err
		}
	}

	return s.do(ctx, &op{run: func(t *txn) error {
		for _, r := range all {
			had, err := t.reached(r.Link)
			if err != nil {
				return err
			}

			r.Index = max(r.Index, had.Index)
			if r.Written.Before(had.Written) {
				r.Written = had.Written
			}

			if r != had {
				b := binary.AppendUvarint([]byte{recordVersion}, r.Index)
				t.put(bucketReached, linkKey(r.Link), appendTime(b, r.Written))
			}
		}

		return nil
	}})
}

// Round implements bridge.Reconciling.
func (s *Store) Round(ctx context.Context, id bridge.InstallationID, shop bridge.ShopID) (r bridge.Round, err error) {
	if err := ctx.Err(); err != nil {
		return r, err
	}

	err = s.view(func(t *txn) (err error) {
		r, err = t.round(id, shop)

		return err
	})

	return r, err
}

func (t *txn) round(id bridge.InstallationID, shop bridge.ShopID) (bridge.Round, error) {
	raw := t.get(bucketRounds, pairKey(string(id), string(shop)))
	if raw == nil {
		return bridge.Round{Installation: id, Shop: shop}, nil
	}

	return decodeJSON[bridge.Round](raw)
}

// UpdateRound implements bridge.Reconciling.
func (s *Store) UpdateRound(ctx context.Context, id bridge.InstallationID, shop bridge.ShopID, change func(*bridge.Round) error) error {
	if err := checkNames(string(id), string(shop)); err != nil {
		return fmt.Errorf("boltstore: round: %w", err)
	}

	return s.do(ctx, &op{run: func(t *txn) error {
		r, err := t.round(id, shop)
		if err != nil {
			return err
		}

		if err := change(&r); err != nil {
			return err
		}

		r.Installation, r.Shop = id, shop

		raw, err := encodeJSON(r)
		if err != nil {
			return err
		}

		t.put(bucketRounds, pairKey(string(id), string(shop)), raw)

		return nil
	}})
}

// AliveAt implements bridge.Reconciling.
func (s *Store) AliveAt(ctx context.Context) (at time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return at, err
	}

	err = s.view(func(t *txn) error {
		if n := readNumber(t.get(bucketMeta, metaAlive)); n > 0 {
			at = time.Unix(0, int64(n)).UTC()
		}

		return nil
	})

	return at, err
}

// StayAlive implements bridge.Reconciling.
func (s *Store) StayAlive(ctx context.Context, at time.Time) error {
	return s.do(ctx, &op{run: func(t *txn) error {
		t.put(bucketMeta, metaAlive, numberKey(uint64(at.UnixNano())))

		return nil
	}})
}

// used is a link and when it was last sent in.
type used struct {
	at  int64
	key string // of the link
}

// compare puts the one that was last in use first.
func (u used) compare(o used) int {
	return cmp.Or(cmp.Compare(o.at, u.at), strings.Compare(u.key, o.key))
}

// RecentLinks implements bridge.Reconciling. When a link was in use is told by
// the marks of its lanes, which are together for an installation: each page
// reads all of them, and keeps in memory no more than two pages.
func (s *Store) RecentLinks(ctx context.Context, id bridge.InstallationID, after bridge.Recent, limit int) ([]bridge.Recent, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	// First the memory, then the file: what moves meanwhile is in both.
	p := page{limit: limit}
	if !after.ActiveAt.IsZero() {
		p.after = &used{after.ActiveAt.UnixNano(), string(linkKey(after.Link))}
	}

	fresh := s.index.marks(id)

	var list []bridge.Recent

	err := s.view(func(t *txn) error {
		for u := range t.lastUsed(id, fresh) {
			p.add(u)
		}

		for _, u := range p.first() {
			r, err := t.reached(readLinkKey([]byte(u.key)))
			if err != nil {
				return err
			}

			list = append(list, bridge.Recent{Reached: r, ActiveAt: time.Unix(0, u.at).UTC()})
		}

		return nil
	})

	return list, err
}

// marks are those of an installation that the file does not have yet.
func (x *index) marks(id bridge.InstallationID) map[string]mark {
	prefix := string(appendString(nil, id))
	found := map[string]mark{}

	x.mu.Lock()
	defer x.mu.Unlock()

	for _, d := range [...]derived{x.pending.flushing, x.pending.fresh} {
		for lane, m := range d.marks {
			if strings.HasPrefix(lane, prefix) {
				found[lane] = found[lane].join(m)
			}
		}
	}

	return found
}

// lastUsed yields the links of an installation in no order. A link has two
// lanes that count: it comes with the one that it was last sent in.
func (t *txn) lastUsed(id bridge.InstallationID, fresh map[string]mark) func(yield func(used) bool) {
	both := func(lane []byte) mark { return readMark(t.get(bucketMarks, lane)).join(fresh[string(lane)]) }

	return func(yield func(used) bool) {
		visit := func(lane []byte) bool {
			k := readLaneKey(string(lane))
			if k.Direction == bridge.Note {
				return true
			}

			there := bridge.In + bridge.Out - k.Direction
			mine, other := both(lane).at, both([]byte(laneKey(k.Link.Lane(there)))).at

			if mine < other || mine == other && k.Direction == bridge.Out || mine == 0 {
				return true
			}

			return yield(used{mine, string(linkKey(k.Link))})
		}

		for lane := range t.scan(bucketMarks, appendString(nil, id)) {
			if !visit(lane) {
				return
			}
		}

		for lane := range fresh {
			if !t.has(bucketMarks, []byte(lane)) && !visit([]byte(lane)) {
				return
			}
		}
	}
}

// page keeps the first ones that come after one, in memory for twice as many.
type page struct {
	after *used
	limit int
	kept  []used
}

func (p *page) add(u used) {
	if p.after != nil && p.after.compare(u) >= 0 {
		return
	}

	if p.kept = append(p.kept, u); len(p.kept) >= 2*p.limit {
		p.kept = p.first()
	}
}

func (p *page) first() []used {
	slices.SortFunc(p.kept, used.compare)

	return p.kept[:min(len(p.kept), p.limit)]
}
