package simkit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestClockFiresByRealTimeAndByAdvance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock()
		start := c.Now()
		var fired []string
		c.AfterFunc(time.Hour, func() { fired = append(fired, "hour") })
		c.AfterFunc(time.Minute, func() { fired = append(fired, "minute") })
		stopped := c.AfterFunc(time.Second, func() { fired = append(fired, "stopped") })

		if !stopped.Stop() || stopped.Stop() {
			t.Error("Stop must be true once and false afterwards")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(fired) != 1 || fired[0] != "minute" {
			t.Fatalf("after a real minute fired %v", fired)
		}
		c.Advance(59 * time.Minute)
		synctest.Wait()
		if len(fired) != 2 || fired[1] != "hour" {
			t.Fatalf("after the advanced hour fired %v", fired)
		}
		if got := c.Now().Sub(start); got != time.Hour {
			t.Errorf("an hour took %v", got)
		}
	})
}

func TestClockWaitEndsWithTheContext(t *testing.T) {
	c := NewClock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if err := c.Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if n := len(c.timers); n != 0 {
		t.Errorf("%d timers left behind", n)
	}
}

func TestNewClockAtShowsTheGivenTime(t *testing.T) {
	want := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if got := NewClockAt(want).Now().Sub(want).Abs(); got > time.Second {
		t.Errorf("off by %v", got)
	}
}
