package install

import (
	"context"
	"fmt"

	"sellerchat/server/bridge"
)

// live reads an installation that still belongs to somebody; ErrNotFound
// otherwise.
func (s *Service) live(ctx context.Context, id bridge.InstallationID) (bridge.Installation, error) {
	inst, err := s.store.Installation(ctx, id)
	if err != nil {
		return inst, fmt.Errorf("read installation: %w", err)
	}

	if !inst.Live() {
		return inst, bridge.ErrNotFound
	}

	return inst, nil
}

// update changes an installation that was just read, while nobody installs for
// the same account.
func (s *Service) update(ctx context.Context, inst bridge.Installation, change func(*bridge.Installation)) error {
	done, err := s.accounts.take(ctx, string(inst.Account))
	if err != nil {
		return err
	}
	defer done()

	_, err = s.store.UpdateInstallation(ctx, inst.ID, func(i *bridge.Installation) error {
		change(i)

		return nil
	})
	if err != nil {
		return fmt.Errorf("update installation: %w", err)
	}

	return nil
}
