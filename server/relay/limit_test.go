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
		l.admit(bridge.InstallationID(fmt.Sprint(i)), bridge.TikTok, now.Add(time.Duration(i)*time.Second))
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
