package relay

import (
	"context"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// Account is what became of everything that was accepted for an installation,
// and when both sides were last compared with it.
type Account struct {
	Installation bridge.InstallationID `json:"installation"`
	// In counts everything that was accepted, in either direction.
	In        int            `json:"in"`
	Queued    int            `json:"queued"`
	Delivered int            `json:"delivered"`
	Failed    int            `json:"failed"`
	Uncertain int            `json:"uncertain"`
	Skipped   map[string]int `json:"skipped,omitempty"`
	// Found are the messages that only a comparison found, TooOld those that it
	// found too late, and Missing those that are still on their way.
	Found   int `json:"found"`
	TooOld  int `json:"too_old"`
	Missing int `json:"missing"`
	// CheckedAt is when the side that was not compared for longest was; zero
	// while one never was.
	CheckedAt time.Time `json:"checked_at,omitzero"`
}

// Completeness visits every live installation, or only one, with what became of
// its messages.
func (r *Relay) Completeness(ctx context.Context, only bridge.InstallationID, visit func(Account) error) error {
	return r.store.EachInstallation(ctx, func(i bridge.Installation) error {
		if !i.Live() || only != "" && i.ID != only {
			return nil
		}

		a, err := r.account(ctx, i.ID)
		if err != nil {
			return err
		}

		return visit(a)
	})
}

// account counts what became of the messages of one installation. Notes of ours
// are no messages.
func (r *Relay) account(ctx context.Context, id bridge.InstallationID) (Account, error) {
	c, err := r.store.Completeness(ctx, id)
	if err != nil {
		return Account{}, fmt.Errorf("count messages: %w", err)
	}

	a := Account{Installation: id, Missing: c.Missing}

	for _, n := range c.Counts {
		if n.Direction != bridge.Note {
			a.add(n)
		}
	}

	shops, err := r.store.Shops(ctx, id)
	if err != nil {
		return Account{}, fmt.Errorf("read shops: %w", err)
	}

	sides := []bridge.ShopID{""}
	for _, s := range shops {
		sides = append(sides, s.ID)
	}

	for i, shop := range sides {
		round, err := r.store.Round(ctx, id, shop)
		if err != nil {
			return Account{}, fmt.Errorf("read round: %w", err)
		}

		a.Found += round.Found
		a.TooOld += round.TooOld

		if i == 0 || round.CheckedAt.Before(a.CheckedAt) {
			a.CheckedAt = round.CheckedAt
		}
	}

	return a, nil
}

func (a *Account) add(n bridge.Count) {
	a.In += n.N

	switch n.State {
	case bridge.Delivered:
		a.Delivered += n.N
	case bridge.Failed:
		a.Failed += n.N
	case bridge.Uncertain:
		a.Uncertain += n.N
	case bridge.Skipped:
		if a.Skipped == nil {
			a.Skipped = map[string]int{}
		}

		a.Skipped[n.Reason] += n.N
	default:
		a.Queued += n.N
	}
}
