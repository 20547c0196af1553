package boltstore_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

// TestCrash kills a process at random moments, again and again, while it works
// on one store, and compares what is found then with what it said: nothing
// that was acknowledged is missing, nothing is half there.
func TestCrash(t *testing.T) {
	t.Parallel()

	rounds := 20
	if testing.Short() {
		rounds = 4
	}

	path := filepath.Join(t.TempDir(), "store.db")
	m := &told{enqueued: map[string]bridge.DeliveryID{}, now: map[bridge.DeliveryID]*fate{}}

	for round := range rounds {
		m.listen(t, path, fmt.Sprintf("%02d", round+1))
		m.compare(t, path)

		if t.Failed() {
			t.Fatalf("round %d", round+1)
		}
	}

	t.Logf("%d rounds: %d enqueued, %d delivered or failed", rounds, len(m.enqueued), m.settled())
	m.empty(t, path)
}

// fate is what was said of a delivery: what is sure, and what was under way.
type fate struct {
	state bridge.State
	begun bool
	// started is true once a first call may have been made on the strength of
	// what the file says.
	started  bool
	attempts int
	// doing is what was not acknowledged before the kill.
	doing string
}

// told is what the children said.
type told struct {
	enqueued map[string]bridge.DeliveryID
	now      map[bridge.DeliveryID]*fate
}

func (m *told) settled() (n int) {
	for _, f := range m.now {
		if f.state.Final() {
			n++
		}
	}

	return n
}

// listen runs one child until a random moment, and hears it to the end.
func (m *told) listen(t *testing.T, path, round string) {
	t.Helper()

	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path, childRound+"="+round)
	cmd.Stderr = os.Stderr

	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if words[0] == "open" {
			time.AfterFunc(time.Duration(rand.IntN(500))*time.Millisecond, func() { _ = cmd.Process.Kill() })

			continue
		}

		m.hear(t, words)
	}

	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Fatalf("the child ended by itself: %v", err)
	}
}

// hear notes one line.
func (m *told) hear(t *testing.T, words []string) {
	t.Helper()

	switch words[0] {
	case "enqueue":
		return
	case "enqueued":
		m.enqueued[words[1]] = parseID(t, words[2])

		return
	}

	id := parseID(t, words[1])
	if m.now[id] == nil {
		m.now[id] = &fate{state: bridge.Queued}
	}

	switch f := m.now[id]; words[0] {
	case "begin", "retry", "doubt", "settle":
		f.doing = strings.Join(words[0:], " ")
	case "started":
		f.started = true
	case "begun":
		f.begun, f.started, f.doing = true, false, ""
	case "doubted":
		f.attempts, f.doing = f.attempts+1, ""
	case "retried":
		f.begun, f.started, f.attempts, f.doing = false, false, f.attempts+1, ""
	case "settled":
		f.state, f.doing = bridge.State(words[2]), ""
	}
}

func parseID(t *testing.T, s string) bridge.DeliveryID {
	t.Helper()

	id, err := bridge.ParseDeliveryID(s)
	if err != nil {
		t.Fatalf("id %q: %v", s, err)
	}

	return id
}

// compare opens the store and looks at every delivery in it.
func (m *told) compare(t *testing.T, path string) {
	t.Helper()

	s, err := boltstore.Open(t.Context(), boltstore.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	for name, id := range m.enqueued {
		if got, err := s.Known(t.Context(), crashEntry(name).Origin); err != nil || got != id {
			t.Errorf("%s was acknowledged as %v, the store knows %v, %v", name, id, got, err)
		}
	}

	queued := 0

	for id := bridge.DeliveryID(1); ; id++ {
		d, err := s.Delivery(t.Context(), id)
		if errors.Is(err, bridge.ErrNotFound) {
			break
		}

		if err != nil {
			t.Fatalf("delivery %v: %v", id, err)
		}

		if !d.State.Final() {
			queued++
		}

		whole(t, s, d)
		m.agree(t, d)
	}

	st, err := s.Stats(t.Context())
	if got := st.Queued[bridge.In] + st.Queued[bridge.Note]; err != nil || got != queued {
		t.Errorf("the lanes hold %d, %v, the file %d", got, err, queued)
	}
}

// whole checks that a delivery is not half there: what was stored with it, and
// what is stored when it is settled, all or nothing.
func whole(t *testing.T, s *boltstore.Store, d bridge.Delivery) {
	t.Helper()

	if d.Lane.Direction == bridge.In {
		want := crashEntry(string(d.Message.ID))
		if len(d.Message.Parts) != 1 || d.Message.Parts[0] != want.Message.Parts[0] || d.Lane != want.Lane {
			t.Errorf("delivery %v is not what was enqueued: %+v", d.ID, d)
		}

		if id, err := s.Known(t.Context(), want.Origin); err != nil || id != d.ID {
			t.Errorf("the origin of %v stands for %v, %v", d.ID, id, err)
		}
	}

	_, remote := s.Known(t.Context(), remoteKey(d))
	_, thread := s.LinkByThread(t.Context(), d.Lane.Link.Installation, bridge.ThreadID("t"+d.ID.String()))

	if (remote == nil) != d.State.Final() || (thread == nil) != d.State.Final() {
		t.Errorf("delivery %v is %s: remote id %v, link %v", d.ID, d.State, remote, thread)
	}

	if _, note := s.Known(t.Context(), noteKey(d)); d.Lane.Direction == bridge.In && (note == nil) != d.State.Final() {
		t.Errorf("delivery %v is %s: note %v", d.ID, d.State, note)
	}
}

// agree checks a delivery against what was said of it. What was under way may
// have happened or not; either is the truth from now on.
func (m *told) agree(t *testing.T, d bridge.Delivery) {
	t.Helper()

	f := m.now[d.ID]
	if f == nil {
		f = &fate{state: bridge.Queued}
		m.now[d.ID] = f
	}

	found := fate{state: d.State, begun: d.Intent != nil, attempts: d.Attempts}
	if d.State.Final() {
		found.begun, found.attempts = f.begun, f.attempts
	}

	before, after := *f, *f

	switch verb, state, _ := strings.Cut(strings.TrimPrefix(f.doing, "settle "+d.ID.String()), " "); {
	case strings.HasPrefix(f.doing, "begin"):
		after.begun = true
	case strings.HasPrefix(f.doing, "retry"):
		after.begun, after.started, after.attempts = false, false, f.attempts+1
	case strings.HasPrefix(f.doing, "doubt"):
		after.attempts = f.attempts + 1
	case f.doing != "" && verb == "":
		after.state = bridge.State(state)
	}

	before.doing, after.doing = "", ""

	// What was started is so for certain; what was not may be taken for it.
	found.started = !d.Started.IsZero()
	if known := before.started && after.started && !found.begun && !d.State.Final(); known && !found.started {
		t.Errorf("delivery %v was started, and nothing says so", d.ID)
	}

	before.started, after.started = found.started, found.started

	if found != before && found != after {
		t.Errorf("delivery %v is %+v, want %+v or %+v", d.ID, found, before, after)
	}

	*f = found
}

// empty delivers what is left and checks that each lane comes in order and
// nothing twice.
func (m *told) empty(t *testing.T, path string) {
	t.Helper()

	s, err := boltstore.Open(t.Context(), boltstore.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	last := map[bridge.LaneKey]uint64{}

	for {
		claims, err := s.Claim(t.Context(), bridge.Ask{Limit: 64, Lease: time.Hour})
		if err != nil {
			t.Fatal(err)
		}

		if len(claims) == 0 {
			break
		}

		for _, c := range claims {
			d := c.Delivery
			if d.Message.Order <= last[d.Lane] || m.now[d.ID].state.Final() {
				t.Errorf("delivery %v, order %d, came after %d; it was %s", d.ID, d.Message.Order, last[d.Lane], m.now[d.ID].state)
			}

			last[d.Lane], m.now[d.ID].state = d.Message.Order, bridge.Delivered

			if err := s.Ack(t.Context(), c, bridge.Settlement{State: bridge.Delivered}); err != nil {
				t.Error(err)
			}
		}
	}

	for id, f := range m.now {
		if !f.state.Final() {
			t.Errorf("delivery %v never came", id)
		}
	}
}
