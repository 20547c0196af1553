package web

import (
	"github.com/labstack/echo/v4"

	"sellerchat/views"
)

// errorPage shows an error to a browser: the words that are known, else what
// is always true of the status.
func (s *Server) errorPage(c echo.Context, f fault) error {
	s.setPageHeaders(c, "'none'")

	m := views.ErrorText(f.status)
	if f.said {
		m.Why, m.Next = f.words, ""
	}

	m.Reference = f.reference
	if partial(c) {
		return render(c, f.status, views.ErrorParts(m))
	}

	return render(c, f.status, views.Error(m))
}
