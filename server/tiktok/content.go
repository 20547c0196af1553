package tiktok

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"sellerchat/server/bridge"
)

// content is what stands inside a message, whatever its kind.
type content struct {
	// Text is a string, or something else when no text is given, which is not
	// the same as an empty one.
	Text any `json:"content"`

	URL    loose `json:"url"`
	VID    loose `json:"vid"`
	Format loose `json:"format"`
	Size   loose `json:"size"`
	// Duration is in seconds, with decimals.
	Duration loose `json:"duration"`

	Product loose `json:"product_id"`
	Order   loose `json:"order_id"`
	Package loose `json:"package_id"`
	SKU     loose `json:"sku_id"`
	Coupon  loose `json:"coupon_id"`

	// who wrote it, in words.
	who string
}

// parts converts the content of a message, by the row of its type in the table
// of kinds. Everything but a text with nothing in it becomes one part: nothing
// is dropped.
func parts(typ string, raw json.RawMessage, author bridge.AuthorRole) []bridge.Part {
	c := parseContent(raw)
	c.who = "The shop"
	if author == bridge.Buyer {
		c.who = "The buyer"
	}

	k := kindOf(typ)
	p := bridge.Part{Kind: k.Kind, Text: k.tell(c), Type: typ}
	switch k.Kind {
	case bridge.PartText:
		return textParts(c, p)
	case bridge.PartCard:
		p.Ref = string(cmp.Or(c.Order, c.Product, c.Coupon))
	default:
		describe(&p, c)
	}

	return []bridge.Part{p}
}

// describe keeps what the platform tells of a file.
func describe(p *bridge.Part, c content) {
	p.URL, p.Ref = string(c.URL), string(c.VID)
	p.MIME = videoTypes[strings.ToLower(string(c.Format))]
	if size, err := strconv.ParseInt(string(c.Size), 10, 64); err == nil && size > 0 {
		p.Size = size
	}
}

// parseContent reads what should be a string holding a JSON object, and takes
// an object itself, or a string that holds anything else as bare text.
func parseContent(raw json.RawMessage) content {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return content{}
	}

	object := raw
	if raw[0] == '"' {
		var inner string
		if json.Unmarshal(raw, &inner) != nil {
			return content{}
		}
		if text, ok := bareText(inner); ok {
			return content{Text: text}
		}
		object = bytes.TrimSpace([]byte(inner))
		if !bytes.HasPrefix(object, []byte("{")) {
			return content{Text: inner}
		}

		var c content

		var shape *json.UnmarshalTypeError
		if err := json.Unmarshal(object, &c); errors.As(err, &shape) {
			return content{}
		} else if err != nil {
			return content{Text: inner}
		}

		return c
	}

	var c content
	if json.Unmarshal(object, &c) != nil {
		return content{}
	}

	return c
}

// bareText reads the object that most messages hold, one text and nothing else,
// when nothing in it is escaped: reading it as any other takes as long as all
// the rest of a webhook.
func bareText(object string) (string, bool) {
	text, ok := strings.CutPrefix(object, `{"content":"`)
	if !ok {
		return "", false
	}

	text, ok = strings.CutSuffix(text, `"}`)

	special := func(r rune) bool { return r == '"' || r == '\\' || r < ' ' || r == utf8.RuneError }

	return text, ok && !strings.ContainsFunc(text, special)
}

// text returns the text, and whether one was given.
func (c content) text() (string, bool) {
	s, ok := c.Text.(string)

	return s, ok
}

// words returns the text without the blanks around it; empty when there is
// none.
func (c content) words() string {
	s, _ := c.text()

	return strings.TrimSpace(s)
}

// seeIt ends the notices about what can only be seen on the platform.
const seeIt = " Open TikTok Seller Center to see it."

// labelled is words of ours that stand for something.
func labelled(label, words string) string { return "[" + label + "] " + words }
