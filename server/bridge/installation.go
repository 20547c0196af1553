package bridge

import "time"

// InstallationState is where an installation stands in its life.
type InstallationState string

// The states of an installation.
const (
	// Pending is set up but not yet confirmed by the Marketplace.
	Pending InstallationState = "pending"
	// Active relays, as far as nothing has to be mended first: that is told by
	// Health and by pauses.
	Active InstallationState = "active"
	// Uninstalled is a tombstone.
	Uninstalled InstallationState = "uninstalled"
)

// PendingFor is how long an installation may stay pending before it is removed.
const PendingFor = time.Hour

// NextSecretFor is how long a new link secret may stay unused before it dies.
const NextSecretFor = 24 * time.Hour

// TombstoneFor is how long an uninstalled installation is remembered.
const TombstoneFor = 30 * 24 * time.Hour

// Installation is one Freshchat account with the app installed.
type Installation struct {
	ID      InstallationID
	Account AccountID
	// Host is the account's chat host in lower case, with a port only in
	// development.
	Host string
	// Name is the account's own domain, by which it is named to a seller: some
	// hosts are shared by many accounts.
	Name  string
	State InstallationState

	// APIKey is sealed under Binding("api_key"); KeyEnd is its last four
	// characters, all that a page ever shows of it.
	APIKey Sealed
	KeyEnd string

	// LinkSecret is in force; NextSecret takes its place with the first call
	// that it signs, or dies unused NextSecretFor after NextSince. Sealed
	// under Binding("link_secret").
	LinkSecret Sealed
	NextSecret Sealed
	NextSince  time.Time
	// LinkHost and NextHost are the hosts that were handed over with the
	// secrets: an account may be reached at several.
	LinkHost string
	NextHost string

	// WebhookToken is the path of the account's Freshchat webhook address,
	// sealed under Binding("webhook_token"); WebhookHash finds it.
	WebhookToken Sealed
	WebhookHash  string
	// WebhookKey is Freshchat's RSA public key as PEM; empty while none is
	// saved.
	WebhookKey string

	// PlatformHost and Region are what the Marketplace calls the account:
	// recorded, never compared.
	PlatformHost string
	Region       string
	// LastLifecycle is the timestamp, in milliseconds, of the last lifecycle
	// event applied.
	LastLifecycle int64

	Settings Settings
	Health   Health

	// NoteAuthor is the agent in whose name private notes are written where
	// the account refuses notes by a bot; empty while bots may.
	NoteAuthor AgentID

	CreatedAt     time.Time
	ActivatedAt   time.Time
	UninstalledAt time.Time
}

// Binding is what a secret field of the installation is sealed under.
func (i Installation) Binding(field string) string {
	return "installation/" + string(i.ID) + "/" + field
}

// Named is what the account is called to people; its host where it was
// installed before names were kept.
func (i Installation) Named() string {
	if i.Name != "" {
		return i.Name
	}

	return i.Host
}

// Live reports whether the installation still belongs to somebody.
func (i Installation) Live() bool { return i.ID != "" && i.State != Uninstalled }

// ResolvedPolicy is what a buyer's message does to a resolved conversation.
type ResolvedPolicy string

// The two policies after a conversation was resolved.
const (
	Reopen   ResolvedPolicy = "reopen"
	StartNew ResolvedPolicy = "new"
)

// Settings are the admin's choices; there are no others.
type Settings struct {
	// MirrorSellerCenter shows replies typed in Seller Center in Freshchat.
	MirrorSellerCenter bool
	// AfterResolve says where a buyer's message after resolving goes.
	AfterResolve ResolvedPolicy
	// MarkRead marks the TikTok conversation read when an agent replies.
	MarkRead bool
	// ShowText shows message texts in the delivery log.
	ShowText bool
}

// DefaultSettings are what an installation starts with.
func DefaultSettings() Settings {
	return Settings{MirrorSellerCenter: true, AfterResolve: Reopen}
}

// HealthItem is one thing that can be right or wrong about an installation or
// a shop. The zero value is well.
type HealthItem struct {
	// Broken is true while it is wrong; Since is when that began.
	Broken bool
	Since  time.Time
	// Reason and Action are for the admin: what is wrong, and what to do.
	Reason string
	Action string
	// Cause is what is wrong where something particular is done about it.
	Cause Cause
}

// Break returns the item as broken, keeping the time at which that began.
func (h HealthItem) Break(now time.Time, reason, action string) HealthItem {
	since := now
	if h.Broken {
		since = h.Since
	}

	return HealthItem{Broken: true, Since: since, Reason: reason, Action: action}
}

// Health is what can be wrong with an installation as a whole.
type Health struct {
	Credentials HealthItem
	Webhooks    HealthItem
}

// Account is what Freshchat says of the account that an API key opens.
type Account struct {
	ID     AccountID
	Domain string
}

// Topic is a Freshchat channel to which buyers' messages can go.
type Topic struct {
	ID      TopicID
	Name    string
	Enabled bool
	// Web is true for web and in-app topics, which are offered first.
	Web bool
}
