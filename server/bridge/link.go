package bridge

import "time"

// LinkKey names a link: one TikTok conversation inside one installation and
// shop.
type LinkKey struct {
	Installation InstallationID
	Shop         ShopID
	Conversation ConversationID
}

// Lane names the link's lane in a direction.
func (k LinkKey) Lane(d Direction) LaneKey { return LaneKey{Link: k, Direction: d} }

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

	CreatedAt time.Time
	UpdatedAt time.Time
}

// LaneKey names a lane: the ordered queue of one link in one direction.
type LaneKey struct {
	Link      LinkKey
	Direction Direction
}
