package yardstick

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// page is what one commit appends at least.
const page = 4096

// Probe appends pages to a file in the folder and syncs each, for about the
// given time. It returns how long each page took.
func Probe(dir string, during time.Duration) ([]time.Duration, error) {
	f, err := os.OpenFile(filepath.Join(dir, "probe"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open probe: %w", err)
	}
	defer f.Close()

	var took []time.Duration

	buf := make([]byte, page)

	for began := time.Now(); time.Since(began) < during; {
		start := time.Now()

		if _, err := f.Write(buf); err != nil {
			return nil, fmt.Errorf("append page: %w", err)
		}

		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return nil, fmt.Errorf("sync page: %w", err)
		}

		took = append(took, time.Since(start))
	}

	return took, nil
}
