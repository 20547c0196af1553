package tiktok

import "sellerchat/server/bridge"

// The types that can be sent as well as received.
const (
	typeText  = "TEXT"
	typeImage = "IMAGE"
	typeVideo = "VIDEO"
)

// tellText stands for a text that is none.
func tellText(c content) string {
	return labelled("Message", c.who+" sent a message that could not be read."+seeIt)
}

// textParts carries text as it is; emoji are text. A text that is none is told
// as a notice, and one with nothing in it is no part at all.
func textParts(c content, unreadable bridge.Part) []bridge.Part {
	text, given := c.text()
	if !given {
		unreadable.Kind = bridge.PartNotice

		return []bridge.Part{unreadable}
	}
	if c.words() == "" {
		return nil
	}

	return []bridge.Part{{Kind: bridge.PartText, Type: unreadable.Type, Text: text}}
}
