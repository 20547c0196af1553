package freshchat

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// What the samples are about.
const (
	account1 = "f9db27e3-2889-4eff-ab1e-daa7ad2fcc9c"
	thread1  = "38b814ac-3d35-45b1-bc66-f84c2736af35"
	numeric1 = "1019000000001234"
	topic1   = "371c9d98-f6f6-4fd9-81a5-269c74fc53b7"
	agent1   = "9d166b6d-de50-475b-99ca-ec1a720eeb30"
	user1    = "db998548-5cef-420c-a742-dfafac42ea42"

	account2 = "9e4f2a60-7b1d-4bd2-9c56-1d0a8c7e3f42"
	thread2  = "31c9ad2e-1c57-4d0b-b2f1-6b3df0a4c980"
	topic2   = "5d1c7f0a-2b77-4f0e-9a31-0c6f5b1e2d01"
	agent2   = "0f9d4c36-3e3a-4d55-8a84-5a9c2b5b7e10"
	user2    = "b2e7c1d4-6f00-4c2a-8f5e-7e11a0c93e55"
)

// becomes says what becomes of one sample: got runs the package over it.
type becomes struct {
	sentence string
	got      func(t *testing.T, body []byte) any
	want     any
}

// What an answer is given to.
func asWebhook(t *testing.T, body []byte) any {
	e, err := readNotification(body)
	if err != nil {
		t.Fatal(err)
	}

	return e
}

func asProductEvent(t *testing.T, body []byte) any {
	var envelope struct {
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		t.Fatal(err)
	}

	events, err := ProductEvent(envelope.Event, envelope.Data)
	if bridge.CodeOf(err) == bridge.Invalid {
		return bridge.Invalid
	}

	return events
}

// asAnswer lets the platform answer with the sample and returns what call
// makes of it.
func asAnswer(call func(t *testing.T, p *platform) (any, error)) func(*testing.T, []byte) any {
	return func(t *testing.T, body []byte) any {
		t.Helper()

		got, err := call(t, answering(t, http.StatusOK, string(body)))
		if err != nil {
			t.Fatal(err)
		}

		return got
	}
}

// asRefusal lets the platform refuse a post with the sample.
func asRefusal(status int) func(*testing.T, []byte) any {
	return func(t *testing.T, body []byte) any {
		t.Helper()

		p := answering(t, status, string(body))
		_, err := p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Text: "x"})
		f := bridge.AsFailure(err)

		return verdict{f.Class, f.Cause, f.Certain}
	}
}

// asRequest makes the call that the sample is the body of.
func asRequest(call func(t *testing.T, p *platform) error) func(*testing.T, []byte) any {
	return func(t *testing.T, body []byte) any {
		t.Helper()

		p := answering(t, http.StatusOK, `{"id":"m","conversation_id":"c"}`)
		if err := call(t, p); err != nil {
			t.Fatal(err)
		}

		same(t, p.only().Body, string(body))

		return nil
	}
}

func asAttachment(t *testing.T, body []byte) any {
	var a attachment
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatal(err)
	}

	return a
}

type verdict struct {
	Class   bridge.Class
	Cause   bridge.Cause
	Certain bool
}

// message1 is what every webhook sample about a message has in common.
func message1(id string, role bridge.AuthorRole, author string, hidden bridge.Hidden, parts ...bridge.Part) bridge.FreshchatEvent {
	at := time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)

	return bridge.FreshchatEvent{
		Kind: bridge.FreshchatMessage, Account: account1, Thread: thread1, Numeric: numeric1, Topic: topic1, Hidden: hidden,
		Message: bridge.Message{
			ID: bridge.MessageID(id), Author: role, AuthorID: author, CreatedAt: at, Order: 1767261600120000, Parts: parts,
		},
	}
}

// message2 is the same for product events.
func message2(
	id string, at time.Time, role bridge.AuthorRole, author string, hidden bridge.Hidden, parts ...bridge.Part,
) []bridge.FreshchatEvent {
	return []bridge.FreshchatEvent{{
		Kind: bridge.FreshchatMessage, Account: account2, Thread: thread2, Topic: topic2, Hidden: hidden,
		Message: bridge.Message{
			ID: bridge.MessageID(id), Author: role, AuthorID: author,
			CreatedAt: at, Order: uint64(at.UnixMicro()), Parts: parts,
		},
	}}
}

func textPart(s string) bridge.Part { return bridge.Part{Kind: bridge.PartText, Type: "text", Text: s} }

var (
	at2   = time.Date(2026, 3, 2, 4, 12, 31, 8e6, time.UTC)
	photo = bridge.Part{
		Kind: bridge.PartImage, Type: "image", Text: partKinds["image"].notice,
		URL: "https://fc-xxx1-00-pics-bkt-00.s3.amazonaws.com/sample-hash/f_marketingpicFull/u_sample/img_1767261600000.png",
	}
	label = bridge.Part{
		Kind: bridge.PartFile, Type: "file", Text: partKinds["file"].notice, Name: "return-label.pdf", MIME: "application/pdf", Size: 48213,
		URL: "https://fc-xxx1-00-files-bkt-00.s3.amazonaws.com/sample/return-label.pdf?X-Amz-Expires=604800&X-Amz-Signature=sample",
	}
	jamie = bridge.Person{
		ID: user1, Reference: "tiktok:7490000000000000001:buyer-0001", Name: "Jamie B.",
		Properties: map[string]string{"tiktok_shop": "Sample Shop", "tiktok_conversation_id": "7500000000000000009"},
	}
)

var samples = map[string]becomes{
	"freshchat/webhook_message_create_agent_text.json": {
		"an agent's text is relayed", asWebhook,
		message1("79096a4f-2123-4948-91dd-306a4cbe129f", bridge.Agent, agent1, "",
			textPart("Hi! Your parcel left the warehouse this morning.")),
	},
	"freshchat/webhook_message_create_agent_text_minimal.json": {
		"an older payload without numeric ids gives the same, its number from the interaction", asWebhook,
		message1("f24c7766-d7d8-4d29-a5d0-d61f638a2135", bridge.Agent, agent1, "", textPart("older, shorter payload")),
	},
	"freshchat/webhook_message_create_agent_image.json": {
		"an agent's picture keeps its address", asWebhook,
		message1("e44dc20d-408c-43fc-8de6-10086e5924ec", bridge.Agent, agent1, "", photo),
	},
	"freshchat/webhook_message_create_agent_file.json": {
		"an agent's file keeps name, kind and size", asWebhook,
		message1("7d2bafe9-a4be-4bd1-88b3-891934b76058", bridge.Agent, agent1, "", label),
	},
	"freshchat/webhook_message_create_agent_video.json": {
		"an agent's video keeps its kind", asWebhook,
		message1("5581ae04-6693-479e-9b8d-4891009e29e3", bridge.Agent, agent1, "", bridge.Part{
			Kind: bridge.PartVideo, Type: "video", Text: partKinds["video"].notice, MIME: "video/mp4",
			URL: "https://fc-xxx1-00-files-bkt-00.s3.amazonaws.com/sample/unboxing.mp4",
		}),
	},
	"freshchat/webhook_message_create_agent_several_parts.json": {
		"several parts stay in their order", asWebhook,
		message1("e23b899d-2fb0-4f6f-8b92-e1882bf38c9b", bridge.Agent, agent1, "",
			textPart("Here is the label and a photo of where to stick it."), photo, label),
	},
	"freshchat/webhook_message_create_agent_private_note.json": {
		"a private note is hidden", asWebhook,
		message1("ae9f199d-6a31-4ec3-b955-0836fbafe2bd", bridge.Agent, agent1, bridge.HiddenPrivate,
			textPart("internal: buyer asked twice, check with warehouse")),
	},
	"freshchat/webhook_message_create_user.json": {
		"what we posted as the buyer comes back and is hidden", asWebhook,
		message1("db9217b3-4ced-4d78-84bd-704b4c652120", bridge.Buyer, user1, bridge.HiddenOwn,
			textPart("hello, where is my order?")),
	},
	"freshchat/webhook_conversation_assignment.json": {
		"an assignment does not matter", asWebhook, bridge.FreshchatEvent{},
	},
	"freshchat/webhook_conversation_resolution.json": {
		"a resolution names the conversation by both ids", asWebhook,
		bridge.FreshchatEvent{Kind: bridge.FreshchatResolved, Account: account1, Thread: thread1, Numeric: numeric1, Topic: topic1},
	},
	"freshchat/webhook_conversation_reopen.json": {
		"a reopening names the conversation by both ids", asWebhook,
		bridge.FreshchatEvent{Kind: bridge.FreshchatReopened, Account: account1, Thread: thread1, Numeric: numeric1, Topic: topic1},
	},
	"freshchat/webhook_headers.json": {
		"the signature is looked for where it is", func(t *testing.T, body []byte) any {
			var headers map[string]string
			if err := json.Unmarshal(body, &headers); err != nil {
				t.Fatal(err)
			}

			return headers[SignatureHeader] != ""
		}, true,
	},

	"freshchat/account_configuration.json": {
		"the account is its app_id", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Account(t.Context(), p.access)
		}),
		bridge.Account{ID: account1, Domain: "example-org-000000000000000000-0000000000000000000000.freshchat.com"},
	},
	"freshchat/channels_list.json": {
		"topics come web first, then by name, with disabled ones; a page that repeats itself ends", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Topics(t.Context(), p.access)
		}),
		[]bridge.Topic{
			{ID: "d4c27cc7-cba2-4cfb-b889-7ec326f7fbcd", Name: "Inbox", Web: true},
			{ID: topic1, Name: "TikTok Shop", Web: true, Enabled: true},
		},
	},
	"freshchat/users_by_reference_id_found.json": {
		"the buyer is found", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.FindPerson(t.Context(), p.access, jamie.Reference)
		}), jamie,
	},
	"freshchat/users_by_reference_id_none.json": {
		"nobody is not found", asAnswer(func(t *testing.T, p *platform) (any, error) {
			_, err := p.client.FindPerson(t.Context(), p.access, jamie.Reference)

			return bridge.CodeOf(err), nil
		}), bridge.Missing,
	},
	"freshchat/user_create_request.json": {
		"names and properties of a new user go out, sorted; a last name and a picture never do", func(t *testing.T, body []byte) any {
			var want struct {
				Reference  string     `json:"reference_id"`
				Properties []property `json:"properties"`
			}
			if err := json.Unmarshal(body, &want); err != nil {
				t.Fatal(err)
			}

			p := answering(t, http.StatusCreated, `{"id":"u"}`)

			got, err := p.client.CreatePerson(t.Context(), p.access, bridge.Person{
				Reference: want.Reference, Name: "Jamie B.", Properties: jamie.Properties,
			})
			if err != nil {
				t.Fatal(err)
			}

			same(t, p.only().Body, `{"reference_id":"tiktok:7490000000000000001:buyer-0001","first_name":"Jamie B.","properties":[
				{"name":"tiktok_conversation_id","value":"7500000000000000009"},{"name":"tiktok_shop","value":"Sample Shop"}]}`)

			return got.ID
		}, bridge.UserID("u"),
	},
	"freshchat/user_create_response.json": {
		"a new user has an id", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.CreatePerson(t.Context(), p.access, bridge.Person{Reference: "r", Name: "Jamie"})
		}), bridge.Person{ID: user1, Reference: "r", Name: "Jamie"},
	},
	"freshchat/user_conversations.json": {
		"conversations of a user are listed", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Threads(t.Context(), p.access, user1)
		}), []bridge.ThreadID{thread1},
	},
	"freshchat/conversation_create_request.json": {
		"an opening is written like this", asRequest(func(t *testing.T, p *platform) error {
			_, err := p.client.Open(t.Context(), p.access, bridge.Opening{Topic: topic1, User: user1, Text: "hello, where is my order?"})

			return err
		}), nil,
	},
	"freshchat/conversation_create_response.json": {
		"a new conversation has both ids and its message", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Open(t.Context(), p.access, bridge.Opening{Topic: topic1, User: user1, Text: "x"})
		}), bridge.Opened{Thread: thread1, Numeric: numeric1, Message: "db9217b3-4ced-4d78-84bd-704b4c652120"},
	},
	"freshchat/conversation_get_response.json": {
		"a conversation tells its numeric id", func(t *testing.T, body []byte) any {
			var c conversation
			if err := json.Unmarshal(body, &c); err != nil {
				t.Fatal(err)
			}

			return c.numeric()
		}, bridge.ThreadID(numeric1),
	},
	"freshchat/conversation_update_request.json": {
		"reopening is written like this", asRequest(func(t *testing.T, p *platform) error {
			return p.client.Reopen(t.Context(), p.access, thread1)
		}), nil,
	},
	"freshchat/message_send_request.json": {
		"a buyer's message is written like this", asRequest(func(t *testing.T, p *platform) error {
			_, err := p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Text: "any news?"})

			return err
		}), nil,
	},
	"freshchat/message_send_response.json": {
		"a posted message has an id", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Text: "any news?"})
		}), bridge.MessageID("ebf85c9a-bb64-4e87-aa3c-2eb179ca9c79"),
	},
	"freshchat/messages_list.json": {
		"messages are read back, newest first; a page that repeats itself ends", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Messages(t.Context(), p.access, thread1, time.Time{})
		}),
		[]bridge.RemoteMessage{
			{
				ID: "79096a4f-2123-4948-91dd-306a4cbe129f", Author: bridge.Agent, AuthorID: agent1,
				Text: "Hi! Your parcel left the warehouse this morning.", CreatedAt: time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC),
			},
			{
				ID: "db9217b3-4ced-4d78-84bd-704b4c652120", Author: bridge.Buyer, AuthorID: user1,
				Text: "hello, where is my order?", CreatedAt: time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC),
			},
		},
	},

	"freshchat/error_400_image_empty.json": {
		"a picture that cannot be fetched will not work", asRefusal(400), verdict{bridge.Unsupported, "", true},
	},
	"freshchat/error_400_not_latest_conversation.json": {
		"another conversation has to be opened", asRefusal(400), verdict{bridge.Permanent, bridge.CauseNotLatest, true},
	},
	"freshchat/error_400_payload_not_valid.json": {
		"a refused payload will not work", asRefusal(400), verdict{bridge.Permanent, "", true},
	},
	"freshchat/error_401.json": {
		"the key is refused", asRefusal(401), verdict{bridge.Reauthorize, bridge.CauseCredentials, true},
	},
	"freshchat/error_401_other_envelope.json": {
		"the key is refused, in other words", asRefusal(401), verdict{bridge.Reauthorize, bridge.CauseCredentials, true},
	},
	"freshchat/error_403.json": {
		"the key may not do this", asRefusal(403), verdict{bridge.Reauthorize, bridge.CauseScopeMissing, true},
	},
	"freshchat/error_404_conversation.json": {
		"the conversation is unknown", asRefusal(404), verdict{bridge.Permanent, bridge.CauseConversation, true},
	},
	"freshchat/error_429.json": {
		"too many calls pass by themselves", asRefusal(429), verdict{bridge.RateLimited, "", true},
	},
	"freshchat/error_503.json": {
		"a fault of the platform says nothing about what it did", asRefusal(503), verdict{bridge.Temporary, "", false},
	},

	"freshchat/image_upload_response.json": {
		"an uploaded picture has an address", asAttachment,
		attachment{
			URL:  "https://fc-xxx1-00-pics-bkt-00.s3.amazonaws.com/sample-hash/f_marketingpicFull/u_sample/img_1767261600000.png",
			Name: "img_1767261600000.png", MIME: "image/png",
		},
	},
	"freshchat/file_upload_response.json": {
		"an uploaded file has none, only a size", asAttachment, attachment{Length: "48213"},
	},
	"freshchat/message_send_file_by_hash_request.json": {
		"a file that has no address yet is still a file", func(t *testing.T, body []byte) any {
			var m message
			if err := json.Unmarshal(body, &m); err != nil {
				t.Fatal(err)
			}

			return convert(m.Parts)
		}, []bridge.Part{{
			Kind: bridge.PartFile, Type: "file", Text: partKinds["file"].notice, Name: "return-label.pdf", MIME: "application/pdf", Size: 48213,
		}},
	},

	"freshworks/onMessageCreate.agent-text.json": {
		"an agent's text is relayed", asProductEvent,
		message2("f3b1a4de-5b6e-4cf2-9a3d-2f4a1c0b7d90", at2, bridge.Agent, agent2, "",
			textPart("Hi Mei, your parcel left the warehouse today.")),
	},
	"freshworks/onMessageCreate.agent-image-file.json": {
		"pictures and files keep what is told of them, in this path's spelling", asProductEvent,
		message2("0a77c0e2-8d14-47bf-8f6c-13ff0fa2b6c1", at2, bridge.Agent, agent2, "",
			bridge.Part{Kind: bridge.PartImage, Type: "image", Text: partKinds["image"].notice, URL: "https://fc-files.example.net/i/label.jpg"},
			bridge.Part{
				Kind: bridge.PartFile, Type: "file", Text: partKinds["file"].notice, URL: "https://fc-files.example.net/f/invoice.pdf",
				Name: "invoice.pdf", MIME: "application/pdf", Size: 48211,
			}),
	},
	"freshworks/onMessageCreate.private-note.json": {
		"a private note is hidden", asProductEvent,
		message2("d0c2be8e-3a19-4a39-b7f5-0a9f0c5a1e77", at2, bridge.Agent, agent2, bridge.HiddenPrivate,
			textPart("VIP buyer, check refund first")),
	},
	"freshworks/onMessageCreate.user-echo.json": {
		"what we posted as the buyer comes back and is hidden", asProductEvent,
		message2("6c8f9b50-2f0c-4a39-9c61-90a8d6d8a6b2", time.Date(2026, 3, 2, 4, 10, 6, 0, time.UTC), bridge.Buyer, user2,
			bridge.HiddenOwn, textPart("Where is my order?")),
	},
	"freshworks/onConversationCreate.json": {
		"the first message of a conversation is one", asProductEvent,
		message2("6c8f9b50-2f0c-4a39-9c61-90a8d6d8a6b2", at2, bridge.Buyer, user2, bridge.HiddenOwn, textPart("Where is my order?")),
	},
	"freshworks/onConversationUpdate.resolved.json": {
		"a resolution is told once, without the system's words about it", asProductEvent,
		[]bridge.FreshchatEvent{{Kind: bridge.FreshchatResolved, Account: account2, Thread: thread2, Topic: topic2}},
	},
	"freshworks/onAppInstall.v3.json":   {"a set-up event has no data for us", asProductEvent, bridge.Invalid},
	"freshworks/onAppInstall.v23.json":  {"a set-up event has no data for us", asProductEvent, bridge.Invalid},
	"freshworks/onAppUninstall.v3.json": {"a set-up event has no data for us", asProductEvent, bridge.Invalid},
	"freshworks/afterAppUpdate.v3.json": {"a set-up event has no data for us", asProductEvent, bridge.Invalid},
	"freshworks/onExternalEvent.v3.json": {
		"an external event is nothing", asProductEvent, []bridge.FreshchatEvent(nil),
	},
}

func TestWhatBecomesOfEverySample(t *testing.T) {
	found := map[string]bool{}

	err := fs.WalkDir(os.DirFS("testdata"), ".", func(name string, d fs.DirEntry, err error) error {
		// Signatures have a test of their own, fuzz corpora are no samples.
		if err != nil || d.IsDir() && (d.Name() == "signature" || d.Name() == "fuzz") {
			return errOr(err, fs.SkipDir)
		}

		if d.IsDir() {
			return nil
		}

		found[name] = true

		row, known := samples[name]
		if !known {
			t.Errorf("%s: nobody says what becomes of it", name)

			return nil
		}

		t.Run(strings.TrimSuffix(filepath.Base(name), ".json")+": "+row.sentence, func(t *testing.T) {
			if diff := cmp.Diff(row.want, row.got(t, sample(t, name))); diff != "" {
				t.Error(diff)
			}
		})

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	for name := range samples {
		if !found[name] {
			t.Errorf("%s: no such sample", name)
		}
	}
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}

	return otherwise
}
