package bridge

// Treatment is what becomes of one kind of content.
type Treatment string

// The treatments.
const (
	// Carried goes over as what it is.
	Carried Treatment = "carried"
	// Told goes over as words that say what it was.
	Told Treatment = "told"
	// Linked goes over as words with the address of our copy.
	Linked Treatment = "linked"
	// Refused does not go over: its author is told what would.
	Refused Treatment = "refused"
	// Ignored is rightly nobody's business on the other side.
	Ignored Treatment = "ignored"
)

// Ability is one row of what becomes of content that a platform names: the
// tables of both platforms are consulted before anything is sent, and printed
// for people.
type Ability struct {
	// Type is the platform's own name, for example IMAGE or quick_reply_button.
	Type string
	// Direction is the way it goes: In for TikTok's types, Out for Freshchat's
	// parts.
	Direction Direction
	// Kind is how it enters the domain.
	Kind PartKind
	// Treatment is what becomes of it.
	Treatment Treatment
	// Otherwise says, to people, what happens instead of being carried, or when
	// a limit is passed.
	Otherwise string
}

// Limit is what a platform takes of one kind of content.
type Limit struct {
	Kind PartKind
	// Most is the largest file, in bytes; of text, the most characters of one
	// call.
	Most int64
	// MIME are the types of files it takes; none means any.
	MIME []string
}
