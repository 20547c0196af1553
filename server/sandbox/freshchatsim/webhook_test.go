package freshchatsim_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

// verify checks a signature with nothing but the standard library.
func verify(key *rsa.PublicKey, body []byte, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)

	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
}

// publicKey reads a key in the form in which the webhook page shows it.
func publicKey(t *testing.T, shown string) *rsa.PublicKey {
	t.Helper()
	const head, foot = "-----BEGIN RSA PUBLIC KEY----- ", " -----END RSA PUBLIC KEY-----"
	shown = strings.TrimSpace(shown)
	if !strings.HasPrefix(shown, head) || !strings.HasSuffix(shown, foot) || strings.Contains(shown, "\n") {
		t.Fatalf("the key is not shown on one line between the usual marks: %q", shown)
	}
	der, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(shown, head), foot))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	pub, isRSA := key.(*rsa.PublicKey)
	if !isRSA || pub.N.BitLen() != 2048 {
		t.Fatalf("key %T", key)
	}

	return pub
}

// TestVerifyAgreesWithTheVectors shows that verify, with which the sandbox's
// own webhooks are checked below, is the scheme of the recorded vectors.
func TestVerifyAgreesWithTheVectors(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/signature/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key := publicKey(t, string(read("public_key_as_shown_in_admin.txt")))
	block, _ := pem.Decode(read("public_key.pem"))
	if same, err := x509.ParsePKIXPublicKey(block.Bytes); err != nil || !key.Equal(same) {
		t.Fatalf("the two forms of the key differ: %v", err)
	}

	var in struct {
		Vectors []struct {
			Name, Signature string
			BodyFile        string `json:"body_file"`
			Valid           bool
		}
	}
	if err := json.Unmarshal(read("vectors.json"), &in); err != nil {
		t.Fatal(err)
	}
	for _, v := range in.Vectors {
		if err := verify(key, read(v.BodyFile), v.Signature); (err == nil) != v.Valid {
			t.Errorf("%s: %v, want valid %v", v.Name, err, v.Valid)
		}
	}
}

// delivery is one webhook as it arrived.
type delivery struct {
	header http.Header
	raw    []byte
	body   object
}

// receiver takes webhooks and answers with the statuses it was given, then
// with 200.
type receiver struct {
	*httptest.Server

	mu       sync.Mutex
	statuses []int
	got      []delivery
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	rc := &receiver{statuses: statuses}
	rc.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		d := delivery{header: r.Header, raw: raw}
		if err := json.Unmarshal(raw, &d.body); err != nil {
			t.Error(err)
		}

		rc.mu.Lock()
		defer rc.mu.Unlock()
		rc.got = append(rc.got, d)
		status := http.StatusOK
		if len(rc.statuses) > 0 {
			status, rc.statuses = rc.statuses[0], rc.statuses[1:]
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(rc.Close)

	return rc
}

func (rc *receiver) deliveries() []delivery {
	rc.mu.Lock()
	defer rc.mu.Unlock()

	return append([]delivery(nil), rc.got...)
}

func (rc *receiver) actions() []string {
	var out []string
	for _, d := range rc.deliveries() {
		out = append(out, str(d.body, "action"))
	}

	return out
}

// subscribe points the account's webhooks at a new receiver.
func (w *world) subscribe(actions ...string) *receiver {
	w.t.Helper()
	rc := newReceiver(w.t)
	if err := w.sim.SetWebhook(appID, rc.URL, actions...); err != nil {
		w.t.Fatal(err)
	}

	return rc
}

// settle waits until every webhook has arrived.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	if err := w.sim.Outbox().WaitEmpty(ctx); err != nil {
		w.t.Fatal(err)
	}
}

func TestWebhooksHaveTheShapeOfTheSamples(t *testing.T) {
	const pic, file = "https://fc.example/i.png", "https://fc.example/f.pdf"
	pdf := freshchatsim.File("label.pdf", file, "application/pdf", 48213)
	reply := func(p ...freshchatsim.Part) func(*world, string) error {
		return func(w *world, conv string) error {
			_, err := w.sim.AgentReplies(conv, "", p...)
			return err
		}
	}
	tests := []struct {
		sample string
		do     func(*world, string) error
		before func(*world, string) error
		except []string
	}{
		{"message_create_agent_text", reply(freshchatsim.Text("Hi!")), nil, nil},
		{"message_create_agent_image", reply(freshchatsim.Image(pic)), nil, nil},
		{"message_create_agent_video", reply(freshchatsim.Video("https://fc.example/v.mp4", "video/mp4")), nil, nil},
		{"message_create_agent_file", reply(pdf), nil, nil},
		{"message_create_agent_several_parts", reply(freshchatsim.Text("label"), freshchatsim.Image(pic), pdf), nil, nil},
		{"message_create_agent_private_note", func(w *world, conv string) error {
			_, err := w.sim.AgentNotes(conv, "", freshchatsim.Text("internal"))
			return err
		}, nil, nil},
		{"message_create_user", func(w *world, conv string) error {
			got, err := w.sim.Conversation(conv)
			w.must("POST", "/v2/conversations/"+conv+"/messages", userMessage(got.User.ID, "where?"))
			return err
		}, nil, nil},
		{"message_create_agent_text_minimal", reply(freshchatsim.Text("old")), func(w *world, _ string) error {
			return w.sim.SetBehavior(appID, freshchatsim.Behavior{OldPayloads: true})
		}, nil},
		{"conversation_assignment", func(w *world, conv string) error { return w.sim.Assign(conv, agentID) }, nil, nil},
		{"conversation_resolution", func(w *world, conv string) error { return w.sim.Resolve(conv, agentID) },
			func(w *world, conv string) error { return w.sim.Assign(conv, agentID) }, nil},
		{"conversation_reopen", func(w *world, conv string) error { return w.sim.Reopen(conv, agentID) },
			func(w *world, conv string) error { return w.sim.Resolve(conv, agentID) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.sample, func(t *testing.T) {
			w := newWorld(t)
			conv := w.conversation(w.user("buyer-1"), "hello")
			if tt.before != nil {
				if err := tt.before(w, conv); err != nil {
					t.Fatal(err)
				}
			}
			want := sample(t, "webhook/webhook_"+tt.sample+".json")
			rc := w.subscribe(str(want, "action"))
			if err := tt.do(w, conv); err != nil {
				t.Fatal(err)
			}
			w.settle()
			got := rc.deliveries()
			sameShape(t, got[len(got)-1].body, want, tt.except...)
		})
	}
}

func TestWebhooksAreSigned(t *testing.T) {
	w := newWorld(t)
	rc := w.subscribe()
	uid := w.user("buyer-1")
	w.conversation(uid, "안녕하세요 😀 <b>grüße</b> & more")
	w.settle()

	shown, err := w.sim.PublicKey(appID)
	if err != nil {
		t.Fatal(err)
	}
	got := rc.deliveries()
	if len(got) != 1 {
		t.Fatalf("%d webhooks, want 1", len(got))
	}
	d := got[0]
	if err := verify(publicKey(t, shown), d.raw, d.header.Get("X-Freshchat-Signature")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(d.raw), "안녕하세요 😀 <b>grüße</b> & more") {
		t.Errorf("the text was escaped: %s", d.raw)
	}
	for name := range sample(t, "webhook/webhook_headers.json") {
		if d.header.Get(name) == "" {
			t.Errorf("no header %s", name)
		}
	}
	for name := range d.header {
		if strings.HasPrefix(name, "Sandbox") {
			t.Errorf("header %s left the process", name)
		}
	}
}

func TestEveryMessageIsAnnounced(t *testing.T) {
	w := newWorld(t)
	rc := w.subscribe()
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "by the API")
	steps := []func() error{
		func() error { _, err := w.sim.AgentReplies(conv, "", freshchatsim.Text("reply")); return err },
		func() error { _, err := w.sim.BotWrites(conv, freshchatsim.Text("bot")); return err },
		func() error { return w.sim.Resolve(conv, "") },
		func() error { _, err := w.sim.UserWrites(conv, freshchatsim.Text("from the widget")); return err },
	}
	for _, f := range steps {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()

	var got []string
	for _, d := range rc.deliveries() {
		line := str(d.body, "action")
		if data, _ := d.body["data"].(object); data["message"] != nil {
			m, _ := data["message"].(object)
			line += " " + str(m, "actor_type") + " " + texts([]object{m})[0]
		}
		got = append(got, line)
	}
	want := []string{
		"message_create user by the API",
		"message_create system Conversation was assigned to Priya N by Priya N", "conversation_assignment",
		"message_create agent reply", "message_create bot bot",
		"message_create system Conversation was resolved by Priya N", "conversation_resolution",
		"message_create system Conversation was reopened by Jamie B.", "conversation_reopen",
		"message_create user from the widget",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("webhooks (-want +got):\n%s", d)
	}
}

func TestWebhooksAreTriedAgain(t *testing.T) {
	w := newWorld(t)
	rc := newReceiver(t, http.StatusInternalServerError, http.StatusFound, http.StatusNoContent)
	if err := w.sim.SetWebhook(appID, rc.URL); err != nil {
		t.Fatal(err)
	}
	w.conversation(w.user("buyer-1"), "hello")
	for n := 1; n <= 2; n++ {
		w.waitAttempts(n)
		w.sim.Clock().Advance(time.Minute)
	}
	w.settle()

	var retries []string
	ids := map[string]bool{}
	for _, d := range rc.deliveries() {
		retries = append(retries, d.header.Get("X-Retry-Count"))
		ids[string(d.raw)] = true
	}
	if d := cmp.Diff([]string{"0", "1", "2"}, retries); d != "" || len(ids) != 1 {
		t.Errorf("%d bodies, retries (-want +got):\n%s", len(ids), d)
	}
}

// waitAttempts waits until the outbox has made n attempts.
func (w *world) waitAttempts(n int) {
	w.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for w.sim.Outbox().Stats().Attempts < n {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("no attempt %d", n)
		}
	}
}

func TestWebhooksCanBeTurnedOff(t *testing.T) {
	w := newWorld(t)
	rc := w.subscribe("conversation_resolution")
	conv := w.conversation(w.user("buyer-1"), "hello")
	if err := w.sim.Resolve(conv, ""); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if d := cmp.Diff([]string{"conversation_resolution"}, rc.actions()); d != "" {
		t.Errorf("only the ticked event comes (-want +got):\n%s", d)
	}

	if err := w.sim.SetWebhook(appID, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.sim.Reopen(conv, ""); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if n := len(rc.deliveries()); n != 1 {
		t.Errorf("%d webhooks after they were switched off, want 1", n)
	}
	if err := w.sim.SetWebhook(appID, "not an address"); err == nil {
		t.Error("a malformed address is taken")
	}
}

func TestWebhookFaults(t *testing.T) {
	tests := []struct {
		fault string
		set   simkit.Fault
		want  []string
	}{
		{simkit.FaultWebhookDuplicate, simkit.Fault{Remaining: 1}, []string{"one", "one", "two"}},
		{simkit.FaultWebhookDrop, simkit.Fault{Remaining: 1}, []string{"two"}},
		{simkit.FaultWebhookReorder, simkit.Fault{Remaining: 1, Delay: time.Minute}, []string{"two", "one"}},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			w := newWorld(t)
			rc := w.subscribe()
			w.fault(tt.fault, tt.set)
			uid := w.user("buyer-1")
			conv := w.conversation(uid, "one")
			if tt.fault == simkit.FaultWebhookDuplicate {
				w.settle() // the copy may come at any time, also after "two"
			}
			w.must("POST", "/v2/conversations/"+conv+"/messages", userMessage(uid, "two"))
			w.settle()

			var got []string
			for _, d := range rc.deliveries() {
				data, _ := d.body["data"].(object)
				m, _ := data["message"].(object)
				got = append(got, texts([]object{m})...)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("webhooks (-want +got):\n%s", d)
			}
		})
	}
}
