package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Plan is what to send where.
type Plan struct {
	// Address is host and port of the webhook address.
	Address string
	// Run tells this run's messages from others'.
	Run uint32
	// Conversations are shared out among the connections, so that one's
	// messages never overtake each other; Shops among the conversations.
	Connections, Conversations, Shops int
	// FirstShop is the number of the first of the shops.
	FirstShop int

	// Count ends the run after so many messages, a multiple of Connections;
	// zero means that During does.
	Count int
	// During is how long to send.
	During time.Duration
	// Warm is the part of During at its beginning that is not counted.
	Warm time.Duration
}

// Result is what became of a run.
type Result struct {
	// Sent is how many messages were acknowledged in all.
	Sent int
	// Began is when the first one was sent.
	Began time.Time
	// Rate is acknowledgements a second, without those of the warm-up.
	Rate float64
	// Latencies are how long the counted ones took, in no order.
	Latencies []time.Duration
}

// errRefused says that a webhook was not acknowledged.
var errRefused = errors.New("webhook not acknowledged")

// sender is one connection with its share of the conversations.
type sender struct {
	Plan

	number int
	conn   *connection
	mill   *Mill
	// sent counts the messages of this sender.
	sent int
	// places are the last places in its conversations.
	places []uint32
	took   []time.Duration
}

func (p Plan) senders(ctx context.Context) ([]*sender, error) {
	if p.Connections < 1 || p.Conversations%p.Connections != 0 || p.Shops < 1 {
		return nil, fmt.Errorf("load: %d conversations cannot be shared out to %d connections", p.Conversations, p.Connections)
	}

	senders := make([]*sender, p.Connections)

	for i := range senders {
		conn, err := connect(ctx, p.Address)
		if err != nil {
			return nil, err
		}

		senders[i] = &sender{
			Plan: p, number: i, conn: conn, mill: NewMill(p.Address, time.Now),
			places: make([]uint32, p.Conversations/p.Connections),
		}
	}

	return senders, nil
}

// next sends the sender's next message.
func (s *sender) next() error { return s.send(s.request()) }

// request makes the sender's next message.
func (s *sender) request() []byte {
	own := s.sent % len(s.places)
	s.places[own]++
	conversation := own*s.Connections + s.number

	request := s.mill.Request(Message{
		Run: s.Run, Conversation: uint32(conversation), Place: s.places[own],
		Number: uint32(s.sent*s.Connections + s.number), Shop: s.FirstShop + conversation%s.Shops,
	})
	s.sent++

	return request
}

func (s *sender) send(request []byte) error {
	status, err := s.conn.send(request)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%w: status %d", errRefused, status)
	}

	return err
}

// Closed sends as fast as the answers come: every connection has one message
// under way.
func Closed(ctx context.Context, p Plan) (Result, error) {
	senders, err := p.senders(ctx)
	if err != nil {
		return Result{}, err
	}

	began := time.Now()

	err = each(senders, func(s *sender) error { return s.closed(ctx, began) })
	if err != nil {
		return Result{}, err
	}

	r := gather(senders, began)

	counted := p.During - p.Warm
	if p.Count > 0 {
		counted = time.Since(began)
	}

	r.Rate = float64(len(r.Latencies)) / counted.Seconds()

	return r, nil
}

func (s *sender) closed(ctx context.Context, began time.Time) error {
	for ctx.Err() == nil {
		start := time.Now()
		if s.Count > 0 && s.sent*s.Connections >= s.Count || s.Count == 0 && start.Sub(began) >= s.During {
			return nil
		}

		if err := s.next(); err != nil {
			return err
		}

		end := time.Now()
		if s.Count > 0 || end.Sub(began) >= s.Warm && end.Sub(began) < s.During {
			s.took = append(s.took, end.Sub(start))
		}
	}

	return ctx.Err()
}

// each runs the senders at the same time and closes them.
func each(senders []*sender, run func(*sender) error) error {
	var wg sync.WaitGroup

	errs := make([]error, len(senders))

	for i, s := range senders {
		wg.Go(func() {
			defer s.conn.close()

			errs[i] = run(s)
		})
	}

	wg.Wait()

	return errors.Join(errs...)
}

func gather(senders []*sender, began time.Time) Result {
	r := Result{Began: began}

	for _, s := range senders {
		r.Sent += s.sent
		r.Latencies = append(r.Latencies, s.took...)
	}

	return r
}
