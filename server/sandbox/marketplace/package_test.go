package marketplace

import (
	"archive/zip"
	"bytes"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/simkit"
)

// app is a small package: a handler for each thing that the platform does.
var app = map[string]string{
	"manifest.json": `{"platform-version":"3.0","modules":{
		"common":{"requests":{"call":{},"leak":{}},
			"events":{"onAppInstall":{"handler":"install"},"onAppUninstall":{"handler":"uninstall"}},
			"functions":{"echo":{},"refuse":{},"timers":{},"leak":{},"undeclared":{},"endless":{},"silent":{}}},
		"chat_conversation":{"events":{"onMessageCreate":{"handler":"message"}}}}}`,
	"config/requests.json": `{
		"call":{"schema":{"protocol":"http","method":"POST","host":"BACKEND","path":"/<%= context.path %>",
			"headers":{"Authorization":"Bearer <%= iparam.link_secret %>","X-Basic":"<%= encode(context.path) %>"},"query":{"who":"<%= iparam.install_id %>"}}},
		"leak":{"schema":{"protocol":"http","method":"POST","host":"BACKEND","path":"/<%= iparam.link_secret %>"}},
		"undeclared":{"schema":{"protocol":"http","method":"POST","host":"BACKEND","path":"/x"}}}`,
	"config/iparams.html": `<script src="{{{appclient}}}"></script>`,
	"server/lib/words.js": `exports.words = 'from a file beside it';`,
	"server/server.js": `
const { words } = require('./lib/words');
exports = {
	install(payload) { renderData(payload.iparams.topic_id === 'refused' ? { message: 'Not this topic.' } : undefined); },
	uninstall() { throw new Error('broken'); },
	async message() { await $request.invokeTemplate('call', { context: { path: 'event' }, body: '{}' }); },
	echo(payload) { renderData(null, { words, asked: payload.asked, secret: payload.iparams.link_secret }); },
	refuse() { renderData({ status: 404, message: 'There is none.' }); },
	timers() { renderData(null, { kinds: [typeof setTimeout, typeof setInterval, typeof setImmediate] }); },
	async leak() { await tell('leak'); },
	async undeclared() { await tell('undeclared'); },
	endless() { for (;;); },
	silent() {},
};
async function tell(name) {
	try { await $request.invokeTemplate(name, {}); renderData(null, { status: 200 }); }
	catch (e) { renderData(null, { status: e.status }); }
}`,
}

func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()

	var b bytes.Buffer

	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}

	return b.Bytes()
}

// running is a Market in which the small package runs.
func running(t *testing.T, b *backend, change ...func(*Options)) *Market {
	t.Helper()

	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("this test needs Node.js: %v", err)
	}

	files := maps.Clone(app)
	files["config/requests.json"] = strings.ReplaceAll(files["config/requests.json"], "BACKEND", strings.TrimPrefix(b.URL, "http://"))

	a, err := LoadApp(packed(t, files))
	if err != nil {
		t.Fatal(err)
	}

	m := newMarket(t, b, change...)
	if err := m.Load(a, Node{Path: node, Modules: t.TempDir(), Limit: 3 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if err := m.Accept(handover); err != nil {
		t.Fatal(err)
	}

	return m
}

func TestThePackageDecidesAboutItsInstallation(t *testing.T) {
	b := newBackend(t, says(200, `{}`))
	m := running(t, b)

	refused := handover
	refused.TopicID = "refused"
	if err := m.Accept(refused); err != nil {
		t.Fatal(err)
	}

	var no *Refusal
	if err := m.Confirm(t.Context()); !errors.As(err, &no) || no.Message != "Not this topic." {
		t.Errorf("the refusal is %v", err)
	}
	if _, installed := m.Installed(); installed {
		t.Error("a refused app is installed")
	}

	if err := errors.Join(m.Accept(handover), m.Confirm(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := m.Uninstall(t.Context()); err == nil {
		t.Error("nobody hears that the uninstall handler is broken")
	}
	if _, installed := m.Installed(); installed {
		t.Error("a broken uninstall handler keeps the app")
	}
}

func TestFunctionsOfThePackageAnswerItsPages(t *testing.T) {
	m := running(t, newBackend(t, says(200, `{}`)))

	for name, want := range map[string]string{
		"echo":       `{"words":"from a file beside it","asked":7,"secret":"a-link-secret-of-at-least-32-bytes!"}`,
		"timers":     `{"kinds":["undefined","undefined","undefined"]}`,
		"leak":       `{"status":400}`,
		"undeclared": `{"status":400}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := m.Function(t.Context(), name, map[string]any{"asked": 7})
			if err != nil || string(got) != want {
				t.Errorf("answered %s, %v", got, err)
			}
		})
	}

	var no *Refusal
	if _, err := m.Function(t.Context(), "refuse", nil); !errors.As(err, &no) || no.Status != 404 || no.Message != "There is none." {
		t.Errorf("the refusal is %v", err)
	}
	for _, name := range []string{"silent", "message", "endless"} {
		if got, err := m.Function(t.Context(), name, nil); err == nil {
			t.Errorf("%s answered %s", name, got)
		}
	}
}

func TestTemplatesAreFilledAndCountedByTheMinute(t *testing.T) {
	b := newBackend(t, says(200, `{}`))
	clock := simkit.NewClock()
	m := running(t, b, func(o *Options) { o.CallsPerMinute, o.Clock = 2, clock })

	event := []byte(`{"data":{"message":{"messages":[]}}}`)
	for range 3 {
		if err := m.Event(t.Context(), "onMessageCreate", event); err == nil && m.Stats().Dropped > 0 {
			t.Error("server.js does not hear that it is over the limit")
		}
	}
	if err := m.Event(t.Context(), "onConversationCreate", event); err != nil {
		t.Errorf("an event that nobody listens to: %v", err)
	}

	seen := b.seen()
	if len(seen) != 2 || seen[0].path != "/event" || seen[0].token != handover.LinkSecret {
		t.Errorf("the backend saw %+v", seen)
	}

	clock.Advance(time.Minute)
	if err := m.Event(t.Context(), "onMessageCreate", event); err != nil || len(b.seen()) != 3 {
		t.Errorf("a minute later: %v, %d calls", err, len(b.seen()))
	}
}

func TestPagesOfThePackageAreServedWithThePlatformsClient(t *testing.T) {
	b := newBackend(t, says(200, `{}`))
	m := running(t, b)

	get := func(path string) (int, string, http.Header) {
		rec := httptest.NewRecorder()
		m.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))

		return rec.Code, rec.Body.String(), rec.Header()
	}

	if status, body, h := get(settingsPage); status != 200 || !strings.Contains(body, `src="/marketplace/client.js"`) ||
		!strings.Contains(h.Get("Content-Security-Policy"), "frame-src "+b.URL) {
		t.Errorf("the settings page is %d: %s %v", status, body, h)
	}

	m.RefuseFrames(true)
	if _, _, h := get(settingsPage); !strings.Contains(h.Get("Content-Security-Policy"), "frame-src 'none'") {
		t.Errorf("a platform that refuses frames says %v", h)
	}

	for _, path := range []string{"app/server/server.js", "app/config/requests.json", "app/manifest.json", "app/../manifest.json"} {
		if status, _, _ := get(Path + path); status == 200 {
			t.Errorf("%s is served", path)
		}
	}
}

func TestAPackageThatCouldNotRunIsNotLoaded(t *testing.T) {
	for name, change := range map[string]func(map[string]string){
		"an older platform":    func(f map[string]string) { f["manifest.json"] = `{"platform-version":"2.3"}` },
		"no manifest":          func(f map[string]string) { delete(f, "manifest.json") },
		"no templates":         func(f map[string]string) { delete(f, "config/requests.json") },
		"a file outside of it": func(f map[string]string) { f["../x.js"] = "" },
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(app)
			change(files)
			if _, err := LoadApp(packed(t, files)); err == nil {
				t.Error("it is loaded")
			}
		})
	}
	if _, err := LoadApp([]byte("no zip")); err == nil {
		t.Error("what is no package is loaded")
	}
}
