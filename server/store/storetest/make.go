package storetest

import (
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// lane names a lane of a conversation toward Freshchat.
func lane(installation, conversation string) bridge.LaneKey {
	return bridge.LaneKey{
		Link: bridge.LinkKey{
			Installation: bridge.InstallationID(installation),
			Shop:         bridge.ShopID("shop-" + installation),
			Conversation: bridge.ConversationID(conversation),
		},
		Direction: bridge.In,
	}
}

// message makes a message with a text; its order is the number.
func message(number int) bridge.Message {
	return bridge.Message{
		ID:        bridge.MessageID(fmt.Sprintf("m%d", number)),
		Author:    bridge.Buyer,
		AuthorID:  "buyer",
		CreatedAt: start.Add(time.Duration(number) * time.Second),
		Order:     uint64(number),
		Parts:     []bridge.Part{{Kind: bridge.PartText, Text: fmt.Sprintf("text %d", number)}},
	}
}

// entry makes an entry whose origin key is that of its message.
func entry(l bridge.LaneKey, number int) bridge.Entry {
	m := message(number)

	return bridge.Entry{Lane: l, Origin: origin(l, m), Message: m, Path: bridge.PathWebhook}
}

func origin(l bridge.LaneKey, m bridge.Message) bridge.OriginKey {
	return bridge.OriginKey{
		Installation: l.Link.Installation,
		Side:         bridge.TikTok,
		ID:           m.ID + bridge.MessageID("/"+string(l.Link.Conversation)),
		CreatedAt:    m.CreatedAt,
	}
}

// put enqueues one message and returns its id.
func (b *bench) put(l bridge.LaneKey, number int) bridge.DeliveryID {
	b.t.Helper()

	return b.enqueue(entry(l, number))
}

func (b *bench) enqueue(e bridge.Entry) bridge.DeliveryID {
	b.t.Helper()

	got, err := b.Enqueue(b.ctx, e)
	b.must(err)

	if len(got) != 1 || got[0].Duplicate {
		b.t.Fatalf("enqueue answered %+v, want one that is new", got)
	}

	return got[0].ID
}

// lease is how long the cases lease.
const lease = time.Minute

func (b *bench) claims(limit int) []bridge.Claim {
	b.t.Helper()

	got, err := b.Claim(b.ctx, bridge.Ask{Limit: limit, Lease: lease})
	b.must(err)

	return got
}

// claim returns the only lane that is due.
func (b *bench) claim() bridge.Claim {
	b.t.Helper()

	got := b.claims(10)
	if len(got) != 1 {
		b.t.Fatalf("%d lanes were due, want one", len(got))
	}

	return got[0]
}

// idle checks that nothing is due.
func (b *bench) idle() {
	b.t.Helper()

	if got := b.claims(10); len(got) != 0 {
		b.t.Fatalf("%d lanes were due, first with %s, want none", len(got), got[0].Delivery.Message.ID)
	}
}

// expect claims the only lane that is due and checks its head.
func (b *bench) expect(number int) bridge.Claim {
	b.t.Helper()

	c := b.claim()
	if want := message(number).ID; c.Delivery.Message.ID != want {
		b.t.Fatalf("head is %s, want %s", c.Delivery.Message.ID, want)
	}

	return c
}

func delivered() bridge.Settlement {
	return bridge.Settlement{State: bridge.Delivered, Remote: []bridge.MessageID{"remote"}}
}

func failed() bridge.Settlement {
	return bridge.Settlement{State: bridge.Failed, Reason: "refused"}
}

// become is a change of a link into another.
func become(l bridge.Link) func(*bridge.Link) { return func(was *bridge.Link) { *was = l } }

func (b *bench) ack(c bridge.Claim) {
	b.t.Helper()
	b.must(b.Ack(b.ctx, c, delivered()))
}

func (b *bench) delivery(id bridge.DeliveryID) bridge.Delivery {
	b.t.Helper()

	d, err := b.Delivery(b.ctx, id)
	b.must(err)

	return d
}
