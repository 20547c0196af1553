package yardstick

import (
	"encoding/binary"
	"fmt"
	"path/filepath"

	"go.etcd.io/bbolt" //nolint:depguard // the yardstick is the engine itself
)

// firstMap is the memory map to begin with: growing it waits for readers.
const firstMap = 1 << 30

// most is how many operations share a commit at most.
const most = 1024

var bucketName = []byte("journal")

// write is an operation on the journal: it adds the value when there is one,
// else it removes the key.
type write struct {
	value []byte
	key   uint64
	// done gets the outcome; nil when nobody waits.
	done chan error
}

// journal stores bodies under rising numbers. One goroutine gathers what waits
// into one commit after the other; there is no timer.
type journal struct {
	db     *bbolt.DB
	writes chan *write
}

func openJournal(dir string) (*journal, error) {
	db, err := bbolt.Open(filepath.Join(dir, "journal.db"), 0o600, &bbolt.Options{
		FreelistType: bbolt.FreelistMapType, InitialMmapSize: firstMap,
	})
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}

	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketName)

		return err //nolint:wrapcheck // wrapped below
	})
	if err != nil {
		return nil, fmt.Errorf("make bucket: %w", err)
	}

	j := &journal{db: db, writes: make(chan *write, most)}
	go j.run()

	return j, nil
}

// add stores a value durably. The write may be used again afterwards.
func (j *journal) add(w *write) error {
	j.writes <- w

	return <-w.done
}

func (j *journal) run() {
	batch := make([]*write, 0, most)

	for first := range j.writes {
		batch = append(batch[:0], first)

	gather:
		for len(batch) < most {
			select {
			case w := <-j.writes:
				batch = append(batch, w)
			default:
				break gather
			}
		}

		err := j.commit(batch)

		for _, w := range batch {
			if w.done != nil {
				w.done <- err
			}
		}
	}
}

func (j *journal) commit(batch []*write) error {
	keys := make([]byte, 8*len(batch))

	err := j.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketName)
		b.FillPercent = 0.9

		for i, w := range batch {
			key := keys[8*i : 8*i+8]

			if w.value == nil {
				binary.BigEndian.PutUint64(key, w.key)

				if err := b.Delete(key); err != nil {
					return err //nolint:wrapcheck // wrapped below
				}

				continue
			}

			n, err := b.NextSequence()
			if err != nil {
				return err //nolint:wrapcheck // wrapped below
			}

			w.key = n
			binary.BigEndian.PutUint64(key, n)

			if err := b.Put(key, w.value); err != nil {
				return err //nolint:wrapcheck // wrapped below
			}
		}

		return nil
	})
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}

	return nil
}
