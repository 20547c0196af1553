package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"sellerchat/server/bridge"
)

const (
	// format is the version of the file as a whole.
	format = 1
	// lockWait is how long Open waits for another process to let go.
	lockWait = 2 * time.Second
	// firstMap is the memory map to begin with: growing it waits for readers.
	firstMap = 256 << 20
)

// Options say what to open.
type Options struct {
	// Path is the file; it and its folder are made when missing.
	Path string
	// Clock defaults to time.Now.
	Clock bridge.Clock
	// Logger defaults to none.
	Logger *slog.Logger
	// MaxSize bounds the file, in bytes; zero does not.
	MaxSize int
}

// Open opens the file, waiting at most two seconds for its lock, and rebuilds
// the lanes. The context bounds the reading that this takes.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	began := o.Clock()

	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return nil, fmt.Errorf("boltstore: make folder: %w", err)
	}

	if err := warm(ctx, o.Path); err != nil {
		return nil, fmt.Errorf("boltstore: warm %s: %w", o.Path, err)
	}

	// NoFreelistSync: after a backlog was delivered the list of free pages is
	// long, and every commit would write all of it. Instead it is made when
	// the file is opened, which takes a quarter longer with a million messages
	// waiting; the file was just read.
	db, err := bolt.Open(o.Path, 0o600, &bolt.Options{
		Timeout:         lockWait,
		FreelistType:    bolt.FreelistMapType,
		NoFreelistSync:  true,
		InitialMmapSize: firstMap,
		MaxSize:         o.MaxSize,
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("boltstore: open %s: %w", o.Path, ErrInUse)
	}

	if err != nil {
		return nil, fmt.Errorf("boltstore: open %s: %w", o.Path, err)
	}

	s := &Store{
		db:     db,
		clock:  o.Clock,
		log:    o.Logger,
		writer: newWriter(),
		index:  newIndex(),
		cache:  newCache(),
	}

	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}

	s.log.Info("store opened", "path", o.Path, "lanes", len(s.index.lanes), "took", o.Clock().Sub(began))

	return s, nil
}

// start prepares the file and the memory, then lets the writer run.
func (s *Store) start(ctx context.Context) error {
	if err := s.db.Update(s.prepare); err != nil {
		return fmt.Errorf("boltstore: prepare: %w", err)
	}

	if err := s.view(func(t *txn) error { return s.rebuild(ctx, t) }); err != nil {
		return err
	}

	s.index.arm(s.now())

	go s.write()

	return s.Trim()
}

// prepare checks the format, makes the buckets and counts the opening.
func (s *Store) prepare(tx *bolt.Tx) error {
	if meta := tx.Bucket(bucketNames[bucketMeta]); meta != nil {
		if found := readNumber(meta.Get(metaFormat)); found > format {
			return fmt.Errorf("the file was written by a newer version (format %d, this one knows %d): "+
				"run that version, or restore a backup made before it", found, format)
		}
	}

	for _, name := range bucketNames {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("make bucket %s: %w", name, err)
		}
	}

	t := &txn{tx: tx}
	opens := readNumber(t.get(bucketMeta, metaOpens)) + 1
	s.index.epoch = opens << 32

	t.put(bucketMeta, metaFormat, numberKey(format))
	t.put(bucketMeta, metaOpens, numberKey(opens))

	return t.fault
}

// warm reads the file once in order. Its pages are mapped with the advice
// that access is random, so that without this a cold file is read page by
// page, at a sixth of the speed.
func warm(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer f.Close()

	for buf := make([]byte, 1<<20); ; {
		if err := ctx.Err(); err != nil {
			return err
		}

		_, err := f.Read(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}

		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
}
