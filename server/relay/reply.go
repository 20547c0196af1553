package relay

import (
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// kinds names what was left out, each kind once.
func kinds(parts []bridge.Part) string {
	var names []string

	seen := map[string]bool{}

	for _, p := range parts {
		name := kindName(p.Kind)
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}

	return listed(names)
}

// listed writes names as people list them.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}

	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func kindName(k bridge.PartKind) string {
	switch k {
	case bridge.PartText:
		return ""
	case bridge.PartImage:
		return "image"
	case bridge.PartVideo:
		return "video"
	case bridge.PartFile:
		return "file"
	default:
		return "part that TikTok cannot show"
	}
}

// article puts "a" or "an" before a name.
func article(name string) string {
	if strings.ContainsAny(name[:min(1, len(name))], "aeiou") {
		return "an " + name
	}

	return "a " + name
}

// insteadOf is what the platform of the author knows to work instead of what is
// in these parts: each sentence once, empty when it knows nothing.
func insteadOf(parts []bridge.Part) string {
	var words []string

	for _, p := range parts {
		if p.Kind == bridge.PartNotice && p.Text != "" && !slices.Contains(words, p.Text) {
			words = append(words, p.Text)
		}
	}

	return strings.Join(words, " ")
}

func unsupportedReason(left []bridge.Part) string {
	if words := insteadOf(left); words != "" {
		return words
	}

	return "TikTok does not take this from here: " + kinds(left) + "."
}

// note queues a note about this delivery for the agents.
func (a *attempt) note(text string) {
	d := a.claim.Delivery
	now := a.clock()

	writer := ""
	if d.Lane.Direction == bridge.Out {
		writer = d.Message.AuthorID
	}

	a.notes = append(a.notes, bridge.Entry{
		Lane: d.Lane.Link.Lane(bridge.Note),
		Message: bridge.Message{
			Author: bridge.Automaton, AuthorID: writer, CreatedAt: now, Order: uint64(now.UnixMicro()),
			Parts: []bridge.Part{{Kind: bridge.PartText, Text: text}},
		},
		Path:  bridge.PathOurselves,
		About: d.ID,
	})
}
