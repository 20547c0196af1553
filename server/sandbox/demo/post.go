package demo

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
)

// textLimit is the longest message that can be typed here, in characters:
// short enough to go across in one piece.
const textLimit = 500

// formLimit bounds the body of a form, in bytes.
const formLimit = 64 << 10

// mistake is an error whose text is fit for the visitor's eyes.
type mistake string

func (m mistake) Error() string { return string(m) }

// What a visitor can be told.
const (
	errNothingWritten    = mistake("Write something first.")
	errTooLong           = mistake("That is too long for the demo. Keep it under 500 characters.")
	errGone              = mistake("That conversation is gone. Load the page again.")
	errNoSuchDrill       = mistake("That cannot be broken here.")
	errNothingAuthorized = mistake("Nothing is authorized yet. Install the app first.")
)

// breakSomething answers POST /break.
func (d *Demo) breakSomething(r *http.Request) error {
	for _, dr := range drills() {
		if dr.name == r.FormValue("name") {
			return d.turn(dr, r.FormValue("on") == "yes")
		}
	}

	return errNoSuchDrill
}

// liveHeader is sent by the page's script, which wants no new page.
const liveHeader = "X-Live"

// post does what a form asks for. The script gets a bare answer; everybody
// else is led back to the page as it was.
func (d *Demo) post(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		err := do(r)
		words := ""
		if err != nil {
			words = d.sentence(err)
		}

		if r.Header.Get(liveHeader) != "" {
			if words == "" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(words))
			return
		}

		d.mu.Lock()
		d.problem = words
		d.mu.Unlock()
		back, err := url.ParseQuery(r.FormValue("back"))
		if err != nil {
			back = nil
		}
		http.Redirect(w, r, d.visitOf(back).address(), http.StatusSeeOther)
	}
}

// sentence is what the visitor is told; what she cannot mend is logged.
func (d *Demo) sentence(err error) string {
	var m mistake
	if errors.As(err, &m) {
		return m.Error()
	}
	d.log.Warn("the demo could not do it", slog.Any("error", err))

	return "That did not work. Try again in a moment."
}

// takeProblem returns the sentence for a visitor without scripts, once.
func (d *Demo) takeProblem() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	words := d.problem
	d.problem = ""

	return words
}
