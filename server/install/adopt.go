package install

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

// adopt gives a new consent, once, to the shops that are held through the
// seller's earlier one: TikTok ends that with each new consent, whatever
// becomes of the page on which the code was pasted.
func (s *Service) adopt(ctx context.Context, f *flow) error {
	if f.Adopted == f.Spent {
		return nil
	}

	fresh, err := s.authorization(f)
	if err != nil {
		return err
	}

	_, err = s.store.UpdateAuthorization(ctx, fresh.Key, func(a *bridge.Authorization) error {
		*a = fresh

		return nil
	})
	if errors.Is(err, bridge.ErrNotFound) {
		return nil
	}

	if err != nil {
		return fmt.Errorf("renew authorization: %w", err)
	}

	shops, err := s.store.ShopsOf(ctx, fresh.Key)
	if err != nil {
		return fmt.Errorf("read shops of authorization: %w", err)
	}

	for _, shop := range shops {
		ended := bridge.Pause{
			Installation: shop.Installation, Shop: shop.ID,
			Direction: bridge.Out, Cause: bridge.PauseAuthorization,
		}
		if err := s.store.Resume(ctx, ended); err != nil {
			return fmt.Errorf("resume shop: %w", err)
		}
	}

	f.Adopted = f.Spent

	return nil
}
