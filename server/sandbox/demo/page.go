package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/a-h/templ"
)

// installPath is the page of the first step.
const installPath = "/install-the-app"

//go:embed assets
var assets embed.FS

// region is a part of the page that changes by itself.
type region struct {
	id   string
	view templ.Component
}

// pageModel is the whole page.
type pageModel struct {
	visit   visit
	regions map[string]templ.Component
	problem string
}

// regionsOf draws every part for one visitor, and returns the visit with the
// conversation that is open.
func (d *Demo) regionsOf(v visit) ([]region, visit, error) {
	s, err := d.look()
	if err != nil {
		return nil, v, fmt.Errorf("look at the platforms: %w", err)
	}
	if _, found := s.thread(v.thread); !found {
		v.thread = s.newest()
	}

	t := d.open(v, s) // before the inbox, whose unread marks it clears
	p := d.phone(v, s)

	return []region{
		{"path", pathView(d.path(v, s))},
		{"score", scoreView(s.score(), d.running())},
		{"pickers", pickers(p)},
		{"phone", phoneView(p)},
		{"phone-form", phoneForm(p)},
		{"inbox", inboxView(d.inbox(v, s))},
		{"thread", threadView(t)},
		{"reply", replyForm(t)},
		{"panel", panelView(t)},
		{"feed", feedView(d.feed(s), s.installed)},
		{"drills", drillsView(d.drillCards(s), v)},
	}, v, nil
}

func (d *Demo) showPage(w http.ResponseWriter, r *http.Request) {
	regions, v, err := d.regionsOf(d.visitOf(r.URL.Query()))
	if err != nil {
		d.fail(w, err)
		return
	}
	m := pageModel{visit: v, regions: map[string]templ.Component{}, problem: d.takeProblem()}
	for _, g := range regions {
		m.regions[g.id] = g.view
	}
	media := d.at.TikTok + " " + d.at.Freshchat + " " + d.at.Backend
	d.render(w, r, page(m), "frame-src 'self'; img-src 'self' data: "+media+"; media-src "+media)
}

// showInstall is the first step: the Marketplace's dialog with what has to be
// typed beside it.
func (d *Demo) showInstall(w http.ResponseWriter, r *http.Request) {
	s, err := d.look()
	if err != nil {
		d.fail(w, err)
		return
	}
	d.render(w, r, installPage(d.installModel(s), d.Market.Dialog()), "img-src 'self' data:; frame-src 'self' "+d.at.Backend)
}

// render writes a page under a strict policy, to which the sources of media
// and frames are added.
func (d *Demo) render(w http.ResponseWriter, r *http.Request, c templ.Component, sources string) {
	page, err := draw(r.Context(), c)
	if err != nil {
		d.fail(w, err)
		return
	}

	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "+
		"frame-ancestors 'none'; form-action 'self' "+d.at.Backend+"; "+sources)
	_, _ = w.Write(page) // a reader who left is no fault
}

func draw(ctx context.Context, c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}

	return b.Bytes(), nil
}

func (d *Demo) fail(w http.ResponseWriter, err error) {
	d.log.Error("page not shown", slog.Any("error", err))
	http.Error(w, "This page could not be shown. Load it again in a moment.", http.StatusInternalServerError)
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFileFS(w, r, assets, "assets/"+r.PathValue("name"))
}
