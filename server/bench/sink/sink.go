package sink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"sellerchat/server/bench/load"
)

// Sink answers on a port of its own until it is closed.
type Sink struct {
	listener net.Listener
	ids      atomic.Uint64
	// gate is closed while answers may leave.
	gate atomic.Pointer[chan struct{}]
	// pause is how long each answer takes, and rest for how long callers are
	// asked to leave Freshchat alone, as numbers of a time.Duration.
	pause, rest atomic.Int64
	// next is closed by the next message; nil when nobody waits for it.
	next atomic.Pointer[chan struct{}]
	// memory is what is remembered; nil while nothing is.
	memory atomic.Pointer[memory]

	mu      sync.RWMutex
	watches map[uint32]*Watch
	conns   map[net.Conn]struct{}
}

// Listen opens a Sink on the loopback interface.
func Listen(ctx context.Context) (*Sink, error) {
	var lc net.ListenConfig

	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open sink: %w", err)
	}

	s := &Sink{listener: l, watches: map[uint32]*Watch{}, conns: map[net.Conn]struct{}{}}
	open := make(chan struct{})
	close(open)
	s.gate.Store(&open)

	go s.accept()

	return s, nil
}

// Addr is host and port of the sink.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Watch follows a run from now on: how many messages it wants, in how many
// conversations.
func (s *Sink) Watch(run uint32, want, conversations int) *Watch {
	w := newWatch(want, conversations)

	s.mu.Lock()
	defer s.mu.Unlock()

	s.watches[run] = w

	return w
}

// Hold keeps all answers back until the returned function is called.
func (s *Sink) Hold() (release func()) {
	held, before := make(chan struct{}), s.gate.Load()
	s.gate.Store(&held)

	return sync.OnceFunc(func() {
		s.gate.Store(before)
		close(held)
	})
}

// Slow lets every answer take so long from now on.
func (s *Sink) Slow(pause time.Duration) { s.pause.Store(int64(pause)) }

// Busy has callers of Freshchat leave it alone for so long, in whole seconds,
// until the returned function is called. What they send is not taken; reading
// is let through, since other accounts than those that send do so too.
func (s *Sink) Busy(rest time.Duration) (release func()) {
	s.rest.Store(int64(rest))

	return func() { s.rest.Store(0) }
}

// Next is closed by the next message of any run.
func (s *Sink) Next() <-chan struct{} {
	next := make(chan struct{})
	s.next.Store(&next)

	return next
}

// Close hangs up on everybody.
func (s *Sink) Close() error {
	err := s.listener.Close()

	s.mu.Lock()
	defer s.mu.Unlock()

	for c := range s.conns {
		// One that was hung up on meanwhile is on its way out.
		if hangUp := c.Close(); !errors.Is(hangUp, net.ErrClosed) {
			err = errors.Join(err, hangUp)
		}
	}

	return err
}

func (s *Sink) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return // closed
		}

		s.mu.Lock()
		s.conns[c] = struct{}{}
		s.mu.Unlock()

		go s.serve(c)
	}
}

func (s *Sink) serve(c net.Conn) {
	defer func() {
		_ = c.Close() // the caller has gone

		s.mu.Lock()
		defer s.mu.Unlock()

		delete(s.conns, c)
	}()

	r, out := newReader(c), make([]byte, 0, 1024)

	for {
		req, err := r.next()
		if err != nil {
			return
		}

		out = s.answer(out[:0], req)
		<-*s.gate.Load()

		if pause := time.Duration(s.pause.Load()); pause > 0 {
			<-time.After(pause)
		}

		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// see notes what a posted message carries.
func (s *Sink) see(body []byte) {
	at := time.Now()

	m, ok := load.FindMark(body)
	if !ok {
		return
	}

	if s.next.Load() != nil {
		if next := s.next.Swap(nil); next != nil {
			close(*next)
		}
	}

	s.mu.RLock()
	w := s.watches[m.Run]
	s.mu.RUnlock()

	if w != nil {
		w.see(m, at)
	}
}
