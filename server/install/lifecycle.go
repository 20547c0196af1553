package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// Lifecycle is a set-up event of the Marketplace.
type Lifecycle struct {
	// At is the platform's timestamp in milliseconds.
	At     int64
	Host   string
	Region string
}

// errStale leaves an installation as it is: the event is older than the last
// one applied.
var errStale = errors.New("older than the last lifecycle event")

// aheadAtMost is how far ahead of ours the platform's clock is believed:
// remembering a time that never comes would refuse every later uninstall.
const aheadAtMost = 24 * time.Hour

func (l Lifecycle) notAhead(now time.Time) Lifecycle {
	l.At = min(l.At, now.Add(aheadAtMost).UnixMilli())

	return l
}

func (l Lifecycle) apply(i *bridge.Installation) error {
	if l.At < i.LastLifecycle {
		return errStale
	}

	i.LastLifecycle = l.At
	if l.Host != "" {
		i.PlatformHost = l.Host
	}

	if l.Region != "" {
		i.Region = l.Region
	}

	return nil
}

// Confirm turns a pending installation active, and changes nothing about an
// active one. It reports false when the event was older than the last one
// applied.
func (s *Service) Confirm(ctx context.Context, id bridge.InstallationID, l Lifecycle) (bool, error) {
	inst, err := s.live(ctx, id)
	if errors.Is(err, bridge.ErrNotFound) {
		return false, errCall
	}

	if err != nil {
		return false, err
	}

	done, err := s.accounts.take(ctx, string(inst.Account))
	if err != nil {
		return false, err
	}
	defer done()

	now := s.clock()

	err = s.store.Activate(ctx, id, now, l.notAhead(now).apply)
	if errors.Is(err, errStale) {
		return false, nil
	}

	if errors.Is(err, bridge.ErrNotFound) {
		return false, errCall
	}

	if err != nil {
		return false, fmt.Errorf("activate: %w", err)
	}

	s.log.InfoContext(ctx, "active", slog.String("installation", string(id)))

	return true, nil
}

// Uninstall ends an installation at once; ending it again changes nothing. It
// reports false when the event was older than the last one applied.
func (s *Service) Uninstall(ctx context.Context, id bridge.InstallationID, l Lifecycle) (bool, error) {
	shops, err := s.accesses(ctx, id)
	if err != nil {
		return false, err
	}

	now := s.clock()

	err = s.store.Uninstall(ctx, id, now, l.notAhead(now).apply)
	if errors.Is(err, errStale) {
		return false, nil
	}

	if errors.Is(err, bridge.ErrNotFound) {
		return false, errCall
	}

	if err != nil {
		return false, fmt.Errorf("uninstall: %w", err)
	}

	s.log.InfoContext(ctx, "uninstalled", slog.String("installation", string(id)))
	s.unsubscribe(context.WithoutCancel(ctx), shops)

	return true, nil
}
