package bridge

import "time"

// PartKind is what a part of a message holds.
type PartKind string

// The kinds of parts. A notice is text of ours that stands for something that
// cannot be carried as it is.
const (
	PartText   PartKind = "text"
	PartImage  PartKind = "image"
	PartVideo  PartKind = "video"
	PartFile   PartKind = "file"
	PartCard   PartKind = "card"
	PartNotice PartKind = "notice"
)

// Part is one piece of a message, in its order.
type Part struct {
	Kind PartKind `json:"k"`
	// Text is the text, or the words that stand for the part where it cannot
	// be carried.
	Text string `json:"t,omitempty"`
	// Type is the platform's own name of the part, for the log and for words
	// to people.
	Type string `json:"y,omitempty"`
	// URL, Name, MIME and Size describe media, as its author's platform tells
	// them.
	URL  string `json:"u,omitempty"`
	Name string `json:"n,omitempty"`
	MIME string `json:"m,omitempty"`
	Size int64  `json:"s,omitempty"`
	// Ref is the platform's own id of the file, or the number of what a card
	// shows, where it has one.
	Ref string `json:"r,omitempty"`
	// Width and Height are in pixels, where the platform tells them.
	Width  int `json:"w,omitempty"`
	Height int `json:"h,omitempty"`
}

// AuthorRole is who wrote a message.
type AuthorRole string

// The authors that matter to the relay.
const (
	// Buyer wrote on TikTok.
	Buyer AuthorRole = "buyer"
	// Seller is a person, or this app, on the shop's side in TikTok.
	Seller AuthorRole = "seller"
	// Agent wrote in Freshchat.
	Agent AuthorRole = "agent"
	// Automaton is whatever answers by itself: robots, automatic replies,
	// the system.
	Automaton AuthorRole = "automaton"
)

// Message is what a person wrote, as it left its platform.
type Message struct {
	ID     MessageID  `json:"id"`
	Author AuthorRole `json:"a"`
	// AuthorID is the platform's id of the author: the chat id of a buyer,
	// the id of an agent.
	AuthorID string `json:"ai,omitempty"`
	// CreatedAt is the platform's creation time.
	CreatedAt time.Time `json:"c"`
	// Order sorts the messages of one conversation: TikTok's index, or
	// Freshchat's creation time in microseconds. Zero sorts by CreatedAt.
	Order uint64 `json:"o,omitempty"`
	Parts []Part `json:"p"`
}

// Hidden says why a message must not be relayed; empty when it may be.
type Hidden string

// The reasons for which a message is none of the other side's business.
const (
	HiddenInvisible Hidden = "invisible"
	HiddenPrivate   Hidden = "private note"
	HiddenSystem    Hidden = "system message"
	HiddenAutomatic Hidden = "automatic reply"
	HiddenOwn       Hidden = "written by the buyer through us"
	HiddenEmpty     Hidden = "nothing in it"
)

// TikTokEventKind is what a TikTok webhook is about.
type TikTokEventKind uint8

// The webhooks that matter.
const (
	// TikTokOther is rightly ignored.
	TikTokOther TikTokEventKind = iota
	// TikTokMessage is a new message by anybody.
	TikTokMessage
	// TikTokDeauthorized says that the seller withdrew her consent.
	TikTokDeauthorized
	// TikTokExpiring says that the consent ends soon.
	TikTokExpiring
)

// TikTokEvent is a verified TikTok webhook.
type TikTokEvent struct {
	Kind TikTokEventKind
	// Type is TikTok's number of the webhook, for the log.
	Type int
	// At is when TikTok says that it happened; zero when it does not.
	At           time.Time
	Shop         ShopID
	Conversation ConversationID
	Message      Message
	// Hidden is set when the message must not be relayed.
	Hidden Hidden
	// ExpiresAt is when the consent ends, for TikTokExpiring.
	ExpiresAt time.Time
}

// FreshchatEventKind is what a Freshchat event is about.
type FreshchatEventKind uint8

// The events that matter.
const (
	FreshchatOther FreshchatEventKind = iota
	// FreshchatMessage is a new message by anybody.
	FreshchatMessage
	// FreshchatResolved says that a conversation was resolved.
	FreshchatResolved
	// FreshchatReopened says that a conversation was reopened.
	FreshchatReopened
)

// FreshchatEvent is a verified event of Freshchat: its own webhook or the
// Marketplace's product event, in one shape.
type FreshchatEvent struct {
	Kind    FreshchatEventKind
	Account AccountID
	// Thread is the conversation; Numeric its other id, where given.
	Thread  ThreadID
	Numeric ThreadID
	Topic   TopicID
	// User is with whom the conversation is, where given.
	User    UserID
	Message Message
	Hidden  Hidden
}

// ConversationInfo is a TikTok conversation as its API tells it.
type ConversationInfo struct {
	ID ConversationID
	// BuyerID is the buyer's id for chats, BuyerUserID the one for orders.
	BuyerID     string
	BuyerUserID string
	BuyerName   string

	// The rest is told by lists of conversations only.

	// Latest is the newest message of anybody, hidden ones included, with its
	// time and its Message.Order; empty while there is none.
	Latest      MessageID
	LatestAt    time.Time
	LatestOrder uint64
	// MaySend is true while TikTok's rules let the shop write.
	MaySend bool
}

// ConversationPage is one page of a shop's conversations, in no order that
// could be relied on.
type ConversationPage struct {
	Conversations []ConversationInfo
	// Next asks for the following page; empty when there is none.
	Next string
}

// Person is a Freshchat user that stands for a buyer.
type Person struct {
	ID UserID
	// Reference is our own name of the buyer.
	Reference string
	Name      string
	// Properties are shown beside the conversation.
	Properties map[string]string
}

// Post is one message put into a Freshchat conversation.
type Post struct {
	// Private is true for a note that only agents see.
	Private bool
	// User is the author of a buyer's message; Agent of a note. A note with
	// neither is written by a bot.
	User  UserID
	Agent AgentID
	Piece
}

// Opening is the first message of a new Freshchat conversation.
type Opening struct {
	Topic TopicID
	User  UserID
	Piece
}

// Opened is a Freshchat conversation that was just made.
type Opened struct {
	Thread  ThreadID
	Numeric ThreadID
	// Message is the id of the first message; empty when Freshchat named none.
	Message MessageID
}

// RemoteMessage is a message read back from a platform.
type RemoteMessage struct {
	Message
	// Hidden is set when the message must not be relayed.
	Hidden  Hidden
	Private bool
	// Text is the text of all parts, to be compared with what was sent.
	Text string
}

// RemotePage is one page of messages read back, newest first.
type RemotePage struct {
	Messages []RemoteMessage
	// Next asks for the following page; empty when there is none.
	Next string
}
