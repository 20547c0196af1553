// Package pack puts the Marketplace app's package together from the sources in
// the repository, and checks it against the platform's rules as far as they are
// published. It knows nothing of the backend but its address.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/app-configuration/
package pack

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// placeholder is the host that the sources name where the backend's has to
// stand.
const placeholder = "sellerchat.example"

//go:embed package_readme.md
var readme []byte

// Package is what the platform takes: files by their path in it.
type Package struct {
	Files map[string][]byte
	// local is true for a package that runs against this machine only.
	local bool
}

// Options say what to build.
type Options struct {
	// Source is the repository's top folder.
	Source fs.FS
	// Origin is the backend's address, such as https://chat.example.com.
	Origin string
	// Local allows an origin over plain http with a port, for sandboxes: the
	// platform would not take such a package.
	Local bool
}

// sources are the folders of the repository and what they become. Of a folder
// only files with one of the endings go along: Go files and tests never do.
var sources = []struct {
	from, to string
	endings  []string
}{
	{"manifest.json", "manifest.json", nil},
	{"iparams/iparams.html", "config/iparams.html", nil},
	{"iparams/requests.json", "config/requests.json", nil},
	{"iparams/assets", "config/assets", []string{".js", ".css", ".svg"}},
	{"server/server.js", "server/server.js", nil},
	{"server/lib", "server/lib", []string{".js"}},
	{"server/test_data", "server/test_data", []string{".json"}},
	{"app", "app", []string{".html", ".js", ".css", ".svg"}},
}

// Build reads the sources and puts the backend's address in. It checks nothing
// but the address: see Check.
func Build(o Options) (*Package, error) {
	origin, err := checkOrigin(o)
	if err != nil {
		return nil, err
	}

	p := &Package{Files: map[string][]byte{"README.md": readme}, local: o.Local}

	for _, s := range sources {
		if err := p.add(o.Source, s.from, s.to, s.endings); err != nil {
			return nil, err
		}
	}

	p.address(origin)

	return p, nil
}

// checkOrigin reads the backend's address. The platform calls hosts by name,
// over https and without a port.
func checkOrigin(o Options) (*url.URL, error) {
	u, err := url.Parse(o.Origin)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, errors.New("the backend's address has to be an origin such as https://chat.example.com")
	}

	switch {
	case o.Local:
		return u, nil
	case u.Scheme != "https" || u.Port() != "":
		return nil, errors.New("the platform calls the backend over https and without a port: give an origin such as https://chat.example.com")
	case !fullName.MatchString(u.Hostname()) || u.Hostname() == placeholder:
		return nil, fmt.Errorf("%q is not a full host name, which is all that the platform calls", u.Hostname())
	default:
		return u, nil
	}
}

func (p *Package) add(source fs.FS, from, to string, endings []string) error {
	err := fs.WalkDir(source, from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}

		if endings != nil && !slices.Contains(endings, path.Ext(name)) {
			return nil
		}

		data, err := fs.ReadFile(source, name)
		p.Files[to+strings.TrimPrefix(name, from)] = data

		return err //nolint:wrapcheck // wrapped below
	})
	if err != nil {
		return fmt.Errorf("read sources: %w", err)
	}

	return nil
}

// address replaces the placeholder in every file.
func (p *Package) address(origin *url.URL) {
	was := "https://" + placeholder
	is := origin.Scheme + "://" + origin.Host

	for name, data := range p.Files {
		data = bytes.ReplaceAll(data, []byte(was), []byte(is))
		data = bytes.ReplaceAll(data, []byte(placeholder), []byte(origin.Host))

		if name == requestsFile && origin.Scheme == "http" {
			data = bytes.ReplaceAll(data, []byte(`"protocol": "https"`), []byte(`"protocol": "http"`))
		}

		p.Files[name] = data
	}
}

// names are the package's files in order.
func (p *Package) names() []string { return slices.Sorted(maps.Keys(p.Files)) }

// Size is how large the files are together, in bytes.
func (p *Package) Size() int {
	size := 0
	for _, data := range p.Files {
		size += len(data)
	}

	return size
}

// Write puts the package's files into a folder, which is made anew, and the
// package itself beside it under the same name with .zip. It returns the zip's
// path and size in bytes.
func (p *Package) Write(dir string) (string, int, error) {
	if err := os.RemoveAll(dir); err != nil {
		return "", 0, fmt.Errorf("clear folder: %w", err)
	}

	for _, name := range p.names() {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // it is to be handed on
			return "", 0, fmt.Errorf("make folder: %w", err)
		}

		if err := os.WriteFile(file, p.Files[name], 0o644); err != nil { //nolint:gosec // it is to be handed on
			return "", 0, fmt.Errorf("write file: %w", err)
		}
	}

	var b bytes.Buffer
	if err := p.Zip(&b); err != nil {
		return "", 0, err
	}

	file := filepath.Clean(dir) + ".zip"
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil { //nolint:gosec // it is to be handed on
		return "", 0, fmt.Errorf("write package: %w", err)
	}

	return file, b.Len(), nil
}

// packed is the time of every file in the zip, so that the same sources make
// the same bytes.
var packed = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Zip writes the package as the platform takes it.
func (p *Package) Zip(w io.Writer) error {
	z := zip.NewWriter(w)

	for _, name := range p.names() {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: packed})
		if err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}

		if _, err := f.Write(p.Files[name]); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
	}

	if err := z.Close(); err != nil {
		return fmt.Errorf("close package: %w", err)
	}

	return nil
}
