// Package install holds what an admin does: verify an account, authorize and
// claim a shop, finish, look after the settings, uninstall. It talks to ports
// only: it knows no HTTP, no page and no database.
package install

import (
	"context"
	"log/slog"
	"time"

	"sellerchat/server/bridge"
)

// Store is what installing needs of a store.
type Store interface {
	bridge.Installations
	bridge.Tickets
	bridge.Sweeper

	// Resume and Recent are those of bridge.Lanes, RecentLinks and Completeness
	// those of bridge.Reconciling.
	Resume(ctx context.Context, p bridge.Pause) error
	Recent(ctx context.Context, lane bridge.LaneKey, most int) ([]bridge.Delivery, error)
	RecentLinks(ctx context.Context, id bridge.InstallationID, after bridge.Recent, limit int) ([]bridge.Recent, error)
	Completeness(ctx context.Context, id bridge.InstallationID) (bridge.Completeness, error)
}

// TikTok is what installing needs of TikTok. Its errors hold a bridge.Failure.
type TikTok interface {
	Markets() []bridge.Market
	AuthorizeURL(market bridge.Market, state string) (string, error)
	Exchange(ctx context.Context, market bridge.Market, code string) (bridge.Grant, error)
	Shops(ctx context.Context, a bridge.Access) ([]bridge.ShopInfo, error)
	Conversations(ctx context.Context, a bridge.Access, page string) (bridge.ConversationPage, error)
	Subscribe(ctx context.Context, a bridge.Access, address string) error
	// Subscribed reports whether TikTok sends the shop's new messages there.
	Subscribed(ctx context.Context, a bridge.Access, address string) (bool, error)
	Unsubscribe(ctx context.Context, a bridge.Access) error
}

// Freshchat is what installing needs of Freshchat. Its errors hold a
// bridge.Failure.
type Freshchat interface {
	// Host normalises what an admin typed and refuses, with words, what is no
	// Freshchat host of ours.
	Host(typed string) (string, error)
	// WebhookKey turns a pasted public key into PEM, or says what is wrong.
	WebhookKey(pasted string) (string, error)
	Account(ctx context.Context, a bridge.FreshchatAccess) (bridge.Account, error)
	Topics(ctx context.Context, a bridge.FreshchatAccess) ([]bridge.Topic, error)
}

// Secrets makes values that cannot be guessed.
type Secrets interface {
	// Secret has 256 bits, ID and Code 128; Code is easy to paste.
	Secret() string
	ID() string
	Code() string
	// HashCode and HashToken are the forms in which a code that people paste
	// and a token in an address are stored and looked up.
	HashCode(code string) string
	HashToken(token string) string
	// Same compares without telling where two values differ.
	Same(a, b string) bool
}

// Options are what a Service is made of; all are required.
type Options struct {
	Store     Store
	TikTok    TikTok
	Freshchat Freshchat
	Vault     bridge.Vault
	Secrets   Secrets
	// NewID makes the ids of installations.
	NewID func() bridge.InstallationID
	// PublicURL is the origin under which the platforms reach us.
	PublicURL string
	Clock     bridge.Clock
	Logger    *slog.Logger
}

// Service runs the use cases. It is safe for concurrent use.
type Service struct {
	store     Store
	tiktok    TikTok
	freshchat Freshchat
	vault     bridge.Vault
	secrets   Secrets
	newID     func() bridge.InstallationID
	publicURL string
	clock     bridge.Clock
	log       *slog.Logger

	// pages serialise the steps of one install page, so that a button pressed
	// twice does not spend a code twice; accounts serialise what reads an
	// installation before it stores it as a whole.
	pages    turns
	accounts turns

	// asked is when it was last asked for the messages of shops that TikTok
	// does not send. Only Tend touches it.
	asked map[bridge.ShopID]time.Time
}

// New makes a Service.
func New(o Options) *Service {
	return &Service{
		store: o.Store, tiktok: o.TikTok, freshchat: o.Freshchat, vault: o.Vault,
		secrets: o.Secrets, newID: o.NewID, publicURL: o.PublicURL, clock: o.Clock, log: o.Logger,
	}
}

// callTimeout bounds one call to a platform while somebody waits for a page.
const callTimeout = 15 * time.Second
