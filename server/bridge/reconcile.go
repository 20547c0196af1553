package bridge

import (
	"context"
	"time"
)

// Reached is up to where a link was compared with what the platforms have:
// what is older and was to be carried is in a lane.
type Reached struct {
	Link LinkKey
	// Index is TikTok's index of the latest message that was compared.
	Index uint64
	// Written is when the latest message that was compared in Freshchat was
	// written, by Freshchat's clock.
	Written time.Time
}

// Recent is a link and when it was last in use.
type Recent struct {
	Reached
	// ActiveAt is when its last message was sent, in either direction.
	ActiveAt time.Time
}

// Round is what is remembered of comparing one side of an installation.
type Round struct {
	Installation InstallationID
	// Shop is whose conversations are compared on TikTok's side; empty on
	// Freshchat's, where it is the whole account.
	Shop ShopID
	// WholeAt is when the last comparison that left nothing out began.
	WholeAt time.Time
	// CheckedAt is when the last one of any reach ended well.
	CheckedAt time.Time
	// Found counts the messages that nobody had told, and TooOld those of
	// them that were no longer relayed.
	Found  int
	TooOld int
}

// Count is how many deliveries of an installation are in a state.
type Count struct {
	Direction Direction
	// State is Queued for everything that is not final.
	State State
	// Reason is set for what was skipped.
	Reason string
	N      int
}

// Completeness is what became of everything that was accepted for an
// installation since it was installed.
type Completeness struct {
	Counts []Count
	// Missing are those that only a comparison found and that are not final.
	Missing int
}

// Reconciling holds what comparing both sides needs.
type Reconciling interface {
	// RecentLinks returns up to limit links of an installation, the one that
	// was last in use first, that come after one of them; the zero Recent
	// stands for the beginning. Links that nothing was ever sent in are left
	// out.
	RecentLinks(ctx context.Context, id InstallationID, after Recent, limit int) ([]Recent, error)
	// Reached returns up to where a link was compared; nothing but its key
	// when it never was.
	Reached(ctx context.Context, key LinkKey) (Reached, error)
	// SaveReached stores them. What a link reached before is not lowered.
	SaveReached(ctx context.Context, all ...Reached) error
	// Round returns what is remembered of a comparison; nothing but its names
	// when there was none.
	Round(ctx context.Context, id InstallationID, shop ShopID) (Round, error)
	// UpdateRound changes it in one transaction. An error of the function is
	// returned and changes nothing.
	UpdateRound(ctx context.Context, id InstallationID, shop ShopID, change func(*Round) error) error
	// Completeness counts what was accepted for an installation. What an
	// installation that was removed had is not counted any more.
	Completeness(ctx context.Context, id InstallationID) (Completeness, error)
	// AliveAt returns when the program last said that it was running; the
	// zero time when it never did. StayAlive says so.
	AliveAt(ctx context.Context) (time.Time, error)
	StayAlive(ctx context.Context, at time.Time) error
}
