package relay

import (
	"fmt"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

func TestLimitsHoldTheConfiguredRate(t *testing.T) {
	l := newLimits(5, 2)
	now := time.Unix(1_760_000_000, 0)
	calls := 0

	for at := now; at.Before(now.Add(10 * time.Second)); at = at.Add(10 * time.Millisecond) {
		if l.admit("a", bridge.TikTok, at) == 0 {
			l.leave("a", bridge.TikTok, at)

			calls++
		}
	}

	if calls < 20 || calls > 22 {
		t.Errorf("%d calls in ten seconds at two a second and a burst of two", calls)
	}
}

// Sixty-four workers once asked at the same moment, each was told that there
// was a call left, and all made it.
func TestLimitsAdmitNoMoreThanTheBurstAtOnce(t *testing.T) {
	l := newLimits(5, 2)
	now := time.Unix(1_760_000_000, 0)
	admitted := 0

	for range 64 {
		if l.admit("a", bridge.Freshchat, now) == 0 {
			admitted++
		}
	}

	if admitted != 5 {
		t.Errorf("%d admitted at one moment, want the burst of 5", admitted)
	}
}

func TestLimitsOfFurtherCallsAreADebt(t *testing.T) {
	l := newLimits(1, 1)
	now := time.Unix(1_760_000_000, 0)

	l.admit("a", bridge.Freshchat, now)
	l.spend("a", bridge.Freshchat, now)

	if wait := l.admit("a", bridge.Freshchat, now); wait != 2*time.Second {
		t.Errorf("wait %v after two calls at one a second, want 2 s", wait)
	}
}

// An account hung, and all sixty-four workers hung with it.
func TestLimitsGiveOneInstallationAShareOfTheWorkers(t *testing.T) {
	l := newLimits(1000, 1000)
	now := time.Unix(1_760_000_000, 0)
	turns := 0

	for l.admit("a", bridge.Freshchat, now) == 0 {
		turns++
	}

	if turns != share {
		t.Errorf("%d turns at a time, want %d", turns, share)
	}

	if !l.leave("a", bridge.Freshchat, now) {
		t.Error("nobody is told that a turn has ended")
	}

	if l.admit("a", bridge.Freshchat, now) != 0 {
		t.Error("no turn although one has ended")
	}
}

func TestLimitsGiveNoMoreTurnsWhileSomeTakeLong(t *testing.T) {
	for name, tc := range map[string]struct{ others, turns int }{
		"few installations have such":  {0, slowShare},
		"many installations have such": {crowded, crowdedShare},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLimits(1000, 1000)
			now := time.Unix(1_760_000_000, 0)

			for i := range tc.others {
				l.linger(bridge.InstallationID(fmt.Sprint(i)), bridge.Freshchat, now)
			}

			turns := 0

			var end func()

			for l.admit("a", bridge.Freshchat, now) == 0 {
				end = l.linger("a", bridge.Freshchat, now)
				turns++
			}

			if turns != tc.turns {
				t.Errorf("%d turns take long, want %d", turns, tc.turns)
			}

			end()
			l.leave("a", bridge.Freshchat, now)

			if l.admit("a", bridge.Freshchat, now) != 0 {
				t.Error("no turn although one of those that took long has ended")
			}
		})
	}
}

func TestLimitsAreByInstallationAndSide(t *testing.T) {
	l := newLimits(1, 1)
	now := time.Unix(1_760_000_000, 0)
	l.spend("a", bridge.TikTok, now)

	if l.admit("a", bridge.TikTok, now) == 0 {
		t.Error("the installation may go on at once")
	}

	if l.admit("b", bridge.TikTok, now) != 0 || l.admit("a", bridge.Freshchat, now) != 0 {
		t.Error("another installation or side has to wait")
	}
}

func TestLimitsGiveWayToRefusalsAndCreepBack(t *testing.T) {
	l := newLimits(8, 8)
	now := time.Unix(1_760_000_000, 0)
	rate := func() float64 { return float64(l.limiter(limitKey{"a", bridge.Freshchat}, now).Limit()) }

	for range 10 {
		l.refused("a", bridge.Freshchat, now, now)
	}

	if got := rate(); got != 0.5 {
		t.Errorf("rate %v after many refusals, want a sixteenth of 8", got)
	}

	for range 1000 {
		l.accepted("a", bridge.Freshchat, now)
	}

	if got := rate(); got != 8 {
		t.Errorf("rate %v after many good calls, want 8", got)
	}
}

func TestLimitsForgetIdleInstallations(t *testing.T) {
	l := newLimits(5, 2)
	now := time.Unix(1_760_000_000, 0)

	for i := range 3 * idleLimits {
		id, at := bridge.InstallationID(fmt.Sprint(i)), now.Add(time.Duration(i)*time.Second)
		l.admit(id, bridge.TikTok, at)
		l.leave(id, bridge.TikTok, at)
	}

	if len(l.byID) > idleLimits {
		t.Errorf("%d limiters are kept, most %d", len(l.byID), idleLimits)
	}
}

func TestBackoffDoublesUpToItsCap(t *testing.T) {
	b := backoff{first: time.Second, most: time.Minute}
	want := []float64{1, 2, 4, 8, 16, 32, 60, 60, 60}

	for attempts, seconds := range want {
		if got := b.wait(attempts, 0).Seconds(); got != seconds {
			t.Errorf("wait %v s after %d attempts, want %v s", got, attempts, seconds)
		}
	}

	if got := b.wait(0, 90*time.Second); got != 90*time.Second {
		t.Errorf("wait %v, want the 90 s that the platform asked for", got)
	}
}
