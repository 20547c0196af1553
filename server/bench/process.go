package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startWithin bounds how long a program may take to serve.
const startWithin = 30 * time.Second

// look is how often the log is read for the address.
const look = 500 * time.Microsecond

// process is a program that serves, with a folder of its own. While it is not
// measured it is stopped, so that it takes nothing from the one that is.
type process struct {
	name string
	dir  string
	// address is host and port of its listener, ops of the private one if it
	// has one.
	address, ops string
	cmd          *exec.Cmd
	// ended is closed when it has exited, with the error in exit.
	ended chan struct{}
	exit  error
}

// launch starts a program and waits until it says in its log, which goes to a
// file, where it serves.
func launch(ctx context.Context, name, dir string, env []string, argv ...string) (*process, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}

	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, fmt.Errorf("make log: %w", err)
	}
	defer log.Close()

	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env, cmd.Stderr, cmd.Dir = env, log, dir
	// It ends with us, stopped or not.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}

	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}

	p := &process{name: name, dir: dir, cmd: cmd, ended: make(chan struct{})}

	go func() {
		p.exit = cmd.Wait()
		close(p.ended)
	}()

	if p.address, p.ops, err = p.serving(); err != nil {
		return nil, errors.Join(err, p.end())
	}

	return p, nil
}

// serving waits for the log line that tells the addresses.
func (p *process) serving() (address, ops string, err error) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()

	late := time.After(startWithin)

	for {
		if address, ops = servingAt(filepath.Join(p.dir, "log")); address != "" {
			return address, ops, nil
		}

		select {
		case <-p.ended:
			return "", "", fmt.Errorf("%s did not start: %w: %s", p.name, p.exit, lastLine(filepath.Join(p.dir, "log")))
		case <-late:
			return "", "", fmt.Errorf("%s does not serve after %s", p.name, startWithin)
		case <-ticker.C:
		}
	}
}

// servingAt are the addresses in a log; empty while they are not there.
func servingAt(path string) (address, ops string) {
	log, err := os.ReadFile(path)
	if err != nil {
		return "", ""
	}

	for line := range bytes.Lines(log) {
		var said struct {
			Msg    string `json:"msg"`
			Listen string `json:"listen"`
			Ops    string `json:"ops_listen"`
		}
		if json.Unmarshal(line, &said) == nil && said.Msg == "serving" {
			return said.Listen, said.Ops
		}
	}

	return "", ""
}

func lastLine(path string) string {
	log, err := os.ReadFile(path)
	if err != nil {
		return ""
	}

	lines := strings.Split(strings.TrimSpace(string(log)), "\n")

	return lines[len(lines)-1]
}

func (p *process) signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("%s has ended: %w: %s", p.name, err, lastLine(filepath.Join(p.dir, "log")))
	}

	return nil
}

func (p *process) pause() error  { return p.signal(syscall.SIGSTOP) }
func (p *process) resume() error { return p.signal(syscall.SIGCONT) }

// end kills the program, whatever it is doing.
func (p *process) end() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.name, err)
	}

	<-p.ended // killed: how it exited says nothing else

	return nil
}

// memory reads a line of the program's status, such as VmRSS, in megabytes.
func (p *process) memory(what string) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	defer f.Close()

	for s := bufio.NewScanner(f); s.Scan(); {
		// VmRSS:	   12345 kB
		fields := strings.Fields(s.Text())
		if len(fields) == 3 && fields[0] == what+":" {
			kb, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				return 0, fmt.Errorf("read memory: %w", err)
			}

			return kb / 1024, nil
		}
	}

	return 0, fmt.Errorf("read memory: no %s", what)
}

// ticks is the unit of processor time in /proc, the same on every Linux.
const ticks = 10 * time.Millisecond

// processor is the processor time used so far.
func (p *process) processor() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}

	// The name in parentheses may hold blanks; the 12th and 13th field after
	// it are user and system time.
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)

	var sum int64

	for _, at := range []int{11, 12} {
		if len(fields) <= at {
			return 0, errors.New("read processor time: too short")
		}

		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read processor time: %w", err)
		}

		sum += n
	}

	return time.Duration(sum) * ticks, nil
}
