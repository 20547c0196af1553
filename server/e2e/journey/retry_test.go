package journey

import (
	"errors"
	"strings"
	"testing"
)

// TestAnAgentTriesAgain presses Retry beside a reply that TikTok refused, and
// beside one of which nobody knows whether it arrived. The panel says what that
// may do, and each reaches the buyer once.
func TestAnAgentTriesAgain(t *testing.T) {
	demo := startPackage(t)
	_, dialog := newVisitor(t)

	have, _ := installPackage(dialog, demo)
	platforms := platformsOf(dialog, have)

	dialog.open(demo)
	dialog.fill("Message to "+shop, "Is the lip oil vegan?")
	dialog.press("Send")
	dialog.stands(conversation, "Is the lip oil vegan?")

	platforms.strike("sensitive", "")

	const refused = "Call me at the shop"

	replies(dialog, refused)
	dialog.until("the agent is told", func() error { return says(dialog.group(conversation), "was not sent") })
	retry(dialog, demo, refused, "Not sent", "It has not arrived. It is sent again as it is.")

	platforms.strike("unreachable", "send_message")

	const doubtful = "Yes, it is vegan"

	replies(dialog, doubtful)
	platforms.chatter()
	dialog.until("the agent is told", func() error {
		return says(dialog.group(conversation), "may or may not have reached the buyer")
	})
	retry(dialog, demo, doubtful, "Unsure", "it is sent again, and may then arrive twice")

	dialog.stands(phone, refused, doubtful)
	dialog.look("both-arrived")
}

func replies(dialog *tab, text string) {
	dialog.t.Helper()
	dialog.fill("Reply to "+buyer, text)
	dialog.press("Reply")
	dialog.until("it stands in the conversation", func() error { return says(dialog.group(conversation), text) })
}

// retry presses the panel's button beside a message and waits until that has
// been sent.
func retry(dialog *tab, demo, text, state, warning string) {
	dialog.t.Helper()
	dialog.open(demo)
	dialog.unfold("TikTok Seller Chat")

	panel := dialog.frame()
	panel.sees(text, state, warning)
	panel.look("panel-" + strings.ToLower(strings.ReplaceAll(state, " ", "-")))
	panel.press("Retry: " + text)
	panel.hears("It is being sent again.")
	dialog.until("it is with the buyer", func() error { return says(dialog.group(phone), text) })
	panel.press("Refresh")
	panel.until("there is nothing to retry", func() error {
		if strings.Contains(panel.words(), warning) {
			return errors.New("there is")
		}

		return nil
	})
	panel.look("panel-sent")
}

func says(text, words string) error {
	if !strings.Contains(text, words) {
		return errors.New("it does not say " + words)
	}

	return nil
}
