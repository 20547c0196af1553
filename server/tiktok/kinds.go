package tiktok

import "sellerchat/server/bridge"

// kind is a type of message: what becomes of it, and the words that tell it.
// What people read about a type and what is done with it is one row, so that
// the two cannot disagree.
type kind struct {
	bridge.Ability
	// tell makes the words that stand for the message.
	tell func(content) string
}

// What happens instead, for people.
const (
	otherwiseMedia   = "When it cannot be fetched: words that name it and say to open Seller Center."
	otherwiseCard    = "Words with its number; the card itself is seen in Seller Center."
	otherwiseContext = "Words with its number, since there is nothing else in it."
	otherwiseSystem  = "TikTok's own words about the chat; told only where they come in the buyer's name."
	otherwiseLinked  = "Words that say so, with a link to our copy where TikTok gives an address."
)

// anythingElse is the row of types that are not listed.
const anythingElse = "anything else"

// kinds are the known types of messages, and what becomes of all others.
// https://partner.tiktokshop.com/docv2/page/14-new-message
var kinds = []kind{
	in(typeText, bridge.PartText, bridge.Carried, "A text that cannot be read: words that say so.", tellText),
	in(typeImage, bridge.PartImage, bridge.Carried, otherwiseMedia, tellImage),
	in(typeVideo, bridge.PartVideo, bridge.Carried, otherwiseMedia, tellVideo),
	in("EMOTICONS", bridge.PartNotice, bridge.Linked, otherwiseLinked, tellSticker),
	in("PRODUCT_CARD", bridge.PartCard, bridge.Told, otherwiseCard, tellProductCard),
	in("ORDER_CARD", bridge.PartCard, bridge.Told, otherwiseCard, tellOrderCard),
	in("LOGISTICS_CARD", bridge.PartCard, bridge.Told, otherwiseCard, tellLogisticsCard),
	in("RETURN_REFUND_CARD", bridge.PartCard, bridge.Told, otherwiseCard, tellReturnCard),
	in("COUPON_CARD", bridge.PartCard, bridge.Told, otherwiseCard, tellCouponCard),
	in(typeFromProduct, bridge.PartCard, bridge.Told, otherwiseContext, tellFromProduct),
	in(typeFromOrder, bridge.PartCard, bridge.Told, otherwiseContext, tellFromOrder),
	in("BUYER_ENTER_FROM_TRANSFER", bridge.PartNotice, bridge.Ignored, otherwiseSystem, tellTransfer),
	in("ALLOCATED_SERVICE", bridge.PartNotice, bridge.Ignored, otherwiseSystem, tellAllocated),
	in("NOTIFICATION", bridge.PartNotice, bridge.Ignored, otherwiseSystem, tellNotification),
	in("OTHER", bridge.PartNotice, bridge.Linked, otherwiseLinked, tellOther),
	in(anythingElse, bridge.PartNotice, bridge.Linked, otherwiseLinked, tellOther),
}

func in(typ string, as bridge.PartKind, t bridge.Treatment, otherwise string, tell func(content) string) kind {
	return kind{
		Ability: bridge.Ability{Type: typ, Direction: bridge.In, Kind: as, Treatment: t, Otherwise: otherwise},
		tell:    tell,
	}
}

// rowOf finds the row of a type.
var rowOf = func() map[string]kind {
	rows := make(map[string]kind, len(kinds))
	for _, k := range kinds[:len(kinds)-1] {
		rows[k.Type] = k
	}

	return rows
}()

// kindOf returns the row of a type, the last one for a type that has none.
func kindOf(typ string) kind {
	if k, ok := rowOf[typ]; ok {
		return k
	}

	return kinds[len(kinds)-1]
}

// Abilities say what becomes of each type of message that the platform sends.
func (*Client) Abilities() []bridge.Ability {
	out := make([]bridge.Ability, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, k.Ability)
	}

	return out
}
