package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
)

// MediaPrefix is what the path of our copy of a file begins with; its token
// follows.
const MediaPrefix = "/media/"

// inlined are the types that a browser may show, with the ending of their names.
// Everything else is handed over to be saved, whatever it calls itself.
var inlined = map[string]string{
	"image/jpeg":      ".jpg",
	"image/png":       ".png",
	"image/gif":       ".gif",
	"image/webp":      ".webp",
	"video/mp4":       ".mp4",
	"video/webm":      ".webm",
	"video/quicktime": ".mov",
}

const (
	// mediaPolicy leaves a file nothing to do, even one that is a page.
	mediaPolicy = "sandbox; default-src 'none'"
	// mediaFresh is how long a browser may show a file without asking again
	// whether it may still be seen.
	mediaFresh = time.Hour
	// goOnWithin is how long a download may stand still.
	goOnWithin = 30 * time.Second
)

var errMediaGone = &bridge.Error{
	Code: bridge.Gone,
	Words: "This file is no longer kept: copies of files are deleted after 30 days, or when the app is removed. " +
		"Ask for it to be sent again.",
}

// media answers GET and HEAD /media/:token with our copy of a file, or the
// range of it that was asked for.
func (s *Server) media(c echo.Context) error {
	m, content, err := s.relay.OpenMedia(c.Request().Context(), bridge.MediaToken(c.Param("token")))
	if errors.Is(err, bridge.ErrGone) {
		return errMediaGone
	}

	if err != nil {
		return fmt.Errorf("open media: %w", err)
	}

	defer func() { _ = content.Close() }() // nothing was written

	setMediaHeaders(c.Response().Header(), m, s.clock())
	http.ServeContent(newPaced(c.Response()), c.Request(), "", m.StoredAt, content)

	return nil
}

func setMediaHeaders(h http.Header, m bridge.Media, now time.Time) {
	kind, disposition := m.Blob.MIME, "inline"

	ending, ok := inlined[kind]
	if !ok {
		kind, disposition = "application/octet-stream", "attachment"
	}

	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderContentDisposition, disposition+fileName(m.Name, ending))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set(headerPolicy, mediaPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	// Freshchat's pages show it, wherever they are.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")

	fresh := min(mediaFresh, m.ExpiresAt.Sub(now))
	h.Set(echo.HeaderCacheControl, "private, max-age="+strconv.Itoa(int(fresh.Seconds())))
	// The bytes of a token never change.
	h.Set("ETag", `"`+strconv.FormatInt(m.Blob.Size, 36)+`"`)
}

// machineClock is the time by which connections are timed, which is the
// machine's whatever the product's is.
var machineClock = time.Now

// paced moves the deadlines of a connection along with what is written to it,
// so that a slow download is not cut, and one that stands still is.
type paced struct {
	http.ResponseWriter

	at *http.ResponseController
}

func newPaced(w http.ResponseWriter) *paced {
	return &paced{w, http.NewResponseController(w)}
}

// Write writes with a deadline of its own.
func (p *paced) Write(b []byte) (int, error) {
	// A connection that knows no deadlines has none to move.
	end := machineClock().Add(goOnWithin)
	_, _ = p.at.SetReadDeadline(end), p.at.SetWriteDeadline(end)

	n, err := p.ResponseWriter.Write(b)
	if err != nil {
		return n, fmt.Errorf("write file: %w", err)
	}

	return n, nil
}
