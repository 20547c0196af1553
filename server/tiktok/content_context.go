package tiktok

// Where the buyer came from. These types tell something of the buyer, whoever
// the platform reports them in the name of.
const (
	typeFromProduct = "BUYER_ENTER_FROM_PRODUCT"
	typeFromOrder   = "BUYER_ENTER_FROM_ORDER"
)

func tellFromProduct(c content) string {
	return labelled("Product", "The buyer opened this chat from "+numbered("a", "product", c.Product)+".")
}

func tellFromOrder(c content) string {
	return labelled("Order", "The buyer opened this chat from "+numbered("an", "order", c.Order)+".")
}
