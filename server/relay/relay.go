// Package relay carries messages between the two platforms: it takes in what
// webhooks and events bring, keeps it in lanes, and delivers the head of each
// lane in order, once, and with a known outcome or an honest "uncertain". It
// talks to ports only: it knows no HTTP, no database and no platform's
// spelling.
package relay

import (
	"context"
	"io"
	"log/slog"
	"math"
	"time"

	"sellerchat/server/bridge"
)

// Store is what the relay needs of a store.
type Store interface {
	bridge.Lanes
	bridge.Links
	bridge.MediaIndex
	bridge.Usages
	bridge.Reconciling
	Accounts
}

// Accounts is the part of bridge.Installations that the relay reads and marks.
type Accounts interface {
	Installation(ctx context.Context, id bridge.InstallationID) (bridge.Installation, error)
	InstallationByWebhook(ctx context.Context, hash string) (bridge.Installation, error)
	UpdateInstallation(ctx context.Context, id bridge.InstallationID, change func(*bridge.Installation) error) (bridge.Installation, error)
	EachInstallation(ctx context.Context, visit func(bridge.Installation) error) error
	Shop(ctx context.Context, id bridge.ShopID) (bridge.Shop, error)
	UpdateShop(ctx context.Context, id bridge.ShopID, change func(*bridge.Shop) error) (bridge.Shop, error)
	Shops(ctx context.Context, id bridge.InstallationID) ([]bridge.Shop, error)
	ShopsOf(ctx context.Context, key bridge.AuthorizationKey) ([]bridge.Shop, error)
	Authorization(ctx context.Context, key bridge.AuthorizationKey) (bridge.Authorization, error)
	UpdateAuthorization(ctx context.Context, key bridge.AuthorizationKey, change func(*bridge.Authorization) error) (bridge.Authorization, error)
	EachAuthorization(ctx context.Context, visit func(bridge.Authorization) error) error
}

// TikTok is what the relay needs of TikTok. Its errors hold a bridge.Failure.
type TikTok interface {
	Webhook(market bridge.Market, authorization string, body []byte) (bridge.TikTokEvent, error)
	Refresh(ctx context.Context, market bridge.Market, refreshToken string) (bridge.Grant, error)
	Conversation(ctx context.Context, a bridge.Access, id bridge.ConversationID) (bridge.ConversationInfo, error)
	Conversations(ctx context.Context, a bridge.Access, page string) (bridge.ConversationPage, error)
	CreateConversation(ctx context.Context, a bridge.Access, buyerUserID string) (bridge.ConversationID, error)
	Messages(ctx context.Context, a bridge.Access, id bridge.ConversationID, page string) (bridge.RemotePage, error)
	Send(ctx context.Context, a bridge.Access, id bridge.ConversationID, p bridge.Piece) (bridge.MessageID, error)
	MarkRead(ctx context.Context, a bridge.Access, id bridge.ConversationID) error
	SplitText(text string) []string
	// Locate adds to a card's words where the shop's people see what it shows.
	Locate(shop bridge.ShopInfo, p bridge.Part) bridge.Part
	UploadImage(ctx context.Context, a bridge.Access, u bridge.Upload) (bridge.Piece, error)
	UploadVideo(ctx context.Context, a bridge.Access, id bridge.ConversationID, u bridge.Upload) (bridge.Piece, error)
	Limits() []bridge.Limit
}

// Freshchat is what the relay needs of Freshchat. Its errors hold a
// bridge.Failure.
type Freshchat interface {
	Webhook(key, signature string, body []byte) (bridge.FreshchatEvent, error)
	ProductEvent(event string, data []byte) ([]bridge.FreshchatEvent, error)
	Account(ctx context.Context, a bridge.FreshchatAccess) (bridge.Account, error)
	FindPerson(ctx context.Context, a bridge.FreshchatAccess, reference string) (bridge.Person, error)
	CreatePerson(ctx context.Context, a bridge.FreshchatAccess, p bridge.Person) (bridge.Person, error)
	RenamePerson(ctx context.Context, a bridge.FreshchatAccess, id bridge.UserID, name string) error
	Open(ctx context.Context, a bridge.FreshchatAccess, o bridge.Opening) (bridge.Opened, error)
	Post(ctx context.Context, a bridge.FreshchatAccess, thread bridge.ThreadID, p bridge.Post) (bridge.MessageID, error)
	Messages(ctx context.Context, a bridge.FreshchatAccess, thread bridge.ThreadID, since time.Time) ([]bridge.RemoteMessage, error)
	Message(ctx context.Context, a bridge.FreshchatAccess, thread bridge.ThreadID, id bridge.MessageID, near time.Time) (bridge.Message, error)
	UploadImage(ctx context.Context, a bridge.FreshchatAccess, u bridge.Upload) (bridge.Piece, error)
	UploadFile(ctx context.Context, a bridge.FreshchatAccess, u bridge.Upload) (bridge.Piece, error)
	Limits() []bridge.Limit
	Threads(ctx context.Context, a bridge.FreshchatAccess, id bridge.UserID) ([]bridge.ThreadID, error)
	Reopen(ctx context.Context, a bridge.FreshchatAccess, thread bridge.ThreadID) error
}

// Fetcher downloads what a message points to. Its errors, and those of reading
// the body, hold a bridge.Failure that is certain. More than most bytes are of
// class Unsupported; an address that no longer works has CauseLink.
type Fetcher interface {
	Fetch(ctx context.Context, url string, most int64) (io.ReadCloser, error)
}

// Observer counts what happens. Its methods are called on the hot path and
// must be quick and safe for concurrent use.
type Observer interface {
	// Webhook counts a webhook or event by where it came from and what
	// became of it.
	Webhook(source, outcome string)
	// Settled counts a final state; took is the time since acceptance.
	Settled(d bridge.Direction, s bridge.State, took time.Duration)
	// Breakers shows for how many installations calls to a side are stopped
	// since they got no proper answers.
	Breakers(side bridge.Side, open int)
	// Reconciled counts what comparing a side came to.
	Reconciled(side bridge.Side, outcome string, n int)
	// Corrected counts a final state that turned out to be another one.
	Corrected(d bridge.Direction, was, now bridge.State, took time.Duration)
}

// Options are what a Relay is made of; all but OrderWindow are required.
type Options struct {
	Store     Store
	TikTok    TikTok
	Freshchat Freshchat
	Vault     bridge.Vault
	Observer  Observer
	Clock     bridge.Clock
	Logger    *slog.Logger

	// Blobs keep the bytes of our copies of files, Fetcher gets them.
	Blobs   bridge.Blobs
	Fetcher Fetcher
	// NewMediaToken makes an unguessable token; MediaURL is the public address
	// of the copy that it names.
	NewMediaToken func() bridge.MediaToken
	MediaURL      func(bridge.MediaToken) string

	// OrderWindow is how long a message waits for an earlier one; 0 sends at
	// once.
	OrderWindow time.Duration
	// FreshchatRate and TikTokRate are calls a second for one installation.
	FreshchatRate float64
	TikTokRate    float64
}

// Relay takes in and delivers.
type Relay struct {
	store     Store
	tiktok    TikTok
	freshchat Freshchat
	vault     bridge.Vault
	observer  Observer
	clock     bridge.Clock
	log       *slog.Logger

	blobs         bridge.Blobs
	fetcher       Fetcher
	newMediaToken func() bridge.MediaToken
	mediaURL      func(bridge.MediaToken) string

	window time.Duration
	// began is when an earlier run of the program had ended for certain.
	began  time.Time
	limits *limits
	quotas *quotas
	tokens *tokens
	ears   *ears
	trials *trials

	transfers transfers
	// toTikTok and toFreshchat are what one call of each side takes; largest is
	// the largest file that any of them does, textRoom how many characters of a
	// text for Freshchat there are beside the longest prefix.
	toTikTok    []bridge.Limit
	toFreshchat []bridge.Limit
	largest     int64
	textRoom    int
}

// lease is how long a worker may hold a lane without a sign of life; every
// call to a platform ends well before.
const lease = time.Minute

// settleAfter is how long after a call of unknown outcome the other side is
// read back, at the earliest.
const settleAfter = 2 * time.Second

// New makes a Relay; Run starts it.
func New(o Options) *Relay {
	toTikTok, toFreshchat := o.TikTok.Limits(), o.Freshchat.Limits()

	return &Relay{
		store: o.Store, tiktok: o.TikTok, freshchat: o.Freshchat, vault: o.Vault,
		observer: o.Observer, clock: o.Clock, log: o.Logger,
		blobs: o.Blobs, fetcher: o.Fetcher, newMediaToken: o.NewMediaToken, mediaURL: o.MediaURL,
		window: o.OrderWindow,
		began:  o.Clock(),
		limits: newLimits(o.FreshchatRate, o.TikTokRate),
		quotas: newQuotas(),
		tokens: newTokens(o),
		ears:   newEars(),
		trials: newTrials(),

		transfers: transfers{each: map[bridge.InstallationID]int{}},
		toTikTok:  toTikTok, toFreshchat: toFreshchat,
		largest:  max(largestOf(toTikTok), largestOf(toFreshchat)),
		textRoom: textRoom(toFreshchat),
	}
}

// largestOf is the size of the largest file that a side takes.
func largestOf(limits []bridge.Limit) int64 {
	var most int64

	for _, l := range limits {
		if l.Kind != bridge.PartText {
			most = max(most, l.Most)
		}
	}

	return most
}

// textRoom is how many characters of a text one call takes beside the longest
// prefix; without a limit, any number.
func textRoom(limits []bridge.Limit) int {
	for _, l := range limits {
		if l.Kind == bridge.PartText {
			return int(l.Most) - prefixRoom
		}
	}

	return math.MaxInt
}
