package telemetry_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"sellerchat/server/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// record gathers lines from several goroutines.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.lines = append(r.lines, line)
}

// Write makes it a log's writer.
func (r *record) Write(p []byte) (int, error) {
	r.add(string(p))

	return len(p), nil
}

func (r *record) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()

	return slices.Clone(r.lines)
}

// untilStopped is a worker that does nothing but wait for its end.
func untilStopped(ctx context.Context) error {
	<-ctx.Done()

	return ctx.Err()
}

func TestStopEndsWorkersInReverseOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended record

		s := telemetry.NewSupervisor(t.Context(), slog.New(slog.DiscardHandler))
		for _, name := range []string{"store", "relay", "listener"} {
			s.Start(name, func(ctx context.Context) error {
				<-ctx.Done()
				<-time.After(time.Second)
				ended.add(name)

				return nil
			})
		}

		begun := time.Now()

		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()

		if err := s.Stop(ctx); err != nil {
			t.Errorf("Stop: %v", err)
		}

		if diff := cmp.Diff([]string{"listener", "relay", "store"}, ended.all()); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}

		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("took %s: the workers did not wait for each other", took)
		}

		if err := s.Err(); err != nil {
			t.Errorf("stopped workers count as dead: %v", err)
		}
	})
}

func TestStopGivesUpAtItsDeadlineAndNamesWhoIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(chan struct{})
		release := make(chan struct{})

		s := telemetry.NewSupervisor(t.Context(), slog.New(slog.DiscardHandler))
		s.Start("store", func(ctx context.Context) error {
			<-ctx.Done()
			close(told)

			return nil
		})
		s.Start("stuck", func(context.Context) error {
			<-release

			return nil
		})

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()

		err := s.Stop(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "worker stuck still runs") {
			t.Errorf("Stop: %v", err)
		}

		<-told // the others were told all the same

		close(release)
	})
}

func TestAWorkerThatEndsByItselfHasDied(t *testing.T) {
	broken := errors.New("disk gone")

	tests := map[string]struct {
		run  func(context.Context) error
		want string
	}{
		"with an error":    {func(context.Context) error { return broken }, "worker relay died: disk gone"},
		"without an error": {func(context.Context) error { return nil }, "worker relay died: ended without being stopped"},
		"by a panic":       {func(context.Context) error { panic("index 7") }, "worker relay died: panic: index 7"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log record

				s := telemetry.NewSupervisor(t.Context(), telemetry.NewLogger(&log))
				s.Start("store", untilStopped)
				s.Start("relay", test.run)
				synctest.Wait()

				if err := s.Err(); err == nil || !strings.HasPrefix(err.Error(), test.want) {
					t.Errorf("Err: %v, want %s", err, test.want)
				}

				if lines := log.all(); len(lines) != 1 || !strings.Contains(lines[0], `"msg":"worker died","worker":"relay"`) {
					t.Errorf("log: %q", lines)
				}

				if err := s.Stop(t.Context()); err != nil {
					t.Errorf("Stop: %v", err)
				}
			})
		})
	}
}

func TestTheEndOfTheProgramsContextDoesNotEndWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		s := telemetry.NewSupervisor(ctx, slog.New(slog.DiscardHandler))
		s.Start("store", untilStopped)

		interrupt()
		synctest.Wait()

		if err := s.Err(); err != nil {
			t.Errorf("the worker ended before Stop: %v", err)
		}

		if err := s.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

func TestReadinessFollowsItsChecks(t *testing.T) {
	var storeErr error

	var r telemetry.Readiness
	r.Add("store", func(context.Context) error { return storeErr })
	r.Add("workers", func(context.Context) error { return nil })

	if !r.Ready(t.Context()) {
		t.Error("not ready although every check passes")
	}

	storeErr = errors.New("closed")
	if r.Ready(t.Context()) {
		t.Error("ready although a check fails")
	}

	report := r.Report(t.Context())
	if len(report) != 2 || report[0].Name != "store" || !errors.Is(report[0].Err, storeErr) || report[1].Err != nil {
		t.Errorf("report: %+v", report)
	}

	storeErr = nil

	r.Stopping()

	if r.Ready(t.Context()) {
		t.Error("ready although it is stopping")
	}
}
