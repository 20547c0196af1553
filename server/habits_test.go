package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readsClock lists what may read the machine's clock: what plays or measures real time. All else is
// given a clock, for which time.Now is passed without calling it.
var readsClock = []string{"server/sandbox/simkit/", "server/bench/"}

// writesErrors lists the one place that turns errors into answers, and the health answers, whose
// status is what was asked for.
var writesErrors = []string{"server/web/error", "server/web/health.go"}

func TestHabits(t *testing.T) {
	root := os.DirFS("..")

	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}

		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || name != "." && strings.HasPrefix(entry.Name(), ".")) {
			return fs.SkipDir
		}

		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			return nil
		}

		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}

		for _, broken := range brokenHabits(t, name, string(source)) {
			t.Error(broken)
		}

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBrokenHabitsAreFound(t *testing.T) {
	tests := map[string]struct {
		file, body string
		want       []string
	}{
		"reading the clock": {
			"server/relay/attempt.go", "started := time.Now(); _ = time.Since(started)",
			[]string{"server/relay/attempt.go:2 calls time.Now: use the clock that was given", "server/relay/attempt.go:2 calls time.Since: use the clock that was given"},
		},
		"passing the clock on":            {"server/run/serve.go", "o.Clock = time.Now", nil},
		"a sandbox's own clock":           {"server/sandbox/simkit/clock.go", "_ = time.Now()", nil},
		"a handler that answers an error": {"server/web/install.go", "return c.JSON(http.StatusBadRequest, nil)", []string{"server/web/install.go:2 answers http.StatusBadRequest: return an error"}},
		"a handler that answers":          {"server/web/install.go", "return c.JSON(http.StatusOK, nil)", nil},
		"the one place for errors":        {"server/web/error.go", "return c.NoContent(http.StatusUnauthorized)", nil},
		"another package's status":        {"server/dial/client.go", "return retry.After(http.StatusTooManyRequests)", nil},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := brokenHabits(t, test.file, "package p\nfunc f() error { "+test.body+" }\n")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("broken habits (-want +got):\n%s", diff)
			}
		})
	}
}

// brokenHabits returns a sentence for every call in the file that our habits refuse.
func brokenHabits(t *testing.T, name, source string) []string {
	t.Helper()

	files := token.NewFileSet()

	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	within := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	mayReadClock := slices.ContainsFunc(readsClock, within)
	isHandler := within("server/web/") && !slices.ContainsFunc(writesErrors, within)

	var broken []string

	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}

		where := fmt.Sprintf("%s:%d", name, files.Position(call.Pos()).Line)

		switch called := selector(call.Fun); called {
		case "time.Now", "time.Since", "time.Until":
			if !mayReadClock {
				broken = append(broken, where+" calls "+called+": use the clock that was given")
			}
		}

		if isHandler && len(call.Args) > 0 {
			if status := selector(call.Args[0]); answersError(selector(call.Fun), status) {
				broken = append(broken, where+" answers "+status+": return an error")
			}
		}

		return true
	})

	return broken
}

// answersError tells whether the method writes an answer and the status is an error's.
func answersError(method, status string) bool {
	switch _, name, _ := strings.Cut(method, "."); name {
	case "JSON", "HTML", "String", "NoContent", "Blob", "Stream":
	default:
		return false
	}

	switch status {
	case "http.StatusOK", "http.StatusAccepted", "http.StatusCreated", "http.StatusNoContent", "http.StatusNotModified", "http.StatusPartialContent":
		return false
	default:
		return strings.HasPrefix(status, "http.Status")
	}
}

// selector returns "a.b" for that expression, else nothing.
func selector(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}

	x, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}

	return x.Name + "." + s.Sel.Name
}
