package blob

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

const (
	// sweepEvery is how often spent media are deleted.
	sweepEvery = time.Minute
	// sweepBatch is how many go at a time.
	sweepBatch = 100
	// searchEvery is how often bytes are looked for that belong to nothing,
	// and unnamedFor how old they are by then: a copy is named within minutes
	// of being stored.
	searchEvery = 6 * time.Hour
	unnamedFor  = 24 * time.Hour
)

// Sweeper deletes bytes that nobody needs any more. It is the only one that
// deletes what has a name.
type Sweeper struct {
	Blobs bridge.Blobs
	Index bridge.MediaSweeper
	Clock bridge.Clock
	Log   *slog.Logger
}

// Run sweeps until the context ends.
func (s *Sweeper) Run(ctx context.Context) error {
	var searched time.Time

	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "media not swept", slog.Any("error", err))
		}

		if now := s.Clock(); now.Sub(searched) >= searchEvery {
			searched = now

			if err := s.Search(ctx); err != nil && ctx.Err() == nil {
				s.Log.ErrorContext(ctx, "media not searched", slog.Any("error", err))
			}
		}

		timer := time.NewTimer(sweepEvery)

		select {
		case <-ctx.Done():
			timer.Stop()

			return nil
		case <-timer.C:
		}
	}
}

// Sweep deletes the bytes of copies that have outlived their time or their
// installation.
func (s *Sweeper) Sweep(ctx context.Context) error {
	for {
		keys, err := s.Index.SpentMedia(ctx, sweepBatch)
		if err != nil {
			return fmt.Errorf("find spent media: %w", err)
		}

		for _, key := range keys {
			if err := s.Blobs.Delete(ctx, key); err != nil {
				return fmt.Errorf("delete spent media: %w", err)
			}
		}

		if len(keys) == 0 {
			return nil
		}

		if err := s.Index.DropMedia(ctx, keys...); err != nil {
			return fmt.Errorf("drop spent media: %w", err)
		}
	}
}

// Search deletes bytes that no copy names: a crash came between the two.
func (s *Sweeper) Search(ctx context.Context) error {
	var deleted int

	err := s.Blobs.EachBlob(ctx, s.Clock().Add(-unnamedFor), func(key bridge.BlobKey) error {
		needed, err := s.Index.NeedsBlob(ctx, key)
		if err != nil || needed {
			return err
		}

		deleted++

		return s.Blobs.Delete(ctx, key)
	})
	if err != nil {
		return fmt.Errorf("search media that belong to nothing: %w", err)
	}

	if deleted > 0 {
		s.Log.InfoContext(ctx, "media deleted that belonged to nothing", slog.Int("files", deleted))
	}

	return nil
}
