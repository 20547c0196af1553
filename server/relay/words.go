package relay

import (
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

// The reasons of a reply that cannot be carried, and what would be: %s is what
// it holds.
const (
	wordsUnsupported = "It holds %s, which cannot be sent to TikTok from here. Write it as text, or send it from TikTok Seller Center."
	wordsWithout     = "It arrived without its %s, which cannot be sent to TikTok from here. Send that from TikTok Seller Center."
	wordsLeft        = "It arrived without the %s. "
	wordsEmpty       = "There is nothing in it that can be sent."
)

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

// own are the parts of a message in the words of whoever wrote it. For files,
// and for whatever else an agent sends, ours stand there.
func own(d bridge.Delivery) []bridge.Part {
	ours := func(p bridge.Part) bool {
		return isFile(p) || d.Lane.Direction == bridge.Out && p.Kind != bridge.PartText
	}

	return slices.DeleteFunc(slices.Clone(d.Message.Parts), ours)
}

// saying is what is said of a message.
type saying string

// What is said of replies, then of buyers' messages.
const (
	sayFailed      saying = "failed"
	sayPart        saying = "part"
	sayTooOld      saying = "too old"
	sayUncertain   saying = "uncertain"
	sayLate        saying = "late"
	sayWaiting     saying = "waiting"
	sayArrived     saying = "arrived"
	sayPartArrived saying = "part arrived"
	sayUnsupported saying = "unsupported"
	sayWithout     saying = "without"

	sayInFailed    saying = "in failed"
	sayInPart      saying = "in part"
	sayInTooOld    saying = "in too old"
	sayInUncertain saying = "in uncertain"
	sayInArrived   saying = "in arrived"
)

// wording is how it is said of one message and of several: %s is which, %d how
// many. next is the next step, where the telling brings none of its own.
type wording struct {
	one, many, next string
}

var wordings = map[saying]wording{
	sayFailed: {
		one:  "Your message%s was not sent to the buyer.",
		many: "%d of your messages were not sent to the buyer: %s.",
	},
	sayPart: {
		one:  "Only the first part of your message%s was sent to the buyer.",
		many: "Of %d of your messages only the first part was sent to the buyer: %s.",
	},
	sayTooOld: {
		one:  "Your message%s waited for too long and was not sent to the buyer.",
		many: "%d of your messages waited for too long and were not sent to the buyer: %s.",
		next: "Send again what still matters.",
	},
	sayUncertain: {
		one:  "Your message%s may or may not have reached the buyer: TikTok's answer got lost, and reading the conversation back did not settle it.",
		many: "%d of your messages may or may not have reached the buyer, because TikTok's answers got lost: %s.",
		next: "Look in TikTok Seller Center before you send anything again.",
	},
	sayLate: {
		one:  "Your message%s reached the buyer after a message that you wrote later.",
		many: "%d of your messages reached the buyer after one that you wrote later: %s.",
	},
	sayWaiting: {
		one:  "Your message%s has not reached the buyer yet.",
		many: "%d of your messages have not reached the buyer yet: %s.",
	},
	sayArrived: {
		one:  "Your message%s did reach the buyer.",
		many: "%d of your messages did reach the buyer: %s.",
	},
	sayPartArrived: {
		one:  "Only the first part of your message%s reached the buyer.",
		many: "Of %d of your messages only the first part reached the buyer: %s.",
		next: "Send the rest again if it still matters.",
	},
	sayUnsupported: {
		one:  "Your message%s was not sent to the buyer.",
		many: "%d of your messages were not sent to the buyer: %s.",
	},
	sayWithout: {
		one:  "Your message%s reached the buyer, but not all of it.",
		many: "%d of your messages reached the buyer, but not all of them: %s.",
	},

	sayInFailed: {
		one:  "A message from the buyer%s could not be shown here, because Freshchat did not take it.",
		many: "%d messages from the buyer could not be shown here, because Freshchat did not take them: %s.",
		next: "Open TikTok Seller Center to read what is missing.",
	},
	sayInPart: {
		one:  "A message from the buyer%s is shown here only in part, because Freshchat did not take the rest.",
		many: "%d messages from the buyer are shown here only in part, because Freshchat did not take the rest: %s.",
		next: "Open TikTok Seller Center to read all of it.",
	},
	sayInTooOld: {
		one:  "A message from the buyer%s waited for too long and is not shown here any more.",
		many: "%d messages from the buyer waited for too long and are not shown here any more: %s.",
		next: "Open TikTok Seller Center to read what is missing.",
	},
	sayInUncertain: {
		one:  "A message from the buyer%s may or may not be shown here, because Freshchat's answer got lost.",
		many: "%d messages from the buyer may or may not be shown here, because Freshchat's answers got lost: %s.",
		next: "Open TikTok Seller Center to be sure.",
	},
	sayInArrived: {
		one:  "A message from the buyer%s is shown here after all.",
		many: "%d messages from the buyer are shown here after all: %s.",
	},
}

// again are the words for what cannot be carried, after its kind was explained
// in this conversation before: %s is the kind.
const again = "As before, the reason is its %s."

// The words with which it is told why a reply waits.
const (
	wordsWaitTikTok        = "TikTok does not take it at the moment. It is sent by itself as soon as that works: do not send it again."
	wordsWaitFile          = "Freshchat does not hand out a file at the moment. It is sent by itself as soon as that works: do not send it again."
	wordsWaitAuthorization = "Your admin has to authorize the shop again on TikTok; it is then sent by itself: do not send it again."
	wordsWaitShop          = "TikTok has deactivated the shop. It is sent by itself when the shop is active again: do not send it again."
	wordsWaitOurs          = "Our side is not set up as it should be, and support knows. It is sent by itself: do not send it again."
)
