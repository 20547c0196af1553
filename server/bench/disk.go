package bench

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// The types of file systems that live in memory, as statfs(2) tells them.
const (
	tmpfs = 0x01021994
	ramfs = 0x858458f6
)

// dontNeed is the advice of posix_fadvise(2) that a file will not be read soon.
const dontNeed = 4

// cool takes a file that nobody has open out of the page cache.
func cool(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}

	defer func() { err = errors.Join(err, f.Close()) }()

	// What is not on the disk yet would stay.
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}

	if _, _, fault := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0); fault != 0 {
		return fmt.Errorf("drop %s from the page cache: %w", path, fault)
	}

	return nil
}

// errMemory refuses a folder that proves nothing.
var errMemory = errors.New("is in memory, where a sync costs nothing: choose a folder on a disk")

// workplace makes a new folder on a real disk, below dir.
func workplace(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}

	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return "", fmt.Errorf("look at folder: %w", err)
	}

	if kind := uint32(fs.Type); kind == tmpfs || kind == ramfs {
		return "", fmt.Errorf("%s %w", dir, errMemory)
	}

	work, err := os.MkdirTemp(dir, "bench-")
	if err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}

	return work, nil
}
