package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// nameFor is how long a buyer's name is believed before it is read again.
const nameFor = 24 * time.Hour

// nameRetry is how soon a name that could not be read is asked for again: with
// each message would hold up every one of them while TikTok hangs.
const nameRetry = time.Minute

// nameTimeout bounds reading a name: a message does not wait long for it.
const nameTimeout = 5 * time.Second

// namelessBuyer is shown until TikTok tells the name.
const namelessBuyer = "TikTok buyer"

// person makes sure that the buyer exists in Freshchat and carries the name
// that she has on TikTok.
func (in *inbound) person(ctx context.Context) error {
	renamed := in.readName(ctx)

	if in.link.User == "" {
		return in.findOrCreate(ctx)
	}

	if !renamed {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	in.spend(bridge.Freshchat)

	if err := in.freshchat.RenamePerson(ctx, in.access, in.link.User, in.link.BuyerName); err != nil {
		// Both are read and written again with a later message.
		in.change(func(l *bridge.Link) { l.BuyerName, l.NamedAt = "", in.clock().Add(nameRetry-nameFor) })
		in.log.InfoContext(ctx, "buyer not renamed", slog.String("delivery", in.claim.Delivery.ID.String()), slog.Any("error", err))
	}

	return nil
}

// readName reads the buyer's name when it is missing or old, and reports
// whether it is another one. A failure is no reason to hold a message back.
func (in *inbound) readName(ctx context.Context) bool {
	now := in.clock()
	if now.Sub(in.link.NamedAt) < nameFor {
		return false
	}

	// While TikTok does not answer, or has to be left to replies, the name that
	// is known will do.
	if in.quotas.spare(in.shop.ID, now) == 0 || !in.limits.join(in.inst.ID, bridge.TikTok, now) {
		return false
	}

	defer in.leave(in.inst.ID, bridge.TikTok)

	ctx, cancel := context.WithTimeout(ctx, nameTimeout)
	defer cancel()

	info, err := in.conversation(ctx)
	in.hear(ctx, in.inst.ID, bridge.TikTok, err)

	if err != nil {
		in.log.InfoContext(ctx, "buyer's name not read", slog.String("delivery", in.claim.Delivery.ID.String()), slog.Any("error", err))
		in.change(func(l *bridge.Link) { l.NamedAt = now.Add(nameRetry - nameFor) })

		return false
	}

	before := in.link.BuyerName
	in.change(func(l *bridge.Link) {
		l.NamedAt, l.BuyerID = now, info.BuyerID
		if info.BuyerName != "" {
			l.BuyerName = info.BuyerName
		}
	})

	return before != in.link.BuyerName
}

func (in *inbound) conversation(ctx context.Context) (bridge.ConversationInfo, error) {
	access, err := in.tokens.access(ctx, in.shop)
	if err != nil {
		return bridge.ConversationInfo{}, err
	}

	in.spend(bridge.TikTok)

	info, err := in.tiktok.Conversation(ctx, access, in.link.Key.Conversation)
	if bridge.HasCause(err, bridge.CauseTokenExpired) {
		if access.Token, err = in.tokens.renew(ctx, in.shop.Authorization, access.Token); err == nil {
			info, err = in.tiktok.Conversation(ctx, access, in.link.Key.Conversation)
		}
	}

	if err != nil {
		return bridge.ConversationInfo{}, fmt.Errorf("read conversation: %w", err)
	}

	return info, nil
}

func (in *inbound) findOrCreate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	reference := in.link.Key.Reference()
	in.spend(bridge.Freshchat)

	person, err := in.freshchat.FindPerson(ctx, in.access, reference)
	if errors.Is(err, bridge.ErrNotFound) {
		person, err = in.create(ctx, reference)
	}

	if err != nil {
		return fmt.Errorf("find buyer: %w", err)
	}

	in.change(func(l *bridge.Link) { l.User = person.ID })

	return nil
}

func (in *inbound) create(ctx context.Context, reference string) (bridge.Person, error) {
	name := in.link.BuyerName
	if name == "" {
		name = namelessBuyer
	}

	in.spend(bridge.Freshchat)

	person, err := in.freshchat.CreatePerson(ctx, in.access, bridge.Person{
		Reference: reference,
		Name:      name,
		Properties: map[string]string{
			"tiktok_shop":            in.shop.Name,
			"tiktok_conversation_id": string(in.link.Key.Conversation),
		},
	})
	if err != nil {
		return bridge.Person{}, fmt.Errorf("create buyer: %w", err)
	}

	return person, nil
}
