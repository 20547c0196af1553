package freshchat

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func bigFrom(b []byte) *big.Int { return new(big.Int).SetBytes(b) }

func signWith(t *testing.T, key *rsa.PrivateKey, body []byte) string {
	t.Helper()

	sum := sha256.Sum256(body)

	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}

	return base64.StdEncoding.EncodeToString(sig)
}

// told is a webhook about a message with these fields.
func told(fields string) []byte {
	return []byte(`{"action":"message_create","action_time":"2026-01-01T10:00:00.140Z","data":{"message":{"id":"m1",` + fields + `}}}`)
}

func TestWhatIsHidden(t *testing.T) {
	const text = `,"message_parts":[{"text":{"content":"hello"}}]`

	for _, tt := range []struct {
		name   string
		fields string
		want   bridge.Hidden
		author bridge.AuthorRole
	}{
		{"an agent's message is not", `"actor_type":"agent","message_type":"normal"` + text, "", bridge.Agent},
		{"nor in capitals", `"actor_type":"AGENT","message_type":"NORMAL"` + text, "", bridge.Agent},
		{"nor without a type", `"actor_type":"agent"` + text, "", bridge.Agent},
		{"a private note", `"actor_type":"agent","message_type":"private"` + text, bridge.HiddenPrivate, bridge.Agent},
		{"a private note in capitals", `"actor_type":"agent","message_type":"PRIVATE"` + text, bridge.HiddenPrivate, bridge.Agent},
		{"a note of a bot", `"actor_type":"agent","message_type":"normal","botsPrivateNote":true` + text, bridge.HiddenPrivate, bridge.Agent},
		{"a note of a bot, told as text", `"actor_type":"bot","botsPrivateNote":"true"` + text, bridge.HiddenPrivate, bridge.Automaton},
		{"a private note without an author", `"message_type":"private"` + text, bridge.HiddenPrivate, bridge.Automaton},
		{"a system message", `"actor_type":"agent","message_type":"system"` + text, bridge.HiddenSystem, bridge.Agent},
		{"a type that nobody knows", `"actor_type":"agent","message_type":"whisper"` + text, bridge.HiddenSystem, bridge.Agent},
		{"the buyer's own", `"actor_type":"user","message_type":"normal"` + text, bridge.HiddenOwn, bridge.Buyer},
		{"a bot's", `"actor_type":"bot","message_type":"normal"` + text, bridge.HiddenAutomatic, bridge.Automaton},
		{"the system's", `"actor_type":"system","message_type":"normal"` + text, bridge.HiddenSystem, bridge.Automaton},
		{"an author's that nobody knows", `"actor_type":"martian"` + text, bridge.HiddenSystem, bridge.Automaton},
		{"nobody's", `"message_type":"normal"` + text, bridge.HiddenSystem, bridge.Automaton},
		{"nobody's, with null", `"actor_type":null` + text, bridge.HiddenSystem, bridge.Automaton},
		{"an empty one", `"actor_type":"agent"`, bridge.HiddenEmpty, bridge.Agent},
		{"one without parts", `"actor_type":"agent","message_parts":[]`, bridge.HiddenEmpty, bridge.Agent},
		{"one with parts that are null", `"actor_type":"agent","message_parts":[null,{"text":null,"image":null}]`, bridge.HiddenEmpty, bridge.Agent},
		{"one of blanks", `"actor_type":"agent","message_parts":[{"text":{"content":" <br>&nbsp;"}}]`, bridge.HiddenEmpty, bridge.Agent},
		{"a greeting of one full stop", `"actor_type":"agent","message_parts":[{"text":{"content":"."}}]`, bridge.HiddenEmpty, bridge.Agent},
		{"a full stop with a picture is not", `"actor_type":"agent","message_parts":[{"text":{"content":"."}},{"image":{"url":"https://x"}}]`, "", bridge.Agent},
		{"a picture alone is not", `"actor_type":"agent","message_parts":[{"image":{"url":"https://x"}}]`, "", bridge.Agent},
		{"a kind that nobody knows is not", `"actor_type":"agent","message_parts":[{"hologram":{}}]`, "", bridge.Agent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := readNotification(told(tt.fields))
			if err != nil {
				t.Fatal(err)
			}

			if e.Hidden != tt.want || e.Message.Author != tt.author {
				t.Errorf("hidden %q by %q, want %q by %q", e.Hidden, e.Message.Author, tt.want, tt.author)
			}
		})
	}
}

func TestPartsOfAMessage(t *testing.T) {
	notice := func(kind string) bridge.Part {
		return bridge.Part{Kind: bridge.PartNotice, Type: kind, Text: abilityOf(kind).Otherwise}
	}

	for _, tt := range []struct {
		name  string
		parts string
		want  []bridge.Part
	}{
		{"text from an editor", `{"text":{"content":"<p>Hi <b>Mei</b></p><p>a &lt; b</p>"}}`, []bridge.Part{textPart("Hi Mei\na < b")}},
		{"an emoji's name", `{"text":{"content":"<p>thanks <b>:smile:</b></p>"}}`, []bridge.Part{textPart("thanks 😄")}},
		{"a text that is no object", `{"text":"hello"}`, nil},
		{"siblings that are null", `{"text":{"content":"x"},"image":null,"file":null}`, []bridge.Part{textPart("x")}},
		{"several kinds in one part, text first", `{"image":{"url":"https://x"},"text":{"content":"x"}}`, []bridge.Part{
			textPart("x"), {Kind: bridge.PartImage, Type: "image", Text: abilityOf("image").Otherwise, URL: "https://x"},
		}},
		{"a file whose size is text", `{"file":{"name":"a","file_size_in_bytes":"12","contentType":"a/b"}}`, []bridge.Part{
			{Kind: bridge.PartFile, Type: "file", Text: abilityOf("file").Otherwise, Name: "a", MIME: "a/b", Size: 12},
		}},
		{"a file by its hash, before it has an address", `{"file":{"name":"a","fileHash":"h","fileSource":"FRESHCHAT","file_security_status":"AV_PENDING"}}`, []bridge.Part{
			{Kind: bridge.PartFile, Type: "file", Text: abilityOf("file").Otherwise, Name: "a", Ref: "h"},
		}},
		{"a file in the spelling of uploads", `{"file":{"file_name":"a","file_hash":"h","file_size":12,"file_content_type":"a/b"}}`, []bridge.Part{
			{Kind: bridge.PartFile, Type: "file", Text: abilityOf("file").Otherwise, Name: "a", Ref: "h", Size: 12, MIME: "a/b"},
		}},
		{"a picture with everything", `{"image":{"url":"https://x","fileName":"a","hash":"h","fileSize":"12","contentType":"image/png"}}`, []bridge.Part{
			{Kind: bridge.PartImage, Type: "image", Text: abilityOf("image").Otherwise, URL: "https://x", Name: "a", Ref: "h", Size: 12, MIME: "image/png"},
		}},
		{"a video by its hash", `{"video":{"fileHash":"h","content_type":"video/mp4"}}`, []bridge.Part{
			{Kind: bridge.PartVideo, Type: "video", Text: abilityOf("video").Otherwise, Ref: "h", MIME: "video/mp4"},
		}},
		{"a voice message", `{"audio":{"url":"https://x","content_type":"audio/ogg"}}`, []bridge.Part{
			{Kind: bridge.PartNotice, Type: "audio", Text: abilityOf("audio").Otherwise, URL: "https://x", MIME: "audio/ogg"},
		}},
		{"a button", `{"url_button":{"label":"Shop","url":"https://x","target":"_blank"}}`, []bridge.Part{
			{Kind: bridge.PartNotice, Type: "url_button", Text: abilityOf("url_button").Otherwise, URL: "https://x"},
		}},
		{"quick replies", `{"collection":{"sub_parts":[{"quick_reply_button":{"label":"Yes"}}]}}`, []bridge.Part{notice("collection")}},
		{"a carousel", `{"template_content":{"type":"carousel","sections":[]}}`, []bridge.Part{notice("template_content")}},
		{"an article", `{"reference":{"label":"Returns","reference_id":"9"}}`, []bridge.Part{notice("reference")}},
		{"an e-mail", `{"email":{"subject":"Hi","content":"x"}}`, []bridge.Part{notice("email")}},
		{"a callback", `{"callback":{"label":"x","payload":"y"}}`, []bridge.Part{notice("callback")}},
		{"a kind that nobody knows", `{"hologram":{"url":"https://x"}}`, []bridge.Part{
			{Kind: bridge.PartNotice, Type: "hologram", Text: abilityOf("hologram").Otherwise, URL: "https://x"},
		}},
		{"a name that does not fit a log", `{"a\nb c":{}}`, []bridge.Part{{Kind: bridge.PartNotice, Type: "unknown", Text: abilityOf("hologram").Otherwise}}},
		{"details beside the kind", `{"id":"7","order":1,"text":{"content":"x"}}`, []bridge.Part{textPart("x")}},
		{"a part that is no object survives none", `"x"`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := readNotification(told(`"actor_type":"agent","message_parts":[` + tt.parts + `]`))
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(tt.want, e.Message.Parts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPartsInTheirOldForm(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields string
		want   []bridge.Part
	}{
		{"text", `"msg_parts":[{"part_type":"text","properties":{"text":"<b>hi</b>"}}]`, []bridge.Part{textPart("hi")}},
		{"a picture", `"msg_parts":[{"part_type":"image","properties":{"url":"https://x"}}]`, []bridge.Part{
			{Kind: bridge.PartImage, Type: "image", Text: abilityOf("image").Otherwise, URL: "https://x"},
		}},
		{"beside the new form, which goes first", `"message_parts":[{"text":{"content":"new"}}],"msg_parts":[{"part_type":"text","properties":{"text":"old"}}]`, []bridge.Part{textPart("new")}},
		{"of nothing", `"msg_parts":[{"part_type":"text"},{},7,null]`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := readNotification(told(`"actor_type":"agent",` + tt.fields))
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(tt.want, e.Message.Parts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReplyPartsComeAfterTheMessage(t *testing.T) {
	e, err := readNotification(told(`"actor_type":"agent","message_parts":[{"text":{"content":"Size?"}}],
		"reply_parts":[{"collection":{"sub_parts":[]}}]`))
	if err != nil {
		t.Fatal(err)
	}

	want := []bridge.Part{textPart("Size?"), {Kind: bridge.PartNotice, Type: "collection", Text: abilityOf("collection").Otherwise}}
	if diff := cmp.Diff(want, e.Message.Parts); diff != "" {
		t.Error(diff)
	}
}

func TestWebhookShapes(t *testing.T) {
	for _, tt := range []struct {
		name string
		body string
		kind bridge.FreshchatEventKind
		code bridge.Code
	}{
		{"an action of the future", `{"action":"conversation_status_update","data":{}}`, bridge.FreshchatOther, ""},
		{"an action of nobody's documentation", `{"action":"conversation:resolve","data":{}}`, bridge.FreshchatOther, ""},
		{"no action", `{}`, bridge.FreshchatOther, ""},
		{"a resolution of nothing", `{"action":"conversation_resolution","data":{}}`, bridge.FreshchatOther, ""},
		{"a message without an id", `{"action":"message_create","data":{"message":{"actor_type":"agent"}}}`, bridge.FreshchatOther, bridge.Invalid},
		{"no message", `{"action":"message_create","data":{}}`, bridge.FreshchatOther, bridge.Invalid},
		{"a message that is null", `{"action":"message_create","data":{"message":null}}`, bridge.FreshchatOther, bridge.Invalid},
		{"a message that is a list", `{"action":"message_create","data":{"message":[]}}`, bridge.FreshchatOther, bridge.Invalid},
		{"no object", `[]`, bridge.FreshchatOther, bridge.Invalid},
		{"no JSON", `hello`, bridge.FreshchatOther, bridge.Invalid},
		{"nothing", ``, bridge.FreshchatOther, bridge.Invalid},
		{"ids that are numbers", `{"action":"message_create","data":{"message":{"id":7,"conversation_id":8,"actor_type":"agent"}}}`, bridge.FreshchatMessage, ""},
		{"fields of unexpected shapes", `{"action":"message_create","data":{"message":{"id":"7","app_id":{},"channel_id":[],"message_parts":{},"created_time":1}}}`, bridge.FreshchatMessage, ""},
		{"users as an object", `{"action":"conversation_reopen","data":{"reopen":{"users":{"id":"x"},"conversation":{"conversation_id":"c"}}}}`, bridge.FreshchatReopened, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := readNotification([]byte(tt.body))
			if e.Kind != tt.kind {
				t.Errorf("kind = %d, want %d", e.Kind, tt.kind)
			}

			if (err != nil) != (tt.code != "") || err != nil && bridge.CodeOf(err) != tt.code {
				t.Errorf("error = %v, want %q", err, tt.code)
			}
		})
	}
}

func TestTimesOfAMessage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields string
		want   time.Time
	}{
		{"in milliseconds", `"created_time":"2026-01-01T10:00:00.120Z"`, time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)},
		{"with an offset", `"created_time":"2026-01-01T12:00:00.120+02:00"`, time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)},
		{"with an offset without a colon", `"created_time":"2026-01-01T10:00:00.120+0000"`, time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)},
		{"in seconds", `"created_time":"2026-01-01T10:00:00Z"`, time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)},
		{"not told: the event's", `"message_type":"normal"`, time.Date(2026, 1, 1, 10, 0, 0, 140e6, time.UTC)},
		{"not to be read: the event's", `"created_time":"yesterday"`, time.Date(2026, 1, 1, 10, 0, 0, 140e6, time.UTC)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := readNotification(told(tt.fields))
			if err != nil {
				t.Fatal(err)
			}

			if !e.Message.CreatedAt.Equal(tt.want) || e.Message.Order != uint64(tt.want.UnixMicro()) {
				t.Errorf("created %v, order %d; want %v", e.Message.CreatedAt, e.Message.Order, tt.want)
			}
		})
	}
}

func FuzzWebhook(f *testing.F) {
	names, err := filepath.Glob("testdata/freshchat/webhook_*.json")
	if err != nil {
		f.Fatal(err)
	}

	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}

		f.Add(b)
	}

	f.Add(told(`"message_parts":[{"text":{"content":"<a href=x>"}},null,7]`))

	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := readNotification(body)
		if err != nil {
			if bridge.CodeOf(err) != bridge.Invalid {
				t.Errorf("error = %v", err)
			}

			return
		}

		checkEvent(t, e)
	})
}

// checkEvent is what holds for every event, whatever it was read from.
func checkEvent(t *testing.T, e bridge.FreshchatEvent) {
	t.Helper()

	if e.Kind != bridge.FreshchatMessage {
		return
	}

	if e.Message.ID == "" {
		t.Error("a message without an id")
	}

	if e.Hidden == "" && (e.Message.Author != bridge.Agent || len(e.Message.Parts) == 0) {
		t.Errorf("to be relayed: a message of %q with %d parts", e.Message.Author, len(e.Message.Parts))
	}

	for _, p := range e.Message.Parts {
		checkPart(t, p)
	}
}
