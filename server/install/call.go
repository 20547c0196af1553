package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// EventUninstall is the one event that a tombstone still answers.
const EventUninstall = "onAppUninstall"

// Call is what a checked link token says of itself.
type Call struct {
	Installation bridge.InstallationID
	Event        string
	JTI          string
	BodyHash     string
	// Expires is when the token cannot come again.
	Expires time.Time
	// Next is true when the newer link secret signed it.
	Next bool
}

// Answer is what a call was answered.
type Answer struct {
	Status int             `json:"s"`
	Body   json.RawMessage `json:"b"`
}

// errCall refuses a call without telling why.
var errCall = &bridge.Error{Code: bridge.Unauthorized, Words: "This app is not connected. Install it again."}

// LinkKey is a link secret and the domain that was handed over with it.
type LinkKey struct {
	Secret []byte
	Domain string
}

// LinkKeys returns what link tokens may be signed with now, the secret in force
// first. ErrNotFound when there is none.
func (s *Service) LinkKeys(ctx context.Context, id bridge.InstallationID) ([]LinkKey, error) {
	inst, err := s.store.Installation(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read installation: %w", err)
	}

	now := s.clock()
	if inst.State == bridge.Uninstalled && now.Sub(inst.UninstalledAt) > bridge.TombstoneFor {
		return nil, bridge.ErrNotFound
	}

	key, err := s.linkKey(inst, inst.LinkSecret, inst.LinkHost)
	if err != nil || !nextAlive(inst, now) {
		return []LinkKey{key}, err
	}

	next, err := s.linkKey(inst, inst.NextSecret, inst.NextHost)

	return []LinkKey{key, next}, err
}

func (s *Service) linkKey(inst bridge.Installation, sealed bridge.Sealed, domain string) (LinkKey, error) {
	secret, err := s.vault.Open(sealed, inst.Binding("link_secret"))
	if err != nil {
		return LinkKey{}, fmt.Errorf("open link secret: %w", err)
	}

	return LinkKey{Secret: secret, Domain: domain}, nil
}

func nextAlive(i bridge.Installation, now time.Time) bool {
	return len(i.NextSecret) > 0 && now.Sub(i.NextSince) < bridge.NextSecretFor
}

// Admit decides whether a call whose token was checked may be served. A call
// that was answered before gets the same answer, returned here; the same token
// with another body is refused. The first call signed with the newer secret
// puts that in force.
func (s *Service) Admit(ctx context.Context, c Call) (*Answer, error) {
	inst, err := s.store.Installation(ctx, c.Installation)
	if errors.Is(err, bridge.ErrNotFound) {
		return nil, errCall
	}

	if err != nil {
		return nil, fmt.Errorf("read installation: %w", err)
	}

	if inst.State == bridge.Uninstalled && c.Event != EventUninstall {
		return nil, errCall
	}

	earlier, err := s.earlier(ctx, c)
	if err != nil || earlier != nil {
		return earlier, err
	}

	if c.Next {
		return nil, s.promote(ctx, inst)
	}

	return nil, nil
}

// answered is a stored answer, with the body hash that it answers.
type answered struct {
	BodyHash string  `json:"h"`
	Answer   *Answer `json:"a,omitempty"`
}

func callKey(c Call) string { return string(c.Installation) + "/" + c.JTI }

// earlier remembers that the token was used. A token that was used and never
// answered is served again: every call is repeatable.
func (s *Service) earlier(ctx context.Context, c Call) (*Answer, error) {
	t, err := s.answerTicket(c, nil)
	if err != nil {
		return nil, err
	}

	err = s.store.AddTicket(ctx, t)
	if err == nil {
		return nil, nil
	}

	if !errors.Is(err, bridge.ErrConflict) {
		return nil, fmt.Errorf("remember call: %w", err)
	}

	known, err := s.store.Ticket(ctx, bridge.TicketAnswer, callKey(c))
	if errors.Is(err, bridge.ErrNotFound) {
		return nil, errCall
	}

	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}

	var a answered
	if err := s.openTicket(known, answerBinding(c), &a); err != nil {
		return nil, err
	}

	if a.BodyHash != c.BodyHash {
		return nil, errCall
	}

	return a.Answer, nil
}

// Remember stores the answer to a call for as long as its token may come
// again.
func (s *Service) Remember(ctx context.Context, c Call, a Answer) error {
	t, err := s.answerTicket(c, &a)
	if err != nil {
		return err
	}

	if err := s.store.PutTicket(ctx, t); err != nil {
		return fmt.Errorf("store answer: %w", err)
	}

	return nil
}

// answerFor is how much longer than its token an answer is kept: the clocks of
// the Marketplace and ours may differ by a minute.
const answerFor = 2 * time.Minute

// answerTicket is sealed, since an answer may be an address that is a proof.
func (s *Service) answerTicket(c Call, a *Answer) (bridge.Ticket, error) {
	t, err := s.sealTicket(bridge.TicketAnswer, callKey(c), answerBinding(c), answered{BodyHash: c.BodyHash, Answer: a}, 0)
	t.ExpiresAt = c.Expires.Add(answerFor)

	return t, err
}

func answerBinding(c Call) string { return "answer/" + callKey(c) }

// promote puts the newer link secret in force.
func (s *Service) promote(ctx context.Context, inst bridge.Installation) error {
	return s.update(ctx, inst, func(i *bridge.Installation) {
		if nextAlive(*i, s.clock()) {
			i.LinkSecret, i.LinkHost = i.NextSecret, i.NextHost
			i.NextSecret, i.NextSince, i.NextHost = nil, time.Time{}, ""
		}
	})
}
