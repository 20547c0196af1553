package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
)

// statusHungUp is logged for a caller that did not wait for the answer.
const statusHungUp = 499

var statuses = map[bridge.Code]int{
	bridge.Invalid:      http.StatusBadRequest,
	bridge.Unauthorized: http.StatusUnauthorized,
	bridge.Forbidden:    http.StatusForbidden,
	bridge.Missing:      http.StatusNotFound,
	bridge.Gone:         http.StatusGone,
	bridge.Conflict:     http.StatusConflict,
	bridge.TooMany:      http.StatusTooManyRequests,
	bridge.TooLarge:     http.StatusRequestEntityTooLarge,
	bridge.Unavailable:  http.StatusServiceUnavailable,
	bridge.Internal:     http.StatusInternalServerError,
}

// fault is what a caller is told about an error.
type fault struct {
	status int
	words  string
	// said is true when the words are about this very error.
	said      bool
	reference string
}

// wordsOurs is all that people are told about an unexpected fault.
const wordsOurs = "Something went wrong on our side; nothing was changed. Try again."

var statusWords = map[int]string{
	http.StatusNotFound:         "There is nothing at this address. Check it, or go back to where you came from.",
	http.StatusMethodNotAllowed: "This address cannot be used like this. Go back and use the buttons of the page.",
}

// answerError is the one place that turns an error into an answer: HTML for
// browsers, JSON for everybody else. People never see a cause.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		s.log.WarnContext(c.Request().Context(), "answer broken off", slog.String("route", c.Path()), slog.Any("error", err))

		return
	}

	f := s.faultOf(err, c)

	var failed error

	switch {
	case c.Request().Method == http.MethodHead:
		failed = c.NoContent(f.status)
	case wantsHTML(c):
		failed = s.errorPage(c, f)
	default:
		failed = c.JSON(f.status, map[string]string{"message": f.words})
	}

	if failed != nil {
		s.log.InfoContext(c.Request().Context(), "error not answered", slog.String("route", c.Path()), slog.Any("error", failed))
	}
}

func (s *Server) faultOf(err error, c echo.Context) fault {
	ctx := c.Request().Context()

	var (
		known   *bridge.Error
		routing *echo.HTTPError
	)

	switch {
	case errors.As(err, &known) && known.Code != bridge.Internal:
		return s.expected(ctx, c, known, err)
	case errors.Is(err, bridge.ErrNotFound):
		return fault{status: http.StatusNotFound, words: statusWords[http.StatusNotFound]}
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return fault{status: statusHungUp, words: "You went away before the answer was ready."}
	case errors.As(err, &routing) && routing.Code < http.StatusInternalServerError:
		return routed(routing)
	}

	reference := s.random.ID()[:10]
	s.log.ErrorContext(ctx, "request failed", slog.String("route", c.Path()), slog.String("method", c.Request().Method),
		slog.String("reference", reference), slog.Any("error", err))

	if errors.Is(err, bridge.ErrClosed) || errors.Is(err, context.DeadlineExceeded) {
		return fault{status: http.StatusServiceUnavailable, words: "We are just restarting. Try again in a moment."}
	}

	return fault{status: http.StatusInternalServerError, words: wordsOurs, reference: reference}
}

func (s *Server) expected(ctx context.Context, c echo.Context, known *bridge.Error, err error) fault {
	s.log.DebugContext(ctx, "request refused", slog.String("route", c.Path()), slog.Any("error", err))

	return fault{status: statuses[known.Code], words: known.Words, said: true}
}

func routed(e *echo.HTTPError) fault {
	words, ok := statusWords[e.Code]
	if !ok {
		words = "This could not be read. Go back and try once more."
	}

	return fault{status: e.Code, words: words}
}

func wantsHTML(c echo.Context) bool {
	return strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/html")
}
