package relay

import (
	"html"
	"net/url"
	"strings"

	"sellerchat/server/bridge"
)

// likeness says whether a message that was read back is one that was sent.
type likeness uint8

const (
	different likeness = iota
	// alike is of the same kind, and cannot be told from it.
	alike
	same
)

// compare tells whether a message is what a call sent.
func compare(p bridge.Piece, m bridge.RemoteMessage) likeness {
	if p.Kind == "" || p.Kind == bridge.PartText {
		if sameText(p.Text, m.Text) {
			return same
		}

		return different
	}

	found := different

	for _, part := range m.Parts {
		found = max(found, compareFile(p, part))
	}

	if found != different && !sameText(p.Text, caption(m.Parts)) {
		return different
	}

	return found
}

// compareFile compares by what the platform calls the file, then by what it
// tells of it.
func compareFile(p bridge.Piece, part bridge.Part) likeness {
	sized := p.Width > 0 && part.Width > 0 && p.Height > 0 && part.Height > 0

	switch {
	case p.Kind != part.Kind:
		return different
	case p.Ref != "" && (p.Ref == part.Ref || sameAddress(p.Ref, part.URL)):
		return same
	case sized && p.Width == part.Width && p.Height == part.Height:
		return same
	case sized:
		return different
	case p.Kind == bridge.PartFile && p.Size > 0 && p.Size == part.Size && p.Name == part.Name:
		return same
	default:
		return alike
	}
}

// caption is the text beside a file.
func caption(parts []bridge.Part) string {
	var texts []bridge.Part

	for _, p := range parts {
		if p.Kind == bridge.PartText {
			texts = append(texts, p)
		}
	}

	return plain(texts)
}

// sameAddress compares without the signature in the query, which is made anew
// for every reading.
func sameAddress(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)

	return errX == nil && errY == nil && x.Host != "" && x.Host == y.Host && x.Path == y.Path
}

// sameText compares what was sent with what was read back: white space, HTML
// escapes and the selectors that turn signs into emoji do not count, since
// either side may change them.
func sameText(a, b string) bool { return a == b || bare(a) == bare(b) }

// selectors are the two that choose between a sign and its emoji, and marks
// that nobody sees.
var selectors = strings.NewReplacer("\ufe0e", "", "\ufe0f", "", "\u200b", "", "\ufeff", "")

func bare(text string) string {
	text = html.UnescapeString(html.UnescapeString(text)) // escapes may be escaped

	return strings.Join(strings.Fields(selectors.Replace(text)), " ")
}
