package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sellerchat/server/bench/load"
	"sellerchat/server/bench/sink"
)

// conversations is how many there are in every run: enough that order is no
// brake, few enough that each gets several messages.
const conversations = 1024

// installations is how many share the messages where their number is not what
// is measured.
const installations = 10

// Options say what to run.
type Options struct {
	// Binary is the product's program.
	Binary string
	// Self is this program, which plays the yardsticks when it is started
	// with their names.
	Self string
	// Dir is where files go while it runs; it must be on a disk.
	Dir string
	// Only names the stages to run; the usual ones when empty.
	Only []string
	// Lines gets the results as JSON, Notes what people read.
	Lines, Notes io.Writer
}

// Bench is a run under way.
type Bench struct {
	*report

	binary, self, work, keyset string
	sink                       *sink.Sink
	// run is the number of the last run.
	run uint32
}

// stage is a group of measurements that share their programs.
type stage struct {
	name string
	run  func(*Bench, context.Context) error
	// usual says that it runs unless others are asked for.
	usual bool
}

var stages = []stage{
	{"start", (*Bench).start, true},
	{"acknowledge", (*Bench).acknowledge, true},
	{"deliver", (*Bench).deliver, true},
	{"idle", (*Bench).idle, true},
	{"installations", (*Bench).manyShops, true},
	{"queued", (*Bench).queued, true},
	{"peak", (*Bench).peak, false},
	{"kept", (*Bench).kept, false},
	{"recover", (*Bench).recovery, false},
	{"neighbours", (*Bench).neighbours, false},
	{"dead", (*Bench).dead, false},
	{"blocked", (*Bench).blocked, false},
	{"backlog", (*Bench).backlog, false},
}

// Stages are the names of what can be run.
func Stages() []string {
	names := make([]string, len(stages))
	for i, s := range stages {
		names[i] = s.name
	}

	return names
}

// errStage says that there is no such stage.
var errStage = errors.New("no such stage")

// chosen are the stages with the names, in their order; the usual ones without
// names.
func chosen(names []string) ([]stage, error) {
	for _, name := range names {
		if !slices.Contains(Stages(), name) {
			return nil, fmt.Errorf("%w: %s; there are %s", errStage, name, strings.Join(Stages(), ", "))
		}
	}

	return slices.DeleteFunc(slices.Clone(stages), func(s stage) bool {
		return len(names) == 0 && !s.usual || len(names) > 0 && !slices.Contains(names, s.name)
	}), nil
}

// Run measures and reports whether every goal was met that must be.
func Run(ctx context.Context, o Options) (met bool, err error) {
	run, err := chosen(o.Only)
	if err != nil {
		return false, err
	}

	b := &Bench{report: newReport(o.Lines, o.Notes), self: o.Self}

	if b.binary, err = filepath.Abs(o.Binary); err != nil {
		return false, fmt.Errorf("find program: %w", err)
	}

	if b.work, err = workplace(o.Dir); err != nil {
		return false, err
	}

	defer func() { err = errors.Join(err, os.RemoveAll(b.work)) }()

	if b.work, err = filepath.Abs(b.work); err != nil {
		return false, fmt.Errorf("find folder: %w", err)
	}

	if b.keyset, err = newKeyset(ctx, b.binary); err != nil {
		return false, err
	}

	if b.sink, err = sink.Listen(ctx); err != nil {
		return false, fmt.Errorf("open sink: %w", err)
	}

	defer func() { err = errors.Join(err, b.sink.Close()) }()

	for _, s := range run {
		began := time.Now()

		if err := s.run(b, ctx); err != nil {
			return false, fmt.Errorf("%s: %w", s.name, err)
		}

		b.note("%s took %s", s.name, time.Since(began).Round(time.Second))
	}

	return b.met(), b.table()
}

// yardstick starts a bare program, paused.
func (b *Bench) yardstick(ctx context.Context, name string, args ...string) (*process, error) {
	dir := filepath.Join(b.work, name)

	p, err := launch(ctx, name, dir, os.Environ(), append([]string{b.self, name, dir}, args...)...)
	if err != nil {
		return nil, err
	}

	return p, p.pause()
}

// plan is a load on a program, as part of a new run.
func (b *Bench) plan(p *process, connections int) load.Plan {
	b.run++

	return load.Plan{
		Address: p.address, Run: b.run, Connections: connections,
		Conversations: conversations, Shops: installations,
	}
}

// awake lets a program run for as long as it is measured.
func awake(p *process, measure func() error) error {
	if err := p.resume(); err != nil {
		return err
	}

	return errors.Join(measure(), p.pause())
}

// rounds measures two programs in turns, each of them first in every other
// round, and hands over what both gave.
func rounds[T any](n int, product, yardstick func() (T, error), after func(product, yardstick T)) error {
	for i := range n {
		var (
			got   [2]T
			err   error
			calls = [2]func() (T, error){product, yardstick}
		)

		for j := range calls {
			which := (i + j) % 2
			if got[which], err = calls[which](); err != nil {
				return err
			}
		}

		after(got[0], got[1])
	}

	return nil
}
