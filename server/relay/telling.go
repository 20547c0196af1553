package relay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sellerchat/server/bridge"
)

// namedMost is how many messages a note names; of the others it says how many
// there are.
const namedMost = 8

// telling is what the agents are to be told of one message.
type telling struct {
	cause bridge.NoteCause
	say   saying
	// words are the next step.
	words string
	// kinds are what cannot be carried.
	kinds string
	// after is the cause of an earlier note, which this one takes back: it is
	// needed only if that went out, since then at the earliest.
	after bridge.NoteCause
	since time.Time
	// dated is true where it matters when the message was written.
	dated bool
}

// part is the telling as a note keeps it.
func (t telling) part(d bridge.Delivery) bridge.Part {
	ref := t.kinds
	if t.after != "" {
		ref = t.since.UTC().Format(time.RFC3339) + "/" + string(t.after)
	}

	return bridge.Part{Kind: bridge.PartNotice, Type: string(t.say), Name: named(d, t.dated), Text: t.words, Ref: ref}
}

// named is how a note names a message: by its words, else by the files in it.
func named(d bridge.Delivery, dated bool) string {
	text, files, known := excerpt(own(d)), filesIn(d.Message.Parts), allNamed(d.Message.Parts)
	at := "written " + d.Message.CreatedAt.UTC().Format("15:04") + " UTC"

	switch {
	case text == "" && files == "":
		return "(" + at + ")"
	case text == "" && (dated || !known):
		return "(" + files + ", " + at + ")"
	case text == "":
		return "(" + files + ")"
	case dated:
		return "“" + text + "” (" + at + ")"
	default:
		return "“" + text + "”"
	}
}

// subject is a message in few words, where there are no others about it.
func subject(d bridge.Delivery) string {
	text, files := excerpt(own(d)), filesIn(d.Message.Parts)

	switch {
	case files != "":
		return strings.TrimSpace(text + " (" + files + ")")
	case text != "":
		return text
	default:
		return excerpt(d.Message.Parts)
	}
}

// filesIn names the files of a message; empty when there are none.
func filesIn(parts []bridge.Part) string {
	var names []string

	for _, p := range parts {
		if isFile(p) {
			names = append(names, fileName(p))
		}
	}

	if len(names) == 0 {
		return ""
	}

	return list(names)
}

// allNamed reports whether every file of a message has a name by which somebody
// finds it again.
func allNamed(parts []bridge.Part) bool {
	return !slices.ContainsFunc(parts, func(p bridge.Part) bool { return isFile(p) && p.Name == "" })
}

// compose makes one text of what is to be told: what is said in the same words
// is said once. known reports whether a kind that cannot be carried was
// explained before.
func compose(parts []bridge.Part, known func(bridge.NoteCause) bool) string {
	type alike struct {
		say        saying
		words, ref string
	}

	var order []alike

	names := map[alike][]string{}

	for _, p := range parts {
		key := alike{saying(p.Type), p.Text, p.Ref}
		if key.say == sayArrived {
			key.ref = "" // it is for us
		}

		if names[key] == nil {
			order = append(order, key)
		}

		names[key] = append(names[key], p.Name)
	}

	texts := make([]string, 0, len(order))

	for _, key := range order {
		words := key.words
		if (key.say == sayUnsupported || key.say == sayWithout) && key.ref != "" && known(causeUnsupported+bridge.NoteCause("/"+key.ref)) {
			words = fmt.Sprintf(again, key.ref)
		}

		texts = append(texts, wordings[key.say].about(names[key], words))
	}

	return strings.Join(texts, "\n")
}

// about says it of the messages that are named.
func (w wording) about(names []string, words string) string {
	text := fmt.Sprintf(w.many, len(names), list(names))
	if len(names) == 1 {
		text = fmt.Sprintf(w.one, " "+names[0])
	}

	if words == "" {
		words = w.next
	}

	return strings.TrimSpace(text + " " + words)
}

// list names the first of several, and counts the others.
func list(names []string) string {
	if more := len(names) - namedMost; more > 0 {
		return strings.Join(names[:namedMost], ", ") + fmt.Sprintf(" and %d more", more)
	}

	return listed(names)
}
