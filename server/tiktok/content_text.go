package tiktok

import "sellerchat/server/bridge"

const typeText = "TEXT"

// textParts carries text as it is; emoji are text.
func textParts(c content) []bridge.Part {
	text, given := c.text()
	if !given {
		return []bridge.Part{notice("Message", c.who+" sent a message that could not be read."+seeIt)}
	}
	if c.words() == "" {
		return nil
	}

	return []bridge.Part{{Kind: bridge.PartText, Text: text}}
}
