package relay

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

// dying is a store that stores nothing any more once the program is dead, and
// counts the intents that had a commit of their own.
type dying struct {
	Store
	dead   *atomic.Bool
	begins *atomic.Int32
}

var errDead = errors.New("died")

func (d dying) Begin(ctx context.Context, c bridge.Claim, in bridge.Intent, done []bridge.MessageID) error {
	d.begins.Add(1)

	return d.Store.Begin(ctx, c, in, done)
}

func (d dying) Ack(ctx context.Context, c bridge.Claim, s bridge.Settlement) error {
	if d.dead.Load() {
		return errDead
	}

	return d.Store.Ack(ctx, c, s)
}

func (d dying) Retry(ctx context.Context, c bridge.Claim, p bridge.Postponement) error {
	if d.dead.Load() {
		return errDead
	}

	return d.Store.Retry(ctx, c, p)
}

// crash ends the program so that nothing of what it is at is stored, and
// starts it again.
func (s *stage) crash(d dying) {
	s.t.Helper()
	s.stop()

	if err := s.store.Close(); err != nil {
		s.t.Fatal(err)
	}

	d.dead.Store(false)

	store, err := boltstore.Open(s.t.Context(), boltstore.Options{Path: s.path})
	if err != nil {
		s.t.Fatal(err)
	}

	s.store, d.Store = store, store
	s.port = d
	s.start()
}

// The first call of a message has no commit of its own where the message was
// just stored; what the program was at when it died is worked out and looked
// for.
func TestACrashAfterACallThatWasStartedDoublesNothing(t *testing.T) {
	for name, row := range map[string]struct {
		arrives bool
		down    time.Duration
	}{
		"it had arrived":                       {true, 0},
		"it had arrived, an hour before":       {true, time.Hour},
		"it had not arrived":                   {false, 0},
		"it had not arrived, nor in that hour": {false, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			d := dying{dead: &atomic.Bool{}, begins: &atomic.Int32{}}

			onStage(t, func(s *stage) {
				thread := s.opened()
				begins := d.begins.Load()

				s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
					if d.dead.Swap(true); row.arrives {
						take()
					}

					return "", unknown()
				}
				s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
					if d.dead.Swap(true); row.arrives {
						take()
					}

					return "", unknown()
				}

				s.buyerWrites("Do you ship to Leeds?")
				s.agentWrites(thread, "Good morning.")
				synctest.Wait()

				if n := d.begins.Load() - begins; n != 0 {
					t.Errorf("%d calls waited for the disk, want none", n)
				}

				pass(row.down)

				s.fc.post, s.tt.send = nil, nil
				s.crash(d)
				pass(time.Minute)
				s.buyerWrites("Are you there?")
				pass(time.Second)

				if diff := cmp.Diff([]string{"hello", "Do you ship to Leeds?", "Are you there?"}, s.fc.shown(thread)); diff != "" {
					t.Errorf("the agent sees -want +got:\n%s", diff)
				}

				if diff := cmp.Diff([]string{"Good morning."}, s.tt.texts()); diff != "" {
					t.Errorf("the buyer reads -want +got:\n%s", diff)
				}
			}, func(s *stage) { d.Store = s.store; s.port = d })
		})
	}
}

// A call that was refused for certain is no longer under way: the message is
// sent again at once after a crash.
func TestACallThatWasRefusedIsNotLookedFor(t *testing.T) {
	d := dying{dead: &atomic.Bool{}, begins: &atomic.Int32{}}

	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
			return "", &bridge.Failure{Op: "call", Class: bridge.Temporary, Certain: true}
		}

		s.agentWrites(thread, "Good morning.")
		pass(100 * time.Millisecond)

		s.tt.send = nil
		s.crash(d)
		pass(3 * time.Second)

		if diff := cmp.Diff([]string{"Good morning."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer reads -want +got:\n%s", diff)
		}
	}, func(s *stage) { d.Store = s.store; s.port = d })
}

// The echo of a reply that an earlier run had sent came before the reply was
// looked for, and was taken for something that the seller wrote.
func TestAnEchoAfterACrashIsRecognised(t *testing.T) {
	d := dying{dead: &atomic.Bool{}, begins: &atomic.Int32{}}

	onStage(t, func(s *stage) {
		thread := s.opened()

		var id bridge.MessageID

		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			d.dead.Store(true)
			id = take()

			return "", unknown()
		}

		s.agentWrites(thread, "Good morning.")
		synctest.Wait()
		s.hears(bridge.Seller, id, "Good morning.", time.Now())

		s.tt.send = nil
		s.crash(d)
		pass(time.Minute)

		if diff := cmp.Diff([]string{"hello"}, s.fc.shown(thread)); diff != "" {
			t.Errorf("the agent sees -want +got:\n%s", diff)
		}
	}, func(s *stage) { d.Store = s.store; s.port = d })
}
