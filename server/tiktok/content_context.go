package tiktok

import "sellerchat/server/bridge"

// Where the buyer came from. These types tell something of the buyer, whoever
// the platform reports them in the name of.
const (
	typeFromProduct = "BUYER_ENTER_FROM_PRODUCT"
	typeFromOrder   = "BUYER_ENTER_FROM_ORDER"
)

func fromProductParts(c content) []bridge.Part {
	return []bridge.Part{notice("Product", "The buyer opened this chat from "+numbered("a", "product", c.Product)+".")}
}

func fromOrderParts(c content) []bridge.Part {
	return []bridge.Part{notice("Order", "The buyer opened this chat from "+numbered("an", "order", c.Order)+".")}
}
