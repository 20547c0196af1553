// Package views is every page that people see, as templ components, each with the model that its
// handler fills. A page takes values and returns HTML: it must not load anything, look at a clock
// or know a type of the server.
//
// Pages whose parts are exchanged by htmx have a second component, named …Parts, with only the
// regions that change; everything works without scripts through the whole page.
package views
