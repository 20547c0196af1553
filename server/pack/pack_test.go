package pack

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const testOrigin = "https://chat.acme-support.com"

// built is the package of this repository.
func built(t *testing.T) *Package {
	t.Helper()

	p, err := Build(Options{Source: os.DirFS("../.."), Origin: testOrigin})
	if err != nil {
		t.Fatal(err)
	}

	return p
}

func TestOurOwnPackageKeepsEveryRule(t *testing.T) {
	for _, f := range built(t).Check() {
		t.Errorf("%s: %s", f.Rule, f.Words)
	}
}

// replaced changes a file of the package, and makes sure that it did.
func replaced(name, old, with string) func(*Package) {
	return func(p *Package) {
		changed := bytes.ReplaceAll(p.Files[name], []byte(old), []byte(with))
		if bytes.Equal(changed, p.Files[name]) {
			panic(name + " does not hold " + old)
		}

		p.Files[name] = changed
	}
}

func with(name string, data string) func(*Package) {
	return func(p *Package) { p.Files[name] = []byte(data) }
}

func without(name string) func(*Package) {
	return func(p *Package) { delete(p.Files, name) }
}

// breakages are copies of the package that break one rule each, with a part of
// the words that say so.
var breakages = map[string]struct {
	rule  string
	spoil func(*Package)
	words string
}{
	"a manifest that is no JSON":          {"every JSON file can be read", with(manifestFile, "{"), "manifest.json is not JSON"},
	"test data that is no JSON":           {"every JSON file can be read", with("server/test_data/x.json", "x"), "x.json"},
	"no manifest":                         {"manifest, README, installation page, templates and event handlers are there", without(manifestFile), manifestFile},
	"no README":                           {"manifest, README, installation page, templates and event handlers are there", without("README.md"), "README.md"},
	"no event handlers":                   {"manifest, README, installation page, templates and event handlers are there", without(serverFile), serverFile},
	"a strange file in config":            {"only the platform's own names are at the top and in config/", with("config/notes.txt", ""), "config/notes.txt"},
	"a strange file at the top":           {"only the platform's own names are at the top and in config/", with("package.json", "{}"), "package.json"},
	"a strange folder":                    {"only the platform's own names are at the top and in config/", with("docs/a.md", ""), "docs/a.md"},
	"two installation pages":              {"there is one installation page", with(formFile, "{}"), "both"},
	"a Go file":                           {"no Go file, test or link to a neighbour is in it", with("server/main.go", "package main"), "server/main.go"},
	"a test":                              {"no Go file, test or link to a neighbour is in it", with("server/lib/link.test.js", ""), "link.test.js"},
	"a file of 3 MB in app":               {"files are at most 2 MB in app/, and 5 MB altogether", with("app/big.svg", strings.Repeat("x", 3<<20)), "app/big.svg"},
	"6 MB altogether":                     {"files are at most 2 MB in app/, and 5 MB altogether", with("config/assets/big.svg", strings.Repeat("x", 6<<20)), "all files together"},
	"a style sheet that is missing":       {"every file that a page loads is there", without("config/assets/iparams.css"), "assets/iparams.css"},
	"a page without the client":           {"every file that a page loads is there", replaced(pageFile, "{{{appclient}}}", "client.js"), "client"},
	"platform 2.3":                        {"the manifest is for platform 3.0, without anything of platform 2", replaced(manifestFile, `"3.0"`, `"2.3"`), "2.3"},
	"a key of platform 2":                 {"the manifest is for platform 3.0, without anything of platform 2", replaced(manifestFile, `"engines"`, `"whitelisted-domains": [], "engines"`), "whitelisted-domains"},
	"a module that is not known":          {"there are the module common and one of a chat product, and no others", replaced(manifestFile, `"chat_conversation"`, `"freshchat"`), "freshchat"},
	"no common module":                    {"there are the module common and one of a chat product, and no others", replaced(manifestFile, `"common"`, `"chat_user"`), "common"},
	"an event that is not known":          {"every event is one of its module's", replaced(manifestFile, `"onMessageCreate"`, `"onMessageUpdate"`), "onMessageUpdate"},
	"a handler that does not exist":       {"every handler and function is in server.js", replaced(serverFile, "onMessageCreateHandler", "onMessageHandler"), "onMessageCreateHandler"},
	"a function that does not exist":      {"every handler and function is in server.js", replaced(serverFile, "panelRetry(", "panelAgain("), "panelRetry"},
	"no uninstall handler":                {"an installation can be taken and removed", replaced(manifestFile, `"onAppUninstall"`, `"afterAppUpdate"`), "onAppUninstall"},
	"a place that is not known":           {"every placement is one of its module's, with its page and a square icon in app/", replaced(manifestFile, "conversation_user_info", "left_nav"), "left_nav"},
	"a panel without its page":            {"every placement is one of its module's, with its page and a square icon in app/", without("app/panel.html"), "panel.html"},
	"a panel without its icon":            {"every placement is one of its module's, with its page and a square icon in app/", without("app/icon.svg"), "icon.svg"},
	"an icon of another size":             {"every placement is one of its module's, with its page and a square icon in app/", replaced("app/icon.svg", "0 0 64 64", "0 0 32 32"), "64 by 64"},
	"a dependency with a caret":           {"dependencies and engines have exact versions, and the fdk is 9.6 or newer", replaced(manifestFile, `"9.0.3"`, `"^9.0.3"`), "jsonwebtoken"},
	"an old fdk":                          {"dependencies and engines have exact versions, and the fdk is 9.6 or newer", replaced(manifestFile, `"10.0.0"`, `"9.5.1"`), "9.5.1"},
	"no fdk":                              {"dependencies and engines have exact versions, and the fdk is 9.6 or newer", replaced(manifestFile, `"fdk"`, `"npm"`), "fdk"},
	"a template that is not declared":     {"every template is declared in the manifest, and every declared one is there", replaced(manifestFile, "\"eventMessage\": {},", ""), "eventMessage"},
	"a declared template that is missing": {"every template is declared in the manifest, and every declared one is there", replaced(requestsFile, `"exchangeCode"`, `"exchange"`), "exchangeCode"},
	"a call of a missing template":        {"every template that code calls is there", replaced(serverFile, "'panelState', evt", "'panelShow', evt"), "panelShow"},
	"a host with a port":                  {"templates go to a full host name over https, without port or path in it", replaced(requestsFile, "chat.acme-support.com", "chat.acme-support.com:8443"), ":8443"},
	"a host that is an address":           {"templates go to a full host name over https, without port or path in it", replaced(requestsFile, "chat.acme-support.com", "192.0.2.1"), "192.0.2.1"},
	"plain http":                          {"templates go to a full host name over https, without port or path in it", replaced(requestsFile, `"https"`, `"http"`), "http://"},
	"a path without a slash":              {"templates go to a full host name over https, without port or path in it", replaced(requestsFile, `"/panel/state"`, `"panel/state"`), "panel/state"},
	"too many tries":                      {"templates try again within the platform's bounds", replaced(requestsFile, `"maxAttempts": 5`, `"maxAttempts": 6`), "6 times"},
	"an odd pause":                        {"templates try again within the platform's bounds", replaced(requestsFile, `"retryDelay": 1500`, `"retryDelay": 250`), "250 ms"},
	"a secret in a path":                  {"secure parameters stand in headers only", replaced(requestsFile, `"/panel/state"`, `"/panel/<%= iparam.link_secret %>"`), "panelState"},
	"a page function in a closure":        {"the installation page's functions are plain ones, found by name", replaced(scriptFile, "function validate()", "const validate = () =>"), "validate"},
	"a link secret in the clear":          {"the link secret is stored as secure", replaced(scriptFile, "secure: ['link_secret']", "secure: []"), "link_secret"},
	"eval":                                {"no code is what a review turns down", with("app/scripts/x.js", "eval('1')"), "from text"},
	"an alert":                            {"no code is what a review turns down", with("app/scripts/x.js", "alert('1')"), "alert"},
	"a timer in the event handlers":       {"no code is what a review turns down", with("server/lib/x.js", "setTimeout(f, 1)"), "timer"},
	"a call without a template":           {"no code is what a review turns down", with("server/lib/x.js", "$request.get('x')"), "template"},
	"a log line on the installation page": {"no code is what a review turns down", with("config/assets/x.js", "console.log(key)"), "log"},
	"an address over plain http":          {"everything goes over https to the backend's own host", with("app/scripts/x.js", "'http://chat.acme-support.com'"), "http://"},
	"a host that was left open":           {"everything goes over https to the backend's own host", with("app/scripts/x.js", "'https://sellerchat.example'"), "no backend's host"},
	"a package that is not declared":      {"server.js requires only its own files, Node's and declared packages", with("server/lib/x.js", "require('axios')"), "axios"},
	"Node's files":                        {"server.js requires only its own files, Node's and declared packages", with("server/lib/x.js", "require('fs')"), "fs"},
}

func TestABrokenCopyOfEachRuleIsCaught(t *testing.T) {
	covered := map[string]bool{}

	for name, row := range breakages {
		covered[row.rule] = true

		t.Run(name, func(t *testing.T) {
			p := built(t)
			row.spoil(p)

			faults := p.Check()
			if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Rule == row.rule && strings.Contains(f.Words, row.words) }) {
				t.Errorf("not caught; faults: %v", faults)
			}
		})
	}

	for _, r := range Rules() {
		if !covered[r.Name] {
			t.Errorf("no broken copy of rule %q", r.Name)
		}
	}
}

func TestTheBackendsAddressIsPutIn(t *testing.T) {
	p := built(t)

	for _, name := range []string{requestsFile, "config/assets/backend.js", "server/lib/backend.js"} {
		if !bytes.Contains(p.Files[name], []byte("chat.acme-support.com")) {
			t.Errorf("%s does not name the backend", name)
		}
	}
}

func TestOnlyAnAddressThatThePlatformCallsIsTaken(t *testing.T) {
	for name, row := range map[string]struct {
		origin string
		local  bool
		taken  bool
	}{
		"https and a full name":        {"https://chat.example.com", false, true},
		"with a slash":                 {"https://chat.example.com/", false, true},
		"plain http":                   {"http://chat.example.com", false, false},
		"a port":                       {"https://chat.example.com:8443", false, false},
		"a path":                       {"https://chat.example.com/x", false, false},
		"an address":                   {"https://192.0.2.1", false, false},
		"a short name":                 {"https://chat", false, false},
		"the placeholder":              {"https://sellerchat.example", false, false},
		"a name and a password":        {"https://a:b@chat.example.com", false, false},
		"nothing":                      {"", false, false},
		"this machine, for sandboxes":  {"http://127.0.0.1:8080", true, true},
		"this machine, for a platform": {"http://127.0.0.1:8080", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Build(Options{Source: os.DirFS("../.."), Origin: row.origin, Local: row.local})
			if (err == nil) != row.taken {
				t.Fatalf("error %v, want taken: %v", err, row.taken)
			}

			if err == nil {
				for _, f := range p.Check() {
					t.Errorf("%s: %s", f.Rule, f.Words)
				}
			}
		})
	}
}

func TestTheZipHoldsWhatTheFolderHoldsAndIsTheSameEachTime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "package")
	p := built(t)

	file, size, err := p.Write(dir)
	if err != nil {
		t.Fatal(err)
	}

	first, err := os.ReadFile(file)
	if err != nil || len(first) != size {
		t.Fatalf("%d bytes of %d: %v", len(first), size, err)
	}

	z, err := zip.NewReader(bytes.NewReader(first), int64(size))
	if err != nil {
		t.Fatal(err)
	}

	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)

		if _, err := os.Stat(filepath.Join(dir, f.Name)); err != nil {
			t.Error(err)
		}
	}

	if !slices.Equal(names, p.names()) {
		t.Errorf("the zip holds %v", names)
	}

	var again bytes.Buffer
	if err := p.Zip(&again); err != nil || !bytes.Equal(first, again.Bytes()) {
		t.Errorf("packed again it differs: %v", err)
	}
}
