package freshchat

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sellerchat/server/bridge"
)

// addSamples gives a fuzzer every sample whose name fits.
func addSamples(f *testing.F, pattern string, add func([]byte)) {
	f.Helper()

	names, err := filepath.Glob("testdata/" + pattern)
	if err != nil || len(names) == 0 {
		f.Fatal("no samples", err)
	}

	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}

		add(b)
	}
}

func FuzzParts(f *testing.F) {
	for _, s := range []string{
		`{"text":{"content":"<p>hi :smile:</p>"}}`, `{"text":null,"image":{"url":"https://x","hash":"h"},"file":null}`, `{"audio":{"url":"https://x"}}`,
		`{"file":{"name":"a","fileHash":"h","fileSource":"FRESHCHAT","contentType":"a/b","file_size_in_bytes":"12","file_extension":"b"}}`,
		`{"video":{"file_hash":"h","content_type":"video/mp4","file_size":1e3}}`, `{"collection":{"sub_parts":[{"text":{"content":"x"}}]}}`,
		`{"template_content":{"type":"carousel","sections":[]}}`, `{"a\nb":{}}`, `{"anything else":{}}`, `{"part_type":"text","properties":{"text":"x"}}`,
	} {
		f.Add([]byte(`[` + s + `]`))
	}

	f.Fuzz(func(t *testing.T, body []byte) {
		var (
			parts  list[part]
			legacy list[legacyPart]
		)

		if json.Unmarshal(body, &parts) != nil || json.Unmarshal(body, &legacy) != nil {
			return
		}

		old := message{Legacy: legacy}

		for _, p := range append(convert(parts), convert(old.parts())...) {
			checkPart(t, p)
		}
	})
}

// checkPart is what holds for every part, whatever it was read from.
func checkPart(t *testing.T, p bridge.Part) {
	t.Helper()

	if p.Text == "" || p.Type == "" || p.Size < 0 {
		t.Errorf("part %+v", p)
	}

	if formed(tokenForm, p.Type) == "" {
		t.Errorf("a type that does not fit a log: %q", p.Type)
	}

	if !slices.Contains([]bridge.PartKind{bridge.PartText, bridge.PartImage, bridge.PartVideo, bridge.PartFile, bridge.PartNotice}, p.Kind) {
		t.Errorf("kind %q", p.Kind)
	}

	// What it says to people is the table's, never the platform's.
	if p.Kind != bridge.PartText && p.Text != abilityOf(p.Type).Otherwise {
		t.Errorf("words of %q: %q", p.Type, p.Text)
	}

	if !utf8.ValidString(p.Text) {
		t.Errorf("text %q", p.Text)
	}
}

func FuzzMessages(f *testing.F) {
	addSamples(f, "freshchat/messages_list.json", func(b []byte) { f.Add(b) })
	addSamples(f, "freshchat/*_response.json", func(b []byte) { f.Add(b) })
	addSamples(f, "freshchat/user*.json", func(b []byte) { f.Add(b) })
	addSamples(f, "freshchat/channels_list.json", func(b []byte) { f.Add(b) })

	f.Fuzz(func(t *testing.T, body []byte) {
		var p page
		if json.Unmarshal(body, &p) != nil {
			return
		}

		_ = p.next()

		for _, m := range p.Messages {
			r := m.remote()
			if m.private() != r.Private || r.Private && r.Hidden != bridge.HiddenPrivate {
				t.Errorf("private %v, hidden %q", r.Private, r.Hidden)
			}

			checkEvent(t, bridge.FreshchatEvent{Kind: bridge.FreshchatMessage, Message: idOr(r.Message), Hidden: r.Hidden})
		}

		for _, u := range p.Users {
			_ = u.person()
		}

		for _, c := range p.Channels {
			_ = c.topic()
		}

		for _, c := range p.Conversations {
			_ = c.numeric()
		}
	})
}

// idOr names a message without an id, which the reader of a list leaves out.
func idOr(m bridge.Message) bridge.Message {
	if m.ID == "" {
		m.ID = "?"
	}

	return m
}

func FuzzRefusal(f *testing.F) {
	addSamples(f, "freshchat/error_*.json", func(b []byte) { f.Add(400, "application/json", "", b) })

	for _, status := range []int{302, 401, 403, 404, 409, 413, 429, 503} {
		f.Add(status, "text/html", "7", []byte(htmlPage))
		f.Add(status, "", "Thu, 01 Jan 2026 12:00:00 GMT", []byte(`{"success":false,"error_code":400,"error_message":"class A cannot be cast to class B"}`))
	}

	client := New(Options{Clock: func() time.Time { return testNow }})
	operations := []operation{opPost, opOpen, opImage, opFile, opMessages, opAccount, opRenamePerson}

	f.Fuzz(func(t *testing.T, status int, contentType, wait string, body []byte) {
		a := answer{status: status, header: http.Header{
			"Content-Type": {contentType}, "Retry-After": {wait}, "X-Ratelimit-Reset": {wait}, "X-Trace-Id": {wait},
		}, body: body}

		var d disclaimer

		readable := json.Unmarshal(body, &d) == nil

		for _, op := range operations {
			for _, write := range []bool{false, true} {
				checkFailure(t, client.refusal(op, "acme.freshchat.com", write, a), write)
			}

			if refused := d.refused(op, "acme.freshchat.com"); readable && refused != nil {
				checkFailure(t, refused, true)
			}
		}
	})
}

// checkFailure is what holds for every failure, whatever the platform said.
func checkFailure(t *testing.T, got *bridge.Failure, write bool) {
	t.Helper()

	if got.Class < bridge.Temporary || got.Class > bridge.Unsupported || got.Wait < 0 {
		t.Errorf("failure %v, wait %v", got, got.Wait)
	}

	if !write && !got.Certain {
		t.Errorf("a reading call that may have done something: %v", got)
	}

	// It repeats nothing that might be somebody's words.
	if got.Code != formed(codeForm, got.Code) || got.RequestID != formed(tokenForm, got.RequestID) || strings.ContainsAny(got.Words, "{}") {
		t.Errorf("failure %v with words %q", got, got.Words)
	}

	// Only what may pass by itself may be of unknown outcome: all else is
	// told to people as a fact.
	if !got.Certain && got.Class != bridge.Temporary {
		t.Errorf("failure %v is not certain", got)
	}
}

func FuzzUploaded(f *testing.F) {
	addSamples(f, "freshchat/*_upload_response.json", func(b []byte) { f.Add(b) })

	for _, s := range []string{
		`{"url":"//x"}`, `{"url":"https://x","error_code":"0"}`, `{"file_hash":7,"file_size":"x"}`, `{"success":false}`, `{"url":"https://","width":-1,"height":"9"}`,
	} {
		f.Add([]byte(s))
	}

	u := bridge.Upload{Name: "a.png", MIME: "image/png", Size: 3}

	f.Fuzz(func(t *testing.T, body []byte) {
		var o uploaded
		if json.Unmarshal(body, &o) != nil {
			return
		}

		image, imageErr := o.image(u)
		file, fileErr := o.file(u)

		for _, got := range []struct {
			op    operation
			piece bridge.Piece
			err   error
		}{{opImage, image, imageErr}, {opFile, file, fileErr}} {
			if got.err != nil {
				var failure *bridge.Failure
				if !errors.As(got.err, &failure) || !failure.Certain || got.piece != (bridge.Piece{}) {
					t.Errorf("%s: piece %v, %v", got.op.name, got.piece, got.err)
				}

				continue
			}

			// What an upload gave can be posted as it is.
			if _, failure := writePart(opPost, got.piece); failure != nil || got.piece.Width < 0 || got.piece.Height < 0 {
				t.Errorf("%s: piece %v, %v", got.op.name, got.piece, failure)
			}
		}
	})
}

func FuzzFileName(f *testing.F) {
	for _, s := range []string{"a.pdf", "", "../../x", "a\r\nb", `..\a`, "라벨.pdf", strings.Repeat("x", 500) + ".jpeg", "a." + strings.Repeat("é", 200), "\xff.png", ". ."} {
		f.Add(s, "application/pdf")
	}

	f.Fuzz(func(t *testing.T, name, mimeType string) {
		got := fileName(name, mimeType)
		if got == "" || len(got) > longestName || strings.ContainsAny(got, "/\\\r\n\x00") || !utf8.ValidString(got) || got != strings.TrimSpace(got) {
			t.Errorf("fileName(%q, %q) = %q", name, mimeType, got)
		}

		if again := fileName(got, mimeType); again != got {
			t.Errorf("fileName(%q) = %q: not the same again", got, again)
		}

		if path.IsAbs(got) || strings.HasPrefix(got, ".") {
			t.Errorf("fileName(%q) = %q", name, got)
		}
	})
}
