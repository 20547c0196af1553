package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestADoorIsWaitedAtWhileItIsShut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d door

		d.opened("a:1")

		if at, err := d.wait(t.Context()); err != nil || at != "a:1" {
			t.Errorf("open it says %q, %v", at, err)
		}

		d.shut()

		came := make(chan string, 1)

		go func() {
			at, err := d.wait(t.Context())
			if err != nil {
				t.Error(err)
			}
			came <- at
		}()

		synctest.Wait()

		select {
		case at := <-came:
			t.Fatalf("shut it says %q", at)
		default:
		}

		d.opened("a:2")

		if at := <-came; at != "a:2" {
			t.Errorf("open again it says %q", at)
		}

		d.shut()

		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		if _, err := d.wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("nobody waits any more, yet %v", err)
		}
	})
}
