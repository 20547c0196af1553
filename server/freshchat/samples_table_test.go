package freshchat

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
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
			Kind: bridge.PartVideo, Type: "video", Text: abilityOf("video").Otherwise, MIME: "video/mp4",
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
			_, err := p.client.Open(t.Context(), p.access, bridge.Opening{Topic: topic1, User: user1, Piece: bridge.Words("hello, where is my order?")})

			return err
		}), nil,
	},
	"freshchat/conversation_create_response.json": {
		"a new conversation has both ids and its message", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Open(t.Context(), p.access, bridge.Opening{Topic: topic1, User: user1, Piece: bridge.Words("x")})
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
			_, err := p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Piece: bridge.Words("any news?")})

			return err
		}), nil,
	},
	"freshchat/message_send_response.json": {
		"a posted message has an id", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Piece: bridge.Words("any news?")})
		}), bridge.MessageID("ebf85c9a-bb64-4e87-aa3c-2eb179ca9c79"),
	},
	"freshchat/messages_list.json": {
		"messages are read back, newest first; a page that repeats itself ends", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.Messages(t.Context(), p.access, thread1, time.Time{})
		}),
		[]bridge.RemoteMessage{
			readBack("79096a4f-2123-4948-91dd-306a4cbe129f", bridge.Agent, agent1, "",
				"Hi! Your parcel left the warehouse this morning.", time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)),
			readBack("db9217b3-4ced-4d78-84bd-704b4c652120", bridge.Buyer, user1, bridge.HiddenOwn,
				"hello, where is my order?", time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)),
		},
	},

	"freshchat/error_400_image_empty.json": {
		"a picture that cannot be fetched will not work", asRefusal(400), verdict{bridge.Unsupported, bridge.CauseMedia, true},
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
		"an uploaded picture has an address and bounds", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.UploadImage(t.Context(), p.access, upload("a.png", "image/png", "png"))
		}),
		bridge.Piece{
			Kind: bridge.PartImage, Ref: "https://fc-xxx1-00-pics-bkt-00.s3.amazonaws.com/sample-hash/f_marketingpicFull/u_sample/img_1767261600000.png",
			Name: "a.png", MIME: "image/png", Size: 3, Width: 800, Height: 600,
		},
	},
	"freshchat/file_upload_response.json": {
		"an uploaded file is known by its hash, and called what the platform calls it", asAnswer(func(t *testing.T, p *platform) (any, error) {
			return p.client.UploadFile(t.Context(), p.access, upload("../label?.pdf", "", "pdf"))
		}),
		bridge.Piece{Kind: bridge.PartFile, Ref: "k3x0samplehash01", Name: "return-label.pdf", MIME: "application/pdf", Size: 3},
	},
	"freshchat/message_send_file_by_hash_request.json": {
		"an uploaded file is written like this, and read without an address", func(t *testing.T, body []byte) any {
			var m message
			if err := json.Unmarshal(body, &m); err != nil {
				t.Fatal(err)
			}

			p := answering(t, http.StatusOK, `{"id":"m"}`)
			piece := bridge.Piece{Kind: bridge.PartFile, Ref: "k3x0samplehash01", Name: "return-label.pdf", MIME: "application/pdf", Size: 48213}

			if _, err := p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Piece: piece}); err != nil {
				t.Fatal(err)
			}

			// The user is named twice, as with texts.
			same(t, p.only().Body, strings.Replace(string(body), `"actor_id"`, `"user_id":"`+user1+`","actor_id"`, 1))

			return convert(m.Parts)
		}, []bridge.Part{{
			Kind: bridge.PartFile, Type: "file", Text: abilityOf("file").Otherwise, Ref: "k3x0samplehash01",
			Name: "return-label.pdf", MIME: "application/pdf", Size: 48213,
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
			bridge.Part{Kind: bridge.PartImage, Type: "image", Text: abilityOf("image").Otherwise, URL: "https://fc-files.example.net/i/label.jpg"},
			bridge.Part{
				Kind: bridge.PartFile, Type: "file", Text: abilityOf("file").Otherwise, URL: "https://fc-files.example.net/f/invoice.pdf",
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
