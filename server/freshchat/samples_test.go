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
		_, err := p.client.Post(t.Context(), p.access, thread1, bridge.Post{User: user1, Piece: bridge.Words("x")})
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

type verdict struct {
	Class   bridge.Class
	Cause   bridge.Cause
	Certain bool
}

// message1 is what every webhook sample about a message has in common.
func message1(id string, role bridge.AuthorRole, author string, hidden bridge.Hidden, parts ...bridge.Part) bridge.FreshchatEvent {
	at := time.Date(2026, 1, 1, 10, 0, 0, 120e6, time.UTC)

	return bridge.FreshchatEvent{
		Kind: bridge.FreshchatMessage, Account: account1, Thread: thread1, Numeric: numeric1, Topic: topic1, User: user1, Hidden: hidden,
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
		Kind: bridge.FreshchatMessage, Account: account2, Thread: thread2, Topic: topic2, User: user2, Hidden: hidden,
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
		Kind: bridge.PartImage, Type: "image", Text: abilityOf("image").Otherwise,
		URL: "https://fc-xxx1-00-pics-bkt-00.s3.amazonaws.com/sample-hash/f_marketingpicFull/u_sample/img_1767261600000.png",
	}
	label = bridge.Part{
		Kind: bridge.PartFile, Type: "file", Text: abilityOf("file").Otherwise, Name: "return-label.pdf", MIME: "application/pdf", Size: 48213,
		URL: "https://fc-xxx1-00-files-bkt-00.s3.amazonaws.com/sample/return-label.pdf?X-Amz-Expires=604800&X-Amz-Signature=sample",
	}
	jamie = bridge.Person{
		ID: user1, Reference: "tiktok:7490000000000000001:buyer-0001", Name: "Jamie B.",
		Properties: map[string]string{"tiktok_shop": "Sample Shop", "tiktok_conversation_id": "7500000000000000009"},
	}
)

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
