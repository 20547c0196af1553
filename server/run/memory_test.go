package run

import (
	"testing"
	"time"
)

func TestMemoryIsGivenBackOnceAfterWork(t *testing.T) {
	now, trims := time.Unix(1_760_000_000, 0), 0
	m := &memory{
		trim: func() error {
			trims++

			return nil
		},
		clock: func() time.Time { return now },
		taken: read(allocated),
	}

	look := func(want int, when string) {
		t.Helper()

		if err := m.rest(); err != nil {
			t.Fatal(err)
		}

		if trims != want {
			t.Errorf("%s memory was given back %d times, want %d", when, trims, want)
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
