package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/views"
)

// errorTexts are what is always true of the statuses that have no text among
// the views.
var errorTexts = map[int]views.ErrorModel{
	http.StatusUnauthorized:          {Heading: "You are not signed in"},
	http.StatusMethodNotAllowed:      {Heading: "This address cannot be used like this", Next: "Go back and use the buttons of the page."},
	http.StatusConflict:              {Heading: "Something else came first"},
	http.StatusRequestEntityTooLarge: {Heading: "This is too large"},
	http.StatusUnsupportedMediaType:  {Heading: "This could not be read", Next: "Go back and try once more."},
}

// errorPage shows an error to a browser: the words that are known, else what
// is always true of the status.
func (s *Server) errorPage(c echo.Context, f fault) error {
	s.setPageHeaders(c, "'none'")

	m, ok := errorTexts[f.status]
	if !ok {
		m = views.ErrorText(f.status)
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
