package bridge

import (
	"slices"
	"time"
)

// LinkKey names a link: one TikTok conversation inside one installation and
// shop.
type LinkKey struct {
	Installation InstallationID
	Shop         ShopID
	Conversation ConversationID
}

// Lane names the link's lane in a direction.
func (k LinkKey) Lane(d Direction) LaneKey { return LaneKey{Link: k, Direction: d} }

// Notes names the link's lane of notes about a cause.
func (k LinkKey) Notes(cause NoteCause) LaneKey {
	return LaneKey{Link: k, Direction: Note, Cause: cause}
}

// Reference is our name of the buyer of this conversation in Freshchat.
func (k LinkKey) Reference() string {
	return "tiktok:" + string(k.Shop) + ":" + string(k.Conversation)
}

// Link is the pair of a TikTok conversation and a Freshchat conversation.
type Link struct {
	Key LinkKey
	// Thread is the Freshchat conversation in use; empty until the first
	// message made one. Earlier ones stay findable.
	Thread  ThreadID
	Numeric ThreadID
	// Resolved is true after the thread was resolved and before it was
	// reopened, as far as we were told.
	Resolved bool

	User      UserID
	BuyerID   string
	BuyerName string
	// NamedAt is when the buyer's name was last read from TikTok.
	NamedAt time.Time
	// Agent is who replied last.
	Agent AgentID
	// Told is when the agents were last told of what, so that they are not
	// told again and again.
	Told []Telling
	// Doubts are the latest deliveries that ended without arriving for sure:
	// they may turn up yet.
	Doubts []DeliveryID

	CreatedAt time.Time
	UpdatedAt time.Time
}

// LaneKey names a lane: the ordered queue of one link in one direction. Notes
// have a lane for each cause, so that one that waits to be gathered with others
// holds back none about something else.
type LaneKey struct {
	Link      LinkKey
	Direction Direction
	// Cause is empty in all directions but Note.
	Cause NoteCause
}

// NoteCause is what notes are about, for whoever writes them. Notes of one
// cause are gathered.
type NoteCause string

// Telling is when a note about a cause last went out.
type Telling struct {
	Cause NoteCause
	At    time.Time
}

// The bounds of what a link remembers.
const (
	// ToldMost is how many causes it remembers.
	ToldMost = 32
	// DoubtsMost is how many deliveries may turn up yet.
	DoubtsMost = 32
)

// Tell notes that the agents were told of causes. Where that is too much to
// remember, what was told longest ago is forgotten.
func (l *Link) Tell(at time.Time, causes ...NoteCause) {
	told := slices.DeleteFunc(slices.Clone(l.Told), func(t Telling) bool { return slices.Contains(causes, t.Cause) })
	for _, c := range causes {
		told = append(told, Telling{Cause: c, At: at})
	}

	l.Told = told[max(0, len(told)-ToldMost):]
}

// ToldAt is when the agents were last told of a cause; zero when never.
func (l *Link) ToldAt(cause NoteCause) time.Time {
	for _, t := range l.Told {
		if t.Cause == cause {
			return t.At
		}
	}

	return time.Time{}
}

// Doubt remembers a delivery that may turn up yet.
func (l *Link) Doubt(id DeliveryID) {
	l.Settle(id)
	l.Doubts = append(l.Doubts, id)
	l.Doubts = l.Doubts[max(0, len(l.Doubts)-DoubtsMost):]
}

// Settle forgets a delivery about which there is no doubt any more.
func (l *Link) Settle(id DeliveryID) {
	l.Doubts = slices.DeleteFunc(slices.Clone(l.Doubts), func(d DeliveryID) bool { return d == id })
}
