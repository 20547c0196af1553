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

// statuses are those of errors with words; any other is unexpected.
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
}

// fault is what a caller is told about an error.
type fault struct {
	status int
	words  string
	// said is true when the words are about this very error.
	said      bool
	reference string
}

// wordsHungUp is said to nobody.
const wordsHungUp = "You went away before the answer was ready."

// wordsOurs is all that people are told about an unexpected fault.
const wordsOurs = "Something went wrong on our side. Try again."

const (
	wordsRestarting = "We are just restarting. Try again in a moment."
	// referenceLength is enough to find one line in the log.
	referenceLength = 10
)

// statusWords are for what the router itself refuses.
var statusWords = map[int]string{
	http.StatusNotFound:         "There is nothing at this address. Check it, or go back to where you came from.",
	http.StatusMethodNotAllowed: "This address cannot be used like this. Go back and use the buttons of the page.",
}

// answerError is the one place that turns an error into an answer: HTML for
// browsers, JSON for everybody else. People never see a cause.
func (s *Server) answerError(err error, c echo.Context) {
	ctx := c.Request().Context()

	if c.Response().Committed {
		if ctx.Err() == nil {
			s.log.WarnContext(ctx, "answer broken off", slog.String("route", c.Path()), slog.Any("error", err))
		}

		return
	}

	if failed := s.answerFault(err, s.faultOf(err, c), c); failed != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "error not answered", slog.String("route", c.Path()), slog.Any("error", failed))
	}
}

func (s *Server) answerFault(err error, f fault, c echo.Context) error {
	var refused *refusal

	// What no route stands for has passed through no middleware.
	setMachineHeaders(c)

	switch {
	case c.Request().Method == http.MethodHead, f.status == statusHungUp:
		return c.NoContent(f.status)
	case errors.As(err, &refused):
		return c.JSON(f.status, faultBody{Message: short(f.words), Reference: f.reference})
	case wantsHTML(c):
		return s.errorPage(c, f)
	default:
		return c.JSON(f.status, faultBody{Message: f.words, Reference: f.reference})
	}
}

// faultBody is an error for programs.
type faultBody struct {
	Message   string `json:"message"`
	Reference string `json:"reference,omitempty"`
}

func (s *Server) faultOf(err error, c echo.Context) fault {
	ctx := c.Request().Context()

	var (
		known   *bridge.Error
		routing *echo.HTTPError
	)

	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return fault{status: statusHungUp, words: wordsHungUp}
	case errors.As(err, &known) && statuses[known.Code] != 0:
		s.log.DebugContext(ctx, "request refused", slog.String("route", c.Path()), slog.Any("error", err))

		return fault{status: statuses[known.Code], words: known.Words, said: true}
	case errors.Is(err, bridge.ErrNotFound):
		return fault{status: http.StatusNotFound, words: statusWords[http.StatusNotFound]}
	case errors.As(err, &routing) && routing.Code < http.StatusInternalServerError:
		return routed(routing)
	default:
		return s.unexpected(ctx, c, err)
	}
}

// unexpected is a fault of ours: its cause is in the log, under a reference
// that people can tell support.
func (s *Server) unexpected(ctx context.Context, c echo.Context, err error) fault {
	f := fault{status: http.StatusInternalServerError, words: wordsOurs, reference: s.random.ID()[:referenceLength]}
	if errors.Is(err, bridge.ErrClosed) || errors.Is(err, context.DeadlineExceeded) {
		f.status, f.words = http.StatusServiceUnavailable, wordsRestarting
	}

	about := []any{
		slog.String("route", c.Path()), slog.String("method", c.Request().Method),
		slog.String("reference", f.reference), slog.Any("error", err),
	}

	var broken *panicked
	if errors.As(err, &broken) {
		about = append(about, slog.String("stack", broken.stack))
	}

	s.log.ErrorContext(ctx, "request failed", about...)

	return f
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
