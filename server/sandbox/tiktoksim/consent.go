package tiktoksim

import (
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed consent.html
var consentHTML string

//go:embed consent.css
var consentCSS []byte

var consentPage = template.Must(template.New("consent").Parse(consentHTML))

// sellersShown bounds the page; the search field finds the others.
const sellersShown = 50

// regions are what sellers choose from first, with the shop regions behind
// each.
var regions = []region{
	{Value: "eu", Label: "European seller", codes: []string{"GB", "DE", "ES", "FR", "IE", "IT"}},
	{Value: "asia", Label: "Asia seller", codes: []string{"ID", "JP", "MY", "PH", "SG", "TH", "VN"}},
	{Value: "us", Label: "US seller", codes: []string{"US"}},
	{Value: "latam", Label: "Latin America seller", codes: []string{"BR", "MX"}},
}

type region struct {
	Value, Label string
	codes        []string
}

// consentModel is what the page shows.
type consentModel struct {
	ServiceID, State, Search, Region string
	Regions                          []region
	Sellers                          []consentSeller
	More                             bool // not all that match are shown
	Problem                          string
}

type consentSeller struct {
	OpenID, Name string
	Shops        []ShopSpec
}

func (s *Sim) mountConsent() {
	s.mux.HandleFunc("GET /open/authorize", s.showConsent)
	s.mux.HandleFunc("POST /open/authorize", s.takeConsent)
	s.mux.HandleFunc("GET /open/authorize.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(consentCSS)
	})
}

// service finds the app of a link or answers that there is none.
func (s *Sim) service(w http.ResponseWriter, id string) *App {
	s.mu.Lock()
	defer s.mu.Unlock()

	app := s.services[id]
	if app == nil {
		http.Error(w, "This service does not exist. Check the service_id in the link.", http.StatusNotFound)
	}

	return app
}

func (s *Sim) showConsent(w http.ResponseWriter, r *http.Request) {
	if app := s.service(w, r.FormValue("service_id")); app != nil {
		s.renderConsent(w, app, http.StatusOK, consentModel{
			ServiceID: app.ServiceID, State: strings.TrimSpace(r.FormValue("state")),
			Search: strings.TrimSpace(r.FormValue("q")), Region: r.FormValue("region"),
		})
	}
}

// takeConsent sends the browser back to the app, with a code or without.
func (s *Sim) takeConsent(w http.ResponseWriter, r *http.Request) {
	app := s.service(w, r.FormValue("service_id"))
	if app == nil {
		return
	}
	state := strings.TrimSpace(r.FormValue("state"))
	if r.FormValue("answer") != "authorize" {
		http.Redirect(w, r, refusedConsent(app, state), http.StatusSeeOther)
		return
	}

	s.mu.Lock()
	se := s.sellers[r.FormValue("seller")]
	var chosen []string
	if se != nil {
		for _, sh := range se.shops {
			if slices.Contains(r.Form["shop"], sh.ID) {
				chosen = append(chosen, sh.ID)
			}
		}
	}
	var c Consent
	var err error
	if len(chosen) > 0 {
		c, err = s.consent(app, se, state, chosen)
	}
	s.mu.Unlock()

	if err != nil || c.Code == "" {
		s.renderConsent(w, app, http.StatusUnprocessableEntity, consentModel{
			ServiceID: app.ServiceID, State: state, Problem: "Choose a seller account and at least one of its shops.",
		})
		return
	}
	http.Redirect(w, r, c.RedirectURL, http.StatusSeeOther)
}

func (s *Sim) renderConsent(w http.ResponseWriter, app *App, status int, m consentModel) {
	m.Regions = regions
	m.Sellers, m.More = s.findSellers(m.Search, m.Region)

	var page strings.Builder
	if err := consentPage.Execute(&page, m); err != nil {
		s.log.Error("consent page not rendered", slog.Any("error", err))
		http.Error(w, "This page could not be shown.", http.StatusInternalServerError)
		return
	}

	// The target of the redirect that answers the form must be listed too.
	target := ""
	if u, err := url.Parse(app.RedirectURL); err == nil && u.Host != "" {
		target = " " + u.Scheme + "://" + u.Host
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"+target)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page.String()))
}

// findSellers returns those with a shop in the region whose name, or a shop's
// name or code, contains the words. This looks through all sellers, which a
// page for people can afford.
func (s *Sim) findSellers(words, regionName string) (found []consentSeller, more bool) {
	var codes []string
	if i := slices.IndexFunc(regions, func(r region) bool { return r.Value == regionName }); i >= 0 {
		codes = regions[i].codes
	}
	words = strings.ToLower(words)

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, id := range s.sellerIDs {
		se := s.sellers[id]
		names := []string{se.Name}
		inRegion := codes == nil
		c := consentSeller{OpenID: se.OpenID, Name: se.Name}
		for _, sh := range se.shops {
			names = append(names, sh.Name, sh.Code)
			inRegion = inRegion || slices.Contains(codes, sh.Region)
			c.Shops = append(c.Shops, sh.ShopSpec)
		}
		if !inRegion || !strings.Contains(strings.ToLower(strings.Join(names, "\n")), words) {
			continue
		}
		if len(found) == sellersShown {
			return found, true
		}
		found = append(found, c)
	}

	return found, false
}
