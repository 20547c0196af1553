package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"sync"
	"syscall"
	"testing"

	"sellerchat/server/config"
	"sellerchat/server/run"
)

// backend is the program under test, in this process or in one of its own.
type backend interface {
	// start returns when it answers; stop when it has ended in order.
	start(t testing.TB)
	stop(t testing.TB)
}

// embedded runs the backend inside the test, as serve would, with the
// sandboxes' clock.
type embedded struct {
	w      *world
	cancel context.CancelFunc
	ended  chan error
}

func (e *embedded) start(t testing.TB) {
	t.Helper()

	log := slog.New(slog.NewJSONHandler(&e.w.output, &slog.HandlerOptions{Level: slog.LevelDebug}))

	b, err := run.OpenAt(t.Context(), e.w.flags.Config(), log, e.w.clock.Now)
	if err != nil {
		t.Fatalf("open backend: %v", err)
	}

	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	e.cancel, e.ended = cancel, make(chan error, 1)

	go func() { e.ended <- b.Run(ctx) }()

	e.w.until("the backend is ready", e.w.ready)
}

func (e *embedded) stop(t testing.TB) {
	t.Helper()

	if e.cancel == nil {
		return
	}

	e.cancel()

	if err := <-e.ended; err != nil {
		t.Errorf("backend ended with: %v", err)
	}

	e.cancel = nil
}

// process runs the real binary, which can be killed.
type process struct {
	w   *world
	cmd *exec.Cmd
}

func (p *process) start(t testing.TB) {
	t.Helper()
	p.launch(t)
	p.w.until("the program is ready", p.w.ready)
}

// launch starts the process and does not wait for it.
func (p *process) launch(t testing.TB) {
	t.Helper()

	path, err := program()
	if err != nil {
		t.Fatal(err)
	}

	// The context of the test would kill it before the cleanup can stop it.
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), path, "serve")
	p.cmd.Env = append(environ(p.w.flags), "PATH="+os.Getenv("PATH"))
	p.cmd.Stdout, p.cmd.Stderr = &p.w.output, &p.w.output

	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start program: %v", err)
	}
}

// kill ends the process as a power cut would.
func (p *process) kill(t testing.TB) {
	t.Helper()

	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatalf("kill program: %v", err)
	}

	_ = p.cmd.Wait() // it was killed, and says so
	p.cmd = nil
}

func (p *process) stop(t testing.TB) {
	t.Helper()

	if p.cmd == nil {
		return
	}

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("stop program: %v", err)
	}

	if err := p.cmd.Wait(); err != nil {
		t.Errorf("program ended with: %v", err)
	}

	p.cmd = nil
}

// environ writes the settings as an operator would.
func environ(f config.Flags) []string {
	var list []string

	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		if text := v.Field(i).String(); text != "" {
			list = append(list, v.Type().Field(i).Tag.Get("env")+"="+text)
		}
	}

	return list
}

// ready asks the backend whether it is.
func (w *world) ready() bool {
	res, err := http.Get(w.origin + "/readyz")
	if err != nil {
		return false
	}
	defer res.Body.Close()

	return res.StatusCode == http.StatusOK
}

// givenAddresses are those that a test has, whether it listens yet or not.
var givenAddresses sync.Map

// freeAddress returns a loopback address that nobody listens on. It is below
// the ports that the system hands out by itself: a sandbox that dials a
// backend that is down could otherwise be given the backend's own port and
// meet itself.
func freeAddress(t testing.TB) string {
	t.Helper()

	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 12000+rand.N(18000))
		if _, given := givenAddresses.LoadOrStore(address, true); given {
			continue
		}

		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}

		if err := l.Close(); err != nil {
			t.Fatal(err)
		}

		return address
	}

	t.Fatal("no free port was found")

	return ""
}
