package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sellerchat/server/bridge"
)

const (
	// activeFirst is how many links that were in use last are looked at before
	// the list of conversations, whose order TikTok does not promise.
	activeFirst = 20
	// heldMost bounds the messages of one conversation that are held at once.
	heldMost = 500
)

// shopside is a part of a round over a shop's conversations.
type shopside struct {
	*comparison

	shop     bridge.Shop
	access   bridge.Access
	partEnds time.Time
	renewed  bool
}

func (k *comparison) compareTikTok(ctx context.Context, partEnds time.Time) error {
	shop, err := k.store.Shop(ctx, k.key.shop)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && shop.Installation != k.key.installation {
		return nil // it has moved meanwhile
	}

	if err != nil {
		return fmt.Errorf("read shop: %w", err)
	}

	access, err := k.tokens.access(ctx, shop)
	if err != nil {
		return err
	}

	s := &shopside{comparison: k, shop: shop, access: access, partEnds: partEnds}
	if k.round.urgent && !k.round.active {
		if err := s.activeLinks(ctx); err != nil {
			return err
		}

		k.round.active = true
	}

	return s.list(ctx)
}

// activeLinks looks at the links that were in use last.
func (s *shopside) activeLinks(ctx context.Context) error {
	links, err := s.store.RecentLinks(ctx, s.key.installation, bridge.Recent{}, activeFirst)
	if err != nil {
		return fmt.Errorf("read recent links: %w", err)
	}

	for _, l := range links {
		if l.Link.Shop != s.shop.ID || l.ActiveAt.Before(s.round.began.Add(-bridge.RelayFor)) {
			continue
		}

		if err := s.compare(ctx, l.Reached); err != nil {
			return err
		}
	}

	return nil
}

// list goes through the list of conversations; through its front only, when
// the round is not to leave nothing out.
func (s *shopside) list(ctx context.Context) error {
	for {
		var page bridge.ConversationPage

		err := s.call(ctx, func(ctx context.Context) (err error) {
			page, err = s.tiktok.Conversations(ctx, s.access, s.round.page)

			return err
		})
		if err != nil {
			return fmt.Errorf("list conversations: %w", err)
		}

		news := false

		for _, c := range page.Conversations {
			fresh, err := s.listed(ctx, c)
			if err != nil {
				return err
			}

			news = news || fresh
		}

		s.round.page = page.Next
		if page.Next == "" || !news && s.round.reach < reaches-1 {
			return nil
		}
	}
}

// listed looks at one conversation of the list and reports whether there was
// something to compare.
func (s *shopside) listed(ctx context.Context, c bridge.ConversationInfo) (bool, error) {
	key := bridge.LinkKey{Installation: s.key.installation, Shop: s.shop.ID, Conversation: c.ID}

	reached, err := s.store.Reached(ctx, key)
	if err != nil {
		return false, fmt.Errorf("read what was reached: %w", err)
	}

	s.round.compared++

	if c.Latest == "" || c.LatestOrder <= reached.Index || c.LatestAt.Before(s.oldest()) {
		return false, nil
	}

	return true, s.compare(ctx, reached)
}

// oldest is the time before which nothing is compared: it was not to be
// relayed, or its key may be forgotten, so that nobody knows whether it was.
func (s *shopside) oldest() time.Time {
	oldest := s.clock().Add(-bridge.OriginKeysFor + time.Hour)
	if connected := s.shop.ConnectedAt.Truncate(time.Second); connected.After(oldest) {
		return connected
	}

	return oldest
}

// compare leaves out a conversation that TikTok refuses to tell: the others are
// told.
func (s *shopside) compare(ctx context.Context, reached bridge.Reached) error {
	err := s.conversation(ctx, reached)

	var f *bridge.Failure
	if !errors.As(err, &f) || f.Class != bridge.Permanent || f.Cause == bridge.CauseOurs {
		return err
	}

	s.log.InfoContext(ctx, "conversation not compared", slog.String("shop", string(s.shop.ID)),
		slog.String("conversation", string(reached.Link.Conversation)), slog.Any("error", err))

	return nil
}

// conversation reads what is newer than what was reached, takes in what is
// missing, in order, and remembers how far it came.
func (s *shopside) conversation(ctx context.Context, reached bridge.Reached) error {
	h := &held{reached: reached.Index}

	for page, more := "", true; more; {
		var got bridge.RemotePage

		err := s.call(ctx, func(ctx context.Context) (err error) {
			got, err = s.tiktok.Messages(ctx, s.access, reached.Link.Conversation, page)

			return err
		})
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}

		if more, err = s.hold(ctx, h, got.Messages); err != nil {
			return err
		}

		page = got.Next
		more = more && page != ""
	}

	found, err := s.carry(ctx, h.entries(reached.Link, bridge.In))
	if err != nil {
		return err
	}

	s.count(found, h.tooOld)

	reached.Index = h.upTo

	if err := s.store.SaveReached(ctx, reached); err != nil {
		return fmt.Errorf("remember what was reached: %w", err)
	}

	return nil
}

// hold keeps what is missing of a page, newest first, and reports whether the
// next page may have more.
func (s *shopside) hold(ctx context.Context, h *held, page []bridge.RemoteMessage) (bool, error) {
	now, oldest := s.clock(), s.oldest()

	for _, m := range page {
		if m.Order <= h.reached || m.CreatedAt.Before(oldest) {
			return false, nil
		}

		if m.CreatedAt.After(now.Add(-grace)) {
			continue // its webhook is on its way
		}

		h.upTo = max(h.upTo, m.Order)

		if m.Hidden != "" {
			continue
		}

		key := bridge.OriginKey{Installation: s.key.installation, Side: bridge.TikTok, ID: m.ID, CreatedAt: m.CreatedAt}
		if err := s.keep(ctx, h, key, m.Message); err != nil {
			return false, err
		}
	}

	return true, nil
}

// call makes one call within the budget, with a new token after the old one
// was refused, once in a part.
func (s *shopside) call(ctx context.Context, do func(context.Context) error) error {
	err := s.comparison.call(ctx, s.partEnds, do)
	if bridge.HasCause(err, bridge.CauseTokenExpired) && !s.renewed {
		s.renewed = true

		if s.access.Token, err = s.tokens.renew(ctx, s.shop.Authorization, s.access.Token); err == nil {
			err = s.comparison.call(ctx, s.partEnds, do)
		}
	}

	return err
}

// held are the messages of one conversation that nobody had told, newest first.
// When there are too many it is the oldest that are kept: the next comparison
// goes on with those after them.
type held struct {
	reached uint64
	upTo    uint64
	missing []found
	tooOld  int
}

// found is a message that nobody had told.
type found struct {
	key     bridge.OriginKey
	message bridge.Message
}

// keep holds a message unless it is known, or too old to be relayed.
func (k *comparison) keep(ctx context.Context, h *held, key bridge.OriginKey, m bridge.Message) error {
	_, err := k.store.Known(ctx, key)
	if err == nil {
		return nil
	}

	if !errors.Is(err, bridge.ErrNotFound) {
		return fmt.Errorf("look up message: %w", err)
	}

	if k.clock().Sub(m.CreatedAt) > bridge.RelayFor {
		h.tooOld++

		return nil
	}

	h.missing = append(h.missing, found{key, m})
	if over := len(h.missing) - heldMost; over > 0 {
		h.missing = slices.Delete(h.missing, 0, over)
		h.upTo = h.missing[0].message.Order
	}

	return nil
}

// entries are what is to go into a lane, oldest first.
func (h *held) entries(link bridge.LinkKey, d bridge.Direction) []bridge.Entry {
	entries := make([]bridge.Entry, 0, len(h.missing))

	for _, f := range slices.Backward(h.missing) {
		entries = append(entries, bridge.Entry{
			Lane: link.Lane(d), Origin: f.key, Message: f.message, Path: bridge.PathReconcile,
		})
	}

	return entries
}

// carryAtOnce is how many messages are accepted in one transaction.
const carryAtOnce = 64

// carry accepts messages into their lane, and says how many of them nobody had
// told meanwhile.
func (k *comparison) carry(ctx context.Context, entries []bridge.Entry) (int, error) {
	n := 0

	for batch := range slices.Chunk(entries, carryAtOnce) {
		taken, err := k.store.Enqueue(ctx, batch...)
		if err != nil {
			return n, fmt.Errorf("store messages: %w", err)
		}

		for _, t := range taken {
			if !t.Duplicate {
				n++
			}
		}
	}

	return n, nil
}

// count notes what a conversation came to.
func (k *comparison) count(found, tooOld int) {
	k.round.found += found
	k.round.tooOld += tooOld
	k.observer.Reconciled(k.key.side(), comparedFound, found)
	k.observer.Reconciled(k.key.side(), comparedTooOld, tooOld)
}
