package relay

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// start notes the intent of a first call without waiting for the disk, and
// reports whether that is enough. It is when the file says already that the
// call may have been made, and what was sent can be worked out from what else
// is there.
func (a *attempt) start(ctx context.Context, in bridge.Intent) (bool, error) {
	if !a.claim.Cleared || in.Call > 0 || len(in.With) > 0 || len(a.changes) > 0 {
		return false, nil
	}

	if p, thread, ok := a.firstCall(); !ok || p != in.Piece || thread != in.Thread {
		return false, nil
	}

	switch err := a.store.Start(ctx, a.claim, in, lease); {
	case err == nil:
		a.intent = &in

		return true, nil
	case errors.Is(err, bridge.ErrConflict):
		return false, nil // begun before in this attempt
	default:
		return false, fmt.Errorf("note intent: %w", err)
	}
}

// firstCall works out the first call of a delivery from its message and its
// link; false when more than that decides what is sent.
func (a *attempt) firstCall() (bridge.Piece, bridge.ThreadID, bool) {
	if a.claim.Delivery.Late {
		return bridge.Piece{}, "", false
	}

	return a.firstCallInTime()
}

// firstCallInTime is firstCall of a delivery that was not late when it was
// made.
func (a *attempt) firstCallInTime() (bridge.Piece, bridge.ThreadID, bool) {
	d := a.claim.Delivery
	if !onlyText(d.Message.Parts) {
		return bridge.Piece{}, "", false
	}

	switch d.Lane.Direction {
	case bridge.In:
		if d.Message.Author == bridge.Seller || a.link.Thread == "" {
			return bridge.Piece{}, "", false
		}

		return bridge.Words(splitRunes(plain(d.Message.Parts), a.textRoom)[0]), a.link.Thread, true
	case bridge.Out:
		calls := planReply(d.Message.Parts, a.tiktok.SplitText).calls
		if len(calls) == 0 {
			return bridge.Piece{}, "", false
		}

		return bridge.Words(calls[0].text), "", true
	default:
		return bridge.Piece{}, "", false
	}
}

func onlyText(parts []bridge.Part) bool {
	for _, p := range parts {
		if p.Kind != bridge.PartText {
			return false
		}
	}

	return len(parts) > 0
}

// resume works out the intent of a first call that an earlier run of the
// program may have made. One that could not have been started this way was
// not made.
func (a *attempt) resume() {
	d := a.claim.Delivery
	if a.intent != nil && a.intent.Asked && a.intent.Piece == (bridge.Piece{}) {
		// What was uncertain was started without a commit of its own.
		a.intent.Piece, a.intent.Thread, _ = a.firstCallInTime()
	}

	if d.Started.IsZero() {
		return
	}

	a.unsure = false

	if p, thread, ok := a.firstCall(); ok {
		a.intent = &bridge.Intent{Piece: p, At: d.Started, Latest: a.began, Thread: thread}
	}
}
