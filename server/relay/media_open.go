package relay

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"sellerchat/server/bridge"
)

// OpenMedia opens our copy of a file for whoever holds its token, who closes
// it; ErrNotFound and ErrGone as bridge.MediaIndex has them.
func (r *Relay) OpenMedia(ctx context.Context, token bridge.MediaToken) (bridge.Media, io.ReadSeekCloser, error) {
	m, err := r.store.Media(ctx, token)
	if err != nil {
		return bridge.Media{}, nil, err
	}

	content, err := r.blobs.Open(ctx, m.Blob.Key)
	if errors.Is(err, bridge.ErrNotFound) {
		// As after the store was restored without its files.
		r.log.ErrorContext(ctx, "file of a copy is missing",
			slog.String("installation", string(m.Installation)), slog.String("delivery", m.Delivery.String()))

		err = bridge.ErrGone
	}

	if err != nil {
		return bridge.Media{}, nil, err
	}

	return m, content, nil
}
