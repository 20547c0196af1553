package tiktoksim

import (
	"net/http"
	"slices"

	"sellerchat/server/sandbox/simkit"
)

// ShopView is a shop as its pages and tests see it.
type ShopView struct {
	ShopSpec
	Seller     string   `json:"seller"` // open_id
	SellerName string   `json:"seller_name"`
	Markets    []string `json:"markets"` // whose apps are authorized
}

// Shops lists every shop, sellers in order of arrival.
func (s *Sim) Shops() []ShopView {
	s.mu.Lock()
	defer s.mu.Unlock()

	var out []ShopView
	for _, id := range s.sellerIDs {
		for _, sh := range s.sellers[id].shops {
			v := ShopView{ShopSpec: sh.ShopSpec, Seller: id, SellerName: sh.seller.Name, Markets: []string{}}
			for _, g := range sh.grants {
				v.Markets = append(v.Markets, g.app.Market)
			}
			slices.Sort(v.Markets)
			out = append(out, v)
		}
	}

	return out
}

func (s *Sim) controlShops(*http.Request) (any, error) {
	return map[string][]ShopView{"shops": s.Shops()}, nil
}

func (s *Sim) controlAddSeller(r *http.Request) (any, error) {
	var sp SellerSpec
	if err := simkit.DecodeControl(r, &sp); err != nil {
		return nil, err
	}

	return s.AddSeller(sp)
}

func (s *Sim) controlAddShop(r *http.Request) (any, error) {
	var sp ShopSpec
	if err := simkit.DecodeControl(r, &sp); err != nil {
		return nil, err
	}

	return s.AddShop(r.PathValue("seller"), sp)
}

// marketBody is the body of controls for one authorization of a seller.
type marketBody struct {
	Market string   `json:"market"`
	State  string   `json:"state"`
	Shops  []string `json:"shops"`
	Scopes []string `json:"scopes"`
}

func (s *Sim) controlConsent(r *http.Request) (any, error) {
	var in marketBody
	if err := simkit.DecodeControl(r, &in); err != nil {
		return nil, err
	}

	return s.Authorize(in.Market, r.PathValue("seller"), in.State, in.Shops...)
}

func (s *Sim) controlExpire(r *http.Request) (any, error) {
	var in marketBody
	if err := simkit.DecodeControl(r, &in); err != nil {
		return nil, err
	}

	return nil, s.ExpireAccessToken(in.Market, r.PathValue("seller"))
}

func (s *Sim) controlRevoke(r *http.Request) (any, error) {
	var in marketBody
	if err := simkit.DecodeControl(r, &in); err != nil {
		return nil, err
	}

	return nil, s.RevokeRefreshToken(in.Market, r.PathValue("seller"))
}

func (s *Sim) controlScopes(r *http.Request) (any, error) {
	var in marketBody
	if err := simkit.DecodeControl(r, &in); err != nil {
		return nil, err
	}

	return nil, s.SetScopes(in.Market, r.PathValue("seller"), in.Scopes...)
}

func (s *Sim) controlDeauthorize(r *http.Request) (any, error) {
	return nil, s.Deauthorize(r.PathValue("shop"))
}

func (s *Sim) controlAnnounce(r *http.Request) (any, error) {
	return nil, s.AnnounceExpiry(r.PathValue("shop"))
}

func (s *Sim) controlBuyers(*http.Request) (any, error) {
	return map[string][]Buyer{"buyers": s.Buyers()}, nil
}

func (s *Sim) controlAddBuyer(r *http.Request) (any, error) {
	var b Buyer
	if err := simkit.DecodeControl(r, &b); err != nil {
		return nil, err
	}

	return s.AddBuyer(b)
}

func (s *Sim) controlRename(r *http.Request) (any, error) {
	var in struct {
		Nickname string `json:"nickname"`
	}
	if err := simkit.DecodeControl(r, &in); err != nil {
		return nil, err
	}

	return nil, s.RenameBuyer(r.PathValue("buyer"), in.Nickname)
}
