package tiktok

import (
	"encoding/json"
	"testing"

	"sellerchat/server/bridge"
)

func TestCardsSayWhereToSeeThem(t *testing.T) {
	malaysia := bridge.ShopInfo{Region: "MY"}

	tests := map[string]struct {
		shop    bridge.ShopInfo
		typ     string
		content string
		want    string
	}{
		"an order has a page": {
			malaysia, "ORDER_CARD", `{"order_id":"7"}`,
			"[Order] The buyer shared order 7. Open TikTok Seller Center to see it: https://seller-my.tiktok.com/order/detail?order_no=7&shop_region=MY",
		},
		"a return has that of its order": {
			malaysia, "RETURN_REFUND_CARD", `{"order_id":"7","sku_id":"8"}`,
			"[Return] The buyer shared the return or refund of order 7, item 8. Open TikTok Seller Center to see it: https://seller-my.tiktok.com/order/detail?order_no=7&shop_region=MY",
		},
		"a delivery has that of its order": {
			bridge.ShopInfo{Region: "id"}, "LOGISTICS_CARD", `{"order_id":"7"}`,
			"[Delivery] The buyer shared the delivery of order 7. Open TikTok Seller Center to see it: https://seller-id.tokopedia.com/order/detail?order_no=7&shop_region=ID",
		},
		"the order that the buyer came from has a page": {
			malaysia, "BUYER_ENTER_FROM_ORDER", `{"order_id":"7"}`,
			"[Order] The buyer opened this chat from order 7. In TikTok Seller Center: https://seller-my.tiktok.com/order/detail?order_no=7&shop_region=MY",
		},
		"a product has none that is known": {
			malaysia, "PRODUCT_CARD", `{"product_id":"7"}`,
			"[Product] The buyer shared product 7. Open TikTok Seller Center to see it: https://seller-my.tiktok.com",
		},
		"nor has an order in the United Kingdom": {
			bridge.ShopInfo{Region: "GB"}, "ORDER_CARD", `{"order_id":"7"}`,
			"[Order] The buyer shared order 7. Open TikTok Seller Center to see it: https://seller-uk.tiktok.com",
		},
		"an order without a number": {
			malaysia, "ORDER_CARD", `{}`,
			"[Order] The buyer shared an order. Open TikTok Seller Center to see it: https://seller-my.tiktok.com",
		},
		"a number that is none stays out of the address": {
			malaysia, "ORDER_CARD", `{"order_id":"7/../x"}`,
			"[Order] The buyer shared order 7/../x. Open TikTok Seller Center to see it: https://seller-my.tiktok.com",
		},
		"a region whose Seller Center is not known": {
			bridge.ShopInfo{Region: "BR"}, "ORDER_CARD", `{"order_id":"7"}`,
			"[Order] The buyer shared order 7. Open TikTok Seller Center to see it.",
		},
		"a seller from abroad works elsewhere": {
			bridge.ShopInfo{Region: "MY", CrossBorder: true}, "ORDER_CARD", `{"order_id":"7"}`,
			"[Order] The buyer shared order 7. Open TikTok Seller Center to see it.",
		},
		"a shop without a region": {
			bridge.ShopInfo{}, "COUPON_CARD", `{"coupon_id":"7"}`,
			"[Coupon] The buyer shared coupon 7. Open TikTok Seller Center to see it.",
		},
		"what is no card": {
			malaysia, "EMOTICONS", `{"url":"u"}`,
			"[Sticker] The buyer sent a sticker. Open TikTok Seller Center to see it.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(test.content)
			if err != nil {
				t.Fatal(err)
			}
			p := parts(test.typ, raw, bridge.Buyer)[0]
			if got := newClient(t, nil).Locate(test.shop, p); got.Text != test.want {
				t.Errorf("got  %s\nwant %s", got.Text, test.want)
			}
		})
	}

	for typ := range aboutOrder {
		if rowOf[typ].Kind != bridge.PartCard {
			t.Errorf("%s is no card", typ)
		}
	}
}
