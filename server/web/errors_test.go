package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
)

// logged is one line of the log.
type logged struct {
	Level     string `json:"level"`
	Msg       string `json:"msg"`
	Route     string `json:"route"`
	Reference string `json:"reference"`
	Error     string `json:"error"`
	Stack     string `json:"stack"`
}

// problems are the lines of the log that somebody would be woken for.
func (s *stage) problems() []logged {
	s.t.Helper()

	var lines []logged

	for line := range strings.Lines(s.log.String()) {
		var l logged
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			s.t.Fatal(err)
		}

		if l.Level == "ERROR" || l.Level == "WARN" {
			lines = append(lines, l)
		}
	}

	return lines
}

func TestErrorsBecomeAnswers(t *testing.T) {
	said := &bridge.Error{Code: bridge.Conflict, Words: "Somebody was faster. Press the button again.", Err: errDisk}

	tests := map[string]struct {
		err    error
		status int
		says   string // to programs
		page   string // to people; as says when empty
		logged bool   // as a problem, with its cause
	}{
		"an error with words":               {err: said, status: 409, says: "Somebody was faster. Press the button again."},
		"one that was wrapped twice":        {err: fmt.Errorf("save: %w", fmt.Errorf("store: %w", said)), status: 409, says: "Somebody was faster."},
		"one that was joined":               {err: errors.Join(errDisk, said), status: 409, says: "Somebody was faster."},
		"what was refused":                  {err: &bridge.Error{Code: bridge.Forbidden, Words: "Not you."}, status: 403, says: "Not you."},
		"what is over":                      {err: &bridge.Error{Code: bridge.Gone, Words: "It is over."}, status: 410, says: "It is over."},
		"what has to wait":                  {err: &bridge.Error{Code: bridge.Unavailable, Words: "Save the key first."}, status: 503, says: "Save the key first."},
		"what is too large":                 {err: errTooLarge(nil), status: 413, says: "larger than anything"},
		"what is not there":                 {err: fmt.Errorf("read shop: %w", bridge.ErrNotFound), status: 404, says: "There is nothing at this address.", page: "Copy the whole address again"},
		"an unknown error":                  {err: errDisk, status: 500, says: "Something went wrong on our side. Try again.", page: "tell support the reference below", logged: true},
		"words that call it internal":       {err: &bridge.Error{Code: bridge.Internal, Words: "planted words", Err: errDisk}, status: 500, says: "Something went wrong on our side", page: "may not have been saved", logged: true},
		"words of no known kind":            {err: &bridge.Error{Words: "planted words", Err: errDisk}, status: 500, says: "Something went wrong on our side", page: "may not have been saved", logged: true},
		"a closed store":                    {err: fmt.Errorf("%w: %w", errDisk, bridge.ErrClosed), status: 503, says: "We are just restarting.", page: "The service is starting", logged: true},
		"a deadline of ours":                {err: fmt.Errorf("%w: %w", errDisk, context.DeadlineExceeded), status: 503, says: "We are just restarting.", page: "The service is starting", logged: true},
		"a cancellation that is not theirs": {err: fmt.Errorf("%w: %w", errDisk, context.Canceled), status: 500, says: "Something went wrong on our side", page: "may not have been saved", logged: true},
		"a media type that cannot be read":  {err: echo.ErrUnsupportedMediaType, status: 415, says: "This could not be read.", page: "Go back and try once more."},
		"a fault of the router":             {err: echo.NewHTTPError(502, "planted"), status: 500, says: "Something went wrong on our side", page: "may not have been saved", logged: true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				s.echo.Add(method, "/broken/:secret", func(echo.Context) error { return test.err })
			}

			s.echo.GET("/link", refusing(func(echo.Context) error { return test.err }))

			program := s.call(http.MethodGet, "/broken/planted-token", nil).is(test.status)
			if !strings.Contains(program.message(), test.says) {
				t.Errorf("a program is told %q", program.message())
			}

			person := s.get("/broken/planted-token").is(test.status)
			if want := cmp.Or(test.page, test.says); !strings.Contains(person.text("main"), want) {
				t.Errorf("a person is told %q, want %q", person.text("main"), want)
			}

			if person.has("reference") != test.logged {
				t.Errorf("a reference is shown: %v", person.has("reference"))
			}

			region := s.get("/broken/planted-token", "HX-Request", "true").is(test.status)
			if strings.Contains(region.body, "<html") || !strings.Contains(region.body, `id="notices"`) {
				t.Errorf("htmx gets %s", region.body)
			}

			if head := s.call(http.MethodHead, "/broken/planted-token", nil, "Accept", "text/html").is(test.status); head.body != "" {
				t.Errorf("HEAD has a body: %s", head.body)
			}

			short := s.call(http.MethodGet, "/link", nil, "Accept", "text/html").is(test.status).message()
			if n := len([]rune(short)); n == 0 || n > 60 {
				t.Errorf("the Marketplace is told %q, %d characters", short, n)
			}

			for _, a := range []answer{program, person, region} {
				checkSecrets(t, a.body)
			}

			problems := s.problems()
			if test.logged != (len(problems) == 5) {
				t.Fatalf("logged %+v", problems)
			}

			for _, p := range problems {
				if p.Error == "" || p.Reference == "" || p.Route == "" || strings.Contains(p.Route, "planted") {
					t.Errorf("logged %+v", p)
				}
			}

			if test.logged && !strings.Contains(person.text("main"), problems[1].Reference) {
				t.Errorf("reference %s is not on the page: %s", problems[1].Reference, person.text("main"))
			}
		})
	}
}

func TestACallerWhoHungUpIsNoProblem(t *testing.T) {
	for _, accept := range []string{"text/html", "application/json"} {
		s := newStage(t)
		s.echo.GET("/slow", func(c echo.Context) error { return fmt.Errorf("ask: %w", c.Request().Context().Err()) })

		ctx, hangUp := context.WithCancel(t.Context())
		hangUp()

		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/slow", nil)
		r.Header.Set("Accept", accept)

		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)

		if w.Code != statusHungUp || w.Body.Len() != 0 {
			t.Errorf("%s: answered %d: %s", accept, w.Code, w.Body)
		}

		if p := s.problems(); len(p) != 0 {
			t.Errorf("%s: logged %+v", accept, p)
		}
	}
}

func TestAPanicIsAFaultOfOurs(t *testing.T) {
	s := newStage(t)
	s.echo.GET("/panics", func(echo.Context) error { panic("planted value") })
	s.echo.GET("/aborts", func(echo.Context) error { panic(http.ErrAbortHandler) })

	a := s.get("/panics").is(http.StatusInternalServerError)
	checkSecrets(t, a.body)

	problems := s.problems()
	if len(problems) != 1 || !strings.Contains(problems[0].Error, "planted value") ||
		!strings.Contains(problems[0].Stack, "errors_test.go") || !strings.Contains(a.text("main"), problems[0].Reference) {
		t.Errorf("logged %+v, page says %q", problems, a.text("main"))
	}

	defer func() {
		if r := recover(); r != http.ErrAbortHandler { //nolint:errorlint // the very value
			t.Errorf("an abort became %v", r)
		}
	}()

	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/aborts", nil))
}

func TestAPageThatCannotBeRenderedIsNotBegun(t *testing.T) {
	s := newStage(t)
	half := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "<html>planted half")

		return errDisk
	})
	s.echo.GET("/half", func(c echo.Context) error { return render(c, http.StatusOK, half) })

	a := s.get("/half").is(http.StatusInternalServerError)
	if !a.has("error") || !strings.HasPrefix(a.body, "<!doctype html>") {
		t.Errorf("it shows %s", a.body)
	}

	checkSecrets(t, a.body)
}

func TestAnAnswerThatBreaksOffIsLoggedOnce(t *testing.T) {
	s := newStage(t)
	s.echo.GET("/begun", func(c echo.Context) error {
		_, _ = io.WriteString(c.Response(), "begun")

		return errDisk
	})

	if a := s.get("/begun").is(http.StatusOK); a.body != "begun" {
		t.Errorf("it answers %q", a.body)
	}

	if p := s.problems(); len(p) != 1 || p[0].Msg != "answer broken off" {
		t.Errorf("logged %+v", p)
	}
}

func TestBodiesHaveLimits(t *testing.T) {
	s := newStage(t)

	tests := map[string]struct {
		path  string
		limit int
	}{
		"a webhook of TikTok":    {"/webhooks/tiktok/uk", webhookLimit},
		"a webhook of Freshchat": {"/webhooks/freshchat/x", webhookLimit},
		"an event":               {"/events/message", eventLimit},
		"a lifecycle event":      {"/lifecycle/install", eventLimit},
		"an exchange":            {"/install/exchange", exchangeLimit},
		"a form":                 {"/install/verify", formLimit},
		"a form of the settings": {"/settings/options", formLimit},
		"the copy page's answer": {"/install/authorized", formLimit},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.on(t)

			header := []string{"Content-Type", "application/x-www-form-urlencoded", "Authorization", "signed"}

			within := s.call(http.MethodPost, test.path, strings.NewReader(strings.Repeat("a", test.limit)), header...)
			if within.StatusCode == http.StatusRequestEntityTooLarge {
				t.Errorf("%d bytes are too many", test.limit)
			}

			// With a stated length, and without.
			large := strings.Repeat("a", test.limit+1)
			s.call(http.MethodPost, test.path, strings.NewReader(large), header...).is(http.StatusRequestEntityTooLarge)
			s.call(http.MethodPost, test.path, io.MultiReader(strings.NewReader(large)), header...).is(http.StatusRequestEntityTooLarge)
		})
	}
}

func TestWebhooks(t *testing.T) {
	s := newStage(t)
	h := s.active()

	o, err := s.install.Overview(t.Context(), bridge.InstallationID(h.InstallID))
	if err != nil {
		t.Fatal(err)
	}

	address := strings.TrimPrefix(o.WebhookAddress, origin)

	steps := []struct {
		name, path, authorization, signature string
		status                               int
	}{
		{"TikTok's, signed", "/webhooks/tiktok/uk", "signed", "", http.StatusOK},
		{"TikTok's, signed by somebody else", "/webhooks/tiktok/uk", "forged", "", http.StatusUnauthorized},
		{"TikTok's, without a signature", "/webhooks/tiktok/uk", "", "", http.StatusUnauthorized},
		{"of an unknown market", "/webhooks/tiktok/us", "signed", "", http.StatusNotFound},
		{"to an unknown address", "/webhooks/freshchat/nobodys", "", "signed", http.StatusNotFound},
		{"Freshchat's, while no key is saved", address, "", "signed", http.StatusServiceUnavailable},
		{"", "", "", "", 0},
		{"Freshchat's, signed", address, "", "signed", http.StatusOK},
		{"Freshchat's, forged", address, "", "forged", http.StatusUnauthorized},
		{"Freshchat's, to an address cut short", address[:len(address)-1], "", "signed", http.StatusNotFound},
	}

	for _, step := range steps {
		if step.path == "" {
			if err := s.install.SaveWebhookKey(t.Context(), bridge.InstallationID(h.InstallID), acmeKey, "-----BEGIN PUBLIC KEY-----"); err != nil {
				t.Fatal(err)
			}

			continue
		}

		t.Run(step.name, func(t *testing.T) {
			s.on(t)

			a := s.call(http.MethodPost, step.path, strings.NewReader(`{}`),
				"Authorization", step.authorization, "X-Freshchat-Signature", step.signature).is(step.status)
			if step.status == http.StatusOK && a.body != "" {
				t.Errorf("it answers %q", a.body)
			}
		})
	}

	if strings.Contains(s.log.String(), address[len("/webhooks/freshchat/"):]) {
		t.Error("the address is in the log")
	}
}
