package marketplace

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
)

// Path is where Handler serves the dialog; everything of it is below.
const Path = "/marketplace/"

// noncesKept bounds the frames that may still hand something over.
const noncesKept = 64

//go:embed assets/market.css
var css []byte

//go:embed assets/market.js
var script []byte

// Handler serves the dialog and its forms below Path.
func (m *Market) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", m.showPage)
	mux.HandleFunc("GET "+Path+"foot", m.showFoot)
	mux.HandleFunc("POST "+Path+"handover", m.takeHandover)
	mux.HandleFunc("POST "+Path+"exchange", m.act(func(r *http.Request) error { return m.Exchange(r.Context(), r.FormValue("code")) }))
	mux.HandleFunc("POST "+Path+"install", m.act(func(r *http.Request) error { return m.Confirm(r.Context()) }))
	mux.HandleFunc("POST "+Path+"uninstall", m.act(m.uninstall))
	mux.HandleFunc("POST "+Path+"again", m.act(m.openAgain))
	mux.HandleFunc("POST "+Path+"frames", m.act(m.setFrames))
	mux.HandleFunc("POST "+Path+"session", m.openSettings)
	m.packageRoutes(mux)
	mux.HandleFunc("GET "+Path+"market.css", asset("text/css; charset=utf-8", css))
	mux.HandleFunc("GET "+Path+"market.js", asset("text/javascript; charset=utf-8", script))

	return http.NewCrossOriginProtection().Handler(mux)
}

// Dialog is the dialog for a page that has its own frame around it. The page
// must load market.css and market.js from below Path and may frame the
// backend.
func (m *Market) Dialog() templ.Component { return dialogView(m.dialog(true)) }

// dialog reads what there is to show. A page that frames the setup gets a
// nonce of its own.
func (m *Market) dialog(frame bool) dialog {
	m.mu.Lock()
	defer m.mu.Unlock()

	d := dialog{
		Backend: m.opt.Backend, SetupURL: m.opt.Backend + "/install", Account: m.opt.Account,
		Refuse: m.refuse, Installed: m.installed && !m.again, Again: m.again, Ready: m.fresh, Problem: m.problem,
	}
	if m.saved != nil {
		d.Parameters = Parameters{m.saved.InstallID, m.saved.FreshchatDomain, m.saved.TopicID}
	}
	if m.app != nil {
		d.Package, d.Saved = settingsPage, m.savedForPage()

		return d
	}
	if frame && !m.refuse && !d.Installed {
		d.Nonce = m.newNonce()
		d.FrameURL = d.SetupURL + "?" + url.Values{"nonce": {d.Nonce}, "parent": {m.opt.Origin}}.Encode()
	}

	return d
}

// savedForPage is what the settings page is given when somebody edits: secure
// values are masked. The caller holds the lock.
func (m *Market) savedForPage() string {
	if m.saved == nil || !m.installed {
		return ""
	}

	text, err := json.Marshal(map[string]string{
		"install_id": m.saved.InstallID, "freshchat_domain": m.saved.FreshchatDomain,
		"topic_id": m.saved.TopicID, "link_secret": masked,
	})
	if err != nil {
		return ""
	}

	return string(text)
}

// newNonce remembers a new nonce. The caller holds the lock.
func (m *Market) newNonce() string {
	for old := range m.nonces {
		if len(m.nonces) < noncesKept {
			break
		}
		delete(m.nonces, old)
	}
	n := rand.Text()
	m.nonces[n] = struct{}{}

	return n
}

func (m *Market) showPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
		"base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+m.opt.Backend+"; frame-src 'self' "+m.opt.Backend)
	m.render(w, r, page(m.dialog(true)))
}

// showFoot is for the page's script, which must not load the frame again.
func (m *Market) showFoot(w http.ResponseWriter, r *http.Request) {
	m.render(w, r, foot(m.dialog(false)))
}

func (m *Market) render(w http.ResponseWriter, r *http.Request, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		m.opt.Logger.Error("dialog not rendered", slog.Any("error", err))
		http.Error(w, "This page could not be shown.", http.StatusInternalServerError)
		return
	}

	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b.Bytes()) // a reader who left is no fault
}

// takeHandover receives what the page's script got from the frame. Only a
// nonce that a page of ours was given counts, and only once.
func (m *Market) takeHandover(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Handover
		Nonce string `json:"nonce"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10)).Decode(&in); err != nil {
		http.Error(w, "This is not a handover.", http.StatusBadRequest)
		return
	}

	m.mu.Lock()
	_, known := m.nonces[in.Nonce]
	delete(m.nonces, in.Nonce)
	m.mu.Unlock()

	if !known {
		http.Error(w, "This page has handed over before, or is too old. Load it again.", http.StatusForbidden)
		return
	}
	if err := m.Accept(in.Handover); err != nil {
		http.Error(w, "The handover is not complete.", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// act runs what a form asks for, leaves the outcome for the dialog and leads
// back to it.
func (m *Market) act(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := do(r); err != nil {
			m.opt.Logger.Info("the dialog was refused", slog.Any("error", err))
			m.say(words(err))
		}
		http.Redirect(w, r, m.opt.Home, http.StatusSeeOther)
	}
}

// uninstall drops the outcome, as the platform does.
func (m *Market) uninstall(r *http.Request) error {
	if err := m.Uninstall(context.WithoutCancel(r.Context())); err != nil {
		m.opt.Logger.Info("the backend did not take the uninstall", slog.Any("error", err))
	}

	return nil
}

// openAgain opens or closes the setup of an app that is installed.
func (m *Market) openAgain(r *http.Request) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.again, m.problem = m.installed && r.FormValue("open") == flag(true), ""

	return nil
}

func (m *Market) setFrames(r *http.Request) error {
	m.RefuseFrames(r.FormValue("refuse") == flag(true))
	m.say("")

	return nil
}

func (m *Market) openSettings(w http.ResponseWriter, r *http.Request) {
	address, err := m.Session(r.Context())
	if err != nil {
		m.say(words(err))
		address = m.opt.Home
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, address, http.StatusSeeOther)
}

func asset(kind string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(content)
	}
}

func flag(on bool) string {
	if on {
		return "yes"
	}

	return "no"
}
