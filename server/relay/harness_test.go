package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

const (
	testInstallation = bridge.InstallationID("ins_1")
	testShop         = bridge.ShopID("shop_1")
	testChat         = bridge.ConversationID("chat_1")
	testMarket       = bridge.Market("uk")
)

// consent is the authorization that testShop is reached through.
var consent = bridge.AuthorizationKey{Market: testMarket, OpenID: "seller_1"}

// stage is one installation with one shop on a real store, between two
// platforms that a test plays. It lives in a synctest bubble: time passes only
// when everybody waits.
type stage struct {
	t     *testing.T
	path  string
	store *boltstore.Store
	port  Store // what the relay is given; the store, unless a test stands between
	fc    *freshchatFake
	tt    *tiktokFake
	files *filesFake
	relay *Relay
	stop  func()
	count int
}

// onStage runs a test in a bubble. The prepare functions change the stage
// before the relay is made.
func onStage(t *testing.T, play func(s *stage), prepare ...func(*stage)) {
	t.Helper()

	path := filepath.Join(t.TempDir(), "relay.db")

	synctest.Test(t, func(t *testing.T) {
		store, err := boltstore.Open(t.Context(), boltstore.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}

		s := &stage{t: t, path: path, store: store, port: store, fc: newFreshchatFake(), tt: newTiktokFake(), files: newFilesFake()}
		s.fc.files, s.tt.files = s.files, s.files
		s.install()

		for _, change := range prepare {
			change(s)
		}

		defer func() {
			if err := s.store.Close(); err != nil {
				t.Error(err)
			}
		}()

		s.start()
		defer func() { s.stop() }()

		play(s)
	})
}

func (s *stage) install() {
	err := errors.Join(
		s.store.Install(s.t.Context(), installed(bridge.Pending, "key-1", "access-1", time.Now())),
		s.store.Activate(s.t.Context(), testInstallation, time.Now(), func(*bridge.Installation) error { return nil }),
	)
	if err != nil {
		s.t.Fatal(err)
	}
}

// mend is the admin installing again, with another key and another consent.
func (s *stage) mend() {
	s.t.Helper()

	if err := s.store.Install(s.t.Context(), installed(bridge.Active, "key-2", "access-2", time.Now())); err != nil {
		s.t.Fatal(err)
	}
}

func installed(state bridge.InstallationState, key, token string, now time.Time) bridge.Installed {
	return bridge.Installed{
		Installation: bridge.Installation{
			ID: testInstallation, Account: "acc_1", Host: "acme.freshchat.com", State: state,
			APIKey: bridge.Sealed(key), Settings: bridge.DefaultSettings(), CreatedAt: now,
		},
		Shop: bridge.Shop{
			ShopInfo: bridge.ShopInfo{ID: testShop, Name: "Glow Beauty", Cipher: "cipher"},
			Topic:    bridge.Topic{ID: "topic_1"}, ConnectedAt: now,
		},
		Authorization: bridge.Authorization{
			Key: consent, AccessToken: bridge.Sealed(token), RefreshToken: bridge.Sealed("refresh of " + token),
			AccessExpires: now.Add(30 * 24 * time.Hour), UpdatedAt: now,
		},
	}
}

// start runs a relay; stop ends it as the program does.
func (s *stage) start() {
	s.relay = New(Options{
		Store: s.port, TikTok: s.tt, Freshchat: s.fc, Vault: plainVault{}, Observer: noObserver{},
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Blobs: s.files, Fetcher: s.files, NewMediaToken: s.files.token, MediaURL: mediaURL,
		FreshchatRate: 100, TikTokRate: 100,
	})

	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	done := make(chan error, 1)

	go func() { done <- s.relay.Run(ctx) }()

	s.stop = func() {
		cancel()

		if err := <-done; err != nil {
			s.t.Error(err)
		}
	}
}

func (s *stage) key() bridge.LinkKey {
	return bridge.LinkKey{Installation: testInstallation, Shop: testShop, Conversation: testChat}
}

// hears gives the relay a message of TikTok's webhook.
func (s *stage) hears(author bridge.AuthorRole, id bridge.MessageID, text string, at time.Time) {
	s.t.Helper()
	s.hearsParts(author, id, at, bridge.Part{Kind: bridge.PartText, Text: text})
}

func (s *stage) hearsParts(author bridge.AuthorRole, id bridge.MessageID, at time.Time, parts ...bridge.Part) {
	s.t.Helper()

	s.count++
	_, err := s.relay.tiktokEvent(s.t.Context(), testMarket, bridge.TikTokEvent{
		Kind: bridge.TikTokMessage, Shop: testShop, Conversation: testChat,
		Message: bridge.Message{
			ID: id, Author: author, CreatedAt: at, Order: uint64(at.UnixMicro()) + uint64(s.count), Parts: parts,
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) buyerWrites(text string) {
	s.t.Helper()
	s.hears(bridge.Buyer, bridge.MessageID(fmt.Sprintf("tt_%d", s.count)), text, time.Now())
}

// agentWrites gives the relay an agent's reply in a thread.
func (s *stage) agentWrites(thread bridge.ThreadID, text string) {
	s.t.Helper()
	s.agentSends(thread, bridge.Part{Kind: bridge.PartText, Text: text})
}

func (s *stage) agentSends(thread bridge.ThreadID, parts ...bridge.Part) {
	s.t.Helper()

	s.count++
	inst, err := s.store.Installation(s.t.Context(), testInstallation)
	if err != nil {
		s.t.Fatal(err)
	}

	outcome, err := s.relay.freshchatEvent(s.t.Context(), inst, bridge.FreshchatEvent{
		Kind: bridge.FreshchatMessage, Thread: thread, User: "user_1",
		Message: bridge.Message{
			ID: bridge.MessageID(fmt.Sprintf("fc_agent_%d", s.count)), Author: bridge.Agent, AuthorID: "agent_1", CreatedAt: time.Now(),
			Parts: parts,
		},
	}, bridge.PathWebhook)
	if err != nil || outcome != outcomeAccepted {
		s.t.Fatalf("reply %v is %s: %v", parts, outcome, err)
	}
}

func (s *stage) link() bridge.Link {
	s.t.Helper()

	l, err := s.store.Link(s.t.Context(), s.key())
	if err != nil {
		s.t.Fatal(err)
	}

	return l
}

// opened begins every story: the buyer has written, and the agent sees it.
func (s *stage) opened() bridge.ThreadID {
	s.t.Helper()
	s.buyerWrites("hello")
	synctest.Wait()

	return s.link().Thread
}

// pass lets the time of the bubble go by, until all has happened that then does.
// What the relay does meanwhile comes after what the test did before, and what
// the test does next after both. The race detector learns the first from a
// timer that ends before the relay's, the second from the wait.
func pass(d time.Duration) {
	takes(0)
	takes(d)
	synctest.Wait()
}

// takes is the time that a hook takes; only the test itself may wait for all.
func takes(d time.Duration) { <-time.NewTimer(d).C }

// unknown is the failure of a call whose answer got lost.
func unknown() error { return &bridge.Failure{Op: "call", Class: bridge.Temporary} }

// refused is the failure of a call whose credentials are not accepted.
func refused() error {
	return &bridge.Failure{Op: "call", Class: bridge.Reauthorize, Certain: true}
}

// plainVault seals nothing.
type plainVault struct{}

func (plainVault) Seal(plain []byte, _ string) ([]byte, error)  { return slices.Clone(plain), nil }
func (plainVault) Open(sealed []byte, _ string) ([]byte, error) { return slices.Clone(sealed), nil }

type noObserver struct{}

func (noObserver) Webhook(string, string)                                                {}
func (noObserver) Breakers(bridge.Side, int)                                             {}
func (noObserver) Settled(bridge.Direction, bridge.State, time.Duration)                 {}
func (noObserver) Reconciled(bridge.Side, string, int)                                   {}
func (noObserver) Corrected(bridge.Direction, bridge.State, bridge.State, time.Duration) {}

// tiktokFake is TikTok. Its hooks run without its lock; nil ones succeed.
type tiktokFake struct {
	mu    sync.Mutex
	files *filesFake
	sent  []bridge.RemoteMessage // oldest first
	heard []bridge.RemoteMessage // what others wrote, as it is read back

	// upload may refuse a file.
	upload func(bridge.Upload) error
	// send may fail a call; taking it before or not.
	send    func(ctx context.Context, text string, take func() bridge.MessageID) (bridge.MessageID, error)
	refresh func(ctx context.Context, token string) (bridge.Grant, error)
	// conversation may fail reading one, list all of them.
	conversation func(ctx context.Context) error
	list         func() error
	split        func(string) []string
}

func newTiktokFake() *tiktokFake { return &tiktokFake{} }

func (f *tiktokFake) take(p bridge.Piece) bridge.MessageID {
	f.mu.Lock()
	defer f.mu.Unlock()

	id := bridge.MessageID(fmt.Sprintf("tt_ours_%d", len(f.sent)))
	m := said(id, bridge.Seller, f.files.label(p), time.Now().Truncate(time.Second))
	m.Parts = partsOf(p)
	f.sent = append(f.sent, m)

	return id
}

func (f *tiktokFake) texts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()

	return textsOf(f.sent)
}

// said is a message as a platform tells it when it is read back.
func said(id bridge.MessageID, author bridge.AuthorRole, text string, at time.Time) bridge.RemoteMessage {
	return bridge.RemoteMessage{Message: bridge.Message{ID: id, Author: author, CreatedAt: at}, Text: text}
}

func textsOf(messages []bridge.RemoteMessage) []string {
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = m.Text
	}

	return texts
}

func (f *tiktokFake) Webhook(bridge.Market, string, []byte) (bridge.TikTokEvent, error) {
	return bridge.TikTokEvent{}, errors.New("not played")
}

func (f *tiktokFake) Refresh(ctx context.Context, _ bridge.Market, token string) (bridge.Grant, error) {
	return f.refresh(ctx, token)
}

func (f *tiktokFake) Conversation(ctx context.Context, _ bridge.Access, id bridge.ConversationID) (bridge.ConversationInfo, error) {
	if f.conversation != nil {
		if err := f.conversation(ctx); err != nil {
			return bridge.ConversationInfo{}, err
		}
	}

	return bridge.ConversationInfo{ID: id, BuyerID: "buyer_1", BuyerName: "Emma"}, nil
}

func (f *tiktokFake) Conversations(context.Context, bridge.Access, string) (bridge.ConversationPage, error) {
	if f.list != nil {
		return bridge.ConversationPage{}, f.list()
	}

	return bridge.ConversationPage{}, nil
}

func (f *tiktokFake) CreateConversation(context.Context, bridge.Access, string) (bridge.ConversationID, error) {
	return "", errors.New("not played")
}

func (f *tiktokFake) Messages(context.Context, bridge.Access, bridge.ConversationID, string) (bridge.RemotePage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	newest := slices.Concat(f.heard, f.sent)
	slices.SortStableFunc(newest, func(a, b bridge.RemoteMessage) int { return b.CreatedAt.Compare(a.CreatedAt) })

	return bridge.RemotePage{Messages: newest}, nil
}

func (f *tiktokFake) Send(ctx context.Context, _ bridge.Access, _ bridge.ConversationID, p bridge.Piece) (bridge.MessageID, error) {
	take := func() bridge.MessageID { return f.take(p) }
	if f.send == nil {
		return take(), nil
	}

	return f.send(ctx, f.files.label(p), take)
}

func (f *tiktokFake) UploadImage(_ context.Context, _ bridge.Access, u bridge.Upload) (bridge.Piece, error) {
	return f.files.uploaded(bridge.PartImage, "https://tiktok.example/", u, f.upload)
}

func (f *tiktokFake) UploadVideo(_ context.Context, _ bridge.Access, _ bridge.ConversationID, u bridge.Upload) (bridge.Piece, error) {
	return f.files.uploaded(bridge.PartVideo, "vid_", u, f.upload)
}

func (f *tiktokFake) Limits() []bridge.Limit {
	return []bridge.Limit{
		{Kind: bridge.PartText, Most: 2000},
		{Kind: bridge.PartImage, Most: 10 << 20, MIME: []string{"image/jpeg", "image/png", "image/webp", "image/gif"}},
		{Kind: bridge.PartVideo, Most: 100 << 20, MIME: []string{"video/mp4", "video/webm"}},
	}
}

func (f *tiktokFake) MarkRead(context.Context, bridge.Access, bridge.ConversationID) error {
	return nil
}

func (f *tiktokFake) Locate(_ bridge.ShopInfo, p bridge.Part) bridge.Part { return p }

func (f *tiktokFake) SplitText(text string) []string {
	if f.split == nil {
		return []string{text}
	}

	return f.split(text)
}

// freshchatFake is Freshchat with one account, which knows users by reference.
type freshchatFake struct {
	mu      sync.Mutex
	files   *filesFake
	threads map[bridge.ThreadID][]bridge.RemoteMessage // oldest first
	people  []bridge.Person
	count   int

	post func(ctx context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error)
	open func(ctx context.Context, take func() bridge.Opened) (bridge.Opened, error)
	find func() bool
	// knows tells by which ids conversations are known; nil means by all.
	knows func(bridge.ThreadID) bool
	// fail may fail a post or an opening before anything else.
	fail func(ctx context.Context, text string) error
	// upload may refuse a file, reread gives a message that is read again.
	upload func(bridge.Upload) error
	reread func(bridge.MessageID) (bridge.Message, error)
}

func newFreshchatFake() *freshchatFake {
	return &freshchatFake{threads: map[bridge.ThreadID][]bridge.RemoteMessage{}}
}

func (f *freshchatFake) write(thread bridge.ThreadID, p bridge.Post) bridge.MessageID {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.count++
	m := said(bridge.MessageID(fmt.Sprintf("fc_%d", f.count)), bridge.Buyer, f.files.label(p.Piece), time.Now().Truncate(time.Millisecond))
	m.Private, m.Parts = p.Private, partsOf(p.Piece)

	if p.Private {
		m.Author = bridge.Automaton
	}

	f.threads[thread] = append(f.threads[thread], m)

	return m.ID
}

func (f *freshchatFake) failing(ctx context.Context, text string) error {
	if f.fail == nil {
		return nil
	}

	return f.fail(ctx, text)
}

func (f *freshchatFake) conversations() int {
	f.mu.Lock()
	defer f.mu.Unlock()

	return len(f.threads)
}

// shown are the texts of a thread, notes in brackets.
func (f *freshchatFake) shown(thread bridge.ThreadID) []string {
	f.mu.Lock()
	defer f.mu.Unlock()

	var texts []string

	for _, m := range f.threads[thread] {
		if m.Private {
			texts = append(texts, "["+m.Text+"]")
		} else {
			texts = append(texts, m.Text)
		}
	}

	return texts
}

// notes are the private notes of a thread.
func (f *freshchatFake) notes(thread bridge.ThreadID) []string {
	return slices.DeleteFunc(f.shown(thread), func(text string) bool { return !strings.HasPrefix(text, "[") })
}

// chat is what of a thread is no note.
func (f *freshchatFake) chat(thread bridge.ThreadID) []string {
	f.mu.Lock()
	defer f.mu.Unlock()

	var texts []string

	for _, m := range f.threads[thread] {
		if !m.Private {
			texts = append(texts, m.Text)
		}
	}

	return texts
}

func (f *freshchatFake) Webhook(string, string, []byte) (bridge.FreshchatEvent, error) {
	return bridge.FreshchatEvent{}, errors.New("not played")
}

func (f *freshchatFake) ProductEvent(string, []byte) ([]bridge.FreshchatEvent, error) {
	return nil, errors.New("not played")
}

func (f *freshchatFake) Account(context.Context, bridge.FreshchatAccess) (bridge.Account, error) {
	return bridge.Account{ID: "acc_1"}, nil
}

func (f *freshchatFake) FindPerson(_ context.Context, _ bridge.FreshchatAccess, reference string) (bridge.Person, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	for _, p := range f.people {
		if p.Reference == reference && (f.find == nil || f.find()) {
			return p, nil
		}
	}

	return bridge.Person{}, bridge.ErrNotFound
}

func (f *freshchatFake) CreatePerson(_ context.Context, _ bridge.FreshchatAccess, p bridge.Person) (bridge.Person, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	p.ID = bridge.UserID(fmt.Sprintf("user_%d", len(f.people)+1))
	f.people = append(f.people, p)

	return p, nil
}

func (f *freshchatFake) RenamePerson(context.Context, bridge.FreshchatAccess, bridge.UserID, string) error {
	return nil
}

func (f *freshchatFake) Open(ctx context.Context, _ bridge.FreshchatAccess, o bridge.Opening) (bridge.Opened, error) {
	if err := f.failing(ctx, o.Text); err != nil {
		return bridge.Opened{}, err
	}

	take := func() bridge.Opened {
		f.mu.Lock()
		thread := bridge.ThreadID(fmt.Sprintf("%s/thread_%d", o.User, len(f.threads)+1))
		f.mu.Unlock()

		return bridge.Opened{Thread: thread, Message: f.write(thread, bridge.Post{User: o.User, Piece: o.Piece})}
	}
	if f.open == nil {
		return take(), nil
	}

	return f.open(ctx, take)
}

func (f *freshchatFake) Post(ctx context.Context, _ bridge.FreshchatAccess, thread bridge.ThreadID, p bridge.Post) (bridge.MessageID, error) {
	if err := errors.Join(f.known(thread), f.failing(ctx, p.Text)); err != nil {
		return "", err
	}

	take := func() bridge.MessageID { return f.write(thread, p) }
	if f.post == nil {
		return take(), nil
	}

	return f.post(ctx, p, take)
}

// known is the failure of a call about a conversation that is not known by its
// id.
func (f *freshchatFake) known(thread bridge.ThreadID) error {
	if f.knows == nil || f.knows(thread) {
		return nil
	}

	return &bridge.Failure{Op: "call", Class: bridge.Permanent, Certain: true, Cause: bridge.CauseConversation, Status: 404}
}

func (f *freshchatFake) Messages(_ context.Context, _ bridge.FreshchatAccess, thread bridge.ThreadID, since time.Time) ([]bridge.RemoteMessage, error) {
	if err := f.known(thread); err != nil {
		return nil, err
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	var newest []bridge.RemoteMessage

	for _, m := range slices.Backward(f.threads[thread]) {
		if m.Author == bridge.Buyer && m.Hidden == "" {
			m.Hidden = bridge.HiddenOwn
		}

		if !m.CreatedAt.Before(since) {
			newest = append(newest, m)
		}
	}

	return newest, nil
}

func (f *freshchatFake) Message(
	_ context.Context, _ bridge.FreshchatAccess, _ bridge.ThreadID, id bridge.MessageID, _ time.Time,
) (bridge.Message, error) {
	if f.reread == nil {
		return bridge.Message{}, &bridge.Failure{Op: "messages", Class: bridge.Permanent, Certain: true, Err: bridge.ErrNotFound}
	}

	return f.reread(id)
}

func (f *freshchatFake) UploadImage(_ context.Context, _ bridge.FreshchatAccess, u bridge.Upload) (bridge.Piece, error) {
	return f.files.uploaded(bridge.PartImage, "https://freshchat.example/", u, f.upload)
}

func (f *freshchatFake) UploadFile(_ context.Context, _ bridge.FreshchatAccess, u bridge.Upload) (bridge.Piece, error) {
	return f.files.uploaded(bridge.PartFile, "hash_", u, f.upload)
}

func (f *freshchatFake) Limits() []bridge.Limit {
	return []bridge.Limit{
		{Kind: bridge.PartText, Most: 5000},
		{Kind: bridge.PartImage, Most: 5 << 20, MIME: []string{"image/jpeg", "image/png", "image/webp"}},
		{Kind: bridge.PartFile, Most: 25 << 20},
	}
}

func (f *freshchatFake) Threads(_ context.Context, _ bridge.FreshchatAccess, id bridge.UserID) ([]bridge.ThreadID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	var threads []bridge.ThreadID

	for thread := range f.threads {
		if strings.HasPrefix(string(thread), string(id)+"/") {
			threads = append(threads, thread)
		}
	}

	return threads, nil
}

func (f *freshchatFake) Reopen(context.Context, bridge.FreshchatAccess, bridge.ThreadID) error {
	return nil
}
