package marketplace

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// packageLimit is the largest package that the platform takes, in bytes, as
// far as is known.
const packageLimit = 5 << 20

// App is an app's package, read.
type App struct {
	files     map[string][]byte
	events    map[string]string // event → function
	functions map[string]bool   // what pages may call
	templates map[string]template
}

// LoadApp reads a package as the platform takes it. It refuses what could not
// run: it is no review.
func LoadApp(packed []byte) (*App, error) {
	if len(packed) > packageLimit {
		return nil, fmt.Errorf("load package: %d bytes are more than the platform takes", len(packed))
	}

	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("load package: %w", err)
	}

	a := &App{files: map[string][]byte{}, events: map[string]string{}, functions: map[string]bool{}}
	for _, f := range z.File {
		if !filepath.IsLocal(f.Name) {
			return nil, fmt.Errorf("load package: it holds %q", f.Name)
		}
		if a.files[f.Name], err = unpack(f); err != nil {
			return nil, fmt.Errorf("load package: %w", err)
		}
	}

	return a, a.readManifest()
}

func unpack(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.Name, err)
	}
	defer r.Close()

	data, err := io.ReadAll(io.LimitReader(r, packageLimit))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}

	return data, nil
}

func (a *App) readManifest() error {
	var manifest struct {
		Platform string `json:"platform-version"`
		Modules  map[string]struct {
			Events map[string]struct {
				Handler string `json:"handler"`
			} `json:"events"`
			Functions map[string]json.RawMessage `json:"functions"`
			Requests  map[string]json.RawMessage `json:"requests"`
		} `json:"modules"`
	}
	if err := json.Unmarshal(a.files["manifest.json"], &manifest); err != nil {
		return fmt.Errorf("load package: read manifest: %w", err)
	}
	if manifest.Platform != "3.0" {
		return fmt.Errorf("load package: it is for platform %q", manifest.Platform)
	}

	var all map[string]template
	if err := json.Unmarshal(a.files["config/requests.json"], &all); err != nil {
		return fmt.Errorf("load package: read templates: %w", err)
	}

	a.templates = map[string]template{}
	for _, module := range manifest.Modules {
		for event, h := range module.Events {
			a.events[event] = h.Handler
		}
		for name := range module.Functions {
			a.functions[name] = true
		}
		for name := range module.Requests {
			a.templates[name] = all[name] // what is not declared cannot be called
		}
	}

	return nil
}

// file returns a file of the package that a browser may load: the settings
// page's or the panel's, with the platform's client put in.
func (a *App) file(name string) ([]byte, bool) {
	data, found := a.files[name]
	if !found || !strings.HasPrefix(name, "config/") && !strings.HasPrefix(name, "app/") || name == "config/requests.json" {
		return nil, false
	}

	return bytes.ReplaceAll(data, []byte("{{{appclient}}}"), []byte(Path+"client.js")), true
}

// writeServer puts what runs on the platform's side into a folder.
func (a *App) writeServer(dir string) error {
	for name, data := range a.files {
		if !strings.HasPrefix(name, "server/") {
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
	}

	return nil
}
