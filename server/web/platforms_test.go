package web

import (
	"context"
	"errors"
	"strings"
	"time"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/server/relay"
)

// tiktokFake is TikTok as far as pages and webhooks need it; anything else that
// is called is a nil pointer and fails the test.
type tiktokFake struct {
	relay.TikTok

	clock    bridge.Clock
	markets  []bridge.Market
	exchange func(code string) error
	shops    func() ([]bridge.ShopInfo, error)
}

func (f *tiktokFake) Webhook(market bridge.Market, authorization string, _ []byte) (bridge.TikTokEvent, error) {
	switch {
	case market != "uk" && market != "asia":
		return bridge.TikTokEvent{}, &bridge.Error{Code: bridge.Missing, Words: "We do not know this shop region."}
	case authorization != "signed":
		return bridge.TikTokEvent{}, &bridge.Error{Code: bridge.Unauthorized, Words: "The signature of this webhook does not match."}
	default:
		return bridge.TikTokEvent{Kind: bridge.TikTokOther}, nil
	}
}

func (f *tiktokFake) Markets() []bridge.Market { return f.markets }

func (f *tiktokFake) AuthorizeURL(market bridge.Market, state string) (string, error) {
	return "https://services.tiktokshop.com/open/authorize?market=" + string(market) + "&state=" + state, nil
}

func (f *tiktokFake) Exchange(_ context.Context, _ bridge.Market, code string) (bridge.Grant, error) {
	if f.exchange != nil {
		if err := f.exchange(code); err != nil {
			return bridge.Grant{}, err
		}
	}

	return bridge.Grant{
		OpenID: "seller-1", Scopes: []string{bridge.ScopeChat}, AccessToken: "planted-access-token", RefreshToken: "planted-refresh-token",
		AccessExpires: f.clock().Add(time.Hour), RefreshExpires: f.clock().Add(365 * 24 * time.Hour),
	}, nil
}

func (f *tiktokFake) Shops(context.Context, bridge.Access) ([]bridge.ShopInfo, error) {
	if f.shops != nil {
		return f.shops()
	}

	return []bridge.ShopInfo{beauty, home}, nil
}

func (f *tiktokFake) Subscribe(context.Context, bridge.Access, string) error { return nil }
func (f *tiktokFake) Subscribed(context.Context, bridge.Access, string) (bool, error) {
	return true, nil
}

func (f *tiktokFake) Conversations(context.Context, bridge.Access, string) (bridge.ConversationPage, error) {
	return bridge.ConversationPage{}, nil
}

func (f *tiktokFake) Unsubscribe(context.Context, bridge.Access) error { return nil }

// freshchatFake is Freshchat as far as pages and webhooks need it.
type freshchatFake struct {
	relay.Freshchat

	account func(context.Context, bridge.FreshchatAccess) (bridge.Account, error)
	topics  func() ([]bridge.Topic, error)
	// events are the product events that were taken in.
	events []string
}

func (f *freshchatFake) Webhook(_, signature string, _ []byte) (bridge.FreshchatEvent, error) {
	if signature != "signed" {
		return bridge.FreshchatEvent{}, &bridge.Error{Code: bridge.Unauthorized, Words: "The signature of this webhook does not match."}
	}

	return bridge.FreshchatEvent{Kind: bridge.FreshchatOther}, nil
}

func (f *freshchatFake) ProductEvent(event string, _ []byte) ([]bridge.FreshchatEvent, error) {
	f.events = append(f.events, event)

	return nil, nil
}

func (f *freshchatFake) Host(typed string) (string, error) {
	if !strings.HasSuffix(typed, ".freshchat.com") {
		return "", &bridge.Error{Code: bridge.Invalid, Field: install.FieldDomain, Words: "This is not a Freshchat domain."}
	}

	return typed, nil
}

func (f *freshchatFake) WebhookKey(pasted string) (string, error) {
	if !strings.HasPrefix(pasted, "-----BEGIN") {
		return "", &bridge.Error{Code: bridge.Invalid, Words: "This is not a public key."}
	}

	return pasted, nil
}

func (f *freshchatFake) Account(ctx context.Context, a bridge.FreshchatAccess) (bridge.Account, error) {
	if f.account != nil {
		return f.account(ctx, a)
	}

	if a.Key != acmeKey {
		return bridge.Account{}, &bridge.Failure{Op: "read account", Class: bridge.Reauthorize, Cause: bridge.CauseCredentials}
	}

	return bridge.Account{ID: "account-1", Domain: a.Host}, nil
}

func (f *freshchatFake) Topics(context.Context, bridge.FreshchatAccess) ([]bridge.Topic, error) {
	if f.topics != nil {
		return f.topics()
	}

	return []bridge.Topic{{ID: "topic-1", Name: "TikTok Shop", Enabled: true}, {ID: "topic-2", Name: "Orders", Enabled: true}}, nil
}

var errDisk = errors.New("planted cause: disk on fire")

// nobody counts.
type nobody struct{}

func (nobody) Webhook(string, string)                                                {}
func (nobody) Breakers(bridge.Side, int)                                             {}
func (nobody) Settled(bridge.Direction, bridge.State, time.Duration)                 {}
func (nobody) Reconciled(bridge.Side, string, int)                                   {}
func (nobody) Corrected(bridge.Direction, bridge.State, bridge.State, time.Duration) {}

// secretsPort is the real source of what cannot be guessed.
type secretsPort struct{ *auth.Random }

func (secretsPort) HashCode(code string) string   { return auth.HashCode(code) }
func (secretsPort) HashToken(token string) string { return auth.HashToken(token) }
func (secretsPort) Same(a, b string) bool         { return auth.Same(a, b) }

// Limits are asked for at the start.
func (*tiktokFake) Limits() []bridge.Limit { return nil }

// Limits are asked for at the start.
func (*freshchatFake) Limits() []bridge.Limit { return nil }
