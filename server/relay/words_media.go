package relay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sellerchat/server/bridge"
)

// What agents are told about files that do not go to the buyer.
const (
	wordsNotFetched = "Freshchat did not hand out the file. Send it again."
	wordsNoGIF      = "GIFs cannot be sent to TikTok. Send it as a picture or as a video."
	wordsNoAudio    = "Voice messages and sounds cannot be sent to TikTok. Write what you said."
)

// leftReason says why, and what would work: each sentence once.
func leftReason(left []bridge.Part) string {
	var words []string

	for _, p := range left {
		if p.Text != "" && !slices.Contains(words, p.Text) {
			words = append(words, p.Text)
		}
	}

	if len(words) == 0 {
		return reasonConsumed
	}

	return strings.Join(words, " ")
}

// limitWords tells the limit of a kind.
func limitWords(k bridge.PartKind, most int64) string {
	return fmt.Sprintf("TikTok takes %ss of at most %d MB. Send a smaller one.", kindName(k), most>>20)
}

// followPrefix marks a file that comes after its place.
func followPrefix(sent, now time.Time) string {
	layout := "15:04"
	if now.Sub(sent) > 12*time.Hour {
		layout = "2 Jan 2006 15:04"
	}

	return "[Sent " + sent.UTC().Format(layout) + " UTC] "
}

// lostWords stand in the place of a file that cannot be had for now.
func lostWords(p bridge.Part) string {
	if p.Kind == bridge.PartNotice {
		return p.Text
	}

	return fmt.Sprintf("The buyer sent %s, which TikTok does not hand out at the moment. It follows here as soon as it can be had. "+
		"Until then, open TikTok Seller Center to see it.", article(fileKind(p, "")))
}

// tooLargeWords stand in the place of a file that is larger than we keep.
func tooLargeWords(p bridge.Part, most int64) string {
	if p.Kind == bridge.PartNotice {
		return p.Text
	}

	return fmt.Sprintf("The buyer sent %s of more than %d MB, which is too large to be shown here. Open TikTok Seller Center to see it.",
		article(fileKind(p, "")), most>>20)
}

// unsafeWords stand in the place of a file that Freshchat found harmful.
func unsafeWords(p bridge.Part) string {
	return fmt.Sprintf("The buyer sent %s that Freshchat found to be harmful. It is not shown here.", article(fileKind(p, "")))
}

// linkWords stand for a file of which we have a copy.
func linkWords(p bridge.Part, m bridge.Media, url string) string {
	if p.Kind == bridge.PartNotice {
		return p.Text + " " + url
	}

	return fmt.Sprintf("The buyer sent %s%s: %s", article(fileKind(p, m.Blob.MIME)), detail(m), url)
}

// mirrorWords are linkWords for what the seller sent.
func mirrorWords(p bridge.Part, m bridge.Media, url string) string {
	if p.Kind == bridge.PartNotice {
		return p.Text + " " + url
	}

	return fileKind(p, m.Blob.MIME) + detail(m) + ": " + url
}

// addressOf is what a buyer reads of a file: a name and an address need no
// language.
func addressOf(m bridge.Media, url string) string {
	name := m.Name
	if name == "" {
		name = "file"
	}

	return fmt.Sprintf("%s (%s)\n%s", shortened(name), sizeOf(m.Blob.Size), url)
}

// detail tells name and size in brackets, as far as there are any.
func detail(m bridge.Media) string {
	if m.Name == "" {
		return " (" + sizeOf(m.Blob.Size) + ")"
	}

	return " (" + shortened(m.Name) + ", " + sizeOf(m.Blob.Size) + ")"
}

// shortened keeps a name on one line, and its end, which tells the type.
func shortened(name string) string {
	name = strings.Join(strings.Fields(name), " ")

	runes := []rune(name)
	if len(runes) <= quoted {
		return name
	}

	return string(runes[:quoted-12]) + "…" + string(runes[len(runes)-11:])
}

func sizeOf(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%d KB", bytes>>10)
	default:
		return fmt.Sprintf("%d bytes", bytes)
	}
}

// fileKind names a file by what is in it, else by what its author's platform
// called it.
func fileKind(p bridge.Part, mime string) string {
	switch {
	case mime == "image/gif":
		return "GIF"
	case strings.HasPrefix(mime, "audio/"):
		return "sound"
	case strings.HasPrefix(mime, "image/") || mime == "" && p.Kind == bridge.PartImage:
		return "picture"
	case strings.HasPrefix(mime, "video/") || mime == "" && p.Kind == bridge.PartVideo:
		return "video"
	default:
		return "file"
	}
}

// isFile reports whether a part is a file, rather than words with one beside
// them.
func isFile(p bridge.Part) bool {
	return p.Kind == bridge.PartImage || p.Kind == bridge.PartVideo || p.Kind == bridge.PartFile
}

// fileName is how agents are told of a file: its kind and, where it has one,
// its name.
func fileName(p bridge.Part) string {
	kind := fileKind(p, p.MIME)
	if p.Name == "" {
		return kind
	}

	return kind + " “" + shortened(p.Name) + "”"
}

// told are parts whose files stay behind: their words stand for them.
func told(parts []bridge.Part) []bridge.Part {
	out := make([]bridge.Part, len(parts))
	for i, p := range parts {
		out[i] = bridge.Part{Kind: bridge.PartText, Text: p.Text}
	}

	return out
}
