package install

import (
	"context"
	"fmt"

	"sellerchat/server/bridge"
)

// StartSession makes the id of a settings session whose address can be opened
// once.
func (s *Service) StartSession(ctx context.Context, id bridge.InstallationID) (string, error) {
	session := s.secrets.ID()

	err := s.store.PutTicket(ctx, bridge.Ticket{
		Kind: bridge.TicketSession, Key: session, Value: []byte(id), ExpiresAt: s.clock().Add(bridge.SessionAddressFor),
	})
	if err != nil {
		return "", fmt.Errorf("store session: %w", err)
	}

	return session, nil
}

// OpenSession spends the address of a session; ErrNotFound when it was opened
// before.
func (s *Service) OpenSession(ctx context.Context, session string, id bridge.InstallationID) error {
	t, err := s.store.TakeTicket(ctx, bridge.TicketSession, session)
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}

	if string(t.Value) != string(id) {
		return bridge.ErrNotFound
	}

	return nil
}
