package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// messagesPerCall is how many messages one call brings; the client makes as many
// as it takes.
// https://developers.freshchat.com/api/
const messagesPerCall = 50

// linksAtOnce is how many links a page of them has.
const linksAtOnce = 200

// accountside is a part of a round over an account's conversations.
type accountside struct {
	*comparison

	inst     bridge.Installation
	access   bridge.FreshchatAccess
	partEnds time.Time
}

// compareFreshchat goes through the links, the ones in use last before the
// others: an agent's reply that nobody told is most likely there. Freshchat has
// no list that would tell which conversations have news.
func (k *comparison) compareFreshchat(ctx context.Context, partEnds time.Time) error {
	inst, err := k.store.Installation(ctx, k.key.installation)
	if err != nil {
		return fmt.Errorf("read installation: %w", err)
	}

	if !inst.Live() {
		return nil
	}

	key, err := k.vault.Open(inst.APIKey, inst.Binding("api_key"))
	if err != nil {
		return fmt.Errorf("open api key: %w", err)
	}

	s := &accountside{
		comparison: k, inst: inst, partEnds: partEnds,
		access: bridge.FreshchatAccess{Host: inst.Host, Key: string(key)},
	}
	since := k.round.began.Add(-k.round.back)

	for {
		links, err := k.store.RecentLinks(ctx, inst.ID, k.round.last, linksAtOnce)
		if err != nil {
			return fmt.Errorf("read recent links: %w", err)
		}

		for _, l := range links {
			if l.ActiveAt.Before(since) {
				return nil
			}

			if err := s.link(ctx, l.Reached); err != nil {
				return err
			}

			k.round.last = l
		}

		if len(links) < linksAtOnce {
			return nil
		}
	}
}

// link reads the conversation that a link has in Freshchat.
func (s *accountside) link(ctx context.Context, reached bridge.Reached) error {
	link, err := s.store.Link(ctx, reached.Link)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && link.Thread == "" {
		return nil
	}

	if err != nil {
		return fmt.Errorf("read link: %w", err)
	}

	messages, err := s.messages(ctx, link, s.since(link, reached))
	if err != nil {
		return err
	}

	h := &held{}

	for _, m := range messages {
		if m.CreatedAt.IsZero() || m.CreatedAt.After(s.clock().Add(-grace)) {
			continue // its webhook is on its way
		}

		if m.CreatedAt.After(reached.Written) {
			reached.Written = m.CreatedAt
		}

		if err := s.look(ctx, link, h, m); err != nil {
			return err
		}
	}

	found, err := s.carry(ctx, h.entries(link.Key, bridge.Out))
	if err != nil {
		return err
	}

	s.round.compared++
	s.count(found, h.tooOld)

	if len(h.missing) == heldMost {
		reached.Written = h.missing[0].message.CreatedAt // there may be later ones
	}

	if err := s.store.SaveReached(ctx, reached); err != nil {
		return fmt.Errorf("remember what was reached: %w", err)
	}

	return nil
}

// look keeps a message that an agent wrote. One of ours may settle a doubt.
func (s *accountside) look(ctx context.Context, link bridge.Link, h *held, m bridge.RemoteMessage) error {
	if m.Hidden == bridge.HiddenOwn {
		return s.ownMessage(ctx, link, m)
	}

	if m.Author != bridge.Agent || m.Hidden != "" || m.Private {
		return nil
	}

	key := bridge.OriginKey{Installation: s.inst.ID, Side: bridge.Freshchat, ID: m.ID, CreatedAt: m.CreatedAt}

	return s.keep(ctx, h, key, m.Message)
}

// since is from when a conversation is read: from the last message that was
// compared, else from its beginning, as far as anything may be relayed.
func (s *accountside) since(link bridge.Link, reached bridge.Reached) time.Time {
	since := link.CreatedAt.Add(-skew)
	if oldest := s.clock().Add(-bridge.OriginKeysFor + time.Hour); since.Before(oldest) {
		since = oldest
	}

	if reached.Written.After(since) {
		return reached.Written
	}

	return since
}

// messages reads a conversation by whichever id the account knows. One that
// Freshchat does not know at all is left out.
func (s *accountside) messages(ctx context.Context, link bridge.Link, since time.Time) ([]bridge.RemoteMessage, error) {
	for _, thread := range [...]bridge.ThreadID{link.Thread, link.Numeric} {
		if thread == "" {
			continue
		}

		var messages []bridge.RemoteMessage

		err := s.call(ctx, s.partEnds, func(ctx context.Context) (err error) {
			messages, err = s.freshchat.Messages(ctx, s.access, thread, since)

			return err
		})
		if bridge.HasCause(err, bridge.CauseConversation) {
			continue
		}

		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}

		more := len(messages) / messagesPerCall
		s.budget.more(more)
		s.round.calls += more

		for range more {
			s.limits.spend(s.inst.ID, bridge.Freshchat, s.clock())
		}

		return messages, nil
	}

	return nil, nil
}
