package freshchat

import (
	"slices"

	"sellerchat/server/bridge"
)

// The kinds of parts that are treated by name somewhere in this package.
const (
	kindText  = "text"
	kindImage = "image"
	kindVideo = "video"
	kindFile  = "file"
	// kindOther stands in the table for every kind that nobody here has heard
	// of.
	kindOther = "anything else"
)

// The words that several kinds share.
const (
	wordsNoButtons = "TikTok shows no buttons. Write the choices as text."
	wordsNoForms   = "TikTok shows no forms. Ask the question as text."
)

// abilities is what becomes of every kind of part that an agent's message may
// hold. The words say to her what would work.
// https://developers.freshchat.com/api/
var abilities = []bridge.Ability{
	{Type: kindText, Kind: bridge.PartText, Treatment: bridge.Carried, Otherwise: "TikTok shows plain text. Leave the formatting out and write links in full."},
	{Type: kindImage, Kind: bridge.PartImage, Treatment: bridge.Carried, Otherwise: "TikTok did not take this picture. Send it as JPG, PNG or WEBP, or smaller, or describe it in words."},
	{Type: kindVideo, Kind: bridge.PartVideo, Treatment: bridge.Carried, Otherwise: "TikTok did not take this video. Send it as MP4, or shorter, or send a link to it."},
	{Type: kindFile, Kind: bridge.PartFile, Treatment: bridge.Linked, Otherwise: "TikTok takes no files: the buyer gets a link. If she cannot open it, write what she needs from the file."},
	{Type: "audio", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "TikTok takes no voice messages. Write what you said."},

	{Type: "url_button", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "TikTok shows no buttons. Write the link as text."},
	{Type: "quick_reply_button", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: wordsNoButtons},
	{Type: "callback", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: wordsNoButtons},
	{Type: "collection", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "TikTok shows no buttons or lists of choices. Write the choices as text."},
	{Type: "template_content", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "TikTok shows no carousels or drop-downs. Write what they say as text."},
	{Type: "reference", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "TikTok shows no articles of your help pages. Write the answer or a link as text."},
	{Type: "email", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "E-mails are not sent to TikTok. Write the answer as a chat message."},
	{Type: "text_input", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: wordsNoForms},
	{Type: "attachment_input", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "TikTok shows no forms. Ask the buyer for the file in words."},
	{Type: "help_text", Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "TikTok shows no forms. Write the hint as text."},

	{Type: kindOther, Kind: bridge.PartNotice, Treatment: bridge.Refused, Otherwise: "This kind of message is not sent to TikTok. Write it as text."},
}

// byKind finds a row of the table.
var byKind = func() map[string]bridge.Ability {
	m := make(map[string]bridge.Ability, len(abilities))

	for i := range abilities {
		abilities[i].Direction = bridge.Out
		m[abilities[i].Type] = abilities[i]
	}

	return m
}()

// abilityOf is the row for a kind that the platform named.
func abilityOf(kind string) bridge.Ability {
	if a, known := byKind[kind]; known && kind != kindOther {
		return a
	}

	return byKind[kindOther]
}

// What one call takes. The platform publishes the size of files only; the
// other limits are what is safe in practice.
const (
	textMost  = 5000
	imageMost = 5 << 20
	fileMost  = 25 << 20
)

// imageTypes are the types of pictures that are uploaded as such.
var imageTypes = []string{"image/jpeg", "image/png", "image/webp"}

// Abilities lists what becomes of every kind of part that an agent's message
// may hold; its last row stands for all kinds that are not named.
func (*Client) Abilities() []bridge.Ability { return slices.Clone(abilities) }

// Limits lists what one call takes of each kind. A video is fetched from its
// address and has no limit of its own.
func (*Client) Limits() []bridge.Limit {
	return []bridge.Limit{
		{Kind: bridge.PartText, Most: textMost},
		{Kind: bridge.PartImage, Most: imageMost, MIME: slices.Clone(imageTypes)},
		{Kind: bridge.PartFile, Most: fileMost},
	}
}
