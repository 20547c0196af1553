package freshchat

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"sellerchat/server/bridge"
)

// part is one element of a message. Its keys are kinds, of which one has a
// value; the others may stand beside it as null. Kinds that nobody here has
// heard of exist. https://developers.freshchat.com/api/
type part map[string]json.RawMessage

// partKind is how a kind of part enters the domain.
type partKind struct {
	kind bridge.PartKind
	// notice tells the agent that the part did not go out, and what would.
	notice string
}

// partKinds is what is known of the platform's kinds, beside text.
var partKinds = map[string]partKind{
	"image": {bridge.PartImage, "Pictures are not sent to TikTok yet. Describe the picture in words or send a link to it."},
	"video": {bridge.PartVideo, "Videos are not sent to TikTok yet. Describe the video in words or send a link to it."},
	"file":  {bridge.PartFile, "Files are not sent to TikTok yet. Write what the buyer needs from the file or send a link to it."},
	"audio": {bridge.PartNotice, "TikTok takes no voice messages. Write what you said."},

	"url_button":         {bridge.PartNotice, "TikTok shows no buttons. Write the link as text."},
	"quick_reply_button": {bridge.PartNotice, "TikTok shows no buttons. Write the choices as text."},
	"callback":           {bridge.PartNotice, "TikTok shows no buttons. Write the choices as text."},
	"collection":         {bridge.PartNotice, "TikTok shows no buttons or lists of choices. Write the choices as text."},
	"template_content":   {bridge.PartNotice, "TikTok shows no carousels or drop-downs. Write what they say as text."},
	"reference":          {bridge.PartNotice, "TikTok shows no articles of your help pages. Write the answer or a link as text."},
	"email":              {bridge.PartNotice, "E-mails are not sent to TikTok. Write the answer as a chat message."},
	"text_input":         {bridge.PartNotice, "TikTok shows no forms. Ask the question as text."},
	"attachment_input":   {bridge.PartNotice, "TikTok shows no forms. Ask the buyer for the file in words."},
	"help_text":          {bridge.PartNotice, "TikTok shows no forms. Write the hint as text."},
}

const noticeUnknown = "This kind of message is not sent to TikTok. Write it as text."

// attachment is what is told of a picture, video, file or sound, in every
// spelling that the API, the webhooks and the product events use.
type attachment struct {
	URL    scalar `json:"url"`
	Name   scalar `json:"name"`
	MIME   scalar `json:"content_type"`
	MIME2  scalar `json:"contentType"`
	Size   scalar `json:"file_size_in_bytes"`
	Length scalar `json:"file_size"`
}

// convert turns the parts of a message into those of the domain, in order.
// Empty texts are left out; everything else survives, if only as a notice.
func convert(lists ...list[part]) []bridge.Part {
	var out []bridge.Part
	for _, parts := range lists {
		for _, p := range parts {
			for _, kind := range p.kinds() {
				if b, ok := p.as(kind); ok {
					out = append(out, b)
				}
			}
		}
	}

	return out
}

// kinds names what the part holds: text before what goes with it.
func (p part) kinds() []string {
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(p)) {
		if bytes.HasPrefix(bytes.TrimSpace(p[kind]), []byte("{")) {
			kinds = append(kinds, kind)
		}
	}

	slices.SortStableFunc(kinds, func(a, b string) int {
		switch {
		case a == "text" && b != "text":
			return -1
		case b == "text" && a != "text":
			return 1
		default:
			return 0
		}
	})

	return kinds
}

// text is the content of a text part, as it was written.
func (p part) text() (string, bool) {
	var body struct {
		Content scalar `json:"content"`
	}

	raw, found := p["text"]
	if !found || json.Unmarshal(raw, &body) != nil {
		return "", false
	}

	return string(body.Content), body.Content != ""
}

// as converts what the part holds under one kind; false when there is nothing
// in it.
func (p part) as(kind string) (bridge.Part, bool) {
	if kind == "text" {
		content, _ := p.text()
		plain := PlainText(content)

		return bridge.Part{Kind: bridge.PartText, Text: plain, Type: kind}, plain != ""
	}

	known, found := partKinds[kind]
	if !found {
		known = partKind{kind: bridge.PartNotice, notice: noticeUnknown}
	}

	var a attachment
	if json.Unmarshal(p[kind], &a) != nil {
		a = attachment{}
	}

	return bridge.Part{
		Kind: known.kind, Text: known.notice, Type: cmp.Or(formed(tokenForm, kind), "unknown"),
		URL: string(a.URL), Name: string(a.Name), MIME: string(first(a.MIME, a.MIME2)),
		Size: first(a.Size, a.Length).size(),
	}, true
}
