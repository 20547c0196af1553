package freshchatsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

// Fixed ids, so that the paths in tables can be read.
const (
	appID   = "f9db27e3-2889-4eff-ab1e-daa7ad2fcc9c"
	topicID = "371c9d98-f6f6-4fd9-81a5-269c74fc53b7"
	agentID = "9d166b6d-de50-475b-99ca-ec1a720eeb30"
	groupID = "d75bdffc-5cbc-4604-a2e2-0dbcf9832809"
)

// world is a sandbox with one account, reached over real HTTP.
type world struct {
	t   *testing.T
	sim *freshchatsim.Sim
	srv *httptest.Server
	key string
}

func spec() freshchatsim.AccountSpec {
	return freshchatsim.AccountSpec{
		AppID: appID, Name: "Acme", Domain: "acme.freshchat.com", RegionalHost: "api.freshchat.com",
		Topics: []freshchatsim.Topic{
			{ID: topicID, Name: "TikTok Shop", Tags: []string{"tiktok"}},
			{ID: "d4c27cc7-cba2-4cfb-b889-7ec326f7fbcd", Name: "Inbox", Disabled: true},
		},
		Agents: []freshchatsim.Agent{{ID: agentID, FirstName: "Priya", LastName: "N", Email: "priya@acme.example", Avatar: "https://cdn.example.net/a/priya.png"}},
		Groups: []freshchatsim.Group{{ID: groupID, Name: "Marketplace desk", Description: "Seller chat"}},
	}
}

func newWorld(t *testing.T, change ...func(*freshchatsim.Options)) *world {
	t.Helper()

	opt := freshchatsim.Options{Accounts: []freshchatsim.AccountSpec{spec()}}
	for _, f := range change {
		f(&opt)
	}
	sim := freshchatsim.New(opt)
	t.Cleanup(sim.Close)
	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)
	a, err := sim.Account(appID)
	if err != nil {
		t.Fatal(err)
	}

	return &world{t: t, sim: sim, srv: srv, key: a.APIKey}
}

// object is a decoded JSON object.
type object = map[string]any

// call sends body (a string as it is, nil as nothing, all else as JSON) and
// returns the status and the decoded answer.
func (w *world) call(method, path string, body any) (int, object) {
	w.t.Helper()
	resp, raw := w.send(method, path, body)
	var out object
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			w.t.Fatalf("%s %s: answer %q: %v", method, path, raw, err)
		}
	}

	return resp.StatusCode, out
}

func (w *world) send(method, path string, body any) (*http.Response, []byte) {
	w.t.Helper()
	resp, err := http.DefaultClient.Do(w.request(method, path, body))
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}

	return resp, raw
}

func (w *world) request(method, path string, body any) *http.Request {
	w.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		r = bytes.NewReader(encode(w.t, b))
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.srv.URL+path, r)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	req.Header.Set("Content-Type", "application/json")

	return req
}

// must is call for what has to succeed.
func (w *world) must(method, path string, body any) object {
	w.t.Helper()
	status, out := w.call(method, path, body)
	if status < 200 || status > 299 {
		w.t.Fatalf("%s %s: status %d: %v", method, path, status, out)
	}

	return out
}

// user creates a user and returns her id.
func (w *world) user(reference string) string {
	w.t.Helper()
	return str(w.must("POST", "/v2/users", object{"reference_id": reference, "first_name": "Jamie", "last_name": "B."}), "id")
}

// conversation opens one for a user with a first message.
func (w *world) conversation(userID, text string) string {
	w.t.Helper()
	out := w.must("POST", "/v2/conversations", object{
		"channel_id": topicID, "users": []object{{"id": userID}}, "messages": []object{userMessage(userID, text)},
	})

	return str(out, "conversation_id")
}

func (w *world) fault(name string, f simkit.Fault) {
	w.t.Helper()
	if f.Rate == 0 {
		f.Rate = 1
	}
	if err := w.sim.Faults().Set(name, f); err != nil {
		w.t.Fatal(err)
	}
}

func userMessage(userID, text string) object {
	return object{"actor_type": "user", "actor_id": userID, "message_type": "normal", "message_parts": parts(textPart(text))}
}

func parts(p ...object) []object         { return p }
func textPart(s string) object           { return object{"text": object{"content": s}} }
func str(o object, key string) string    { s, _ := o[key].(string); return s }
func list(o object, key string) []object { return objects(o[key]) }

func objects(v any) []object {
	var out []object
	items, _ := v.([]any)
	for _, i := range items {
		o, _ := i.(object)
		out = append(out, o)
	}

	return out
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func sample(t *testing.T, name string) object {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var out object
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}

	return out
}

// shape lists the paths of all fields of v with their JSON types; the
// elements of a list share one path.
func shape(v any) []string {
	seen := map[string]bool{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch x := v.(type) {
		case object:
			for k, e := range x {
				walk(path+"."+k, e)
			}
			if len(x) == 0 {
				seen[path+" {}"] = true
			}
		case []any:
			for _, e := range x {
				walk(path+"[]", e)
			}
		default:
			seen[fmt.Sprintf("%s %T", path, v)] = true
		}
	}
	walk("", v)
	var out []string
	for p := range seen {
		out = append(out, p)
	}
	slices.Sort(out)

	return out
}

// sameShape compares field sets; without drops paths that begin so.
func sameShape(t *testing.T, got, want any, without ...string) {
	t.Helper()
	drop := func(p string) bool {
		return slices.ContainsFunc(without, func(w string) bool { return strings.HasPrefix(p, w) })
	}
	g, w := slices.DeleteFunc(shape(got), drop), slices.DeleteFunc(shape(want), drop)
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("shape differs from the sample (-sample +got):\n%s", d)
	}
}

func decode(t *testing.T, resp *http.Response) object {
	t.Helper()
	var out object
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}

	return out
}
