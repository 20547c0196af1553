package marketplace

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"path"
)

//go:embed assets/client.js
var clientScript []byte

// pageLimit bounds what the package's pages send, in bytes.
const pageLimit = 100 << 10

// settingsPage and panelPage are the package's pages.
const (
	settingsPage = Path + "app/config/iparams.html"
	panelPage    = Path + "app/app/panel.html"
)

// packageRoutes serve the pages of a package that is loaded, and what their
// client asks for.
func (m *Market) packageRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+Path+"app/{file...}", m.showFile)
	mux.HandleFunc("GET "+Path+"client.js", asset("text/javascript; charset=utf-8", clientScript))
	mux.HandleFunc("POST "+Path+"template", m.asked(m.pageTemplate))
	mux.HandleFunc("POST "+Path+"function", m.asked(m.pageFunction))
	mux.HandleFunc("POST "+Path+"save", m.asked(m.pageSave))
}

// Panel is the address of the app's panel beside a conversation; empty with
// the stand-in, which has none.
func (m *Market) Panel(conversation string) string {
	if m.app == nil {
		return ""
	}

	return panelPage + "?conversation=" + conversation
}

// showFile serves a file of the package to a browser. Whether the settings
// page may frame the backend is not documented: both can be played.
func (m *Market) showFile(w http.ResponseWriter, r *http.Request) {
	name := path.Clean(r.PathValue("file"))

	data, found := []byte(nil), false
	if m.app != nil {
		data, found = m.app.file(name)
	}
	if !found {
		http.NotFound(w, r)

		return
	}

	m.mu.Lock()
	frames := m.opt.Backend
	if m.refuse {
		frames = "'none'"
	}
	m.mu.Unlock()

	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'; frame-src "+frames)
	_, _ = w.Write(data) // a reader who left is no fault
}

// asked answers what the client on a page asks for, in JSON.
func (m *Market) asked(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if m.app == nil {
			http.NotFound(w, r)

			return
		}

		r.Body = http.MaxBytesReader(w, r.Body, pageLimit)
		got, err := answer(r)
		status := http.StatusOK

		if err != nil {
			m.opt.Logger.Info("a page was refused", slog.Any("error", err))
			got, status = failed(err), http.StatusBadRequest
		}

		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(got) // a reader who left is no fault
	}
}

// failed is what a page is told of a failed call.
func failed(err error) any {
	var no *templateFailure
	if errors.As(err, &no) {
		return no.reply
	}

	var refused *Refusal
	if errors.As(err, &refused) {
		return map[string]any{"status": refused.Status, "message": words(err)}
	}

	return map[string]any{"status": 0, "message": words(err)}
}

// templateFailure is an answer to a template call that is not 2xx.
type templateFailure struct{ reply }

func (f *templateFailure) Error() string {
	return fmt.Sprintf("the template was answered %d", f.Status)
}

func (m *Market) pageTemplate(r *http.Request) (any, error) {
	var in invocation
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, fmt.Errorf("read template call: %w", err)
	}

	got, fine := m.invoke(r.Context(), in, about{event: in.Template})
	if !fine {
		return nil, &templateFailure{got}
	}

	return got, nil
}

func (m *Market) pageFunction(r *http.Request) (any, error) {
	var in struct {
		Name string         `json:"name"`
		Data map[string]any `json:"data"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}

	got, err := m.Function(r.Context(), in.Name, in.Data)
	if err != nil {
		return nil, err
	}

	return map[string]any{"status": http.StatusOK, "response": json.RawMessage(got)}, nil
}

func (m *Market) pageSave(r *http.Request) (any, error) {
	var posted map[string]any
	if err := json.NewDecoder(r.Body).Decode(&posted); err != nil {
		return nil, fmt.Errorf("read parameters: %w", err)
	}

	texts := map[string]string{}
	for name, value := range posted {
		if text, is := value.(string); is {
			texts[name] = text
		}
	}

	return map[string]string{}, m.Save(r.Context(), texts)
}
