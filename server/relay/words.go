package relay

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sellerchat/server/bridge"
)

// mirrorPrefix marks what the seller typed in Seller Center.
const mirrorPrefix = "Written in TikTok Seller Center: "

// wordsShopGone is said of a reply whose shop is no longer connected.
const wordsShopGone = "The shop of this conversation is no longer connected to this account. Ask your admin to connect it again."

// quoted is how many characters of a message a note repeats.
const quoted = 80

// plain is the text of the parts, one below the other.
func plain(parts []bridge.Part) string {
	lines := make([]string, 0, len(parts))

	for _, p := range parts {
		if p.Text != "" {
			lines = append(lines, p.Text)
		}
	}

	return strings.Join(lines, "\n")
}

// latePrefix marks a message that was overtaken by a later one.
func latePrefix(sent, now time.Time) string {
	layout := "15:04"
	if now.Sub(sent) > 12*time.Hour {
		layout = "2 Jan 2006 15:04"
	}

	return "[Late, sent " + sent.UTC().Format(layout) + " UTC] "
}

// splitRunes cuts a text into pieces of at most most characters, at the last
// blank where there is one. A text without anything in it is one piece.
func splitRunes(text string, most int) []string {
	var pieces []string

	for utf8.RuneCountInString(text) > most {
		end := 0
		for range most {
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
		}

		if blank := strings.LastIndexAny(text[:end], " \n"); blank > 0 {
			end = blank + 1
		}

		pieces = append(pieces, strings.TrimRight(text[:end], " \n"))
		text = text[end:]
	}

	return append(pieces, text)
}

// excerpt quotes the beginning of a message.
func excerpt(parts []bridge.Part) string {
	text := strings.Join(strings.Fields(plain(parts)), " ")
	if utf8.RuneCountInString(text) <= quoted {
		return text
	}

	return strings.TrimSpace(string([]rune(text)[:quoted])) + "…"
}

// subject names the message that a note is about.
func subject(d bridge.Delivery) string {
	if d.Lane.Direction == bridge.In {
		return fmt.Sprintf("A message from the buyer (“%s”)", excerpt(d.Message.Parts))
	}

	return fmt.Sprintf("Your message “%s”", excerpt(written(d.Message.Parts)))
}

// written is what an agent typed: the other parts hold words of ours for her.
func written(parts []bridge.Part) []bridge.Part {
	return slices.DeleteFunc(slices.Clone(parts), func(p bridge.Part) bool { return p.Kind != bridge.PartText })
}

// failedNote tells of a failure. Words are for whoever wrote the message: of a
// buyer's message the agent is told what she herself can do.
func failedNote(d bridge.Delivery, words string) string {
	if d.Lane.Direction == bridge.In {
		return subject(d) + " could not be shown here, because Freshchat did not take it. Open TikTok Seller Center to read it."
	}

	return subject(d) + " was not sent to the buyer. " + words
}

// partNote tells of a failure after some of the message has arrived.
func partNote(d bridge.Delivery, words string) string {
	if d.Lane.Direction == bridge.In {
		return subject(d) + " is shown here only in part, because Freshchat did not take the rest. Open TikTok Seller Center to read all of it."
	}

	return "Only the first part of " + lowered(subject(d)) + " was sent to the buyer. " + words
}

func lowered(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// tooOldNote tells of a message that waited with us until nobody may get it any
// more.
func tooOldNote(d bridge.Delivery) string {
	if d.Lane.Direction == bridge.In {
		return subject(d) + " waited for too long and is not shown here any more. Open TikTok Seller Center to read it."
	}

	return subject(d) + " waited for too long and was not sent to the buyer. Send it again if it still matters."
}

func uncertainNote(d bridge.Delivery) string {
	if d.Lane.Direction == bridge.In {
		return subject(d) + " may or may not be shown here: the answer got lost. Open TikTok Seller Center to be sure."
	}

	return subject(d) + " may or may not have reached the buyer: TikTok's answer got lost, and reading the conversation back did not settle it. " +
		"Look in TikTok Seller Center before you send it again."
}

func lateNote(d bridge.Delivery) string {
	return subject(d) + fmt.Sprintf(" (written %s UTC) reached the buyer after a message that you wrote later.",
		d.Message.CreatedAt.UTC().Format("15:04"))
}
