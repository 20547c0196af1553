// Package gallery is the list of every page in every state, with models prepared by hand. People
// look at it while they work on the pages, and the tests go through the same list. It must not
// be part of the program.
package gallery

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"sellerchat/static"
)

// State is one page in one state.
type State struct {
	// Page is the name of the component in package views.
	Page string
	// Name says what the state is.
	Name string
	// Whole is the document.
	Whole templ.Component
	// PartsName and Parts are the same state for htmx; nil for pages that have no such form.
	PartsName string
	Parts     templ.Component
}

// Path is where Handler shows the state, such as "/install/fresh".
func (s State) Path() string {
	return "/" + strings.ToLower(s.Page) + "/" + strings.ReplaceAll(s.Name, " ", "-")
}

// States is all of them, in the order in which people meet them.
func States() []State {
	var out []State
	out = append(out, installStates()...)
	out = append(out, installedStates()...)
	out = append(out, authorizeStates()...)
	out = append(out, settingsStates()...)
	out = append(out, faultStates()...)

	return out
}

// Policy is the content security policy under which every page has to work.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'"

// Handler serves an index and every state, under Policy.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+static.Prefix, static.Handler())
	// Forms lead nowhere here: htmx leaves a page alone that gets no content.
	mux.HandleFunc("POST /", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.Handle("GET /{$}", underPolicy(templ.Handler(index(States()))))
	for _, s := range States() {
		mux.Handle("GET "+s.Path(), underPolicy(templ.Handler(s.Whole)))
	}

	return mux
}

func underPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", Policy)
		next.ServeHTTP(w, r)
	})
}

func (s State) String() string { return fmt.Sprintf("%s: %s", s.Page, s.Name) }
