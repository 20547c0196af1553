package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"sellerchat/server/bridge"
)

// Repaired is what a new consent brought to an installation whose shops wait for
// it.
type Repaired struct {
	// Account is the name of the account, Shops are those that go on.
	Account string
	Shops   []string
	// Waiting is how many replies were waiting and go out now.
	Waiting int
}

// Repairing returns the name of the account for which a state asks a seller to
// authorize again; ErrNotFound when the state was redeemed, or the account has
// gone.
func (s *Service) Repairing(ctx context.Context, id bridge.InstallationID, state string) (string, error) {
	_, err := s.store.Ticket(ctx, bridge.TicketState, state)
	if err == nil {
		return "", bridge.ErrNotFound
	}

	if !errors.Is(err, bridge.ErrNotFound) {
		return "", fmt.Errorf("look up state: %w", err)
	}

	inst, err := s.live(ctx, id)
	if err != nil {
		return "", err
	}

	return inst.Named(), nil
}

// Repair gives a new consent to the shops of an installation that it covers, and
// lets go on what waited for it. It connects no shop that the installation does
// not have. The state is redeemed with it; ErrConflict when that was done
// before. Errors for people are a bridge.Error: the code is spent then.
func (s *Service) Repair(ctx context.Context, id bridge.InstallationID, state string, market bridge.Market, code string) (Repaired, error) {
	// A code can be spent once: what began is finished although the browser
	// goes away.
	ctx = context.WithoutCancel(ctx)

	inst, err := s.live(ctx, id)
	if err != nil {
		return Repaired{}, err
	}

	done, err := s.accounts.take(ctx, string(inst.Account))
	if err != nil {
		return Repaired{}, err
	}
	defer done()

	redeemed := bridge.Ticket{Kind: bridge.TicketState, Key: state, ExpiresAt: s.clock().Add(bridge.FlowFor)}
	if err := s.store.AddTicket(ctx, redeemed); err != nil {
		return Repaired{}, fmt.Errorf("redeem state: %w", err)
	}

	grant, err := s.grant(ctx, market, code)
	if err != nil {
		return Repaired{}, err
	}

	f := &flow{Market: market, Spent: code, Grant: &grant}
	if err := s.readShops(ctx, f); err != nil {
		return Repaired{}, err
	}

	if err := s.covers(ctx, f); err != nil {
		return Repaired{}, err
	}

	return s.repair(ctx, inst.ID, f)
}

func (s *Service) repair(ctx context.Context, id bridge.InstallationID, f *flow) (Repaired, error) {
	shops, err := s.store.Shops(ctx, id)
	if err != nil {
		return Repaired{}, fmt.Errorf("read shops: %w", err)
	}

	covered := slices.DeleteFunc(slices.Clone(shops), func(shop bridge.Shop) bool {
		return !slices.ContainsFunc(f.Shops, func(i bridge.ShopInfo) bool { return i.ID == shop.ID })
	})
	waiting, err := s.waiting(ctx, id)
	if err != nil {
		return Repaired{}, err
	}

	// Before anything is refused: what TikTok has ended belongs to whoever gave
	// the consent, who may be a stranger to this installation.
	if err := s.adopt(ctx, f); err != nil {
		return Repaired{}, err
	}

	if len(covered) == 0 {
		return Repaired{}, coversNone(shops)
	}

	// Read once it can be told from what was changed meanwhile.
	inst, err := s.live(ctx, id)
	if err != nil {
		return Repaired{}, err
	}

	r := Repaired{Account: inst.Named(), Waiting: waiting}

	for _, shop := range covered {
		if err := s.consent(ctx, inst, shop, f); err != nil {
			return Repaired{}, err
		}

		r.Shops = append(r.Shops, shop.Name)
		s.log.InfoContext(ctx, "authorized again", slog.String("installation", string(id)), slog.String("shop", string(shop.ID)))
	}

	return r, nil
}

// consent puts a shop under the new consent, which may be another seller
// account's, and asks for its messages again.
func (s *Service) consent(ctx context.Context, inst bridge.Installation, shop bridge.Shop, f *flow) error {
	a, err := s.authorization(f)
	if err != nil {
		return err
	}

	if shop.Authorization != a.Key {
		shop.Authorization = a.Key
		if err := s.store.Install(ctx, bridge.Installed{Installation: inst, Shop: shop, Authorization: a}); err != nil {
			return installWords(err)
		}
	}

	s.subscribe(ctx, shop.ID, bridge.Access{Market: f.Market, Token: f.Grant.AccessToken, Cipher: shop.Cipher})

	return nil
}

// waiting counts the replies that wait.
func (s *Service) waiting(ctx context.Context, id bridge.InstallationID) (int, error) {
	c, err := s.store.Completeness(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("count what waits: %w", err)
	}

	n := 0
	for _, count := range c.Counts {
		if count.Direction == bridge.Out && count.State == bridge.Queued {
			n += count.N
		}
	}

	return n, nil
}

func coversNone(shops []bridge.Shop) error {
	names := make([]string, len(shops))
	for i, shop := range shops {
		names[i] = shop.Name
	}

	return &bridge.Error{
		Code: bridge.Invalid, Field: FieldCode,
		Words: fmt.Sprintf("This authorization does not cover %s. Authorize with the seller account that owns that shop.", list(names)),
	}
}
