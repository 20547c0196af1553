package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"sellerchat/server/auth"
	"sellerchat/server/sandbox/demo"
)

type demoCommand struct {
	Address string `default:"${address}" help:"Where the demo's page is."`
	Source  string `default:"." placeholder:"DIR" help:"The repository, whose Marketplace package is run."`
}

// Run serves the sandboxes, runs the backend as a process of its own, which
// the visitor may kill, and prints the one address from which all is reached.
func (d *demoCommand) Run(ctx context.Context, to Streams) (err error) {
	folder, err := os.MkdirTemp("", "sellerchat-demo-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}

	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}

	log := slog.New(slog.DiscardHandler)

	p, err := openPlayground(ctx, d.Address, "http://"+address, log)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, p.close()) }()

	market := loadPackage(ctx, p, d.Source)

	environment, err := demoEnvironment(p, address, folder)
	if err != nil {
		return err
	}

	backend := newProcess(p.at.Backend, environment, p.world.Journal)
	defer func() { err = errors.Join(err, backend.stop()) }()

	pages, err := demo.New(demo.Options{World: p.world, Backend: backend, Logger: log})
	if err != nil {
		return fmt.Errorf("open pages: %w", err)
	}

	defer pages.Close()

	if err := backend.Start(); err != nil {
		return err
	}

	p.serve(pages.Handler(), p.demo)

	if _, err := fmt.Fprintf(to.Out, "TikTok Seller Chat, ready to try: %s\n(Everything is played on this machine and gone when you stop it with Ctrl+C. %s)\n", p.at.Demo, market); err != nil {
		return fmt.Errorf("print address: %w", err)
	}

	return p.wait(ctx)
}

// freeAddress finds a port for the backend, which has to be the same after
// each of its restarts.
func freeAddress(ctx context.Context) (string, error) {
	l, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", err
	}

	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", fmt.Errorf("free %s: %w", address, err)
	}

	return address, nil
}

// demoEnvironment is that of the backend: nothing of a real one's settings
// gets into it.
func demoEnvironment(p *playground, address, folder string) ([]string, error) {
	keyset, err := auth.NewKeyset()
	if err != nil {
		return nil, fmt.Errorf("make keyset: %w", err)
	}

	var environment []string

	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "SELLERCHAT_") {
			environment = append(environment, entry)
		}
	}

	environment = append(environment, p.environment(address)...)

	return append(environment,
		"SELLERCHAT_OPS_LISTEN=127.0.0.1:0",
		"SELLERCHAT_STORE=bolt:"+filepath.Join(folder, "sellerchat.db"),
		"SELLERCHAT_DATA_DIR="+folder,
		"SELLERCHAT_KEYSET="+keyset,
	), nil
}
