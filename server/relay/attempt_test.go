package relay

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// Six calls of thirteen seconds each outlast the lease. Another worker then
// took the lane over in the middle of the fifth call, did not find its message
// yet, and sent it again.
func TestSlowCallsAreNotMadeTwice(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.split = strings.Fields
		s.tt.send = func(ctx context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			takes(13 * time.Second)

			return take(), ctx.Err()
		}

		s.agentWrites(thread, "one two three four five six")
		pass(5 * time.Minute)

		if diff := cmp.Diff([]string{"one", "two", "three", "four", "five", "six"}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}
	})
}

// An agent answered in a conversation whose making we had not been told of yet.
// Her reply was under way while that became known, and then stored the link as
// it had been before: without its conversation.
func TestAReplyDoesNotUndoAnOpening(t *testing.T) {
	onStage(t, func(s *stage) {
		var thread bridge.ThreadID

		s.fc.open = func(_ context.Context, take func() bridge.Opened) (bridge.Opened, error) {
			opened := take()
			if thread == "" {
				thread = opened.Thread
			}

			takes(5 * time.Second)

			return opened, nil
		}
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			takes(10 * time.Second)

			return take(), nil
		}

		s.buyerWrites("hello")
		synctest.Wait()
		s.agentWrites(thread, "Good morning.")
		pass(time.Minute)
		s.buyerWrites("Do you ship to Leeds?")
		pass(time.Minute)

		if diff := cmp.Diff([]string{"hello", "Do you ship to Leeds?"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}
	})
}

// forgetful is a store that cannot store how an attempt ended, once, as if the
// program had died.
type forgetful struct {
	Store
	died *atomic.Bool
}

func (f forgetful) Retry(ctx context.Context, c bridge.Claim, p bridge.Postponement) error {
	if f.died.CompareAndSwap(false, true) {
		return errors.New("died")
	}

	return f.Store.Retry(ctx, c, p)
}

// The program died while it opened a conversation. Freshchat's search did not
// know the buyer yet when it started again, so that she was made a second time,
// and with her a second conversation.
func TestACrashWhileOpeningMakesNoSecondConversation(t *testing.T) {
	onStage(t, func(s *stage) {
		s.fc.find = func() bool { return false }
		first := true
		s.fc.open = func(_ context.Context, take func() bridge.Opened) (bridge.Opened, error) {
			opened := take()
			if first {
				first = false

				return bridge.Opened{}, unknown()
			}

			return opened, nil
		}

		s.buyerWrites("hello")
		pass(5 * time.Minute)

		if n := s.fc.conversations(); n != 1 {
			t.Errorf("%d conversations, want one", n)
		}

		if thread := s.link().Thread; len(s.fc.shown(thread)) != 1 {
			t.Errorf("the agent sees %q", s.fc.shown(thread))
		}
	}, func(s *stage) { s.port = forgetful{s.store, &atomic.Bool{}} })
}

// A fault of ours in one delivery ended the program, and with it everybody's
// messages. It holds up its own lane, until the lease ends.
func TestAPanicHoldsUpOneLaneOnly(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		broken := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if broken {
				broken = false

				panic("index out of range")
			}

			return take(), nil
		}

		s.agentWrites(thread, "Yes, we do.")
		pass(time.Second)
		s.buyerWrites("Are you there?")
		pass(2 * time.Minute)

		if diff := cmp.Diff([]string{"hello", "Are you there?"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}

		if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer reads -want +got:\n%s", diff)
		}
	})
}
