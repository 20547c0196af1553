package bridge

import (
	"strconv"
	"time"
)

// Identifiers are opaque to everybody but their maker.
type (
	// InstallationID names one installation; ours.
	InstallationID string
	// AccountID names a Freshchat account: the verified app_id of
	// accounts/configuration.
	AccountID string
	// Market names one TikTok app configuration: uk, asia, us.
	Market string
	// OpenID names the authorizing seller inside one market; TikTok's.
	OpenID string
	// ShopID names a shop; TikTok's, the same value as in webhooks.
	ShopID string
	// ConversationID names a TikTok conversation.
	ConversationID string
	// ThreadID names a Freshchat conversation (its conversation_id).
	ThreadID string
	// UserID names a Freshchat user: the buyer as Freshchat knows her.
	UserID string
	// AgentID names a Freshchat agent.
	AgentID string
	// TopicID names a Freshchat channel, shown to admins as a topic.
	TopicID string
	// MessageID names a message on the platform where it was written, or
	// where it arrived.
	MessageID string
)

// DeliveryID names a delivery. It rises with acceptance and is never reused;
// it is not an order between messages of a lane.
type DeliveryID uint64

// String writes the id in decimal digits.
func (id DeliveryID) String() string { return strconv.FormatUint(uint64(id), 10) }

// ParseDeliveryID reads what String wrote; anything else is ErrNotFound, since
// an id that cannot exist is an id that does not.
func ParseDeliveryID(s string) (DeliveryID, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, ErrNotFound
	}

	return DeliveryID(n), nil
}

// Side is one of the two platforms.
type Side uint8

// The two sides.
const (
	TikTok Side = iota + 1
	Freshchat
)

// String names the side in lower case, for logs and metrics.
func (s Side) String() string {
	switch s {
	case TikTok:
		return "tiktok"
	case Freshchat:
		return "freshchat"
	default:
		return "unknown"
	}
}

// Direction is the way a delivery goes.
type Direction uint8

// The directions. A note is what we tell the agent in a private note. What
// follows is a file for which a placeholder was shown, because it could not be
// had in time: it must not hold up the messages after it.
const (
	In Direction = iota + 1
	Out
	Note
	Follow
)

// Directions are all of them.
var Directions = [...]Direction{In, Out, Note, Follow}

// String names the direction for logs and metrics.
func (d Direction) String() string {
	switch d {
	case In:
		return "in"
	case Out:
		return "out"
	case Note:
		return "note"
	case Follow:
		return "follow"
	default:
		return "unknown"
	}
}

// Target is the side that a delivery in this direction calls.
func (d Direction) Target() Side {
	if d == Out {
		return TikTok
	}

	return Freshchat
}

// OriginKey names one message at its origin: what makes a second copy of it,
// from whichever path, recognisable.
type OriginKey struct {
	// Installation is the account the message is relayed for.
	Installation InstallationID
	// Side is where the message was written, or where we put it.
	Side Side
	// ID is the platform's id of the message.
	ID MessageID
	// CreatedAt is the platform's creation time. It may differ by minutes
	// between paths; zero when the platform gave none.
	CreatedAt time.Time
}
