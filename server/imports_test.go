package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// module is the prefix of our own import paths.
const module = "sellerchat/"

// everything in a row's list stands for all areas that the row does not refuse.
const everything = "*"

// area is a row of the import rules: a folder with all folders below it that have no row of their
// own. Packages of one area may import each other.
type area struct {
	may     []string // what any file may import
	inTests []string // what only test files may import beside that
	never   []string // exceptions from everything
}

// areas says who may import whom. The reasons: the domain knows nobody, use cases know the domain
// only, what wraps a platform or an engine knows no other, and the sandboxes are a second reading
// of the platforms' documentation, so they share nothing with our clients.
var areas = map[string]area{
	"server":                 {may: []string{"server/run", "server/config"}},
	"server/run":             {may: []string{everything}, never: []string{"server", "server/e2e", "server/store/storetest"}},
	"server/bridge":          {},
	"server/relay":           {may: []string{"server/bridge"}, inTests: []string{"server/store/boltstore"}},
	"server/install":         {may: []string{"server/bridge"}, inTests: []string{"server/auth", "server/store/boltstore"}},
	"server/tiktok":          {may: []string{"server/bridge", "server/dial"}, inTests: []string{"server/sandbox"}},
	"server/freshchat":       {may: []string{"server/bridge", "server/dial"}, inTests: []string{"server/sandbox"}},
	"server/dial":            {may: []string{"server/bridge"}},
	"server/blob":            {may: []string{"server/bridge"}},
	"server/pack":            {may: []string{"server/bridge"}},
	"server/store":           {},
	"server/store/boltstore": {may: []string{"server/bridge"}, inTests: []string{"server/store/storetest"}},
	"server/store/storetest": {may: []string{"server/bridge"}},
	"server/web": {may: []string{
		"server/bridge", "server/relay", "server/install", "views", "views/components", "static", "server/auth", "server/telemetry",
	}, inTests: []string{"server/store/boltstore", "server/blob"}},
	"server/auth":      {may: []string{"server/bridge"}},
	"server/config":    {may: []string{"server/bridge"}},
	"server/telemetry": {may: []string{"server/bridge"}},
	"server/sandbox":   {may: []string{"server/bench"}},
	"server/bench":     {may: []string{"server/sandbox", "server/run", "server/config"}},
	"server/e2e":       {may: []string{everything}, never: []string{"server", "server/store/storetest"}},
	"views":            {may: []string{"static", "views/components"}},
	"views/components": {may: []string{"static"}},
	"static":           {},
}

// listed is what `go list -json` says of a package, as far as the rules need it.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestImportsFollowTheTable(t *testing.T) {
	packages, err := listPackages(t)
	if err != nil {
		t.Fatal(err)
	}

	for _, broken := range violations(packages) {
		t.Error(broken)
	}
}

func TestViolationsNameTheOffendingEdge(t *testing.T) {
	tests := map[string]struct {
		in   listed
		want []string
	}{
		"the domain may not import an engine": {
			in:   listed{ImportPath: module + "server/bridge", Imports: []string{"time", module + "server/store/boltstore"}},
			want: []string{"server/bridge imports server/store/boltstore, which the table refuses"},
		},
		"a folder below an area falls under its row": {
			in:   listed{ImportPath: module + "server/sandbox/tiktoksim", Imports: []string{module + "server/sandbox/simkit", module + "server/tiktok"}},
			want: []string{"server/sandbox/tiktoksim imports server/tiktok, which the table refuses"},
		},
		"an area that may import everything still has its exceptions": {
			in:   listed{ImportPath: module + "server/run", Imports: []string{module + "server/relay", module + "server/e2e"}},
			want: []string{"server/run imports server/e2e, which the table refuses"},
		},
		"tests of a client may use a sandbox": {
			in: listed{ImportPath: module + "server/tiktok", XTestImports: []string{module + "server/tiktok", module + "server/sandbox/tiktoksim"}},
		},
		"a client itself may not use a sandbox": {
			in:   listed{ImportPath: module + "server/tiktok", Imports: []string{module + "server/sandbox/tiktoksim"}},
			want: []string{"server/tiktok imports server/sandbox/tiktoksim, which the table refuses"},
		},
		"tests are held to the rules too": {
			in:   listed{ImportPath: module + "server/relay", TestImports: []string{module + "server/web"}},
			want: []string{"server/relay imports server/web in its tests, which the table refuses"},
		},
		"a package without a row is refused": {
			in:   listed{ImportPath: module + "tools"},
			want: []string{"tools is in no row of the table: add one"},
		},
		"an import without a row is refused": {
			in:   listed{ImportPath: module + "server/run", Imports: []string{module + "tools"}},
			want: []string{"server/run imports tools, which the table refuses"},
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, violations([]listed{test.in})); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

// listPackages asks the go command for every package of the module.
func listPackages(t *testing.T) ([]listed, error) {
	t.Helper()

	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	list.Dir = ".."

	out, err := list.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("go list: %w: %s", err, exit.Stderr)
		}

		return nil, fmt.Errorf("go list: %w", err)
	}

	var packages []listed

	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("read go list: %w", err)
		}

		packages = append(packages, p)
	}
}

// violations returns a sentence for every import that the table refuses.
func violations(packages []listed) []string {
	var broken []string

	for _, p := range packages {
		from := strings.TrimPrefix(p.ImportPath, module)
		if _, known := areas[areaOf(from)]; !known {
			broken = append(broken, from+" is in no row of the table: add one")

			continue
		}

		for _, to := range ours(p.Imports) {
			if !allowed(from, to, false) {
				broken = append(broken, fmt.Sprintf("%s imports %s, which the table refuses", from, to))
			}
		}

		for _, to := range ours(append(slices.Clone(p.TestImports), p.XTestImports...)) {
			if !allowed(from, to, true) {
				broken = append(broken, fmt.Sprintf("%s imports %s in its tests, which the table refuses", from, to))
			}
		}
	}

	return broken
}

// areaOf returns the longest row that holds the package, or "" when there is none. The main
// package's row holds that package alone.
func areaOf(pkg string) string {
	for dir := pkg; dir != "."; dir = path.Dir(dir) {
		if _, known := areas[dir]; known && (dir != "server" || pkg == "server") {
			return dir
		}
	}

	return ""
}

func allowed(from, to string, inTest bool) bool {
	source, target := areaOf(from), areaOf(to)
	row := areas[source]

	switch {
	case target == "":
		return false
	case source == target:
		return true
	case slices.Contains(row.never, target):
		return false
	case slices.Contains(row.may, everything), slices.Contains(row.may, target):
		return true
	default:
		return inTest && slices.Contains(row.inTests, target)
	}
}

// ours keeps the imports of this module, without its prefix, each once and in order.
func ours(imports []string) []string {
	var kept []string

	for _, imported := range imports {
		if rest, found := strings.CutPrefix(imported, module); found {
			kept = append(kept, rest)
		}
	}

	slices.Sort(kept)

	return slices.Compact(kept)
}
