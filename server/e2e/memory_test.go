package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// idleMost is how much memory the program may hold while nothing is installed,
// in KiB.
const idleMost = 24 << 10

func TestIdleMemory(t *testing.T) {
	w := newWorld(t, options{process: true})

	p, ok := w.backend.(*process)
	if !ok {
		t.Fatal("there is no process to look at")
	}

	newBrowser(t).open(w.origin + "/install")

	held, settled := resident(t, p), time.Now().Add(2*time.Second)
	w.until("it has settled", func() bool {
		held = resident(t, p)

		return time.Now().After(settled)
	})

	t.Logf("idle, serve holds %.1f MB of memory", float64(held)/1024)

	if held > idleMost {
		t.Errorf("%d KiB is more than %d", held, idleMost)
	}
}

// resident is what a process holds in memory, in KiB.
func resident(t *testing.T, p *process) int {
	t.Helper()

	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}

	for line := range strings.Lines(string(status)) {
		var kib int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			return kib
		}
	}

	t.Fatal("the system does not tell")

	return 0
}
