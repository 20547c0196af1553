package freshchat

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// upload is a file of these bytes.
func upload(name, mimeType, content string) bridge.Upload {
	return bridge.Upload{Name: name, MIME: mimeType, Size: int64(len(content)), Body: strings.NewReader(content)}
}

// sent reads the one file out of the form of a call.
func sent(t *testing.T, r *http.Request) (field, name, kind, content string) {
	t.Helper()

	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}

	form := multipart.NewReader(r.Body, params["boundary"])

	part, err := form.NextPart()
	if err != nil {
		t.Fatal(err)
	}

	b, err := io.ReadAll(part)
	if err != nil {
		t.Fatal(err)
	}

	if _, err := form.NextPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after the file: %v", err)
	}

	return part.FormName(), part.FileName(), part.Header.Get("Content-Type"), string(b)
}

func TestAFileIsSentAsItIs(t *testing.T) {
	for _, tt := range []struct {
		name           string
		upload         bridge.Upload
		field, as, typ string
	}{
		{"a picture", upload("a.png", "image/png", "bytes"), "image", "a.png", "image/png"},
		{"a picture without a name", upload("", "image/jpeg", "bytes"), "image", "file.jpg", "image/jpeg"},
		{"a file", upload("label.pdf", "application/pdf", "bytes"), "file", "label.pdf", "application/pdf"},
		{"a file of no known type", upload("a.bin", "", "bytes"), "file", "a.bin", "application/octet-stream"},
		{"a name in another script", upload("라벨 1.pdf", "application/pdf", "bytes"), "file", "라벨 1.pdf", "application/pdf"},
		{"a name with quotes", upload(`a".pdf`, "application/pdf", "bytes"), "file", `a".pdf`, "application/pdf"},
		{"a name that leads elsewhere", upload(`..\..\/etc/.passwd`, "text/plain", "bytes"), "file", "passwd", "text/plain"},
		{"a name that breaks the form", upload("a\r\nX: y.pdf", "application/pdf", "bytes"), "file", "aX: y.pdf", "application/pdf"},
		{"a name that reads backwards", upload("a\u202efdp.exe", "text/plain", "bytes"), "file", "afdp.exe", "text/plain"},
		{"a name of dots and blanks", upload(". . ", "application/pdf", "bytes"), "file", "file.pdf", "application/pdf"},
		{"a name of dots", upload("..", "application/pdf", "bytes"), "file", "file.pdf", "application/pdf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := play(t, func(w http.ResponseWriter, r *http.Request) {
				field, name, kind, content := sent(t, r)
				if field != tt.field || name != tt.as || kind != tt.typ || content != "bytes" {
					t.Errorf("sent %q %q %q %q", field, name, kind, content)
				}

				if r.ContentLength <= 0 {
					t.Errorf("length = %d", r.ContentLength)
				}

				_, _ = io.WriteString(w, `{"url":"https://x.example/1","file_hash":"h"}`)
			})

			call := p.client.UploadFile
			if tt.field == "image" {
				call = p.client.UploadImage
			}

			// A second time, as after a failure: the body begins anew.
			for range 2 {
				if _, err := call(t.Context(), p.access, tt.upload); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestALongNameKeepsItsEnd(t *testing.T) {
	got := fileName(strings.Repeat("안", 100)+".pdf", "")
	if len(got) > longestName || !strings.HasSuffix(got, "안.pdf") {
		t.Errorf("name = %q", got)
	}

	if got := fileName("a."+strings.Repeat("x", 300), ""); len(got) != longestName {
		t.Errorf("name = %q", got)
	}
}

func TestWhatIsNotUploaded(t *testing.T) {
	for _, tt := range []struct {
		name  string
		image bool
		u     bridge.Upload
		words string
	}{
		{"an empty file", false, upload("a.pdf", "application/pdf", ""), "This file is empty."},
		{"an empty picture", true, upload("a.png", "image/png", ""), "This file is empty."},
		{"a picture that is too large", true, bridge.Upload{MIME: "image/png", Size: 5<<20 + 1}, "Freshchat takes pictures of at most 5 MB."},
		{"a picture that moves", true, upload("a.gif", "image/gif", "x"), "Freshchat takes pictures as JPG, PNG or WEBP only."},
		{"a file that is too large", false, bridge.Upload{Size: 25<<20 + 1}, "Freshchat takes files of at most 25 MB."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := play(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })

			call := p.client.UploadFile
			if tt.image {
				call = p.client.UploadImage
			}

			_, err := call(t.Context(), p.access, tt.u)

			f := bridge.AsFailure(err)
			if f.Class != bridge.Unsupported || f.Cause != bridge.CauseMedia || !f.Certain || f.Words != tt.words {
				t.Errorf("failure %v, certain %v: %q", f, f.Certain, f.Words)
			}
		})
	}
}

func TestWhatAnUploadMayAnswer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   verdict
	}{
		{"a refused key", 401, `{}`, verdict{bridge.Reauthorize, bridge.CauseCredentials, true}},
		{"a key that may post but not upload", 403, `{}`, verdict{bridge.Unsupported, bridge.CauseScopeMissing, true}},
		{"a refused file", 400, `{"status":"INVALID_VALUE"}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a refused file, without words", 422, ``, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a file that is too large after all", 413, `{}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a type that is not taken", 415, `{}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"an account without uploads", 404, `{"code":404,"status":"NOT_FOUND","message":"resource not found"}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a class cast is no post", 400, said("class A cannot be cast to class B"), verdict{bridge.Temporary, "", true}},
		{"too many calls", 429, `{}`, verdict{bridge.RateLimited, "", true}},
		{"a fault of the platform", 503, `{}`, verdict{bridge.Temporary, "", true}},
		{"somebody's page", 200, htmlPage, verdict{bridge.Temporary, bridge.CauseHost, true}},
		{"an answer that is cut off", 200, `{"url":"https:`, verdict{bridge.Temporary, "", true}},
		{"an answer that names nothing", 200, `{}`, verdict{bridge.Temporary, "", true}},
		{"an address of nowhere", 200, `{"url":"/media/1","file_hash":""}`, verdict{bridge.Temporary, "", true}},
		{"an address that runs", 200, `{"url":"javascript:alert(1)","file_hash":"https://x.example/h"}`, verdict{bridge.Temporary, "", true}},
		{"a success that lies", 200, `{"url":"https://x.example/1","file_hash":"h","error_message":"no"}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a success that lies by its envelope", 200, `{"success":false,"error_code":"INVALID_VALUE"}`, verdict{bridge.Unsupported, bridge.CauseMedia, true}},
		{"a success that means a missing right", 200, `{"error_code":403}`, verdict{bridge.Unsupported, bridge.CauseScopeMissing, true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := answering(t, tt.status, tt.body)

			image, err := p.client.UploadImage(t.Context(), p.access, upload("a.png", "image/png", "x"))
			file, fileErr := p.client.UploadFile(t.Context(), p.access, upload("a.pdf", "application/pdf", "x"))

			for _, err := range []error{err, fileErr} {
				f := bridge.AsFailure(err)
				if got := (verdict{f.Class, f.Cause, f.Certain}); err == nil || got != tt.want {
					t.Errorf("failure %v, certain %v", f, f.Certain)
				}
			}

			if image != (bridge.Piece{}) || file != (bridge.Piece{}) {
				t.Errorf("pieces %v and %v", image, file)
			}
		})
	}
}

func TestAMissingRightToUploadSaysWhatToDo(t *testing.T) {
	p := answering(t, 403, `{}`)

	_, err := p.client.UploadImage(t.Context(), p.access, upload("a.png", "image/png", "x"))
	if words := bridge.AsFailure(err).Words; words != "The key works, but may not upload pictures. An account admin can make a new one on the same screen." {
		t.Errorf("words = %q", words)
	}
}

func TestTheScanOfAFile(t *testing.T) {
	for _, tt := range []struct {
		state string
		cause bridge.Cause
		code  string
	}{
		{"AV_PENDING", "", ""}, {"SAFE_FILE", "", ""}, {"safe_file", "", ""}, {"", "", ""},
		{"UNSAFE_FILE", bridge.CauseUnsafe, "UNSAFE_FILE"}, {"AV_FAILED", bridge.CauseUnsafe, "AV_FAILED"}, {"we found & planted", bridge.CauseUnsafe, ""},
	} {
		t.Run(tt.state, func(t *testing.T) {
			p := answering(t, 200, `{"file_hash":"h","file_security_status":"`+tt.state+`"}`)

			piece, err := p.client.UploadFile(t.Context(), p.access, upload("a.pdf", "application/pdf", "x"))
			if tt.cause == "" {
				if err != nil || piece.Ref != "h" {
					t.Errorf("piece %v, %v", piece, err)
				}

				return
			}

			f := bridge.AsFailure(err)
			if f.Class != bridge.Unsupported || f.Cause != tt.cause || !f.Certain || f.Code != tt.code || f.Words != wordsUnsafe || piece != (bridge.Piece{}) {
				t.Errorf("piece %v, failure %v", piece, f)
			}
		})
	}
}

// watched tells whether somebody reads on after the call has ended.
type watched struct {
	*bytes.Reader
	ended chan struct{}
	late  chan struct{}
}

func (w *watched) Read(p []byte) (int, error) {
	select {
	case <-w.ended:
		close(w.late)
	default:
	}

	return w.Reader.Read(p[:min(len(p), 512)])
}

// A platform may answer before it has read everything; net/http then reads on
// for a while, from a body that its owner already uses again.
func TestABodyIsLeftAloneAfterTheCall(t *testing.T) {
	p := play(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })

	body := &watched{Reader: bytes.NewReader(make([]byte, 4<<20)), ended: make(chan struct{}), late: make(chan struct{})}

	_, err := p.client.UploadFile(t.Context(), p.access, bridge.Upload{Name: "a", Size: 4 << 20, Body: body})
	close(body.ended)

	if !bridge.HasCause(err, bridge.CauseScopeMissing) {
		t.Errorf("upload: %v", err)
	}

	p.client.uploads.CloseIdleConnections()

	select {
	case <-body.late:
		t.Error("read after the call")
	default:
	}
}

func TestPiecesOfEveryKind(t *testing.T) {
	for _, tt := range []struct {
		name  string
		piece bridge.Piece
		want  string // empty: refused
	}{
		{"text", bridge.Words("a <b> & 😀"), `{"text":{"content":"a <b> & 😀"}}`},
		{"text of no kind", bridge.Piece{Text: "x"}, `{"text":{"content":"x"}}`},
		{
			"a picture is an address and nothing else",
			bridge.Piece{Kind: bridge.PartImage, Ref: "https://x.example/1.png", Name: "a.png", MIME: "image/png", Size: 7, Width: 1, Height: 1},
			`{"image":{"url":"https://x.example/1.png"}}`,
		},
		{
			"a picture with words above it",
			bridge.Piece{Kind: bridge.PartImage, Text: "[Sent 14:03 UTC]", Ref: "https://x.example/1.png"},
			`{"text":{"content":"[Sent 14:03 UTC]"}},{"image":{"url":"https://x.example/1.png"}}`,
		},
		{"a picture without an address", bridge.Piece{Kind: bridge.PartImage, Ref: "hash"}, ``},
		{
			"a video", bridge.Piece{Kind: bridge.PartVideo, Ref: "https://x.example/media/1", MIME: "video/webm", Name: "a"},
			`{"video":{"url":"https://x.example/media/1","content_type":"video/webm"}}`,
		},
		{"a video of no known type", bridge.Piece{Kind: bridge.PartVideo, Ref: "https://x.example/1"}, `{"video":{"url":"https://x.example/1","content_type":"video/mp4"}}`},
		{"a video without an address", bridge.Piece{Kind: bridge.PartVideo}, ``},
		{
			"a file by its hash", bridge.Piece{Kind: bridge.PartFile, Ref: "h", Name: "Label.PDF", MIME: "application/pdf", Size: 7},
			`{"file":{"fileHash":"h","fileSource":"FRESHCHAT","name":"Label.PDF","contentType":"application/pdf","file_size_in_bytes":7,"file_extension":"pdf"}}`,
		},
		{
			"a file at an address", bridge.Piece{Kind: bridge.PartFile, Ref: "https://x.example/media/1", Name: "a/b.pdf", MIME: "application/pdf", Size: 7},
			`{"file":{"url":"https://x.example/media/1","name":"b.pdf","content_type":"application/pdf","file_size_in_bytes":7}}`,
		},
		{
			"a file of which nothing is known", bridge.Piece{Kind: bridge.PartFile, Ref: "h"},
			`{"file":{"fileHash":"h","fileSource":"FRESHCHAT","name":"file","contentType":"application/octet-stream"}}`,
		},
		{"a file of nowhere", bridge.Piece{Kind: bridge.PartFile, Name: "a"}, ``},
		{"a card", bridge.Piece{Kind: bridge.PartCard, Text: "x"}, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := answering(t, http.StatusOK, `{"id":"m","conversation_id":"c"}`)

			_, postErr := p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: "u", Piece: tt.piece})
			_, openErr := p.client.Open(t.Context(), p.access, bridge.Opening{Topic: "t", User: "u", Piece: tt.piece})

			if tt.want == "" {
				for _, err := range []error{postErr, openErr} {
					if f := bridge.AsFailure(err); f.Class != bridge.Unsupported || f.Cause != bridge.CauseMedia || !f.Certain {
						t.Errorf("failure %v, certain %v", f, f.Certain)
					}
				}

				if p.count() != 0 {
					t.Error("called")
				}

				return
			}

			if postErr != nil || openErr != nil {
				t.Fatal(postErr, openErr)
			}

			message := `{"message_parts":[` + tt.want + `],"message_type":"normal","actor_type":"user","actor_id":"u"`
			same(t, p.calls[0].Body, message+`,"user_id":"u"}`)
			same(t, p.calls[1].Body, `{"status":"new","channel_id":"t","users":[{"id":"u"}],"messages":[`+message+`,"channel_id":"t"}]}`)
		})
	}
}

func TestLimitsAreData(t *testing.T) {
	want := []bridge.Limit{
		{Kind: bridge.PartText, Most: 5000},
		{Kind: bridge.PartImage, Most: 5 << 20, MIME: []string{"image/jpeg", "image/png", "image/webp"}},
		{Kind: bridge.PartFile, Most: 25 << 20},
	}
	if diff := cmp.Diff(want, New(Options{}).Limits()); diff != "" {
		t.Error(diff)
	}
}

func TestEveryKindHasARow(t *testing.T) {
	rows := New(Options{}).Abilities()

	var kinds []string

	for _, a := range rows {
		kinds = append(kinds, a.Type)

		if a.Direction != bridge.Out || a.Kind == "" || a.Treatment == "" || !strings.HasSuffix(a.Otherwise, ".") {
			t.Errorf("row %v", a)
		}

		if (a.Kind == bridge.PartNotice) != (a.Treatment == bridge.Refused) {
			t.Errorf("%s enters as %q and is %s", a.Type, a.Kind, a.Treatment)
		}

		if a.Type == kindText || a.Type == kindOther {
			continue
		}

		// The converter says what the table says.
		p := part{a.Type: []byte(`{"url":"https://x"}`)}
		want := []bridge.Part{{Kind: a.Kind, Type: a.Type, Text: a.Otherwise, URL: "https://x"}}

		if diff := cmp.Diff(want, convert(list[part]{p})); diff != "" {
			t.Errorf("%s:\n%s", a.Type, diff)
		}
	}

	want := []string{
		"text", "image", "video", "file", "audio", "url_button", "quick_reply_button", "callback", "collection",
		"template_content", "reference", "email", "text_input", "attachment_input", "help_text", "anything else",
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("rows for %q, want %q", kinds, want)
	}
}
