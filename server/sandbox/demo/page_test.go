package demo

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
)

// post sends a form and follows the way back, as a browser without scripts
// does.
func (st *stand) post(t *testing.T, path string, form url.Values) string {
	t.Helper()
	res, err := http.PostForm(st.url+path, form)
	if err != nil {
		t.Fatal(err)
	}

	return bodyOf(t, res)
}

func (st *stand) get(t *testing.T, path string) string {
	t.Helper()
	res, err := http.Get(st.url + path)
	if err != nil {
		t.Fatal(err)
	}

	return bodyOf(t, res)
}

func bodyOf(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s: %v", res.StatusCode, b, err)
	}

	return string(b)
}

// until loads the page again until it says something.
func (st *stand) until(t *testing.T, words string) string {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if page := st.get(t, "/"); strings.Contains(page, words) {
			return page
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("the page never said %q", words)

	return ""
}

func TestFormsWorkWithoutScripts(t *testing.T) {
	st := newStand(t)
	st.install(t)
	shop, buyer := st.world.Sellers[0].Shops[0].ID, st.world.buyers()[0].ImUserID

	page := st.post(t, "/buyer", url.Values{"shop": {shop}, "buyer": {buyer}, "text": {"Is <b>this</b> in stock?"}, "back": {"tab=buyer&buyer=" + buyer}})
	if !strings.Contains(page, "Is &lt;b&gt;this&lt;/b&gt; in stock?") {
		t.Error("the phone does not show what was written, as it was written")
	}
	st.until(t, `class="people"`)

	list, err := st.world.Freshchat.Conversations(st.world.Account, "")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d conversations: %v", len(list), err)
	}
	st.post(t, "/agent", url.Values{"thread": {list[0].ID}, "text": {"Yes & plenty"}, "as": {"reply"}})
	st.until(t, `class="bubble theirs" data-key="p`)

	st.post(t, "/agent/state", url.Values{"thread": {list[0].ID}, "to": {"resolved"}})
	if c, _ := st.world.Freshchat.Conversation(list[0].ID); c.Status != freshchatsim.StatusResolved {
		t.Errorf("status %s", c.Status)
	}
	st.post(t, "/agent/state", url.Values{"thread": {list[0].ID}, "to": {"open"}})
	if c, _ := st.world.Freshchat.Conversation(list[0].ID); c.Status == freshchatsim.StatusResolved {
		t.Error("still resolved")
	}
}

// TestAnAgentSendsFiles presses each of the buttons, without scripts.
func TestAnAgentSendsFiles(t *testing.T) {
	st := newStand(t)
	st.install(t)
	shop, buyer := st.world.Sellers[0].Shops[0].ID, st.world.buyers()[0].ImUserID
	st.post(t, "/buyer", url.Values{"shop": {shop}, "buyer": {buyer}, "text": {"What is in it?"}})
	page := st.until(t, "Send file")

	list, err := st.world.Freshchat.Conversations(st.world.Account, "")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d conversations: %v", len(list), err)
	}
	for _, name := range agentFiles {
		if !strings.Contains(page, samplesByName[name].label) {
			t.Errorf("there is no button %q", samplesByName[name].label)
		}
		st.post(t, "/agent", url.Values{"thread": {list[0].ID}, "send": {name}, "text": {"half a sentence"}})
	}

	got, err := st.world.Freshchat.Attachments(list[0].ID)
	if err != nil || len(got) != len(agentFiles) {
		t.Fatalf("%d attachments: %v", len(got), err)
	}
	for i, a := range got {
		want := samplesByName[agentFiles[i]]
		data, err := want.content()
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); a.Kind != want.kind || a.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s came as %s %s", want.file, a.Kind, a.SHA256)
		}
	}
	for _, shown := range []string{"<img src=", "<video src=", "ingredients.pdf"} {
		if page := st.get(t, "/"); !strings.Contains(page, shown) {
			t.Errorf("the inbox has no %s", shown)
		}
	}
}

func TestAddressesInATextCanBeFollowed(t *testing.T) {
	for text, want := range map[string][]piece{
		"":                    {{"", false}},
		"just words":          {{"just words", false}},
		"https://a.example/x": {{"", false}, {"https://a.example/x", true}, {"", false}},
		"offer.pdf\nhttp://127.0.0.1:1/media/a_-b and http://c <b>": {
			{"offer.pdf\n", false}, {"http://127.0.0.1:1/media/a_-b", true}, {" and ", false}, {"http://c", true}, {" <b>", false},
		},
		"javascript:alert(1) is none": {{"javascript:alert(1) is none", false}},
	} {
		if diff := cmp.Diff(want, pieces(text), cmp.AllowUnexported(piece{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestMistakesAreExplained(t *testing.T) {
	st := newStand(t)
	rows := map[string]struct {
		path string
		form url.Values
		want string
	}{
		"an empty message":           {"/buyer", url.Values{"text": {"  "}}, "Write something first."},
		"a message that is too long": {"/buyer", url.Values{"text": {strings.Repeat("x", 501)}}, "too long"},
		"a shop that does not exist": {"/buyer", url.Values{"shop": {"1"}, "buyer": {"1"}, "text": {"x"}}, "is gone"},
		"a reply to nobody":          {"/agent", url.Values{"thread": {"x"}, "text": {"x"}}, "is gone"},
		"a file that there is not":   {"/agent", url.Values{"thread": {"x"}, "send": {"../demo.go"}}, "Write something first."},
		"a consent that is not":      {"/break", url.Values{"name": {"consent"}, "on": {"yes"}}, "Install the app first"},
		"a drill nobody knows":       {"/break", url.Values{"name": {"everything"}, "on": {"yes"}}, "cannot be broken"},
		"tokens that do not exist":   {"/break", url.Values{"name": {"tokens"}, "on": {"yes"}}, "Install the app first"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if page := st.post(t, row.path, row.form); !strings.Contains(page, row.want) {
				t.Errorf("the page does not say %q", row.want)
			}
			if strings.Contains(st.get(t, "/"), row.want) {
				t.Error("the page says it twice")
			}
		})
	}
}

func TestPagesAreHeldByTheirPolicy(t *testing.T) {
	st := newStand(t)
	for _, path := range []string{"/", installPath, "/marketplace/"} {
		res, err := http.Get(st.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body := bodyOf(t, res)
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if strings.Contains(body, "<script>") || strings.Contains(body, "style=") || strings.Contains(body, "onclick") {
			t.Errorf("%s: has an inline script or style", path)
		}
	}
}

func TestAnotherNameOfThisMachineLeadsToTheOrigin(t *testing.T) {
	st := newStand(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(st.url, "http://"), ":")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, st.url+"/?tab=agent", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "localhost:" + port
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusTemporaryRedirect || res.Header.Get("Location") != st.url+"/?tab=agent" {
		t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestStreamSendsWhatChanged(t *testing.T) {
	st := newStand(t)
	st.install(t)
	res, err := http.Get(st.url + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	await := func(words string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), words) {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", words, lines.Err())
	}

	await(`"id":"drills"`) // the last one of the first drawing
	shop, buyer := st.world.Sellers[0].Shops[0].ID, st.world.buyers()[0].ImUserID
	st.post(t, "/buyer", url.Values{"shop": {shop}, "buyer": {buyer}, "text": {"Live news"}})
	await("Live news")

	st.demo.Close()
	for lines.Scan() {
		continue
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream did not end in peace: %v", err)
	}
}
