package tiktok

import "sellerchat/server/bridge"

// said is a notice with the platform's own words, or with ours where it gave
// none.
func said(c content, label, otherwise string) []bridge.Part {
	words := c.words()
	if words == "" {
		words = otherwise
	}

	return []bridge.Part{notice(label, words)}
}

func transferParts(c content) []bridge.Part {
	return said(c, "Transfer", "This chat was handed to another agent on TikTok.")
}

func allocatedParts(c content) []bridge.Part {
	return said(c, "TikTok", "An agent joined this chat on TikTok.")
}

func notificationParts(c content) []bridge.Part {
	return said(c, "TikTok", "TikTok sent a notification."+seeIt)
}

// otherParts stands for what the platform's API cannot express, files among it,
// and for types that we do not know.
func otherParts(c content) []bridge.Part {
	p := notice("Not shown here", c.who+" sent something that can only be seen on TikTok."+seeIt)
	if words := c.words(); words != "" {
		p.Text += " TikTok says: " + words
	}
	p.URL = string(c.URL)

	return []bridge.Part{p}
}
