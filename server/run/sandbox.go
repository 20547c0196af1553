package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"sellerchat/server/sandbox/demo"
)

type sandboxCommand struct {
	Address string `default:"${address}" help:"Where the sandboxes' pages are."`
	Backend string `default:"http://127.0.0.1:8080" help:"Origin of the backend that plays with them."`
}

// Run serves the sandboxes and prints the settings of a backend that is to
// work with them.
func (s *sandboxCommand) Run(ctx context.Context, to Streams) error {
	backend, err := url.Parse(s.Backend)
	if err != nil || backend.Scheme != "http" || backend.Port() == "" || backend.Path != "" {
		return errors.New("--backend has to be an http origin with a port, such as http://127.0.0.1:8080")
	}

	log := slog.New(slog.DiscardHandler)

	p, err := openPlayground(ctx, s.Address, s.Backend, log)
	if err != nil {
		return err
	}

	pages, err := demo.New(demo.Options{World: p.world, Logger: log})
	if err != nil {
		return errors.Join(fmt.Errorf("open pages: %w", err), p.close())
	}

	defer pages.Close()

	p.serve(pages.Handler(), p.demo)

	var text strings.Builder

	text.WriteString("The sandboxes are at " + p.at.Demo + "\nStart the backend with these settings, and SELLERCHAT_KEYSET:\n\n")

	for _, line := range p.environment(backend.Host) {
		text.WriteString("  export " + quoted(line) + "\n")
	}

	if _, err := fmt.Fprint(to.Out, text.String()); err != nil {
		return errors.Join(fmt.Errorf("print settings: %w", err), p.close())
	}

	return errors.Join(p.wait(ctx), p.close())
}

// quoted puts the value of NAME=value into single quotes for a shell. None of
// ours holds one.
func quoted(line string) string {
	for i := range line {
		if line[i] == '=' {
			return line[:i+1] + "'" + line[i+1:] + "'"
		}
	}

	return line
}
