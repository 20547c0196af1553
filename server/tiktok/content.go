package tiktok

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"sellerchat/server/bridge"
)

// content is what stands inside a message, whatever its kind.
type content struct {
	// Text is a string, or something else when no text is given, which is not
	// the same as an empty one.
	Text any `json:"content"`

	URL    loose `json:"url"`
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

// kind makes the parts of a message of one type. No parts mean that there is
// nothing in it.
type kind func(content) []bridge.Part

// kinds are the known types of messages.
// https://partner.tiktokshop.com/docv2/page/14-new-message
var kinds = map[string]kind{
	typeText:                    textParts,
	"IMAGE":                     imageParts,
	"EMOTICONS":                 stickerParts,
	"VIDEO":                     videoParts,
	"PRODUCT_CARD":              productCardParts,
	"ORDER_CARD":                orderCardParts,
	"LOGISTICS_CARD":            logisticsCardParts,
	"RETURN_REFUND_CARD":        returnCardParts,
	"COUPON_CARD":               couponCardParts,
	typeFromProduct:             fromProductParts,
	typeFromOrder:               fromOrderParts,
	"BUYER_ENTER_FROM_TRANSFER": transferParts,
	"ALLOCATED_SERVICE":         allocatedParts,
	"NOTIFICATION":              notificationParts,
	"OTHER":                     otherParts,
}

// parts converts the content of a message. A type that we do not know becomes
// a notice, like everything that cannot be carried: nothing is dropped.
func parts(typ string, raw json.RawMessage, author bridge.AuthorRole) []bridge.Part {
	c := parseContent(raw)
	c.who = "The shop"
	if author == bridge.Buyer {
		c.who = "The buyer"
	}

	convert, ok := kinds[typ]
	if !ok {
		convert = otherParts
	}
	out := convert(c)
	for i := range out {
		out[i].Type = typ
	}

	return out
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

// notice is words of ours that stand for what cannot be carried.
func notice(label, words string) bridge.Part {
	return bridge.Part{Kind: bridge.PartNotice, Text: "[" + label + "] " + words}
}
