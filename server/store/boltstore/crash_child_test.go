package boltstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

// The environment in which the test binary is the process to be killed.
const (
	childPath  = "BOLTSTORE_CHILD_PATH"
	childRound = "BOLTSTORE_CHILD_ROUND"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := runChild(path, os.Getenv(childRound)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}

		return
	}

	m.Run()
}

const (
	crashLanes     = 12
	crashProducers = 4
	crashWorkers   = 4
)

// child works on a store as fast as it can until it is killed, and says on
// standard output what it is about to do and what was acknowledged.
type child struct {
	store *boltstore.Store
	round string

	mu sync.Mutex
}

func runChild(path, round string) error {
	s, err := boltstore.Open(context.Background(), boltstore.Options{Path: path})
	if err != nil {
		return err
	}

	c := &child{store: s, round: round}
	c.say("open")

	errs := make(chan error)

	for n := range crashProducers {
		go func() { errs <- c.produce(n) }()
	}

	for range crashWorkers {
		go func() { errs <- c.work() }()
	}

	return <-errs
}

// say writes one line in one call, so that none is torn by the kill.
func (c *child) say(words ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()

	fmt.Fprintln(os.Stdout, words...)
}

// crashLane names the lanes; they belong to three installations.
func crashLane(n int) bridge.LaneKey {
	return bridge.LaneKey{
		Link: bridge.LinkKey{
			Installation: bridge.InstallationID(fmt.Sprint("i", n%3)), Shop: "s", Conversation: bridge.ConversationID(fmt.Sprint(n)),
		},
		Direction: bridge.In,
	}
}

// crashEntry makes the entry that a name stands for: "lane/order/…".
func crashEntry(name string) bridge.Entry {
	parts := strings.Split(name, "/")
	n, _ := strconv.Atoi(parts[0])
	order, _ := strconv.ParseUint(parts[1], 10, 64)
	at := time.Unix(1_700_000_000, 0).UTC()

	return bridge.Entry{
		Lane:   crashLane(n),
		Origin: bridge.OriginKey{Installation: crashLane(n).Link.Installation, Side: bridge.TikTok, ID: bridge.MessageID(name), CreatedAt: at},
		Message: bridge.Message{
			ID: bridge.MessageID(name), Author: bridge.Buyer, CreatedAt: at, Order: order,
			Parts: []bridge.Part{{Kind: bridge.PartText, Text: strings.Repeat(name, 1+int(order%40))}},
		},
	}
}

// produce enqueues; each producer has lanes of its own, so that order within
// a lane is the order of acknowledgement.
func (c *child) produce(producer int) error {
	for order := 1; ; order++ {
		lane := producer + crashProducers*rand.IntN(crashLanes/crashProducers)
		name := fmt.Sprintf("%d/%s%06d", lane, c.round, order)

		c.say("enqueue", name)

		got, err := c.store.Enqueue(context.Background(), crashEntry(name))
		if err != nil {
			return err
		}

		c.say("enqueued", name, got[0].ID)
	}
}

// work claims and does any of the things that a worker does.
func (c *child) work() error {
	ctx := context.Background()

	for {
		claims, err := c.store.Claim(ctx, bridge.Ask{Limit: 2, Lease: time.Minute})
		if err != nil {
			return err
		}

		if len(claims) == 0 {
			select {
			case <-c.store.Ready(bridge.TikTok):
			case <-c.store.Ready(bridge.Freshchat):
			}
		}

		for _, cl := range claims {
			if err := c.deliver(ctx, cl); err != nil {
				return err
			}
		}
	}
}

func (c *child) deliver(ctx context.Context, cl bridge.Claim) error {
	id := cl.Delivery.ID

	switch n := rand.IntN(4); {
	case n < 2 && cl.Cleared:
		// As soon as this has returned the call may be on its way.
		if err := c.store.Start(ctx, cl, bridge.Intent{Piece: bridge.Words(id.String())}, time.Minute); err != nil {
			return err
		}

		c.say("started", id)
	case n == 0 && !cl.Delivery.Started.IsZero():
		c.say("doubt", id)

		if err := c.store.Retry(ctx, cl, bridge.Postponement{At: time.Now(), Attempt: true, Unsure: true}); err != nil {
			return err
		}

		c.say("doubted", id)

		return nil
	case n < 2:
		c.say("begin", id)

		if err := c.store.Begin(ctx, cl, bridge.Intent{Piece: bridge.Words(id.String())}, nil); err != nil {
			return err
		}

		c.say("begun", id)
	}

	switch rand.IntN(6) {
	case 0:
		c.say("retry", id)

		if err := c.store.Retry(ctx, cl, bridge.Postponement{At: time.Now(), Attempt: true}); err != nil {
			return err
		}

		c.say("retried", id)
	case 1:
		c.say("settle", id, bridge.Failed)

		if err := c.store.Bury(ctx, cl, crashSettlement(cl.Delivery, bridge.Failed)); err != nil {
			return err
		}

		c.say("settled", id, bridge.Failed)
	default:
		c.say("settle", id, bridge.Delivered)

		if err := c.store.Ack(ctx, cl, crashSettlement(cl.Delivery, bridge.Delivered)); err != nil {
			return err
		}

		c.say("settled", id, bridge.Delivered)
	}

	return nil
}

// remoteKey is the origin key that settling a delivery makes known.
func remoteKey(d bridge.Delivery) bridge.OriginKey {
	return bridge.OriginKey{
		Installation: d.Lane.Link.Installation, Side: bridge.Freshchat, ID: bridge.MessageID("r" + d.ID.String()), CreatedAt: d.Message.CreatedAt,
	}
}

// noteKey is the origin key of the note that settling a delivery leaves.
func noteKey(d bridge.Delivery) bridge.OriginKey {
	k := remoteKey(d)
	k.ID = "n" + k.ID

	return k
}

// crashSettlement changes several things that must agree.
func crashSettlement(d bridge.Delivery, state bridge.State) bridge.Settlement {
	st := bridge.Settlement{
		State:   state,
		Origins: []bridge.OriginKey{remoteKey(d)},
		Link:    func(l *bridge.Link) { l.Thread = bridge.ThreadID("t" + d.ID.String()) },
	}

	if d.Lane.Direction == bridge.In {
		st.Notes = []bridge.Entry{{
			Lane: d.Lane.Link.Lane(bridge.Note), Origin: noteKey(d), About: d.ID,
			Message: bridge.Message{ID: bridge.MessageID("n" + d.ID.String()), Order: uint64(d.ID)},
		}}
	}

	return st
}
