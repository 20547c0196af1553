package tiktoksim

import "sellerchat/server/sandbox/simkit"

// shopData is a shop as https://partner.tiktokshop.com/docv2/page/get-authorized-shops-202309
// shows it.
type shopData struct {
	Cipher     string `json:"cipher"`
	Code       string `json:"code"`
	ID         string `json:"id"`
	Name       string `json:"name"`
	Region     string `json:"region"`
	SellerType string `json:"seller_type"`
}

// authorizedShops lists the shops of the authorization behind the token.
func (s *Sim) authorizedShops(c *call) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()

	shops := make([]shopData, 0, len(c.grant.shops))
	for _, sh := range c.grant.shops {
		shops = append(shops, shopData{Cipher: sh.Cipher, Code: sh.Code, ID: sh.ID, Name: sh.Name, Region: sh.Region, SellerType: sh.SellerType})
	}

	return map[string][]shopData{"shops": shops}, nil
}

// KindEnded is the ledger entry for an authorization that the app ended.
const KindEnded = "authorization_ended"

// endAuthorization ends the authorization of one shop from our side. The
// seller hears of it by e-mail, the app by nothing.
func (s *Sim) endAuthorization(c *call) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()

	c.grant.withdraw(c.shop)
	s.ledger.Add(simkit.Entry{Kind: KindEnded, Account: c.shop.ID, Author: c.app.Market})

	return nil, nil
}
