package storetest

import "testing"

// rule is one sentence of a port and what proves it.
type rule struct {
	sentence string
	check    func(b *bench)
}

// Run checks every rule against stores that the function makes a harness for,
// each with a state of its own.
func Run(t *testing.T, newHarness func(testing.TB) Harness) {
	groups := []struct {
		name  string
		rules []rule
	}{
		{"Enqueue", enqueueRules},
		{"Claim", claimRules},
		{"Admit", admitRules},
		{"Settle", settleRules},
		{"Requeue", requeueRules},
		{"Correct", correctRules},
		{"Tell", tellRules},
		{"Pause", pauseRules},
		{"Read", readRules},
		{"Links", linkRules},
		{"Reconciling", reconcileRules},
		{"Install", installRules},
		{"Uninstall", uninstallRules},
		{"Installations", installationRules},
		{"Tickets", ticketRules},
		{"Media", mediaRules},
		{"Usages", usageRules},
		{"Sweep", sweepRules},
	}

	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, r := range g.rules {
				t.Run(r.sentence, func(t *testing.T) {
					t.Parallel()

					b := newBench(t, t, newHarness(t))
					r.check(b)
					b.must(b.Close())
				})
			}
		})
	}
	t.Run("any sequence of operations keeps order, once-ness and fencing", func(t *testing.T) {
		t.Parallel()
		checkModel(t, newHarness)
	})
}
