package install

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestACallIsAnsweredOnceAndRepeated(t *testing.T) {
	s := newStage(t)
	id := bridge.InstallationID(s.active("page", beauty.Code).InstallID)
	call := Call{Installation: id, Event: "session", JTI: "one", BodyHash: "hash", Expires: s.clock().Add(time.Minute)}

	if earlier, err := s.Admit(t.Context(), call); err != nil || earlier != nil {
		t.Fatalf("first time: %v, %v", earlier, err)
	}

	// Between the two the program may have died: the call is served again.
	if earlier, err := s.Admit(t.Context(), call); err != nil || earlier != nil {
		t.Fatalf("unanswered: %v, %v", earlier, err)
	}

	want := Answer{Status: 200, Body: []byte(`{"status":"ok"}`)}
	if err := s.Remember(t.Context(), call, want); err != nil {
		t.Fatal(err)
	}

	if stored, err := s.store.Ticket(t.Context(), bridge.TicketAnswer, callKey(call)); err != nil || strings.Contains(string(stored.Value), "status") {
		t.Errorf("it is stored as %q, %v", stored.Value, err)
	}

	earlier, err := s.Admit(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(&want, earlier); diff != "" {
		t.Errorf("repeated (-want +got):\n%s", diff)
	}

	t.Run("with another body it is refused", func(t *testing.T) {
		other := call
		other.BodyHash = "other"

		if _, err := s.Admit(t.Context(), other); bridge.CodeOf(err) != bridge.Unauthorized {
			t.Errorf("admitted: %v", err)
		}
	})

	t.Run("another installation may use the same id of a call", func(t *testing.T) {
		if _, err := s.Verify(t.Context(), "theirs", "theirs.freshchat.com", "their key"); err != nil {
			t.Fatal(err)
		}

		if _, err := s.Finish(t.Context(), "theirs", form(home.Code)); err != nil {
			t.Fatal(err)
		}

		other := call
		other.Installation = "ins_2"

		if earlier, err := s.Admit(t.Context(), other); err != nil || earlier != nil {
			t.Errorf("got %v, %v", earlier, err)
		}
	})

	t.Run("it is remembered until the token cannot come again", func(t *testing.T) {
		s.pass(2 * time.Minute) // the token's time and the clocks' difference

		if earlier, err := s.Admit(t.Context(), call); err != nil || earlier == nil {
			t.Errorf("got %v, %v", earlier, err)
		}
	})
}

func TestWhoIsAdmitted(t *testing.T) {
	s := newStage(t)
	gone := s.active("page", beauty.Code)
	s.uninstall(gone, 2000)

	pending := s.installed("again", beauty.Code)

	tests := map[string]struct {
		id, event string
		admitted  bool
	}{
		"a pending installation":               {pending.InstallID, "onAppInstall", true},
		"an ended one, to uninstall once more": {gone.InstallID, EventUninstall, true},
		"an ended one, to do anything else":    {gone.InstallID, "onMessageCreate", false},
		"an ended one, to be installed":        {gone.InstallID, "onAppInstall", false},
		"one that never was":                   {"ins_9", EventUninstall, false},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := s.Admit(t.Context(), Call{
				Installation: bridge.InstallationID(test.id), Event: test.event, JTI: name, Expires: s.clock().Add(time.Minute),
			})
			if test.admitted != (err == nil) || err != nil && bridge.CodeOf(err) != bridge.Unauthorized {
				t.Errorf("admitted: %v", err)
			}
		})
	}
}

func TestATombstoneProvesARepeatedUninstallForThirtyDays(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)
	s.uninstall(h, 2000)

	inst := s.installation(h)
	if inst.APIKey != nil || inst.WebhookToken != nil || inst.NextSecret != nil || inst.WebhookHash != "" {
		t.Errorf("the tombstone keeps %+v", inst)
	}

	s.pass(bridge.TombstoneFor - time.Minute)

	keys, err := s.LinkKeys(t.Context(), id)
	if err != nil || len(keys) != 1 || string(keys[0].Secret) != h.LinkSecret {
		t.Errorf("a month later: %d secrets, %v", len(keys), err)
	}

	if yes, err := s.Uninstall(t.Context(), id, Lifecycle{At: 2000}); err != nil || !yes {
		t.Errorf("uninstalled again: %v, %v", yes, err)
	}

	s.pass(2 * time.Minute)

	if _, err := s.LinkKeys(t.Context(), id); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("after a month: %v", err)
	}

	if err := s.tend(t.Context()); err != nil {
		t.Fatal(err)
	}

	if _, err := s.store.Installation(t.Context(), id); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("it is still stored: %v", err)
	}
}
