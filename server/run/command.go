// Package run wires the program and runs its commands. It is what main and the
// whole-program tests call, and the only place that knows every part.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"sellerchat/server/auth"
	"sellerchat/server/config"
	"sellerchat/server/telemetry"
)

// Streams are where a command writes: Out what was asked for, Err the log.
type Streams struct {
	Out io.Writer
	Err io.Writer
}

// commands are what the program can do.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the backend."`
	Demo    demoCommand    `cmd:"" help:"Run the backend with all sandboxes, ready to click through."`
	Sandbox sandboxCommand `cmd:"" help:"Run only the sandboxes of TikTok, Freshchat and the Marketplace."`
	Doctor  doctorCommand  `cmd:"" help:"Check configuration, store, keys and reachability; say what to fix."`
	Package packageCommand `cmd:"" help:"Write and check the Marketplace package."`
	Keys    keysCommand    `cmd:"" help:"Make keys."`
}

// Main runs the command that the arguments name until it ends or the context
// does, and returns the exit status: 0 when all went well, 1 when it did not,
// 2 when the command line cannot be read.
func Main(ctx context.Context, args []string, to Streams) int {
	var cli commands

	parser, err := kong.New(&cli,
		kong.Name("sellerchat"),
		kong.Description("TikTok Seller Chat joins TikTok Shop's buyer messages and Freshchat."),
		kong.Vars{"address": defaultAddress},
		kong.Writers(to.Out, to.Err),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(to),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(to.Err, err)

		return 2
	}

	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(to.Err, "sellerchat: %v\nRun sellerchat --help for what there is.\n", err)

		return 2
	}

	if err := command.Run(); err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintf(to.Err, "sellerchat: %v\n", err)
		}

		return 1
	}

	return 0
}

// errSaid ends a command that has said already what is wrong.
var errSaid = errors.New("said")

type serveCommand struct {
	config.Flags `embed:""`
}

// Run serves until the context ends.
func (s *serveCommand) Run(ctx context.Context, to Streams) error {
	c := s.Config()
	log := telemetry.NewLogger(to.Err, secretsOf(c)...)

	for _, unknown := range config.UnknownVariables(os.Environ()) {
		log.WarnContext(ctx, "unknown setting", "variable", unknown.Variable)
	}

	backend, err := Open(ctx, c, log)
	if err != nil {
		return err
	}

	return backend.Run(ctx)
}

// secretsOf are the configured secrets, which no log line may hold.
func secretsOf(c config.Config) []string {
	secrets := []string{c.Keyset.Reveal()}
	for _, a := range c.TikTokApps {
		secrets = append(secrets, a.Secret.Reveal())
	}

	return secrets
}

type keysCommand struct {
	New keysNewCommand `cmd:"" help:"Print a new keyset for SELLERCHAT_KEYSET."`
}

type keysNewCommand struct{}

// Run prints a keyset on standard output.
func (keysNewCommand) Run(to Streams) error {
	keyset, err := auth.NewKeyset()
	if err != nil {
		return fmt.Errorf("make keyset: %w", err)
	}

	if _, err := fmt.Fprintln(to.Out, keyset); err != nil {
		return fmt.Errorf("print keyset: %w", err)
	}

	return nil
}
