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

// attachment is what is told of a picture, video, file or sound, in every
// spelling that the API, the webhooks and the product events use.
type attachment struct {
	URL   scalar `json:"url"`
	Name  scalar `json:"name"`
	Name2 scalar `json:"file_name"`
	Name3 scalar `json:"fileName"`
	MIME  scalar `json:"content_type"`
	MIME2 scalar `json:"contentType"`
	MIME3 scalar `json:"file_content_type"`
	Size  scalar `json:"file_size_in_bytes"`
	Size2 scalar `json:"file_size"`
	Size3 scalar `json:"fileSizeInBytes"`
	Size4 scalar `json:"fileSize"`
	Hash  scalar `json:"file_hash"`
	Hash2 scalar `json:"fileHash"`
	Hash3 scalar `json:"hash"`
}

// legacyPart is a part in the form that it had until 2018.
type legacyPart struct {
	Kind       string          `json:"part_type"`
	Properties json.RawMessage `json:"properties"`
}

func (p legacyPart) modern() part { return part{p.Kind: p.Properties} }

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
		case a == kindText && b != kindText:
			return -1
		case b == kindText && a != kindText:
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
		Legacy  scalar `json:"text"`
	}

	raw, found := p[kindText]
	if !found || json.Unmarshal(raw, &body) != nil {
		return "", false
	}

	content := first(body.Content, body.Legacy)

	return string(content), content != ""
}

// as converts what the part holds under one kind; false when there is nothing
// in it.
func (p part) as(kind string) (bridge.Part, bool) {
	ability := abilityOf(kind)
	if ability.Kind == bridge.PartText {
		content, _ := p.text()
		plain := shortcodes(PlainText(content))

		return bridge.Part{Kind: ability.Kind, Text: plain, Type: kind}, plain != ""
	}

	var a attachment
	if json.Unmarshal(p[kind], &a) != nil {
		a = attachment{}
	}

	return bridge.Part{
		Kind: ability.Kind, Text: ability.Otherwise, Type: cmp.Or(formed(tokenForm, kind), "unknown"),
		URL: string(a.URL), Ref: string(first(a.Hash, a.Hash2, a.Hash3)), Name: string(first(a.Name, a.Name2, a.Name3)),
		MIME: string(first(a.MIME, a.MIME2, a.MIME3)), Size: first(a.Size, a.Size2, a.Size3, a.Size4).size(),
	}, true
}
