package relay

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
)

// shopFake is a shop on TikTok that keeps its conversations and is strict about
// its calls: pages as small as the real ones, no two calls of a comparison in a
// second, none beyond the quota.
type shopFake struct {
	*tiktokFake

	t     *testing.T
	mu    sync.Mutex
	chats map[bridge.ConversationID][]bridge.RemoteMessage // oldest first
	order []bridge.ConversationID                          // of their creation
	index uint64

	fail  error // of every call that reads
	calls int
	last  map[string]time.Time // of each shop, by its cipher
	quota int
	used  int
}

func newShopFake(t *testing.T, tt *tiktokFake) *shopFake {
	return &shopFake{
		tiktokFake: tt, t: t, chats: map[bridge.ConversationID][]bridge.RemoteMessage{}, quota: 10_000,
		last:  map[string]time.Time{},
		index: uint64(time.Now().UnixMicro()),
	}
}

// write puts a message into a conversation.
func (f *shopFake) write(chat bridge.ConversationID, author bridge.AuthorRole, text string, hidden bridge.Hidden) bridge.Message {
	f.mu.Lock()
	defer f.mu.Unlock()

	if f.chats[chat] == nil {
		f.order = append(f.order, chat)
	}

	f.index += 1000
	m := said(bridge.MessageID(fmt.Sprintf("tt_%d", f.index)), author, text, time.Now().Truncate(time.Second))
	m.Order, m.Hidden = f.index, hidden
	m.Parts = []bridge.Part{{Kind: bridge.PartText, Text: text}}
	f.chats[chat] = append(f.chats[chat], m)

	return m.Message
}

// read counts a call that reads, and fails it when the shop cannot be reached.
func (f *shopFake) read(a bridge.Access) error {
	now := time.Now()
	if since := now.Sub(f.last[a.Cipher]); since < time.Second {
		f.t.Errorf("two calls for a shop within %s", since)
	}

	f.last[a.Cipher] = now
	f.calls++

	if f.fail != nil {
		return f.fail
	}

	if f.used++; f.used > f.quota {
		f.t.Errorf("call %d is beyond the quota", f.used)
	}

	return nil
}

func (f *shopFake) down(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.fail = err
}

func (f *shopFake) Conversations(_ context.Context, a bridge.Access, page string) (bridge.ConversationPage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if err := f.read(a); err != nil {
		return bridge.ConversationPage{}, err
	}

	from := 0
	_, _ = fmt.Sscan(page, &from)

	var out bridge.ConversationPage

	for _, id := range f.order[from:min(from+20, len(f.order))] {
		m := f.chats[id][len(f.chats[id])-1]
		out.Conversations = append(out.Conversations, bridge.ConversationInfo{
			ID: id, Latest: m.ID, LatestAt: m.CreatedAt, LatestOrder: m.Order,
		})
	}

	if from+20 < len(f.order) {
		out.Next = fmt.Sprint(from + 20)
	}

	return out, nil
}

func (f *shopFake) Messages(_ context.Context, a bridge.Access, id bridge.ConversationID, page string) (bridge.RemotePage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if err := f.read(a); err != nil {
		return bridge.RemotePage{}, err
	}

	chat := f.chats[id]
	end := len(chat)
	_, _ = fmt.Sscan(page, &end)

	start := max(0, end-10)
	out := bridge.RemotePage{Messages: slices.Clone(chat[start:end])}
	slices.Reverse(out.Messages)

	if start > 0 {
		out.Next = fmt.Sprint(start)
	}

	return out, nil
}

// accountFake is a Freshchat that is strict about being read: 60 calls a
// minute, none within a second of another, with pages as small as the real ones.
type accountFake struct {
	*freshchatFake

	t    *testing.T
	mu   sync.Mutex
	free time.Time // for the next call
	used int
	busy error // of every read
}

func (f *accountFake) Messages(ctx context.Context, a bridge.FreshchatAccess, thread bridge.ThreadID, since time.Time) ([]bridge.RemoteMessage, error) {
	messages, err := f.freshchatFake.Messages(ctx, a, thread, since)

	f.mu.Lock()
	defer f.mu.Unlock()

	now, calls := time.Now(), 1+len(messages)/messagesPerCall
	if early := f.free.Sub(now); early > 0 {
		f.t.Errorf("a conversation is read %s too early", early)
	}

	f.free = now.Add(time.Duration(calls) * time.Second)
	f.used += calls

	if f.busy != nil {
		return nil, f.busy
	}

	return messages, err
}

func (f *accountFake) reads() int {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.used
}

func (f *accountFake) refuse(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.busy = err
}

// compared is a stage whose relay compares both sides.
type compared struct {
	*stage

	shop   *shopFake
	inbox  *accountFake
	window time.Duration
}

// onComparing runs a test in a bubble with a relay that compares.
func onComparing(t *testing.T, play func(s *compared)) {
	t.Helper()

	onStage(t, func(s *stage) {
		s.stop()

		c := &compared{stage: s, shop: newShopFake(s.t, s.tt), inbox: &accountFake{freshchatFake: s.fc, t: s.t}}
		c.run()
		play(c)
	})
}

// run starts the relay with its comparisons; s.stop ends both.
func (c *compared) run() {
	c.relay = New(Options{
		Store: c.port, TikTok: c.shop, Freshchat: c.inbox, Vault: plainVault{}, Observer: noObserver{},
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		FreshchatRate: 100, TikTokRate: 100, OrderWindow: c.window,
	})

	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	done := make(chan error, 2)

	go func() { done <- c.relay.Run(ctx) }()
	go func() { done <- c.relay.Reconcile(ctx) }()

	c.stop = func() {
		cancel()

		if err := cmp.Or(<-done, <-done); err != nil {
			c.t.Error(err)
		}
	}
}

// restart stops the relay for a while.
func (c *compared) restart(after time.Duration) {
	c.stop()
	pass(after)
	c.run()
}

// told gives the relay a webhook for a message.
func (c *compared) told(chat bridge.ConversationID, m bridge.Message) {
	c.t.Helper()

	_, err := c.relay.tiktokEvent(c.t.Context(), testMarket, bridge.TikTokEvent{
		Kind: bridge.TikTokMessage, Shop: testShop, Conversation: chat, Message: m,
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// shows are the texts that agents see of a conversation.
func (c *compared) shows(chat bridge.ConversationID) []string {
	c.t.Helper()
	synctest.Wait()

	l, err := c.store.Link(c.t.Context(), bridge.LinkKey{Installation: testInstallation, Shop: testShop, Conversation: chat})
	if err != nil {
		return nil
	}

	c.fc.mu.Lock()
	defer c.fc.mu.Unlock()

	var texts []string

	for _, m := range c.fc.threads[l.Thread] {
		if m.Author == bridge.Buyer && m.Hidden == "" {
			texts = append(texts, m.Text)
		}
	}

	return texts
}

func (c *compared) threadOf(chat bridge.ConversationID) bridge.ThreadID {
	c.t.Helper()
	synctest.Wait()

	l, err := c.store.Link(c.t.Context(), bridge.LinkKey{Installation: testInstallation, Shop: testShop, Conversation: chat})
	if err != nil {
		c.t.Fatal(err)
	}

	return l.Thread
}

// lost writes into the conversation in Freshchat, and no event tells.
func (c *compared) lost(author bridge.AuthorRole, text string, private bool) bridge.Message {
	c.t.Helper()

	thread := c.threadOf(testChat)

	c.fc.mu.Lock()
	defer c.fc.mu.Unlock()

	c.fc.count++
	m := said(bridge.MessageID(fmt.Sprintf("fc_%d", c.fc.count)), author, text, time.Now().Truncate(time.Millisecond))
	m.Private, m.AuthorID = private, "agent_1"
	m.Order = uint64(m.CreatedAt.UnixMicro())
	m.Parts = []bridge.Part{{Kind: bridge.PartText, Text: text}}

	switch {
	case private:
		m.Hidden = bridge.HiddenPrivate
	case author == bridge.Buyer:
		m.Hidden = bridge.HiddenOwn
	case author != bridge.Agent:
		m.Hidden = bridge.HiddenSystem
	}

	c.fc.threads[thread] = append(c.fc.threads[thread], m)

	return m.Message
}

// heardReply gives the relay an event for what was written.
func (c *compared) heardReply(m bridge.Message) {
	c.t.Helper()

	inst, err := c.store.Installation(c.t.Context(), testInstallation)
	if err != nil {
		c.t.Fatal(err)
	}

	_, err = c.relay.freshchatEvent(c.t.Context(), inst, bridge.FreshchatEvent{
		Kind: bridge.FreshchatMessage, Thread: c.threadOf(testChat), Message: m,
	}, bridge.PathEvent)
	if err != nil {
		c.t.Fatal(err)
	}
}

// health marks the account's credentials.
func (c *compared) health(h bridge.HealthItem) {
	c.t.Helper()

	_, err := c.store.UpdateInstallation(c.t.Context(), testInstallation, func(i *bridge.Installation) error {
		i.Health.Credentials = h

		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}
