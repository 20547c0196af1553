package install

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

const (
	acme     = "acme-123.freshchat.com"
	acmeKey  = "eyJhbGciOiJIUzI1NiJ9.acme-key-x9Qk"
	origin   = "https://chat.example.com"
	acmeCode = "ROW_acme-authorization-code"
)

var (
	beauty = bridge.ShopInfo{ID: "7495001", Code: "GBLCBEAUTY", Name: "Glow Beauty", Region: "GB", Cipher: "cipher-beauty"}
	home   = bridge.ShopInfo{ID: "7495002", Code: "GBLCHOME", Name: "Glow Home", Region: "GB", Cipher: "cipher-home"}
	topic  = bridge.Topic{ID: "topic-1", Name: "TikTok Shop", Enabled: true, Web: true}
)

// began is when every story begins.
var began = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// stage is the real service over a real store, between two platforms that do
// as they are told.
type stage struct {
	*Service

	t         *testing.T
	store     *boltstore.Store
	path      string
	tiktok    *tiktokFake
	freshchat *freshchatFake
	log       *bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()

	s := &stage{
		t: t, now: began, log: &bytes.Buffer{},
		path: filepath.Join(t.TempDir(), "store.db"),
	}
	s.tiktok, s.freshchat = newTikTok(s.clock), newFreshchat()

	store, err := boltstore.Open(t.Context(), boltstore.Options{Path: s.path, Clock: s.clock})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = store.Close() })
	s.store = store

	line, err := auth.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}

	keyset, err := auth.ParseKeyset(line)
	if err != nil {
		t.Fatal(err)
	}

	vault, err := auth.NewSealer(keyset)
	if err != nil {
		t.Fatal(err)
	}

	var ids int

	s.Service = New(Options{
		Store: store, TikTok: s.tiktok, Freshchat: s.freshchat, Vault: vault, Secrets: secretsPort{auth.NewRandom(nil)},
		NewID: func() bridge.InstallationID {
			ids++

			return bridge.InstallationID("ins_" + strconv.Itoa(ids))
		},
		PublicURL: origin, Clock: s.clock,
		Logger: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})

	return s
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.now = s.now.Add(d)
}

// form is what installs the shop.
func form(shop string) Form {
	return Form{
		Claim: Claim{AuthCodeURL: origin + "/tiktok/authorized?code=" + acmeCode + "&market=uk", ShopCode: shop},
		Topic: topic.ID,
	}
}

// verified opens an install page and verifies it.
func (s *stage) verified(page string) {
	s.t.Helper()

	if _, err := s.Verify(s.t.Context(), page, acme, acmeKey); err != nil {
		s.t.Fatalf("verify: %v", err)
	}
}

// installed goes through a whole install page and returns what it handed over.
func (s *stage) installed(page, shop string) Handover {
	s.t.Helper()
	s.verified(page)

	p, err := s.Finish(s.t.Context(), page, form(shop))
	if err != nil {
		s.t.Fatalf("finish: %v", err)
	}

	h, err := s.Exchange(s.t.Context(), p.Installed.SetupCode)
	if err != nil {
		s.t.Fatalf("exchange: %v", err)
	}

	return h
}

// active is installed and confirmed by the Marketplace.
func (s *stage) active(page, shop string) Handover {
	s.t.Helper()

	h := s.installed(page, shop)
	s.confirm(h, 1000)

	return h
}

func (s *stage) confirm(h Handover, at int64) {
	s.t.Helper()

	if yes, err := s.Confirm(s.t.Context(), bridge.InstallationID(h.InstallID), Lifecycle{At: at}); err != nil || !yes {
		s.t.Fatalf("confirm: %v, %v", yes, err)
	}
}

func (s *stage) uninstall(h Handover, at int64) {
	s.t.Helper()

	if yes, err := s.Uninstall(s.t.Context(), bridge.InstallationID(h.InstallID), Lifecycle{At: at}); err != nil || !yes {
		s.t.Fatalf("uninstall: %v, %v", yes, err)
	}
}

func (s *stage) installation(h Handover) bridge.Installation {
	s.t.Helper()

	i, err := s.store.Installation(s.t.Context(), bridge.InstallationID(h.InstallID))
	if err != nil {
		s.t.Fatalf("installation: %v", err)
	}

	return i
}

func (s *stage) shopNow(id bridge.ShopID) bridge.Shop {
	s.t.Helper()

	shop, err := s.store.Shop(s.t.Context(), id)
	if err != nil {
		s.t.Fatalf("shop: %v", err)
	}

	return shop
}

// refused fails the test unless the error has words for the field.
func refused(t *testing.T, err error, field, says string) {
	t.Helper()

	var e *bridge.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v has no words", err)
	}

	if e.Field != field || !strings.Contains(e.Words, says) {
		t.Errorf("beside %q it says %q, want %q beside %q", e.Field, e.Words, says, field)
	}
}

// tiktokFake authorizes two shops through whatever code it is given.
type tiktokFake struct {
	// chats answers who reads conversations; nil lets everybody. deaf is set
	// while TikTok sends its messages to nobody.
	chats func(bridge.Access) error
	deaf  bool

	mu        sync.Mutex
	exchanged []string
	asked     []bridge.Access
	ended     []bridge.Access

	markets   []bridge.Market
	exchange  func(ctx context.Context, market bridge.Market, code string) (bridge.Grant, error)
	shops     func(bridge.Access) ([]bridge.ShopInfo, error)
	subscribe func(bridge.Access) error
}

func newTikTok(clock bridge.Clock) *tiktokFake {
	return &tiktokFake{
		markets: []bridge.Market{"uk", "asia"},
		exchange: func(context.Context, bridge.Market, string) (bridge.Grant, error) {
			return granted(clock()), nil
		},
		shops:     func(bridge.Access) ([]bridge.ShopInfo, error) { return []bridge.ShopInfo{beauty, home}, nil },
		subscribe: func(bridge.Access) error { return nil },
	}
}

func granted(now time.Time) bridge.Grant {
	return bridge.Grant{
		OpenID: "seller-1", SellerName: "Glow", Scopes: []string{bridge.ScopeChat},
		AccessToken: "ROW_access-token", AccessExpires: now.Add(7 * 24 * time.Hour),
		RefreshToken: "ROW_refresh-token", RefreshExpires: now.Add(365 * 24 * time.Hour),
	}
}

func (f *tiktokFake) Markets() []bridge.Market { return f.markets }

func (f *tiktokFake) AuthorizeURL(market bridge.Market, state string) (string, error) {
	return "https://services.tiktokshop.com/open/authorize?market=" + string(market) + "&state=" + state, nil
}

func (f *tiktokFake) Exchange(ctx context.Context, market bridge.Market, code string) (bridge.Grant, error) {
	f.mu.Lock()
	f.exchanged = append(f.exchanged, string(market)+" "+code)
	f.mu.Unlock()

	return f.exchange(ctx, market, code)
}

func (f *tiktokFake) Shops(_ context.Context, a bridge.Access) ([]bridge.ShopInfo, error) {
	return f.shops(a)
}

func (f *tiktokFake) Subscribe(_ context.Context, a bridge.Access, address string) error {
	f.mu.Lock()
	f.asked = append(f.asked, a)
	f.mu.Unlock()

	if address != origin+"/webhooks/tiktok/"+string(a.Market) {
		return errors.New("subscribed another address: " + address)
	}

	return f.subscribe(a)
}

func (f *tiktokFake) Conversations(_ context.Context, a bridge.Access, _ string) (bridge.ConversationPage, error) {
	if f.chats != nil {
		return bridge.ConversationPage{}, f.chats(a)
	}

	return bridge.ConversationPage{}, nil
}

func (f *tiktokFake) Subscribed(_ context.Context, a bridge.Access, address string) (bool, error) {
	return !f.deaf && address == origin+"/webhooks/tiktok/"+string(a.Market), nil
}

func (f *tiktokFake) Unsubscribe(_ context.Context, a bridge.Access) error {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.ended = append(f.ended, a)

	return nil
}

// freshchatFake is one account at one host.
type freshchatFake struct {
	account func(bridge.FreshchatAccess) (bridge.Account, error)
	topics  func(bridge.FreshchatAccess) ([]bridge.Topic, error)
}

func newFreshchat() *freshchatFake {
	return &freshchatFake{
		account: func(a bridge.FreshchatAccess) (bridge.Account, error) {
			if !strings.Contains(a.Key, "key") {
				return bridge.Account{}, &bridge.Failure{Op: "read account", Class: bridge.Reauthorize, Cause: bridge.CauseCredentials}
			}

			return bridge.Account{ID: bridge.AccountID("account-of-" + a.Host), Domain: a.Host}, nil
		},
		topics: func(bridge.FreshchatAccess) ([]bridge.Topic, error) {
			return []bridge.Topic{topic, {ID: "closed", Name: "Closed"}}, nil
		},
	}
}

func (f *freshchatFake) Host(typed string) (string, error) {
	if !strings.HasSuffix(typed, ".freshchat.com") {
		return "", &bridge.Error{Code: bridge.Invalid, Field: FieldDomain, Words: "This is not a Freshchat domain."}
	}

	return typed, nil
}

func (f *freshchatFake) WebhookKey(pasted string) (string, error) {
	if !strings.HasPrefix(pasted, "-----BEGIN") {
		return "", &bridge.Error{Code: bridge.Invalid, Words: "This is not a public key."}
	}

	return pasted, nil
}

func (f *freshchatFake) Account(_ context.Context, a bridge.FreshchatAccess) (bridge.Account, error) {
	return f.account(a)
}

func (f *freshchatFake) Topics(_ context.Context, a bridge.FreshchatAccess) ([]bridge.Topic, error) {
	return f.topics(a)
}

// secretsPort is the real source of what cannot be guessed.
type secretsPort struct{ *auth.Random }

func (secretsPort) HashCode(code string) string   { return auth.HashCode(code) }
func (secretsPort) HashToken(token string) string { return auth.HashToken(token) }
func (secretsPort) Same(a, b string) bool         { return auth.Same(a, b) }
