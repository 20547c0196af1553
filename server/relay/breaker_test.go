package relay

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

// turnedAway is the failure of a connection that was refused.
func turnedAway() error {
	return &bridge.Failure{Op: "call", Class: bridge.Temporary, Certain: true}
}

func TestWhatOpensABreaker(t *testing.T) {
	for name, tc := range map[string]struct {
		err   error
		times int
		open  bool
	}{
		"four refused connections do not":      {turnedAway(), 4, false},
		"five refused connections do":          {turnedAway(), 5, true},
		"two calls without an answer do not":   {unknown(), 2, false},
		"three calls without an answer do":     {unknown(), 3, true},
		"refused credentials are an answer":    {refused(), 100, false},
		"too many calls are an answer":         {&bridge.Failure{Class: bridge.RateLimited}, 100, false},
		"a refused message is an answer":       {&bridge.Failure{Class: bridge.Permanent}, 100, false},
		"what goes wrong with us is no matter": {errors.New("disk full"), 100, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLimits(1000, 1000)
			now := time.Unix(1_760_000_000, 0)

			for range tc.times {
				l.heard("a", bridge.Freshchat, tc.err, now)
			}

			if open := l.admit("a", bridge.Freshchat, now) > 0; open != tc.open {
				t.Errorf("open: %v", open)
			}

			if l.admit("a", bridge.TikTok, now) > 0 || l.admit("b", bridge.Freshchat, now) > 0 {
				t.Error("another side or installation may not call")
			}
		})
	}
}

func TestASuccessInBetweenKeepsABreakerClosed(t *testing.T) {
	l := newLimits(1000, 1000)
	now := time.Unix(1_760_000_000, 0)

	for range 20 {
		l.heard("a", bridge.Freshchat, turnedAway(), now)
		l.heard("a", bridge.Freshchat, turnedAway(), now)
		l.heard("a", bridge.Freshchat, nil, now)
	}

	if l.admit("a", bridge.Freshchat, now) > 0 {
		t.Error("it is open")
	}
}

func TestProbesOfAnOpenBreaker(t *testing.T) {
	l := newLimits(1000, 1000)
	now := time.Unix(1_760_000_000, 0)

	for range 5 {
		l.heard("a", bridge.Freshchat, turnedAway(), now)
	}

	last := time.Duration(0)

	for n := range 10 {
		pause := l.admit("a", bridge.Freshchat, now)
		if pause < last && last < time.Minute || pause > time.Minute+probing.jitter {
			t.Errorf("pause %v before probe %d, %v before the last one", pause, n, last)
		}

		last = pause
		now = now.Add(pause)

		if l.admit("a", bridge.Freshchat, now) > 0 {
			t.Fatalf("no probe although the pause is over")
		}

		if l.admit("a", bridge.Freshchat, now) == 0 {
			t.Fatal("two probes at a time")
		}

		l.heard("a", bridge.Freshchat, turnedAway(), now)

		if !l.leave("a", bridge.Freshchat, now) {
			t.Error("nobody is told that the probe has ended")
		}
	}

	if last < time.Minute {
		t.Errorf("the last pause is %v, want a minute", last)
	}

	if c := l.heard("a", bridge.Freshchat, nil, now); !c.closed || c.open != 0 {
		t.Errorf("a success did not close it: %+v", c)
	}

	for range share {
		if l.admit("a", bridge.Freshchat, now) > 0 {
			t.Fatal("it is still open after a success")
		}
	}
}

// What was under way when a breaker opened fails after it, and must neither
// count as a probe nor lengthen the pause.
func TestLateNewsDoesNotLengthenThePause(t *testing.T) {
	l := newLimits(1000, 1000)
	now := time.Unix(1_760_000_000, 0)

	for range 20 {
		l.heard("a", bridge.Freshchat, turnedAway(), now)
	}

	if pause := l.admit("a", bridge.Freshchat, now); pause > probing.first+probing.jitter {
		t.Errorf("pause %v", pause)
	}
}

func TestAPlatformThatIsDownIsToldInAFewLines(t *testing.T) {
	told := 0

	for open := 1; open <= 10_000; open++ {
		if alarm(open) == slog.LevelWarn {
			told++
		}
	}

	if told > 20 {
		t.Errorf("%d warnings for ten thousand installations", told)
	}
}

// A probe that hangs holds a worker, and a thousand installations may be
// probed at the same time.
func TestProbesGiveWayWhileManyTurnsTakeLong(t *testing.T) {
	l := newLimits(1000, 1000)
	now := time.Unix(1_760_000_000, 0)

	for range 5 {
		l.heard("a", bridge.Freshchat, turnedAway(), now)
	}

	for i := range crowded {
		l.linger(bridge.InstallationID(fmt.Sprint(i)), bridge.Freshchat, now)
	}

	if l.admit("a", bridge.Freshchat, now.Add(time.Hour)) == 0 {
		t.Error("it is probed")
	}
}
