package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// siteMap is the outside contract: what may be called, and what has to be
// shown. A route that is not here, or not there, is a mistake in one of them.
var siteMap = map[string]proof{
	"GET /":                        proofNone,
	"GET /authorize":               proofNone,
	"GET /authorize/:market":       proofNone,
	"GET /tiktok/callback/:market": proofNone,
	"GET /tiktok/authorized":       proofNone,

	"GET /install":             proofNone,
	"POST /install/verify":     proofFlow,
	"POST /install/change":     proofFlow,
	"POST /install/topics":     proofFlow,
	"POST /install/shop":       proofFlow,
	"POST /install/finish":     proofFlow,
	"POST /install/code":       proofFlow,
	"POST /install/pickup":     proofFlow,
	"POST /install/resume":     proofFlow,
	"POST /install/handover":   proofFlow,
	"POST /install/authorized": proofNone, // its own offer token; see TestTheCopyPage
	"POST /install/exchange":   proofCode,

	"GET /settings":          proofSession,
	"POST /settings/key":     proofSession,
	"POST /settings/options": proofSession,

	"POST /lifecycle/install":         proofLink,
	"POST /lifecycle/uninstall":       proofLink,
	"POST /lifecycle/session":         proofLink,
	"POST /settings/test":             proofSession,
	"POST /panel/state":               proofLink,
	"POST /panel/retry":               proofLink,
	"POST /events/message":            proofLink,
	"POST /events/conversation":       proofLink,
	"POST /webhooks/tiktok/:market":   proofSignature,
	"POST /webhooks/freshchat/:token": proofSignature,

	"GET /media/:token":  proofMedia,
	"HEAD /media/:token": proofMedia,

	"GET /healthz": proofNone,
	"GET /readyz":  proofNone,
}

func rows(s *Server) []route {
	return slices.Concat(s.machines(), s.pages(), s.files(), s.installPages(), s.installForms(), s.forms())
}

func TestTheTableOfRoutesIsTheContract(t *testing.T) {
	s := newStage(t)
	got := map[string]proof{}

	for _, r := range rows(s.Server) {
		if _, twice := got[r.method+" "+r.path]; twice {
			t.Errorf("%s %s stands twice in the table", r.method, r.path)
		}

		got[r.method+" "+r.path] = r.proof
	}

	if diff := cmp.Diff(siteMap, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}

	// Nothing is mounted past the table but the static files and what is not there.
	for _, mounted := range s.echo.Routes() {
		key := mounted.Method + " " + mounted.Path
		if _, listed := got[key]; !listed && !strings.HasPrefix(mounted.Path, "/static/") {
			t.Errorf("%s is mounted past the table", key)
		}
	}
}

// refusals are the statuses of a call that shows nothing, by proof.
var refusals = map[proof][]int{
	proofNone:      {http.StatusOK, http.StatusSeeOther},
	proofSignature: {http.StatusUnauthorized, http.StatusNotFound}, // an unknown webhook token is unknown
	proofLink:      {http.StatusUnauthorized},
	proofCode:      {http.StatusNotFound},
	proofFlow:      {http.StatusGone, http.StatusNoContent}, // resume has nothing to go on with
	proofSession:   {http.StatusUnauthorized},
	proofMedia:     {http.StatusNotFound},
}

var machine = regexp.MustCompile(`^/(webhooks|lifecycle|events|panel|healthz|readyz|install/exchange)`)

func TestEveryRouteWithoutRights(t *testing.T) {
	s := newStage(t)
	s.active()

	for _, r := range rows(s.Server) {
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			s.on(t)

			path := strings.NewReplacer(":market", "uk", ":token", "unknown-token").Replace(r.path)

			var a answer

			switch {
			case r.method == http.MethodGet, r.method == http.MethodHead:
				a = s.call(r.method, path, nil, "Accept", "text/html")
			case machine.MatchString(path):
				a = s.call(r.method, path, strings.NewReader(`{}`), "Content-Type", "application/json")
			default:
				a = s.post(path, nil)
			}

			if path == "/readyz" {
				a.is(http.StatusOK)
			} else if !slices.Contains(refusals[r.proof], a.StatusCode) {
				t.Errorf("answered %d: %s", a.StatusCode, a.body)
			}

			checkHeaders(t, path, a)
			checkSecrets(t, a.body)
		})
	}

	checkSecrets(t, s.log.String())
}

// checkHeaders looks at what every answer has to carry.
func checkHeaders(t *testing.T, path string, a answer) {
	t.Helper()

	want := map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}

	if !machine.MatchString(path) {
		ancestors := "'none'"
		if path == "/install" || strings.HasPrefix(path, "/install/") && path != "/install/authorized" {
			ancestors = frame
		}

		want["Content-Security-Policy"] = contentPolicy + ancestors
		want["Strict-Transport-Security"] = "max-age=31536000"
		want["Cross-Origin-Opener-Policy"] = "same-origin"
		want["Referrer-Policy"] = "same-origin"

		if strings.HasPrefix(path, "/tiktok/") || path == "/install/authorized" {
			want["Referrer-Policy"] = "no-referrer"
		}
	}

	for name, value := range want {
		if got := a.Header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}

	if cookies := a.Cookies(); len(cookies) > 0 {
		t.Errorf("it sets %v", cookies)
	}
}

// checkSecrets searches what people or operators see for what they must not.
func checkSecrets(t *testing.T, text string) {
	t.Helper()

	for _, secret := range []string{"planted", "goroutine ", ".go:"} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%q is in %q", secret, text[max(0, i-80):min(len(text), i+80)])
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s := newStage(t)

	tests := map[string]struct {
		method, path string
		status       int
		says         string
	}{
		"an unknown address":             {http.MethodGet, "/nothing", http.StatusNotFound, "There is nothing at this address"},
		"an address below a known one":   {http.MethodGet, "/settings/nothing", http.StatusNotFound, "There is nothing at this address"},
		"a page that is posted":          {http.MethodPost, "/authorize", http.StatusMethodNotAllowed, "cannot be used like this"},
		"a form that is opened":          {http.MethodGet, "/install/verify", http.StatusMethodNotAllowed, "cannot be used like this"},
		"a webhook that is opened":       {http.MethodGet, "/webhooks/tiktok/uk", http.StatusMethodNotAllowed, "cannot be used like this"},
		"an unknown market":              {http.MethodGet, "/authorize/us", http.StatusNotFound, "There is nothing at this address"},
		"the callback of an unknown one": {http.MethodGet, "/tiktok/callback/us?code=x", http.StatusNotFound, "There is nothing at this address"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.on(t)

			a := s.call(test.method, test.path, nil, "Accept", "text/html").is(test.status)
			if got := a.text("h1"); !strings.Contains(got, test.says) {
				t.Errorf("it says %q", got)
			}

			if got := a.Header.Get("Content-Security-Policy"); got != contentPolicy+"'none'" {
				t.Errorf("policy %q", got)
			}

			// A program is told in JSON, which nobody may keep or take for a page.
			told := s.call(test.method, test.path, nil).is(test.status)
			if kept, sniffed := told.Header.Get("Cache-Control"), told.Header.Get("X-Content-Type-Options"); kept != "no-store" || sniffed != "nosniff" {
				t.Errorf("a program may keep it: %q, and guess its type: %q", kept, sniffed)
			}
		})
	}
}
