package install

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			all   turns
			order []string
		)

		done, err := all.take(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}

		go func() {
			done, _ := all.take(t.Context(), "a")
			order = append(order, "second")

			done()
		}()

		synctest.Wait()

		other, err := all.take(t.Context(), "b")
		if err != nil {
			t.Fatal("another key waits")
		}

		gone, leave := context.WithCancel(t.Context())
		leave()

		if _, err := all.take(gone, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("whoever goes away gets %v", err)
		}

		order = append(order, "first")

		other()
		done()
		synctest.Wait()

		if len(order) != 2 || order[0] != "first" {
			t.Errorf("order %v", order)
		}

		if len(all.taken) != 0 {
			t.Errorf("%d keys are remembered", len(all.taken))
		}
	})
}
