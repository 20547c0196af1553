package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

func checkTicket(t bridge.Ticket) error {
	if err := checkNames(string(t.Kind), t.Key); err != nil {
		return fmt.Errorf("boltstore: ticket: %w", err)
	}

	return nil
}

// ticket reads a ticket, living or not; false when there is none.
func (t *txn) ticket(kind bridge.TicketKind, key string) (bridge.Ticket, bool) {
	raw := t.get(bucketTickets, ticketKey(kind, key))
	if raw == nil {
		return bridge.Ticket{}, false
	}

	nanos, n := binary.Varint(raw)

	return bridge.Ticket{
		Kind:      kind,
		Key:       key,
		Value:     bytes.Clone(raw[n:]),
		ExpiresAt: time.Unix(0, nanos).UTC(),
	}, true
}

func (t *txn) living(kind bridge.TicketKind, key string, now time.Time) (bridge.Ticket, error) {
	k, ok := t.ticket(kind, key)
	if !ok || !now.Before(k.ExpiresAt) {
		return bridge.Ticket{}, bridge.ErrNotFound
	}

	return k, nil
}

func (t *txn) putTicket(k bridge.Ticket) {
	t.dropTicket(k.Kind, k.Key)

	key := ticketKey(k.Kind, k.Key)
	value := binary.AppendVarint(nil, k.ExpiresAt.UnixNano())

	t.put(bucketTickets, key, append(value, k.Value...))
	t.put(bucketExpiries, secondKey(k.ExpiresAt, key), present)
}

func (t *txn) dropTicket(kind bridge.TicketKind, key string) {
	if k, ok := t.ticket(kind, key); ok {
		at := ticketKey(kind, key)
		t.delete(bucketTickets, at)
		t.delete(bucketExpiries, secondKey(k.ExpiresAt, at))
	}
}

// PutTicket implements bridge.Tickets.
func (s *Store) PutTicket(ctx context.Context, k bridge.Ticket) error {
	if err := checkTicket(k); err != nil {
		return err
	}

	return s.do(ctx, &op{run: func(t *txn) error {
		t.putTicket(k)

		return nil
	}})
}

// AddTicket implements bridge.Tickets.
func (s *Store) AddTicket(ctx context.Context, k bridge.Ticket) error {
	if err := checkTicket(k); err != nil {
		return err
	}

	return s.do(ctx, &op{run: func(t *txn) error {
		if _, err := t.living(k.Kind, k.Key, s.now()); err == nil {
			return bridge.ErrConflict
		}

		t.putTicket(k)

		return nil
	}})
}

// Ticket implements bridge.Tickets.
func (s *Store) Ticket(ctx context.Context, kind bridge.TicketKind, key string) (k bridge.Ticket, err error) {
	if err := ctx.Err(); err != nil {
		return k, err
	}

	err = s.view(func(t *txn) (err error) {
		k, err = t.living(kind, key, s.now())

		return err
	})

	return k, err
}

// TakeTicket implements bridge.Tickets.
func (s *Store) TakeTicket(ctx context.Context, kind bridge.TicketKind, key string) (bridge.Ticket, error) {
	var k bridge.Ticket

	err := s.do(ctx, &op{run: func(t *txn) (err error) {
		if k, err = t.living(kind, key, s.now()); err != nil {
			return err
		}

		t.dropTicket(kind, key)

		return nil
	}})
	if err != nil {
		return bridge.Ticket{}, err
	}

	return k, nil
}

// SwapTicket implements bridge.Tickets. The time of the ticket is replaced
// too, unless the new one has none.
func (s *Store) SwapTicket(ctx context.Context, k bridge.Ticket, old []byte) error {
	if err := checkTicket(k); err != nil {
		return err
	}

	return s.do(ctx, &op{run: func(t *txn) error {
		have, err := t.living(k.Kind, k.Key, s.now())
		if err != nil {
			return err
		}

		if !bytes.Equal(have.Value, old) {
			return bridge.ErrConflict
		}

		next := k
		if next.ExpiresAt.IsZero() {
			next.ExpiresAt = have.ExpiresAt
		}

		t.putTicket(next)

		return nil
	}})
}
