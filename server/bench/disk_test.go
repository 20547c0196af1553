package bench

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// TestACooledFileIsReadFromTheDisk asks the system which pages of a file it has
// in memory.
func TestACooledFileIsReadFromTheDisk(t *testing.T) {
	dir, err := workplace(t.TempDir())
	if errors.Is(err, errMemory) {
		t.Skip("the temporary folder is in memory, where nothing can be cooled")
	}

	if err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}

	if resident(t, path) == 0 {
		t.Fatal("a file that was just written is not in memory")
	}

	if err := cool(path); err != nil {
		t.Fatal(err)
	}

	if n := resident(t, path); n != 0 {
		t.Errorf("%d pages are still in memory", n)
	}

	if err := cool(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there gives %v", err)
	}
}

// resident counts the pages of a file that are in memory.
func resident(t *testing.T, path string) int {
	t.Helper()

	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}

	m, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(m) }()

	pages := make([]byte, len(m)/os.Getpagesize())

	_, _, fault := syscall.Syscall(syscall.SYS_MINCORE,
		uintptr(unsafe.Pointer(&m[0])), uintptr(len(m)), uintptr(unsafe.Pointer(&pages[0])))
	if fault != 0 {
		t.Fatal(fault)
	}

	n := 0
	for _, p := range pages {
		n += int(p & 1)
	}

	return n
}
