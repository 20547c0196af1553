package run

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"sellerchat/server/sandbox/demo"
)

// The bounds of starting and stopping the demo's backend.
const (
	startFor  = 15 * time.Second
	startPoll = 25 * time.Millisecond
	stopFor   = 5 * time.Second
)

// logTail is how many lines of a backend that did not start are shown.
const logTail = 20

// process is the backend as a process of its own. It is safe for concurrent
// use.
type process struct {
	origin      string
	environment []string
	journal     *demo.Journal
	// starts are run on one thread for good: a process dies with the thread
	// that made it, so that none is left behind when the demo is killed.
	starts chan func()

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
	tail  []string
}

func newProcess(origin string, environment []string, journal *demo.Journal) *process {
	p := &process{origin: origin, environment: environment, journal: journal, starts: make(chan func())}

	go func() {
		runtime.LockOSThread()

		for start := range p.starts {
			start()
		}
	}()

	return p
}

// Start starts the backend and returns when it is ready.
func (p *process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.running() {
		return nil
	}

	if err := p.spawn(); err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(context.Background(), startFor)
	defer cancel()

	for {
		if p.ready(ctx) {
			return nil
		}

		select {
		case <-ctx.Done():
			_ = p.cmd.Process.Kill() // it may have ended by itself
			<-p.ended

			return fmt.Errorf("the backend did not become ready:\n%s", strings.Join(p.tail, "\n"))
		case <-p.ended:
			return fmt.Errorf("the backend ended at once:\n%s", strings.Join(p.tail, "\n"))
		case <-time.After(startPoll):
		}
	}
}

func (p *process) spawn() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}

	cmd := exec.Command(self, "serve") //nolint:noctx // this very program; it ends by Kill or stop
	cmd.Env, cmd.SysProcAttr = p.environment, childAttributes()

	lines, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("read the backend's log: %w", err)
	}

	started := make(chan error)
	p.starts <- func() { started <- cmd.Start() }

	if err := <-started; err != nil {
		return fmt.Errorf("start the backend: %w", err)
	}

	p.cmd, p.ended, p.tail = cmd, make(chan struct{}), nil

	go p.follow(cmd, lines, p.ended)

	return nil
}

// follow reads the log of the backend until it ends.
func (p *process) follow(cmd *exec.Cmd, lines io.Reader, ended chan struct{}) {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 1<<20)

	var tail []string

	for scanner.Scan() {
		if event, ok := demo.ParseLog(scanner.Bytes()); ok {
			p.journal.Trace(event)
		}

		if tail = append(tail, scanner.Text()); len(tail) > logTail {
			tail = tail[1:]
		}
	}

	_ = cmd.Wait() // how it ended is in its log, and a kill is no fault
	p.tail = tail

	close(ended)
}

func (p *process) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.origin+"/readyz", nil)
	if err != nil {
		return false
	}

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}

	defer func() { _ = resp.Body.Close() }() // nothing was read

	return resp.StatusCode == http.StatusOK
}

// running reports whether the process lives; the caller holds the lock.
func (p *process) running() bool {
	if p.cmd == nil {
		return false
	}

	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Kill ends the backend at once, as a power cut would.
func (p *process) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()

	if !p.running() {
		return nil
	}

	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the backend: %w", err)
	}

	<-p.ended

	return nil
}

// State says whether the backend runs.
func (p *process) State() string {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.running() {
		return demo.BackendRunning
	}

	return "stopped"
}

// stop ends the backend in order, or at once when that takes too long.
func (p *process) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()

	close(p.starts)

	if !p.running() {
		return nil
	}

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the backend: %w", err)
	}

	select {
	case <-p.ended:
	case <-time.After(stopFor):
		_ = p.cmd.Process.Kill() // it was asked before
		<-p.ended
	}

	return nil
}
