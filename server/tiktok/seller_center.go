package tiktok

import (
	"net/url"
	"strings"

	"sellerchat/server/bridge"
)

// sellerCenter is where the sellers of one region work.
type sellerCenter struct {
	address string
	// orders is true where the address of the page of an order is known to be
	// the usual one.
	orders bool
}

// sellerCenters are the addresses by region of the shop. The vendor publishes
// no list: these are the ones in common use, and a region that is not here gets
// words without an address, which beats a wrong one.
var sellerCenters = map[string]sellerCenter{
	"GB": {address: "https://seller-uk.tiktok.com"},
	"ID": {address: "https://seller-id.tokopedia.com", orders: true},
	"MY": {address: "https://seller-my.tiktok.com", orders: true},
	"PH": {address: "https://seller-ph.tiktok.com"},
	"SG": {address: "https://seller-sg.tiktok.com"},
	"TH": {address: "https://seller-th.tiktok.com", orders: true},
	"US": {address: "https://seller-us.tiktok.com", orders: true},
	"VN": {address: "https://seller-vn.tiktok.com", orders: true},
}

// aboutOrder are the types whose number is that of an order.
var aboutOrder = map[string]bool{
	"ORDER_CARD": true, "LOGISTICS_CARD": true, "RETURN_REFUND_CARD": true, typeFromOrder: true,
}

// Locate adds to the words of a card where the shop's people see in Seller
// Center what it shows: the page of the order, else Seller Center itself. What
// is no card, and where no address is known, stays as it is.
func (*Client) Locate(shop bridge.ShopInfo, p bridge.Part) bridge.Part {
	center, known := sellerCenters[strings.ToUpper(shop.Region)]
	if p.Kind != bridge.PartCard || !known || shop.CrossBorder {
		return p
	}

	address := center.address
	if center.orders && aboutOrder[p.Type] && digits(p.Ref) {
		address += "/order/detail?" + url.Values{"order_no": {p.Ref}, "shop_region": {strings.ToUpper(shop.Region)}}.Encode()
	}
	if words, see := strings.CutSuffix(p.Text, seeIt); see {
		p.Text = words + strings.TrimSuffix(seeIt, ".") + ": " + address
	} else {
		p.Text += " In TikTok Seller Center: " + address
	}

	return p
}

// digits reports whether a number is one: whatever else a card says stays out
// of an address of ours.
func digits(number string) bool {
	return number != "" && strings.Trim(number, "0123456789") == ""
}
