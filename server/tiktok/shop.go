package tiktok

import (
	"context"
	"net/http"

	"sellerchat/server/bridge"
)

// Shops lists the shops that an authorization covers; access.Cipher is not
// used.
// https://partner.tiktokshop.com/docv2/page/get-authorized-shops-202309
func (c *Client) Shops(ctx context.Context, access bridge.Access) ([]bridge.ShopInfo, error) {
	var data struct {
		Shops []struct {
			ID     loose `json:"id"`
			Code   loose `json:"code"`
			Name   loose `json:"name"`
			Region loose `json:"region"`
			Type   loose `json:"seller_type"`
			Cipher loose `json:"cipher"`
		} `json:"shops"`
	}
	err := c.call(ctx, call{
		op:     "tiktok list shops",
		method: http.MethodGet,
		path:   "/authorization/" + c.versions.Authorization + "/shops",
		access: access,
		noShop: true,
	}, &data)
	if err != nil {
		return nil, err
	}

	shops := make([]bridge.ShopInfo, 0, len(data.Shops))
	for _, s := range data.Shops {
		shops = append(shops, bridge.ShopInfo{
			ID:     bridge.ShopID(s.ID),
			Code:   string(s.Code),
			Name:   string(s.Name),
			Region: string(s.Region),
			// An unknown type is taken for a seller at home, as most are.
			CrossBorder: s.Type == "CROSS_BORDER",
			Cipher:      string(s.Cipher),
		})
	}

	return shops, nil
}
