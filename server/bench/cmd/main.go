// Command cmd runs the benchmarks, and plays the yardsticks when it is started
// with their names. It prints results as lines of JSON on standard output and
// a table on standard error, and exits with 1 when a goal was missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"sellerchat/server/bench"
	"sellerchat/server/bench/yardstick"
)

func main() { os.Exit(start()) } //nolint:forbidigo // this is main

func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)

		return 1
	}

	return 0
}

var errMissed = errors.New("a goal was missed")

func command(ctx context.Context, args []string) error {
	if len(args) > 0 && yardstick.Known(args[0]) {
		return yardstick.Main(ctx, args[0], args[1:], os.Stdout, os.Stderr)
	}

	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	binary := flags.String("binary", "bin/sellerchat", "the product's stripped program")
	dir := flags.String("dir", "artifacts", "where files go meanwhile, on a disk")
	only := flags.String("only", "", "stages to run, separated by commas, of "+strings.Join(bench.Stages(), ", "))

	if err := flags.Parse(args); err != nil {
		return err //nolint:wrapcheck // it has been printed with the usage
	}

	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}

	met, err := bench.Run(ctx, bench.Options{
		Binary: *binary, Self: self, Dir: *dir, Only: strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }),
		Lines: os.Stdout, Notes: os.Stderr,
	})
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}

	if !met {
		return errMissed
	}

	return nil
}
