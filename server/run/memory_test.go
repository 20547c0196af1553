package run

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
)

func TestMemoryIsGivenBackOnceAfterWork(t *testing.T) {
	now, given := time.Unix(1_760_000_000, 0), 0
	m := &memory{
		free:  func() { given++ },
		clock: func() time.Time { return now },
		taken: read(allocated),
	}

	look := func(want int, when string) {
		t.Helper()
		m.rest()

		if given != want {
			t.Errorf("%s memory was given back %d times, want %d", when, given, want)
		}
	}

	look(0, "without work")

	m.worked = true
	look(1, "after work")

	m.worked = true
	now = now.Add(restEvery / 2)
	look(1, "soon after that")

	now = now.Add(restEvery)
	look(2, "in time")
	look(2, "without more work")
}

// TestTheFileIsLetGoOfAtEveryLook is the story of a program at full load that
// took as much memory as it had read and written of its file.
func TestTheFileIsLetGoOfAtEveryLook(t *testing.T) {
	// How the tests' own memory is tended stays as it is.
	t.Setenv("GOGC", "100")
	t.Setenv("GOMEMLIMIT", "off")

	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*memoryEvery+memoryEvery/2)
		defer cancel()

		looks := 0
		m := &memory{
			free: func() {},
			trim: func() error {
				looks++

				return bridge.ErrClosed // as it is while the program stops
			},
			clock: time.Now,
		}

		if err := m.tend(ctx); err != nil {
			t.Fatal(err)
		}

		if looks != 11 {
			t.Errorf("the file was let go of %d times, want 11", looks)
		}
	})
}

func TestAFileThatCannotBeLetGoOfEndsTheWorker(t *testing.T) {
	t.Setenv("GOGC", "100")
	t.Setenv("GOMEMLIMIT", "off")

	fault := errors.New("no")
	m := &memory{free: func() {}, trim: func() error { return fault }, clock: time.Now}

	if err := m.tend(t.Context()); !errors.Is(err, fault) {
		t.Errorf("error %v", err)
	}
}

// TestMuchAliveLeavesRoomForGarbage is the story of a program with 10,000
// installations that collected without end: its bound was little more than what
// was alive, and it answered a third of the webhooks.
func TestMuchAliveLeavesRoomForGarbage(t *testing.T) {
	for live := int64(0); live <= 1<<30; live += 8 << 20 {
		if room := memoryLimit(live) - live; room < 48<<20 || room < live {
			t.Errorf("with %d MB alive %d MB may gather", live>>20, room>>20)
		}
	}
}
