package boltstore

import (
	"context"
	"errors"
	"time"

	"sellerchat/server/bridge"
)

// leased is a lane that was just claimed, as the index knows it.
type leased struct {
	lane   *lane
	item   item
	epoch  uint64
	marked bool
	mark   uint64
	// begun is what may have been sent of it before, cleared whether its first
	// call may be made at once.
	begun   begun
	cleared bool
}

// lease claims lanes in memory, in turns.
func (x *index) lease(now time.Time, ask bridge.Ask) []leased {
	x.mu.Lock()
	defer x.mu.Unlock()

	var out []leased

	for _, side := range sides {
		if ask.Side == 0 || ask.Side == side {
			out = x.leaseToward(&x.plans[side], now, ask, out)
		}
	}

	x.arm(now)

	return out
}

func (x *index) leaseToward(plan *schedule, now time.Time, ask bridge.Ask, out []leased) []leased {
	for len(out) < ask.Limit {
		l := plan.claimable(now.UnixNano(), ask)
		if l == nil {
			break
		}

		x.epoch++
		l.epoch, l.claimed, l.lease = x.epoch, l.head(), now.Add(ask.Lease).UnixNano()

		if !l.marked {
			m, dirty := x.pending.mark(l.key)
			l.mark, l.marked = m.order, dirty
		}

		c := leased{lane: l, item: l.claimed, epoch: l.epoch, marked: l.marked, mark: l.mark}
		if b := l.begunOf(c.item.id); b != nil {
			c.begun = *b
		} else {
			c.cleared = x.cleared.take(l, c.item.id)
		}

		out = append(out, c)

		l.due = l.next()
		l.group.lanes.fix(l)
		plan.again(l.group, now.UnixNano())
	}

	return out
}

// Claim implements bridge.Lanes.
func (s *Store) Claim(ctx context.Context, ask bridge.Ask) ([]bridge.Claim, error) {
	// What could not be settled afterwards must not be sent.
	if err := errors.Join(ctx.Err(), s.broken()); err != nil {
		return nil, err
	}

	now := s.now()

	taken := s.index.lease(now, ask)
	if len(taken) == 0 {
		return nil, nil
	}

	claims := make([]bridge.Claim, 0, len(taken))

	err := s.view(func(t *txn) error {
		for i := range taken {
			s.readMark(t, &taken[i])

			d, err := t.queued(taken[i].item.id)
			if errors.Is(err, bridge.ErrNotFound) {
				continue // removed since, with its installation
			}

			if err != nil {
				// Its lane stands still until somebody has looked; others go on.
				s.log.Error("queued delivery cannot be read", "delivery", taken[i].item.id, "error", err)

				continue
			}

			d.State = bridge.Sending
			d.Late = taken[i].item.order < taken[i].mark
			taken[i].begun.tell(&d)
			claims = append(claims, bridge.Claim{
				Delivery: d, Epoch: taken[i].epoch, Until: now.Add(ask.Lease), Cleared: taken[i].cleared,
			})
		}

		return nil
	})
	if err != nil {
		return nil, err
	}

	return claims, nil
}

// tell completes a delivery with what may have been sent of it. The memory has
// all that the file has, and what was started since.
func (b begun) tell(d *bridge.Delivery) {
	d.Intent, d.Done = b.intent, b.done
	if b.unsure != 0 {
		d.Started = time.Unix(0, b.unsure).UTC()
	}
}

// readMark completes a claim with the lane's mark from the file, unless the
// index had it.
func (s *Store) readMark(t *txn, c *leased) {
	if c.marked {
		return
	}

	c.mark = readMark(t.get(bucketMarks, []byte(c.lane.key))).order

	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	if !c.lane.marked {
		c.lane.mark, c.lane.marked = c.mark, true
	}
}

// queued reads a delivery that is not final; ErrNotFound.
func (t *txn) queued(id uint64) (bridge.Delivery, error) {
	key := numberKey(id)

	raw := t.get(bucketQueue, key)
	if raw == nil {
		return bridge.Delivery{}, bridge.ErrNotFound
	}

	r, err := decodeQueue(string(raw))
	if err != nil {
		return bridge.Delivery{}, err
	}

	p, err := decodeProgress(string(t.get(bucketProgress, key)))
	if err != nil {
		return bridge.Delivery{}, err
	}

	d := r.delivery(id)
	d.State = bridge.Queued
	d.Attempts, d.Reason, d.Done, d.Intent, d.Told = p.attempts, p.reason, p.done, p.intent, p.told

	return d, t.readParts(key, r.text, &d.Message)
}

func (r queueRecord) delivery(id uint64) bridge.Delivery {
	return bridge.Delivery{
		ID:         bridge.DeliveryID(id),
		Lane:       r.lane,
		Message:    r.message,
		Path:       r.path,
		About:      r.about,
		AcceptedAt: r.accepted,
	}
}

// readParts completes a message with its text, while that is kept.
func (t *txn) readParts(key []byte, text string, m *bridge.Message) (err error) {
	if text == textApart {
		text = string(t.get(bucketTexts, key))
	}

	if text != "" {
		m.Parts, err = decodeParts(text)
	}

	return err
}

// Ready implements bridge.Lanes.
func (s *Store) Ready(side bridge.Side) <-chan struct{} { return s.index.plans[side].ready }

// Extend implements bridge.Lanes.
func (s *Store) Extend(ctx context.Context, c bridge.Claim, lease time.Duration) error {
	return s.change(ctx, c, func(l *lane, now time.Time) error {
		l.lease = now.Add(lease).UnixNano()
		s.index.update(l)

		return nil
	})
}

// Release implements bridge.Lanes.
func (s *Store) Release(ctx context.Context, c bridge.Claim, at time.Time) error {
	return s.change(ctx, c, func(l *lane, _ time.Time) error {
		if l.busy {
			return bridge.ErrFenced // the claim is being settled
		}

		if l.begunOf(l.claimed.id) == nil {
			s.index.cleared.giveBack(l.claimed.id)
		}

		s.index.free(l, at.UnixNano())

		return nil
	})
}

// change alters a claimed lane in memory only.
func (s *Store) change(ctx context.Context, c bridge.Claim, alter func(l *lane, now time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}

	s.index.mu.Lock()
	defer s.index.mu.Unlock()

	l, err := s.index.inForce(c)
	if err != nil {
		return err
	}

	now := s.now()
	if err := alter(l, now); err != nil {
		return err
	}

	s.index.arm(now)

	return nil
}
