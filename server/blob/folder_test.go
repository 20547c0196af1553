package blob

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sellerchat/server/bridge"
)

func openFolder(t *testing.T, dir string, clock bridge.Clock) *Folder {
	t.Helper()

	f, err := OpenFolder(dir, clock)
	if err != nil {
		t.Fatal(err)
	}

	return f
}

func TestFolder(t *testing.T) {
	checkBlobs(t, func(t *testing.T, clock bridge.Clock) func() bridge.Blobs {
		t.Helper()

		dir := filepath.Join(t.TempDir(), "data", "media")

		return func() bridge.Blobs { return openFolder(t, dir, clock) }
	})
}

// TestAFolderIsNobodyElses looks at what is on the disk after whatever may
// happen to a file.
func TestAFolderIsNobodyElses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	f := openFolder(t, dir, (&clock{now: start}).Now)

	if _, err := f.Put(t.Context(), strings.NewReader("hello"), 10); err != nil {
		t.Fatal(err)
	}

	if _, err := f.Put(t.Context(), strings.NewReader("hello"), 1); err == nil {
		t.Fatal("more than the limit was stored")
	}

	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}

		info, err := d.Info()
		if err != nil {
			return err
		}

		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others: %v", path, info.Mode())
		}

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	if left, err := os.ReadDir(filepath.Join(dir, halfStored)); err != nil || len(left) != 0 {
		t.Errorf("%d files are half stored, %v", len(left), err)
	}
}

func TestOpeningRemovesWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir, (&clock{now: start}).Now)

	stored, err := f.Put(t.Context(), strings.NewReader("hello"), 10)
	if err != nil {
		t.Fatal(err)
	}

	half := filepath.Join(dir, halfStored, newKey())
	if err := os.WriteFile(half, []byte("hel"), fileMode); err != nil {
		t.Fatal(err)
	}

	f = openFolder(t, dir, (&clock{now: start}).Now)

	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("what was half stored is still there: %v", err)
	}

	r, err := f.Open(t.Context(), stored.Key)
	if err != nil {
		t.Fatal(err)
	}

	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir, (&clock{now: start}).Now)

	for _, name := range []string{"README", "lost+found/x", "aa/notes.txt"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
			t.Fatal(err)
		}

		if err := os.WriteFile(path, nil, fileMode); err != nil {
			t.Fatal(err)
		}
	}

	err := f.EachBlob(t.Context(), start.AddDate(100, 0, 0), func(k bridge.BlobKey) error {
		t.Errorf("visited %q", k)

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, fileMode); err != nil {
		t.Fatal(err)
	}

	if _, err := OpenFolder(filepath.Join(file, "media"), (&clock{now: start}).Now); err == nil {
		t.Error("it was opened")
	}
}
