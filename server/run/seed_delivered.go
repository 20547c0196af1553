package run

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

const (
	// seedRound is how many messages are queued before they are delivered, and
	// seedClaims how many of them share a commit at most.
	seedRound  = 4096
	seedClaims = 1024
	// seedConversations are those that messages are shared out to.
	seedConversations = 10_240
	// The ids that the platform would give have 19 digits. They are others than
	// those of messages that come later.
	seedFirstMessage      = 7_400_000_000_000_000_000
	seedFirstConversation = 7_401_000_000_000_000_000
)

// errSeedWaits says that something queued cannot be settled.
var errSeedWaits = errors.New("queued messages are not due")

// seedText is as long as what a buyer's message leaves of itself.
var seedText = strings.Repeat("Is the blue one in stock, and how long does it take? ", 4)

// seedDelivered takes messages in and settles them, as the relay does.
func seedDelivered(ctx context.Context, store *boltstore.Store, accounts []SeedAccount, count int, now time.Time) error {
	for from := 0; from < count; from += seedRound {
		entries := make([]bridge.Entry, min(seedRound, count-from))
		for i := range entries {
			entries[i] = seedEntry(accounts, from+i, now)
		}

		if _, err := store.Enqueue(ctx, entries...); err != nil {
			return fmt.Errorf("queue messages: %w", err)
		}

		for left := len(entries); left > 0; {
			settled, err := settleSome(ctx, store, now)
			if err != nil {
				return err
			}

			left -= settled
		}
	}

	return nil
}

// settleSome settles what is claimed at once.
func settleSome(ctx context.Context, store *boltstore.Store, now time.Time) (int, error) {
	claims, err := store.Claim(ctx, bridge.Ask{Limit: seedClaims, Lease: time.Minute})
	if err != nil {
		return 0, fmt.Errorf("claim messages: %w", err)
	}

	if len(claims) == 0 {
		return 0, errSeedWaits
	}

	var (
		wg   sync.WaitGroup
		errs = make([]error, len(claims))
	)

	for i, c := range claims {
		wg.Go(func() { errs[i] = store.Ack(ctx, c, seedSettlement(c, now)) })
	}

	wg.Wait()

	if err := errors.Join(errs...); err != nil {
		return 0, fmt.Errorf("settle messages: %w", err)
	}

	return len(claims), nil
}

func seedEntry(accounts []SeedAccount, n int, now time.Time) bridge.Entry {
	var (
		conversation = n % seedConversations
		account      = conversation % len(accounts)
		installation = seedID(account)
		id           = bridge.MessageID(strconv.Itoa(seedFirstMessage + n))
	)

	return bridge.Entry{
		Lane: bridge.LaneKey{
			Direction: bridge.In,
			Link: bridge.LinkKey{
				Installation: installation, Shop: bridge.ShopID(accounts[account].ShopID),
				Conversation: bridge.ConversationID(strconv.Itoa(seedFirstConversation + conversation)),
			},
		},
		Origin: bridge.OriginKey{Installation: installation, Side: bridge.TikTok, ID: id, CreatedAt: now},
		Message: bridge.Message{
			ID: id, Author: bridge.Buyer, AuthorID: strconv.Itoa(seedFirstConversation + conversation), CreatedAt: now,
			Order: uint64(n + 1), Parts: []bridge.Part{{Kind: bridge.PartText, Text: seedText}},
		},
		Path: bridge.PathWebhook,
	}
}

// seedSettlement is that of a delivered message; Freshchat's ids are random.
func seedSettlement(c bridge.Claim, now time.Time) bridge.Settlement {
	id := uint64(c.Delivery.ID)
	remote := bridge.MessageID(fmt.Sprintf("%08x-4f1d-4c6f-9a51-%012d", uint32(id*2654435761), id))

	return bridge.Settlement{
		State: bridge.Delivered, Remote: []bridge.MessageID{remote},
		Origins: []bridge.OriginKey{{
			Installation: c.Delivery.Lane.Link.Installation, Side: bridge.Freshchat, ID: remote, CreatedAt: now,
		}},
	}
}
