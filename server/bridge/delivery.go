package bridge

import "time"

// State is where a delivery stands.
type State string

// The states of a delivery. The last four are final, until somebody asks for
// a retry.
const (
	Queued  State = "queued"
	Sending State = "sending"
	// Delivered was taken by the other side, which gave it an id.
	Delivered State = "delivered"
	// Uncertain was sent, but the answer is unknown; it is not sent again by
	// itself.
	Uncertain State = "uncertain"
	// Failed will not be tried again by itself.
	Failed State = "failed"
	// Skipped is rightly not relayed.
	Skipped State = "skipped"
)

// Final reports whether nothing more happens by itself.
func (s State) Final() bool {
	return s == Delivered || s == Uncertain || s == Failed || s == Skipped
}

// The reasons for which a message is rightly not relayed.
const (
	SkipTooOld      = "too old"
	SkipEcho        = "echo"
	SkipUninstalled = "uninstalled"
	SkipNotMirrored = "written in Seller Center"
)

// RelayFor is how old a message may be and still be relayed. It is less than
// the time that origin keys are kept, so that nothing is forgotten before it
// is too old.
const RelayFor = 13 * 24 * time.Hour

// OriginKeysFor is how long origin keys are kept.
const OriginKeysFor = 14 * 24 * time.Hour

// TextFor is how long the text of a message is kept after its delivery became
// final, and MetadataFor how long everything else of the delivery is.
const (
	TextFor     = 7 * 24 * time.Hour
	MetadataFor = 90 * 24 * time.Hour
)

// Path is how a message reached us.
type Path string

// The paths of a message.
const (
	PathWebhook   Path = "webhook"
	PathEvent     Path = "event"
	PathReconcile Path = "reconcile"
	PathOurselves Path = "ourselves"
)

// Entry is a message to be accepted into a lane.
type Entry struct {
	Lane LaneKey
	// Origin keys the message; its zero value is never a duplicate.
	Origin  OriginKey
	Message Message
	Path    Path
	// About names the delivery that a note is about.
	About DeliveryID
	// Wait is how long the entry waits in its lane for an earlier one.
	Wait time.Duration
}

// Accepted is what became of an entry.
type Accepted struct {
	ID DeliveryID
	// Duplicate is true when the origin key was known: nothing was stored.
	Duplicate bool
}

// Intent is what was about to be sent when the answer is not known yet: stored
// before a call that cannot be repeated.
type Intent struct {
	// Call counts the calls of the delivery from zero.
	Call int `json:"c"`
	// Piece is what was sent, to be recognised when read back.
	Piece
	// At is when the call began, at the earliest; Latest at the latest, where
	// that is not known exactly.
	At     time.Time `json:"at"`
	Latest time.Time `json:"la,omitzero"`
	// Answered is true when something came back, though not whether it was
	// done. Without that the call may still be on its way.
	Answered bool `json:"an,omitempty"`
	// Asked is true when somebody who knows that it may have arrived has asked
	// for it to be sent again: where reading back cannot tell, it is.
	Asked bool `json:"as,omitempty"`
	// Thread is the conversation that was written to; empty when the call was
	// to make one.
	Thread ThreadID `json:"th,omitempty"`
	// User is with whom a conversation is to be made; empty for all other
	// calls.
	User UserID `json:"u,omitempty"`
	// Of is how many calls there are in all; zero when that is not known.
	Of int `json:"of,omitempty"`
	// With are further deliveries of the lane that the call speaks for.
	With []DeliveryID `json:"w,omitempty"`
}

// Delivery is one message on its way to the other side.
type Delivery struct {
	ID         DeliveryID
	Lane       LaneKey
	Message    Message
	Path       Path
	About      DeliveryID
	AcceptedAt time.Time

	State State
	// Attempts counts the attempts that ended without a final state.
	Attempts int
	// Done are the ids that the other side gave to the calls made so far, in
	// order; empty ones stand for what was left out.
	Done []MessageID
	// Intent is set while the outcome of a call is not known. Of one that
	// failed or is uncertain it is the last call made.
	Intent *Intent
	// Started is since when its first call may have been made by an earlier run
	// of the program, which left no intent; zero when that is not so.
	Started time.Time
	// Reason says why it waits, failed or was skipped: for people.
	Reason string
	// Late is true when a later message of the lane went before.
	Late bool
	// Told is true once somebody was told that it waits.
	Told bool
	// SettledAt is when it reached its final state.
	SettledAt time.Time
}

// Ask says which lanes are to be leased.
type Ask struct {
	// Side is the target of the lanes; zero for either.
	Side Side
	// Limit is how many are leased at most, Lease for how long.
	Limit int
	Lease time.Duration
	// Admit is asked about the shop whose turn it is, before one of its lanes
	// is leased. A wait holds back the lanes of that shop in that direction,
	// at no cost however many there are, until it is over or Throttle is
	// called. It must be quick and call no method of the store; nil admits
	// all.
	Admit func(id InstallationID, shop ShopID) (wait time.Duration)
}

// Claim is the lease of a lane, with the delivery at its head.
type Claim struct {
	Delivery Delivery
	// Epoch fences: a settlement by an older claim of the lane is refused.
	Epoch uint64
	// Until is when the lease ends.
	Until time.Time
	// Cleared is true when it is on disk already that the delivery's first call
	// may have been made, and nothing of it has been sent.
	Cleared bool
}

// Settlement is what changes when a delivery reaches a final state: all of it
// in one transaction.
type Settlement struct {
	State  State
	Reason string
	// Remote are the ids the other side gave, all calls together, as in
	// Delivery.Done.
	Remote []MessageID
	// Origins are keys to be known from now on: what we sent comes back.
	Origins []OriginKey
	// Link changes the link as it is by then, or one that is new; nil changes
	// nothing. It must not call the store.
	Link func(*Link)
	// Notes are accepted into their lanes.
	Notes []Entry
	// With are further deliveries of the lane that are settled likewise; those
	// that are not queued any more are left as they are.
	With []DeliveryID
	At   time.Time
}

// Postponement is an attempt that did not settle its delivery.
type Postponement struct {
	// At is when the lane is due again.
	At     time.Time
	Reason string
	// Attempt is false where the wait is nobody's failure.
	Attempt bool
	// Intent replaces the stored one; nil clears it.
	Intent *Intent
	// Done are the ids of the calls made so far.
	Done []MessageID
	// Unsure keeps a delivery that is Started so: whether its first call was
	// made is not known yet, and neither are Intent and Done.
	Unsure bool
	// Link changes the link, as that of a Settlement does.
	Link func(*Link)
}

// PauseCause is why lanes stand still.
type PauseCause string

// The causes of pauses. Several may hold at once.
const (
	PausePending       PauseCause = "pending"
	PauseCredentials   PauseCause = "credentials"
	PauseAuthorization PauseCause = "authorization"
	PauseTopic         PauseCause = "topic"
	PauseDeactivated   PauseCause = "deactivated"
)

// Pause stops the lanes of an installation in the named directions; of one
// shop, when Shop is not empty. What is in them is kept.
type Pause struct {
	Installation InstallationID
	Shop         ShopID
	Direction    Direction
	Cause        PauseCause
}

// Stats counts what is in the lanes.
type Stats struct {
	// Queued counts deliveries that are not final, by direction.
	Queued map[Direction]int
	// Lanes counts lanes that hold something.
	Lanes int
}
