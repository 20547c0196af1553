package tiktok

// said is the platform's own words, or ours where it gave none.
func said(c content, label, otherwise string) string {
	words := c.words()
	if words == "" {
		words = otherwise
	}

	return labelled(label, words)
}

func tellTransfer(c content) string {
	return said(c, "Transfer", "This chat was handed to another agent on TikTok.")
}

func tellAllocated(c content) string {
	return said(c, "TikTok", "An agent joined this chat on TikTok.")
}

func tellNotification(c content) string {
	return said(c, "TikTok", "TikTok sent a notification."+seeIt)
}

// tellOther stands for what the platform's API cannot express, files among it,
// and for types that we do not know.
func tellOther(c content) string {
	text := labelled("Not shown here", c.who+" sent something that can only be seen on TikTok."+seeIt)
	if words := c.words(); words != "" {
		text += " TikTok says: " + words
	}

	return text
}
