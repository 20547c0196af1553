package freshchat_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
	"sellerchat/server/freshchat"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

// stage is a client before the sandbox.
type stage struct {
	*freshchat.Client

	sim     *freshchatsim.Sim
	account freshchatsim.Account
	access  bridge.FreshchatAccess

	mu       sync.Mutex
	webhooks []bridge.FreshchatEvent
	events   []bridge.FreshchatEvent
}

func newStage(t *testing.T, behavior freshchatsim.Behavior) *stage {
	t.Helper()

	s := &stage{}
	key := make(chan string, 1)

	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pem := <-key
		key <- pem

		body, _ := io.ReadAll(r.Body)

		e, err := freshchat.Webhook(pem, r.Header.Get(freshchat.SignatureHeader), body)
		if err != nil {
			t.Errorf("webhook: %v", err)
		}

		s.mu.Lock()
		defer s.mu.Unlock()
		s.webhooks = append(s.webhooks, e)

		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(hook.Close)

	sim := freshchatsim.New(freshchatsim.Options{OnProductEvent: func(_, event string, payload []byte) { s.product(t, event, payload) }})
	t.Cleanup(sim.Close)

	s.sim = sim

	var err error

	s.account, err = sim.AddAccount(freshchatsim.AccountSpec{
		Domain: "acme.freshchat.com", WebhookURL: hook.URL, Behavior: behavior,
		Topics: []freshchatsim.Topic{{Name: "WhatsApp", Source: "WHATSAPP"}, {Name: "TikTok Shop"}, {Name: "Closed", Disabled: true}},
		Agents: []freshchatsim.Agent{{FirstName: "Priya"}},
	})
	if err != nil {
		t.Fatal(err)
	}

	shown, err := sim.PublicKey(s.account.AppID)
	if err != nil {
		t.Fatal(err)
	}

	pem, err := freshchat.ParseKey(shown)
	if err != nil {
		t.Fatal(err)
	}

	key <- pem

	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)

	s.access = bridge.FreshchatAccess{Host: strings.TrimPrefix(srv.URL, "http://"), Key: s.account.APIKey}

	hosts, err := freshchat.ParseHosts([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}

	client := dial.NewClient(dial.NewTransport(dial.Options{AllowLoopback: true}), 10*time.Second)
	t.Cleanup(client.CloseIdleConnections)

	s.Client = freshchat.New(freshchat.Options{Hosts: hosts, HTTP: client, Clock: sim.Clock().Now, Insecure: true})

	return s
}

func (s *stage) product(t *testing.T, event string, payload []byte) {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(payload, &envelope); err != nil {
		t.Error(err)
	}

	events, err := freshchat.ProductEvent(event, envelope.Data)
	if err != nil {
		t.Errorf("%s: %v", event, err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, events...)
}

// conversation opens a conversation for a new buyer.
func (s *stage) conversation(t *testing.T) (bridge.Opened, bridge.UserID) {
	t.Helper()

	p, err := s.CreatePerson(t.Context(), s.access, bridge.Person{Reference: "tiktok:1:" + t.Name(), Name: "Jamie"})
	if err != nil {
		t.Fatal(err)
	}

	opened, err := s.Open(t.Context(), s.access, bridge.Opening{Topic: s.topic(t, "TikTok Shop"), User: p.ID, Piece: bridge.Words("where is my order? 😀 <b>")})
	if err != nil {
		t.Fatal(err)
	}

	return opened, p.ID
}

func (s *stage) topic(t *testing.T, name string) bridge.TopicID {
	t.Helper()

	topics, err := s.Topics(t.Context(), s.access)
	if err != nil {
		t.Fatal(err)
	}

	for _, topic := range topics {
		if topic.Name == name {
			return topic.ID
		}
	}

	t.Fatalf("no topic %q in %v", name, topics)

	return ""
}

// settled waits until every webhook was delivered.
func (s *stage) settled(t *testing.T) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()

	if err := s.sim.Outbox().WaitEmpty(ctx); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) fault(t *testing.T, name string, f simkit.Fault) {
	t.Helper()

	f.Rate, f.Remaining = 1, 1
	if err := s.sim.Faults().Set(name, f); err != nil {
		t.Fatal(err)
	}
}

func TestTheSandboxIsServed(t *testing.T) {
	s := newStage(t, freshchatsim.Behavior{NullSiblings: true})
	ctx := t.Context()

	account, err := s.Account(ctx, s.access)
	if err != nil || account != (bridge.Account{ID: bridge.AccountID(s.account.AppID), Domain: "acme.freshchat.com"}) {
		t.Fatalf("account %v, %v", account, err)
	}

	topics, err := s.Topics(ctx, s.access)
	if err != nil {
		t.Fatal(err)
	}

	var names []string
	for _, topic := range topics {
		names = append(names, topic.Name)
	}

	if diff := cmp.Diff([]string{"Closed", "TikTok Shop", "WhatsApp"}, names); diff != "" {
		t.Error(diff)
	}

	opened, user := s.conversation(t)
	if opened.Thread == "" || opened.Numeric == "" || opened.Message == "" {
		t.Fatalf("opened %v", opened)
	}

	if err := s.RenamePerson(ctx, s.access, user, "Jamie B."); err != nil {
		t.Fatal(err)
	}

	person, err := s.FindPerson(ctx, s.access, "tiktok:1:"+t.Name())
	if err != nil || person.ID != user || person.Name != "Jamie B." {
		t.Errorf("person %v, %v", person, err)
	}

	threads, err := s.Threads(ctx, s.access, user)
	if err != nil || len(threads) != 1 || threads[0] != opened.Thread {
		t.Errorf("threads %v, %v", threads, err)
	}

	agent := bridge.AgentID(s.account.Agents[0].ID)
	for _, post := range []bridge.Post{
		{User: user, Piece: bridge.Words("any news?")}, {Private: true, Piece: bridge.Words("by a bot")}, {Private: true, Agent: agent, Piece: bridge.Words("by an agent")},
	} {
		if _, err := s.Post(ctx, s.access, opened.Thread, post); err != nil {
			t.Errorf("post %v: %v", post, err)
		}
	}

	if _, err := s.sim.AgentReplies(string(opened.Thread), string(agent), freshchatsim.Text("<p>On its <b>way</b></p>")); err != nil {
		t.Fatal(err)
	}

	messages, err := s.Messages(ctx, s.access, opened.Thread, time.Time{})
	if err != nil {
		t.Fatal(err)
	}

	var texts []string
	for _, m := range messages {
		// The system tells in between that the conversation was assigned.
		if m.Author != bridge.Automaton || m.Private {
			texts = append(texts, m.Text)
		}
	}

	want := []string{"On its way", "by an agent", "by a bot", "any news?", "where is my order? 😀 <b>"}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}

func TestBothPathsTellTheSame(t *testing.T) {
	s := newStage(t, freshchatsim.Behavior{NullSiblings: true})
	opened, _ := s.conversation(t)
	agent := s.account.Agents[0].ID

	for _, act := range []func() error{
		func() error {
			_, err := s.sim.AgentReplies(string(opened.Thread), agent, freshchatsim.Text("hello"), freshchatsim.File("a.pdf", "https://x.example/a.pdf", "application/pdf", 7))

			return err
		},
		func() error {
			_, err := s.sim.AgentNotes(string(opened.Thread), agent, freshchatsim.Text("secret"))

			return err
		},
		func() error {
			_, err := s.sim.BotWrites(string(opened.Thread), freshchatsim.Text("beep"))

			return err
		},
		func() error { return s.sim.Resolve(string(opened.Thread), agent) },
		func() error { return s.Reopen(t.Context(), s.access, opened.Thread) },
	} {
		if err := act(); err != nil {
			t.Fatal(err)
		}
	}

	s.settled(t)
	s.mu.Lock()
	defer s.mu.Unlock()

	// What both paths are read for: which message, whether it is relayed, and
	// when a conversation is resolved or reopened.
	tell := func(events []bridge.FreshchatEvent) map[string]bridge.Hidden {
		told := map[string]bridge.Hidden{}
		for _, e := range events {
			if e.Thread != opened.Thread || e.Account != bridge.AccountID(s.account.AppID) {
				if e.Kind != bridge.FreshchatOther {
					t.Errorf("event of %q and %q", e.Account, e.Thread)
				}

				continue
			}

			switch e.Kind {
			case bridge.FreshchatMessage:
				if e.Message.Author != bridge.Automaton {
					told[string(e.Message.ID)] = e.Hidden
				}
			case bridge.FreshchatResolved:
				told["resolved"] = ""
			case bridge.FreshchatReopened:
				told["reopened"] = ""
			}
		}

		return told
	}

	hooks, events := tell(s.webhooks), tell(s.events)
	if diff := cmp.Diff(hooks, events); diff != "" {
		t.Errorf("webhooks and product events differ:\n%s", diff)
	}

	if len(hooks) != 5 {
		t.Errorf("told %v", hooks)
	}

	relayed := 0
	for _, e := range s.webhooks {
		if e.Kind == bridge.FreshchatMessage && e.Hidden == "" {
			relayed++

			if len(e.Message.Parts) != 2 || e.Message.Parts[0].Text != "hello" || e.Message.Parts[1].Name != "a.pdf" {
				t.Errorf("parts %v", e.Message.Parts)
			}
		}
	}

	if relayed != 1 {
		t.Errorf("%d messages to relay, want one", relayed)
	}
}
