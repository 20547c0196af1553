package freshchat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sellerchat/server/bridge"
)

// paged plays a list: one body a page, and what comes after the last of them.
func paged(t *testing.T, after string, bodies ...string) *platform {
	t.Helper()

	return play(t, func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil || number < 1 {
			t.Errorf("page %q", r.URL.Query().Get("page"))
		}

		if number > len(bodies) {
			_, _ = io.WriteString(w, after)

			return
		}

		_, _ = io.WriteString(w, bodies[number-1])
	})
}

func TestPagesOfTopics(t *testing.T) {
	const empty = `{"channels":[],"links":{"next_page":{"href":"/v2/channels?page=9"}}}`

	many := make([]string, topicsPerPage)
	for i := range many {
		many[i] = fmt.Sprintf(`{"id":"%03d","name":"%03d"}`, i, i)
	}

	full := `{"channels":[` + strings.Join(many, ",") + `]}`

	for _, tt := range []struct {
		name   string
		bodies []string
		ids    string
		calls  int
	}{
		{"none", []string{`{"channels":[]}`}, "", 1},
		{"none, and nothing else either", []string{`{}`}, "", 1},
		{"one page without links", []string{`{"channels":[{"id":"a","name":"a"}]}`}, "a", 1},
		{"two pages by link", []string{
			`{"channels":[{"id":"a","name":"a"}],"links":{"next_page":{"href":"/v2/channels?page=2"}}}`, `{"channels":[{"id":"b","name":"b"}]}`,
		}, "a b", 2},
		{"two pages by count", []string{
			`{"channels":[{"id":"a","name":"a"}],"pagination":{"total_pages":2,"current_page":1}}`,
			`{"channels":[{"id":"b","name":"b"}],"pagination":{"total_pages":2,"current_page":2}}`,
		}, "a b", 2},
		{"a promise of an empty page", []string{`{"channels":[{"id":"a","name":"a"}],"links":{"next_page":{"href":"/2"}}}`}, "a", 2},
		{"a promise that is repeated", []string{
			`{"channels":[{"id":"a","name":"a"}],"links":{"next_page":{"href":"/same"}}}`,
			`{"channels":[{"id":"b","name":"b"}],"links":{"next_page":{"href":"/same"}}}`,
			`{"channels":[{"id":"c","name":"c"}],"links":{"next_page":{"href":"/same"}}}`,
		}, "a b", 2},
		{"a page that is repeated under new promises", []string{
			`{"channels":[{"id":"a","name":"a"}],"links":{"next_page":{"href":"/2"}}}`,
			`{"channels":[{"id":"a","name":"a"}],"links":{"next_page":{"href":"/3"}}}`,
		}, "a", 2},
		{"a full page without a promise", []string{full, `{"channels":[{"id":"zz","name":"zz"}]}`}, "zz at the end", 2},
		{"topics without an id", []string{`{"channels":[{"name":"a"},null,7,{"id":"b","name":"b"}]}`}, "b", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := paged(t, empty, tt.bodies...)

			topics, err := p.client.Topics(t.Context(), p.access)
			if err != nil {
				t.Fatal(err)
			}

			var ids []string
			for _, topic := range topics {
				ids = append(ids, string(topic.ID))
			}

			if last, found := strings.CutSuffix(tt.ids, " at the end"); found {
				if len(ids) != topicsPerPage+1 || ids[topicsPerPage] != last {
					t.Errorf("%d topics: %v", len(ids), ids)
				}
			} else if got := strings.Join(ids, " "); got != tt.ids {
				t.Errorf("topics = %q, want %q", got, tt.ids)
			}

			if n := p.count(); n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
		})
	}
}

func TestAListThatNeverEndsIsLeft(t *testing.T) {
	p := play(t, func(w http.ResponseWriter, r *http.Request) {
		n := r.URL.Query().Get("page")
		_, _ = io.WriteString(w, `{"channels":[{"id":"`+n+`"}],"messages":[{"id":"`+n+`"}],"links":{"next_page":{"href":"/`+n+`"}}}`)
	})

	if got, err := p.client.Topics(t.Context(), p.access); err != nil || len(got) != topicPages {
		t.Errorf("%d topics, %v", len(got), err)
	}

	if got, err := p.client.Messages(t.Context(), p.access, thread1, time.Time{}); err != nil || len(got) != messagePages {
		t.Errorf("%d messages, %v", len(got), err)
	}
}

func TestAFaultOnALaterPageIsAFault(t *testing.T) {
	p := paged(t, `<html>`, `{"channels":[{"id":"a"}],"links":{"next_page":{"href":"/2"}}}`)

	if got, err := p.client.Topics(t.Context(), p.access); err == nil || got != nil {
		t.Errorf("topics = %v, %v", got, err)
	}
}

func TestOrderOfTopics(t *testing.T) {
	p := answering(t, 200, `{"channels":[
		{"id":"1","name":"b","source":"WHATSAPP","enabled":true},{"id":"2","name":"Z","source":"FreshChat","enabled":false},
		{"id":"3","name":"a","enabled":null},{"id":"4","name":"a","source":"freshchat"},{"id":"5","name":"A","source":"FRESHCHAT"}]}`)

	got, err := p.client.Topics(t.Context(), p.access)
	if err != nil {
		t.Fatal(err)
	}

	want := []bridge.Topic{
		{ID: "4", Name: "a", Enabled: true, Web: true}, {ID: "5", Name: "A", Enabled: true, Web: true},
		{ID: "2", Name: "Z", Web: true}, {ID: "3", Name: "a", Enabled: true}, {ID: "1", Name: "b", Enabled: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	query, _ := url.ParseQuery(p.only().Query)
	if diff := cmp.Diff(url.Values{"page": {"1"}, "items_per_page": {"100"}, "sort_by": {"name"}, "sort_order": {"asc"}}, query); diff != "" {
		t.Error(diff)
	}
}

func TestFindPerson(t *testing.T) {
	for _, tt := range []struct {
		name  string
		users string
		want  bridge.UserID // empty: not found
	}{
		{"nobody", ``, ""},
		{"somebody else's reference in capitals", `{"id":"1","reference_id":"TIKTOK:1"}`, ""},
		{"a longer reference", `{"id":"1","reference_id":"tiktok:12"}`, ""},
		{"a user without an id", `{"reference_id":"tiktok:1"}`, ""},
		{"the only one", `{"id":"1","reference_id":"tiktok:1"}`, "1"},
		{"the exact one among others", `{"id":"1","reference_id":"tiktok:12"},{"id":"2","reference_id":"tiktok:1"}`, "2"},
		{"the oldest of several", `{"id":"1","reference_id":"tiktok:1","created_time":"2026-01-02T00:00:00Z"},
			{"id":"2","reference_id":"tiktok:1","created_time":"2026-01-01T00:00:00Z"},{"id":"0","reference_id":"tiktok:1"}`, "2"},
		{"the same one every time when none is older", `{"id":"2","reference_id":"tiktok:1"},{"id":"1","reference_id":"tiktok:1"}`, "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := answering(t, 200, `{"users":[`+tt.users+`]}`)

			got, err := p.client.FindPerson(t.Context(), p.access, "tiktok:1")
			if got.ID != tt.want || (err != nil) != (tt.want == "") || err != nil && bridge.CodeOf(err) != bridge.Missing {
				t.Errorf("found %q, %v; want %q", got.ID, err, tt.want)
			}

			query, _ := url.ParseQuery(p.only().Query)
			if query.Get("reference_id") != "tiktok:1" {
				t.Errorf("query = %v", query)
			}
		})
	}
}

func TestCreatingAPersonWhoExists(t *testing.T) {
	for _, tt := range []struct {
		name  string
		users string
		want  bridge.UserID // empty: a failure
	}{
		{"finds her", `{"id":"1","reference_id":"r","first_name":"Jamie"}`, "1"},
		{"fails for now when nobody is there", ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := play(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					w.WriteHeader(http.StatusConflict)
					_, _ = io.WriteString(w, `{"code":409}`)

					return
				}

				_, _ = io.WriteString(w, `{"users":[`+tt.users+`]}`)
			})

			got, err := p.client.CreatePerson(t.Context(), p.access, bridge.Person{Reference: "r", Name: "Jamie"})
			if got.ID != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("created %q, %v; want %q", got.ID, err, tt.want)
			}

			if f := bridge.AsFailure(err); err != nil && f.Class != bridge.Temporary {
				t.Errorf("class = %v", f.Class)
			}
		})
	}
}

func TestRenaming(t *testing.T) {
	for _, body := range []string{`{"id":"u"}`, ``, `null`} {
		p := answering(t, http.StatusAccepted, body)

		if err := p.client.RenamePerson(t.Context(), p.access, user1, "Jamie Ä."); err != nil {
			t.Errorf("answer %q: %v", body, err)
		}

		call := p.only()
		if call.Method != http.MethodPut || call.Path != "/v2/users/"+user1 {
			t.Errorf("called %s %s", call.Method, call.Path)
		}

		same(t, call.Body, `{"first_name":"Jamie Ä."}`)
	}
}

func TestReopeningNeedsNoAnswer(t *testing.T) {
	p := answering(t, http.StatusAccepted, ``)

	if err := p.client.Reopen(t.Context(), p.access, numeric1); err != nil {
		t.Fatal(err)
	}

	if call := p.only(); call.Method != http.MethodPut || call.Path != "/v2/conversations/"+numeric1 {
		t.Errorf("called %s %s", call.Method, call.Path)
	}
}

func TestAuthorsOfAPost(t *testing.T) {
	for _, tt := range []struct {
		name string
		post bridge.Post
		want string
	}{
		{
			"a buyer", bridge.Post{User: "u", Piece: bridge.Words("a <b> & 😀")},
			`{"message_parts":[{"text":{"content":"a <b> & 😀"}}],"message_type":"normal","actor_type":"user","actor_id":"u","user_id":"u"}`,
		},
		{
			"a note of an agent", bridge.Post{Agent: "g", Private: true, Piece: bridge.Words("x")},
			`{"message_parts":[{"text":{"content":"x"}}],"message_type":"private","actor_type":"agent","actor_id":"g"}`,
		},
		{
			"a note of a bot, which has no id", bridge.Post{Private: true, Piece: bridge.Words("x")},
			`{"message_parts":[{"text":{"content":"x"}}],"message_type":"private","actor_type":"bot"}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := answering(t, http.StatusAccepted, `{"id":"m"}`)

			if id, err := p.client.Post(t.Context(), p.access, thread1, tt.post); err != nil || id != "m" {
				t.Fatalf("Post = %q, %v", id, err)
			}

			call := p.only()
			if call.Method != http.MethodPost || call.Path != "/v2/conversations/"+thread1+"/messages" {
				t.Errorf("called %s %s", call.Method, call.Path)
			}

			same(t, call.Body, tt.want)
		})
	}
}

func TestMessagesSince(t *testing.T) {
	told := func(id, at, actor, kind, text string) string {
		b, _ := json.Marshal(map[string]any{
			"id": id, "created_time": at, "actor_type": actor, "actor_id": "x", "message_type": kind,
			"message_parts": []any{map[string]any{"text": map[string]string{"content": text}}, map[string]any{"image": map[string]string{"url": "https://x"}}},
		})

		return string(b)
	}

	// Oldest first, one twice, one too old and one without a time: whatever
	// the platform does, the answer is the same.
	p := answering(t, 200, `{"messages":[`+strings.Join([]string{
		told("old", "2026-01-01T09:59:59.999Z", "agent", "normal", "too old"),
		told("1", "2026-01-01T10:00:00.120Z", "user", "normal", "a <b>c</b> &amp; d"),
		told("2", "2026-01-01T10:00:01.000Z", "agent", "normal", "<p>a &amp; b</p>"),
		told("1", "2026-01-01T10:00:00.120Z", "user", "normal", "a <b>c</b> &amp; d"),
		told("3", "2026-01-01T10:00:02.000Z", "bot", "private", "<i>note</i>"),
		told("?", "", "system", "normal", "welcome"),
	}, ",")+`]}`)

	since := time.Date(2026, 1, 1, 10, 0, 0, 120_700_000, time.UTC)

	got, err := p.client.Messages(t.Context(), p.access, thread1, since)
	if err != nil {
		t.Fatal(err)
	}

	want := []bridge.RemoteMessage{
		readBack("3", bridge.Automaton, "x", bridge.HiddenPrivate, "<i>note</i>", time.Date(2026, 1, 1, 10, 0, 2, 0, time.UTC)),
		readBack("2", bridge.Agent, "x", "", "a & b", time.Date(2026, 1, 1, 10, 0, 1, 0, time.UTC)),
		readBack("1", bridge.Buyer, "x", bridge.HiddenOwn, "a <b>c</b> &amp; d", time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)),
		readBack("?", bridge.Automaton, "x", bridge.HiddenSystem, "welcome", time.Time{}),
	}
	// What the texts become as parts is told by the tests of parts.
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(bridge.Message{}, "Parts")); diff != "" {
		t.Error(diff)
	}

	query, _ := url.ParseQuery(p.only().Query)
	if diff := cmp.Diff(url.Values{"page": {"1"}, "items_per_page": {"50"}, "from_time": {"2026-01-01T10:00:00.120Z"}}, query); diff != "" {
		t.Error(diff)
	}
}

// readBack is a message as it is told when it is read back.
func readBack(id bridge.MessageID, author bridge.AuthorRole, authorID string, hidden bridge.Hidden, text string, at time.Time) bridge.RemoteMessage {
	m := bridge.RemoteMessage{
		Message: bridge.Message{ID: id, Author: author, AuthorID: authorID, CreatedAt: at},
		Hidden:  hidden, Private: hidden == bridge.HiddenPrivate, Text: text,
	}
	m.Parts = []bridge.Part{{Kind: bridge.PartText, Type: "text", Text: text}}
	if !at.IsZero() {
		m.Order = uint64(at.UnixMicro())
	}

	return m
}

func TestMessagesOfSeveralPages(t *testing.T) {
	page := func(next string, ids ...string) string {
		var items []string
		for _, id := range ids {
			items = append(items, `{"id":"`+id+`","created_time":"2026-01-01T10:00:0`+id+`Z"}`)
		}

		return `{"messages":[` + strings.Join(items, ",") + `],"link":{"rel":"self","href":"` + next + `"}}`
	}

	// A message that came in between pushes an older one to the next page.
	p := paged(t, page("/end"), page("/2", "6", "5", "4"), page("/3", "4", "3"), page("/4", "2"))

	got, err := p.client.Messages(t.Context(), p.access, thread1, time.Time{})
	if err != nil {
		t.Fatal(err)
	}

	var ids string
	for _, m := range got {
		ids += string(m.ID)
	}

	if ids != "65432" || p.count() != 4 {
		t.Errorf("messages %s in %d calls", ids, p.count())
	}
}

func TestOneMessageReadAgain(t *testing.T) {
	at := time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)
	listed := func(id, parts string) string {
		return `{"id":"` + id + `","actor_type":"agent","created_time":"2026-01-01T10:00:00.120Z","message_parts":[` + parts + `]}`
	}

	p := paged(t, `{"messages":[]}`,
		`{"messages":[`+listed("3", "")+`],"link":{"href":"/2"}}`,
		`{"messages":[`+listed("2", `{"file":{"name":"a","fileHash":"h","url":"https://x.example/a"}}`)+`],"link":{"href":"/3"}}`,
		`{"messages":[`+listed("1", "")+`],"link":{"href":"/4"}}`)

	got, err := p.client.Message(t.Context(), p.access, thread1, "2", at)
	if err != nil {
		t.Fatal(err)
	}

	want := bridge.Message{ID: "2", Author: bridge.Agent, CreatedAt: at, Order: uint64(at.UnixMicro()), Parts: []bridge.Part{{
		Kind: bridge.PartFile, Type: "file", Text: abilityOf("file").Otherwise, Name: "a", Ref: "h", URL: "https://x.example/a",
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	if query, _ := url.ParseQuery(p.calls[0].Query); query.Get("from_time") != "2026-01-01T09:59:00.120Z" || p.count() != 2 {
		t.Errorf("%d calls, query %v", p.count(), query)
	}

	if _, err := p.client.Message(t.Context(), p.access, thread1, "9", time.Time{}); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("a message that is not there: %v", err)
	}
}
