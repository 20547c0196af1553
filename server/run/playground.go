package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"sellerchat/server/sandbox/demo"
)

// playground is both platforms, the Marketplace and the demo's pages, each on
// a listener of its own, as in life each is at a host of its own.
type playground struct {
	world   *demo.World
	at      demo.Addresses
	servers []*http.Server
	failed  chan error
	demo    net.Listener
}

// defaultAddress is where the pages are, unless the command line says where;
// taken, it gives way to any free one.
const defaultAddress = "127.0.0.1:8088"

// openPlayground listens and serves the platforms. The pages follow with
// serve, once it is known what they show.
func openPlayground(ctx context.Context, address, backend string, log *slog.Logger) (*playground, error) {
	tiktok, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}

	freshchat, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, tiktok.Close())
	}

	pages, err := listen(ctx, address)
	if errors.Is(err, syscall.EADDRINUSE) && address == defaultAddress {
		pages, err = listen(ctx, "127.0.0.1:0")
	}

	if err != nil {
		return nil, errors.Join(err, tiktok.Close(), freshchat.Close())
	}

	p := &playground{
		at:     demo.Addresses{Demo: origin(pages), TikTok: origin(tiktok), Freshchat: origin(freshchat), Backend: backend},
		failed: make(chan error, 3), demo: pages,
	}

	if p.world, err = demo.Prepare(p.at, log); err != nil {
		return nil, errors.Join(err, tiktok.Close(), freshchat.Close(), pages.Close())
	}

	p.serve(p.world.TikTok.Handler(), tiktok)
	p.serve(p.world.Freshchat.Handler(), freshchat)

	return p, nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig

	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}

	return l, nil
}

func origin(l net.Listener) string { return "http://" + l.Addr().String() }

func (p *playground) serve(h http.Handler, l net.Listener) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	p.servers = append(p.servers, s)

	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.failed <- fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
	}()
}

// wait returns when the context ends, or with what broke before.
func (p *playground) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-p.failed:
		return err
	}
}

func (p *playground) close() error {
	errs := make([]error, 0, len(p.servers))
	for _, s := range p.servers {
		errs = append(errs, s.Close())
	}

	p.world.Close()

	return errors.Join(errs...)
}

// environment is what serve needs to know to work with the playground.
func (p *playground) environment(listen string) []string {
	return []string{
		"SELLERCHAT_INSECURE_DEV=1",
		"SELLERCHAT_LISTEN=" + listen,
		"SELLERCHAT_PUBLIC_URL=" + p.at.Backend,
		"SELLERCHAT_TIKTOK_APPS=" + p.world.TikTokApps(),
		"SELLERCHAT_TIKTOK_API_URL=" + p.at.TikTok,
		"SELLERCHAT_TIKTOK_AUTH_URL=" + p.at.TikTok,
		"SELLERCHAT_FRESHCHAT_HOSTS=" + hostOf(p.at.Freshchat),
		"SELLERCHAT_FRAME_ANCESTORS=" + p.at.Demo,
	}
}

func hostOf(origin string) string { return origin[len("http://"):] }
