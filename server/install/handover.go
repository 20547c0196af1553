package install

import (
	"context"
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

var errSetupCode = &bridge.Error{
	Code:  bridge.Missing,
	Words: "This setup code is used or expired. Press New code.",
}

// setupTickets make the setup code and what a framed page may fetch once.
func (s *Service) setupTickets(id string, e *ending) (string, []bridge.Ticket, error) {
	code := s.secrets.Code()
	e.CodeHash = s.secrets.HashCode(code)

	setup, err := s.sealTicket(bridge.TicketSetup, e.CodeHash, "setup/"+e.CodeHash, e.Handover, SetupCodeFor)
	if err != nil {
		return "", nil, err
	}

	framed, err := s.sealTicket(bridge.TicketHandover, id, "handover/"+id, e.Handover, SetupCodeFor)
	if err != nil {
		return "", nil, err
	}

	return code, []bridge.Ticket{setup, framed}, nil
}

// NewCode makes another setup code; the old one dies.
func (s *Service) NewCode(ctx context.Context, id string) (Page, error) {
	code := ""

	page, err := s.change(ctx, id, func(ctx context.Context, f *flow) (err error) {
		if f.Done == nil {
			return &bridge.Error{Code: bridge.Conflict, Words: "Nothing is installed on this page yet. Press Install first."}
		}

		code, err = s.newCode(ctx, f)

		return err
	})
	if page.Installed != nil {
		page.Installed.SetupCode = code
	}

	return page, err
}

// Resume is what a page shows that was opened again: where it stood, and after
// Install another setup code.
func (s *Service) Resume(ctx context.Context, id string) (Page, error) {
	page, err := s.Page(ctx, id)
	if err != nil || page.Installed == nil {
		return page, err
	}

	return s.NewCode(ctx, id)
}

func (s *Service) newCode(ctx context.Context, f *flow) (string, error) {
	_, err := s.store.TakeTicket(ctx, bridge.TicketSetup, f.Done.CodeHash)
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return "", fmt.Errorf("end old setup code: %w", err)
	}

	code, tickets, err := s.setupTickets(f.id, f.Done)
	if err != nil {
		return "", err
	}

	if err := s.store.PutTicket(ctx, tickets[0]); err != nil {
		return "", fmt.Errorf("store setup code: %w", err)
	}

	return code, nil
}

// Exchange spends a setup code; an error with code Missing when it is unknown,
// used or expired.
func (s *Service) Exchange(ctx context.Context, code string) (Handover, error) {
	hash := s.secrets.HashCode(code)

	return s.take(ctx, bridge.TicketSetup, hash, "setup/"+hash)
}

// Framed returns, once, what the page that framed the install page is handed.
func (s *Service) Framed(ctx context.Context, id string) (Handover, error) {
	return s.take(ctx, bridge.TicketHandover, id, "handover/"+id)
}

func (s *Service) take(ctx context.Context, kind bridge.TicketKind, key, binding string) (Handover, error) {
	t, err := s.store.TakeTicket(ctx, kind, key)
	if errors.Is(err, bridge.ErrNotFound) {
		return Handover{}, errSetupCode
	}

	if err != nil {
		return Handover{}, fmt.Errorf("spend %s ticket: %w", kind, err)
	}

	var h Handover

	return h, s.openTicket(t, binding, &h)
}
