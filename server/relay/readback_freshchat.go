package relay

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// threadsRead is how many conversations of one buyer are searched for one that
// may have been opened.
const threadsRead = 20

// readBack finds out what became of a call whose answer is unknown. It reports
// true when the attempt may go on: the call was found, or surely never
// happened.
func (in *inbound) readBack(ctx context.Context) (verdict, bool) {
	if v, early := in.notYet(); early {
		return v, false
	}

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	var (
		found bridge.RemoteMessage
		err   error
	)

	if in.intent.Thread != "" {
		found, err = in.search(ctx, in.intent.Thread)
	} else {
		found, err = in.searchOpened(ctx)
	}

	if in.asked(err) {
		in.intent = nil

		return verdict{}, true
	}

	if errors.Is(err, errAlike) {
		return in.undecided(err), false
	}

	if err != nil {
		return in.failed(ctx, fmt.Errorf("read back: %w", err)), false
	}

	if found.ID != "" {
		in.found(found)

		return verdict{}, true
	}

	if v, wait := in.mayStillArrive(); wait {
		return v, false
	}

	in.intent = nil

	return verdict{}, true
}

// search looks for what the intent sent among the buyer's messages of a
// thread. An empty answer means that it is surely not there.
func (in *inbound) search(ctx context.Context, thread bridge.ThreadID) (bridge.RemoteMessage, error) {
	messages, err := in.messages(ctx, in.access, thread, in.intent.At.Add(-skew))
	if err != nil {
		return bridge.RemoteMessage{}, fmt.Errorf("read messages: %w", err)
	}

	if err := in.doubted(ctx, bridge.In, bridge.Buyer, messages); err != nil {
		return bridge.RemoteMessage{}, err
	}

	nearest := different

	for _, m := range messages {
		like := compare(in.intent.Piece, m)
		if m.Author != bridge.Buyer || m.Private || like == different {
			continue
		}

		_, err := in.store.Known(ctx, bridge.OriginKey{
			Installation: in.inst.ID, Side: bridge.Freshchat, ID: m.ID, CreatedAt: m.CreatedAt,
		})
		if err != nil && !errors.Is(err, bridge.ErrNotFound) {
			return bridge.RemoteMessage{}, fmt.Errorf("look up message: %w", err)
		}

		if err != nil && like == same {
			return m, nil
		}

		if err != nil {
			nearest = alike
		}
	}

	return notFound(nearest)
}

// searchOpened looks for a conversation that our call may have opened: one of
// the buyer's that no link knows, with the text in it.
func (in *inbound) searchOpened(ctx context.Context) (bridge.RemoteMessage, error) {
	in.spend(bridge.Freshchat)

	threads, err := in.freshchat.Threads(ctx, in.access, in.link.User)
	if err != nil {
		return bridge.RemoteMessage{}, fmt.Errorf("read conversations: %w", err)
	}

	if len(threads) > threadsRead {
		return bridge.RemoteMessage{}, &bridge.Failure{
			Op: "find opened conversation", Class: bridge.Permanent,
			Err: errors.New("the buyer has too many conversations to search"),
		}
	}

	for _, thread := range threads {
		_, err := in.store.LinkByThread(ctx, in.inst.ID, thread)
		if err == nil {
			continue
		}

		if !errors.Is(err, bridge.ErrNotFound) {
			return bridge.RemoteMessage{}, fmt.Errorf("look up conversation: %w", err)
		}

		found, err := in.search(ctx, thread)
		if err != nil {
			return bridge.RemoteMessage{}, err
		}

		if found.ID != "" {
			in.change(func(l *bridge.Link) { l.Thread, l.Numeric, l.Resolved = thread, "", false })

			return found, nil
		}
	}

	return bridge.RemoteMessage{}, nil
}
