package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/views"
)

// headings are the first words of pages about statuses that have no page of
// their own.
var headings = map[int]string{
	http.StatusUnauthorized:          "You are not signed in",
	http.StatusMethodNotAllowed:      "This address cannot be used like this",
	http.StatusConflict:              "Something else came first",
	http.StatusRequestEntityTooLarge: "This is too large",
	http.StatusUnsupportedMediaType:  "This could not be read",
}

// errorPage shows an error to a browser: the words that are known, else what
// is always true of the status.
func (s *Server) errorPage(c echo.Context, f fault) error {
	s.setPageHeaders(c, "'none'")

	m := views.ErrorText(f.status)
	if heading, ok := headings[f.status]; ok {
		m = views.ErrorModel{Heading: heading, Why: f.words}
	}

	if f.said {
		m.Why, m.Next = f.words, ""
	}

	m.Reference = f.reference
	if partial(c) {
		return render(c, f.status, views.ErrorParts(m))
	}

	return render(c, f.status, views.Error(m))
}
