package yardstick

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"time"
)

// errUsage says that a yardstick was started with other arguments than it
// takes.
var errUsage = errors.New("takes other arguments")

// headersWithin is how long a request may take to begin.
const headersWithin = 10 * time.Second

// Known reports whether there is a yardstick with the name.
func Known(name string) bool { return name == "probe" || name == "limit" || name == "refpipe" }

// Main runs a yardstick by name: "probe DIR DURATION" writes how long each
// page took, in nanoseconds; "limit DIR" and "refpipe DIR SINK" log where they
// serve, as the product does, and serve until they are killed.
func Main(ctx context.Context, name string, args []string, out, log io.Writer) error {
	switch {
	case name == "probe" && len(args) == 2:
		return probe(args[0], args[1], out)
	case name == "limit" && len(args) == 1:
		h, err := Limit(args[0])
		if err != nil {
			return err
		}

		return serve(ctx, h, log)
	case name == "refpipe" && len(args) == 2:
		h, err := Pipeline(ctx, args[0], args[1])
		if err != nil {
			return err
		}

		return serve(ctx, h, log)
	default:
		return fmt.Errorf("%s %w", name, errUsage)
	}
}

func serve(ctx context.Context, h http.Handler, log io.Writer) error {
	var lc net.ListenConfig

	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}

	slog.New(slog.NewJSONHandler(log, nil)).InfoContext(ctx, "serving", slog.String("listen", l.Addr().String()))

	server := &http.Server{Handler: h, ReadHeaderTimeout: headersWithin}

	return server.Serve(l) //nolint:wrapcheck // it never returns in a good way
}

func probe(dir, during string, out io.Writer) error {
	d, err := time.ParseDuration(during)
	if err != nil {
		return fmt.Errorf("read duration: %w", err)
	}

	took, err := Probe(dir, d)
	if err != nil {
		return err
	}

	if err := json.NewEncoder(out).Encode(took); err != nil {
		return fmt.Errorf("write times: %w", err)
	}

	return nil
}

// RunProbe runs Probe in a process of its own: self is a program that passes
// its arguments to Main.
func RunProbe(ctx context.Context, self, dir string, during time.Duration) ([]time.Duration, error) {
	out, err := exec.CommandContext(ctx, self, "probe", dir, during.String()).Output()
	if err != nil {
		return nil, fmt.Errorf("run probe: %w", err)
	}

	var took []time.Duration
	if err := json.Unmarshal(out, &took); err != nil {
		return nil, fmt.Errorf("read probe: %w", err)
	}

	return took, nil
}
