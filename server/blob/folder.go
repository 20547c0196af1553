// Package blob keeps media files, told apart by what is in them. It knows
// neither messages nor who may see a file, never decodes a picture beyond its
// header, and holds no file in memory.
package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sellerchat/server/bridge"
)

const (
	// halfStored is where files grow: what is there after a crash is waste.
	halfStored = "incoming"
	// shardLength is how much of a key names its folder: 1,024 of them keep
	// each small.
	shardLength = 2
	// copyBuffer is all that a file takes of memory on its way.
	copyBuffer = 64 << 10

	folderMode = 0o700
	fileMode   = 0o600
)

var _ bridge.Blobs = (*Folder)(nil)

// Folder keeps blobs as files below one folder, which nobody else writes. A
// blob that Put has returned is on the disk. It is safe for concurrent use.
type Folder struct {
	dir   string
	clock bridge.Clock
}

// OpenFolder makes the folder when it is not there. What an earlier run left
// half stored is removed, so that it must be the only one in the folder. The
// clock says when a blob was stored.
func OpenFolder(dir string, clock bridge.Clock) (*Folder, error) {
	f := &Folder{dir: dir, clock: clock}

	if err := os.RemoveAll(f.path(halfStored)); err != nil {
		return nil, fmt.Errorf("blob: remove what was half stored: %w", err)
	}

	if err := os.MkdirAll(f.path(halfStored), folderMode); err != nil {
		return nil, fmt.Errorf("blob: make folder: %w", err)
	}

	return f, nil
}

func (f *Folder) path(name ...string) string {
	return filepath.Join(append([]string{f.dir}, name...)...)
}

// Put implements bridge.Blobs.
func (f *Folder) Put(ctx context.Context, r io.Reader, most int64) (bridge.Blob, error) {
	b, err := f.put(ctx, r, most)
	if err == nil {
		return b, nil
	}

	var told *bridge.Failure
	if errors.As(err, &told) {
		return bridge.Blob{}, err
	}

	return bridge.Blob{}, &bridge.Failure{Op: "store media", Class: bridge.Temporary, Certain: true, Err: err}
}

func (f *Folder) put(ctx context.Context, r io.Reader, most int64) (b bridge.Blob, err error) {
	key := newKey()

	file, err := os.OpenFile(f.path(halfStored, key), os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return b, fmt.Errorf("make file: %w", err)
	}

	defer func() {
		closed := file.Close()
		if err == nil {
			err = closed
		}

		if err != nil {
			_ = os.Remove(file.Name()) // gone with the next start at the latest
			_ = os.Remove(f.at(key))
		}
	}()

	size, err := fill(ctx, file, r, most)
	if err != nil {
		return b, err
	}

	if b, err = look(file); err != nil {
		return b, err
	}

	b.Key, b.Size = bridge.BlobKey(key), size

	return b, f.settle(file, key)
}

// fill writes what r yields, up to a limit.
func fill(ctx context.Context, file *os.File, r io.Reader, most int64) (size int64, err error) {
	from, buffer := io.LimitReader(r, most+1), make([]byte, copyBuffer)

	for !errors.Is(err, io.EOF) {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}

		var n int

		n, err = from.Read(buffer)
		size += int64(n)

		if err != nil && !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read file: %w", err)
		}

		if _, err := file.Write(buffer[:n]); err != nil {
			return 0, fmt.Errorf("fill file: %w", err)
		}

		if size > most {
			return 0, tooLarge("more than the limit of bytes", "")
		}
	}

	return size, nil
}

// look tells what was stored, and refuses what nobody should have to show.
func look(file *os.File) (bridge.Blob, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return bridge.Blob{}, fmt.Errorf("go back to the beginning: %w", err)
	}

	b, err := sniff(file)
	if err != nil {
		return b, err
	}

	if int64(b.Width)*int64(b.Height) > bridge.PixelsMost {
		return b, tooLarge("picture of too many pixels",
			fmt.Sprintf("The picture has more than %d megapixels.", bridge.PixelsMost/1_000_000))
	}

	return b, nil
}

func tooLarge(cause, words string) *bridge.Failure {
	return &bridge.Failure{
		Op: "store media", Class: bridge.Unsupported, Certain: true, Words: words, Err: errors.New(cause),
	}
}

// settle brings a whole file to its place for good: first its bytes, then its
// name.
func (f *Folder) settle(file *os.File, key string) error {
	now := f.clock()
	if err := os.Chtimes(file.Name(), now, now); err != nil {
		return fmt.Errorf("date file: %w", err)
	}

	if err := file.Sync(); err != nil {
		return fmt.Errorf("bring file to the disk: %w", err)
	}

	shard := f.path(key[:shardLength])

	switch err := os.Mkdir(shard, folderMode); {
	case err == nil:
		if err := syncFolder(f.dir); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("make folder: %w", err)
	}

	if err := os.Rename(file.Name(), f.at(key)); err != nil {
		return fmt.Errorf("name file: %w", err)
	}

	return syncFolder(shard)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}

	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("bring folder to the disk: %w", err)
	}

	return nil
}

const keyAlphabet = "abcdefghijklmnopqrstuvwxyz234567"

// newKey is random, so that nobody has to count.
func newKey() string { return strings.ToLower(rand.Text()) }

// isKey keeps whatever is not a key of ours away from paths.
func isKey(key string) bool {
	return len(key) == len(rand.Text()) && strings.Trim(key, keyAlphabet) == ""
}

func (f *Folder) at(key string) string { return f.path(key[:shardLength], key) }

// Open implements bridge.Blobs.
func (f *Folder) Open(_ context.Context, key bridge.BlobKey) (io.ReadSeekCloser, error) {
	if !isKey(string(key)) {
		return nil, bridge.ErrNotFound
	}

	file, err := os.Open(f.at(string(key)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, bridge.ErrNotFound
	}

	if err != nil {
		return nil, fault("open media", err)
	}

	return file, nil
}

// Delete implements bridge.Blobs.
func (f *Folder) Delete(_ context.Context, key bridge.BlobKey) error {
	if !isKey(string(key)) {
		return nil
	}

	if err := os.Remove(f.at(string(key))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault("delete media", err)
	}

	return nil
}

func fault(op string, err error) error {
	return &bridge.Failure{Op: op, Class: bridge.Temporary, Certain: true, Err: err}
}

// EachBlob implements bridge.Blobs.
func (f *Folder) EachBlob(ctx context.Context, before time.Time, visit func(bridge.BlobKey) error) error {
	shards, err := os.ReadDir(f.dir)
	if err != nil {
		return fault("list media", err)
	}

	for _, shard := range shards {
		if !shard.IsDir() || len(shard.Name()) != shardLength {
			continue
		}

		keys, err := f.older(shard.Name(), before)
		if err != nil {
			return fault("list media", err)
		}

		for _, key := range keys {
			if err := ctx.Err(); err != nil {
				return err
			}

			if err := visit(bridge.BlobKey(key)); err != nil {
				return err
			}
		}
	}

	return nil
}

// older lists the keys in one folder whose files are older than a time.
func (f *Folder) older(folder string, before time.Time) ([]string, error) {
	files, err := os.ReadDir(f.path(folder))
	if err != nil {
		return nil, fmt.Errorf("list folder: %w", err)
	}

	var keys []string

	for _, file := range files {
		info, err := file.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}

		if err != nil {
			return nil, fmt.Errorf("look at file: %w", err)
		}

		if isKey(file.Name()) && info.ModTime().Before(before) {
			keys = append(keys, file.Name())
		}
	}

	return keys, nil
}
