package marketplace

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

//go:embed assets/runner.mjs
var runnerScript []byte

// Node says where the platform's side of an app runs.
type Node struct {
	// Path is the program; Modules the folder into which the package's
	// dependencies were installed.
	Path, Modules string
	// Limit is how long one event may take; default 20 s, as on the platform.
	Limit time.Duration
}

const eventLimit = 20 * time.Second

// errRunnerGone ends what waited for a runner that has ended.
var errRunnerGone = errors.New("the program that runs server.js has ended")

// runner runs functions of a package's server.js in a process of Node.js.
type runner struct {
	cmd *exec.Cmd
	dir string

	mu      sync.Mutex
	in      io.WriteCloser
	next    int
	waiting map[int]*job
	ended   bool
}

// job is one function under way.
type job struct {
	ctx     context.Context // the caller's, for the calls that it makes
	invoke  func(context.Context, invocation) (reply, bool)
	outcome chan outcome
}

// outcome is how a function ended.
type outcome struct {
	Rendered [][]json.RawMessage `json:"rendered"`
	Logged   []string            `json:"logged"`
	Error    string              `json:"error"`
}

// said is a line from the runner.
type said struct {
	ID     int  `json:"id"`
	Done   bool `json:"done"`
	Invoke int  `json:"invoke"`
	invocation
	outcome
}

func startRunner(a *App, node Node) (*runner, error) {
	dir, err := os.MkdirTemp("", "sellerchat-app-")
	if err != nil {
		return nil, fmt.Errorf("run server.js: %w", err)
	}

	script := filepath.Join(dir, "runner.mjs")
	err = errors.Join(
		a.writeServer(dir), os.WriteFile(script, runnerScript, 0o600), os.Symlink(node.Modules, filepath.Join(dir, "node_modules")),
	)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}

	cmd := exec.Command(node.Path, script, dir, strconv.FormatInt(cmp.Or(node.Limit, eventLimit).Milliseconds(), 10)) //nolint:noctx // it is stopped by closing its input
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("run server.js: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("run server.js: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("run server.js: %w", err), os.RemoveAll(dir))
	}

	r := &runner{cmd: cmd, dir: dir, in: in, waiting: map[int]*job{}}
	go r.listen(out)

	return r, nil
}

// close ends the process and removes its folder.
func (r *runner) close() error {
	err := r.in.Close()
	_ = r.cmd.Wait() // it ends with its input; how is of no interest

	return errors.Join(err, os.RemoveAll(r.dir))
}

// run runs one function to its end.
func (r *runner) run(
	ctx context.Context, function string, payload any, invoke func(context.Context, invocation) (reply, bool),
) (outcome, error) {
	j := &job{ctx: ctx, invoke: invoke, outcome: make(chan outcome, 1)}

	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()

		return outcome{}, errRunnerGone
	}
	r.next++
	id := r.next
	r.waiting[id] = j
	r.mu.Unlock()

	if err := r.say(map[string]any{"id": id, "call": function, "payload": payload}); err != nil {
		return outcome{}, err
	}

	select {
	case o, open := <-j.outcome:
		if !open {
			return outcome{}, errRunnerGone
		}

		return o, nil
	case <-ctx.Done():
		return outcome{}, ctx.Err()
	}
}

func (r *runner) say(line any) error {
	data, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("run server.js: %w", err)
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	if _, err := r.in.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("run server.js: %w", err)
	}

	return nil
}

// listen hears the runner out until it ends.
func (r *runner) listen(out io.Reader) {
	lines := bufio.NewReader(out)

	for {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			r.end()

			return
		}

		var line said
		if json.Unmarshal(text, &line) == nil {
			r.heard(line)
		}
	}
}

func (r *runner) heard(line said) {
	r.mu.Lock()
	j := r.waiting[line.ID]
	if line.Done {
		delete(r.waiting, line.ID)
	}
	r.mu.Unlock()

	switch {
	case j == nil:
	case line.Done:
		j.outcome <- line.outcome
	default:
		go r.answer(j, line)
	}
}

// answer makes a template call for the app and tells it what came of it.
func (r *runner) answer(j *job, line said) {
	got, fine := j.invoke(j.ctx, line.invocation)

	back := map[string]any{"id": line.ID, "result": line.Invoke}
	if fine {
		back["value"] = got
	} else {
		back["error"] = got
	}

	_ = r.say(back) // a runner that is gone has ended its jobs
}

func (r *runner) end() {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.ended = true
	for id, j := range r.waiting {
		close(j.outcome)
		delete(r.waiting, id)
	}
}
