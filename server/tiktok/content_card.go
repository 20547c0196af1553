package tiktok

// card stands for a card, which nothing but the platform's own screens can
// show: its numbers let an agent look it up.
func card(c content, label, what string) string {
	return labelled(label, c.who+" shared "+what+"."+seeIt)
}

// numbered names a thing by its number, or in general where it has none.
func numbered(article, noun string, number loose) string {
	if number == "" {
		return article + " " + noun
	}

	return noun + " " + string(number)
}

func tellProductCard(c content) string {
	return card(c, "Product", numbered("a", "product", c.Product))
}

func tellOrderCard(c content) string {
	return card(c, "Order", numbered("an", "order", c.Order))
}

func tellLogisticsCard(c content) string {
	what := "the delivery of " + numbered("an", "order", c.Order)
	if c.Package != "" {
		what += ", package " + string(c.Package)
	}

	return card(c, "Delivery", what)
}

func tellReturnCard(c content) string {
	what := "the return or refund of " + numbered("an", "order", c.Order)
	if c.SKU != "" {
		what += ", item " + string(c.SKU)
	}

	return card(c, "Return", what)
}

func tellCouponCard(c content) string {
	return card(c, "Coupon", numbered("a", "coupon", c.Coupon))
}
