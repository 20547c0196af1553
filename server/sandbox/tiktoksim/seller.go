package tiktoksim

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound is returned for a seller, shop, buyer, conversation or
// authorization that does not exist.
var ErrNotFound = errors.New("not found")

// ErrTaken is returned for an id or code that is in use.
var ErrTaken = errors.New("already in use")

// Seller types of a shop.
const (
	SellerLocal       = "LOCAL"
	SellerCrossBorder = "CROSS_BORDER"
)

// SellerSpec describes a seller to add. What is empty is made up.
type SellerSpec struct {
	OpenID   string     `json:"open_id"`
	Name     string     `json:"name"`
	Region   string     `json:"region"`    // base region; default: of the first shop, else GB
	UserType int        `json:"user_type"` // 0 seller, 1 creator, 3 partner
	Shops    []ShopSpec `json:"shops"`
}

// ShopSpec describes a shop to add. What is empty is made up.
type ShopSpec struct {
	ID         string `json:"id"`
	Code       string `json:"code"` // the Shop Code that Seller Center shows
	Name       string `json:"name"`
	Region     string `json:"region"`
	SellerType string `json:"seller_type"`
	Cipher     string `json:"cipher"`
}

// Buyer is a person who writes to shops. ImUserID identifies her in chats
// only, UserID in orders.
type Buyer struct {
	ImUserID string `json:"im_user_id"`
	UserID   string `json:"user_id"`
	Nickname string `json:"nickname"`
	Platform string `json:"platform"` // TIKTOK_SHOP or TOKOPEDIA; shown for Indonesian shops only
}

type seller struct {
	SellerSpec
	shops []*shop
}

type shop struct {
	ShopSpec
	seller *seller
	imID   string            // of the shop and its agents in chats
	grants map[string]*grant // by app key
	convs  []*conversation   // in order of creation
	by     map[string]*conversation
	bought map[string]purchase // by user_id
}

// purchase is what gives a buyer and a shop the right to write to each other
// without a recent conversation.
type purchase struct {
	order  time.Time // last order
	refund bool      // any return or refund, ever
}

// AddSeller adds a seller with her shops. It fails with ErrTaken, and adds
// nothing, when an id or a cipher is in use.
func (s *Sim) AddSeller(sp SellerSpec) (SellerSpec, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	sp.OpenID = cmp.Or(sp.OpenID, s.newToken("", 28))
	sp.Name = cmp.Or(sp.Name, "Example Seller")
	if len(sp.Shops) > 0 {
		sp.Region = cmp.Or(sp.Region, sp.Shops[0].Region)
	}
	sp.Region = cmp.Or(sp.Region, "GB")
	if _, ok := s.sellers[sp.OpenID]; ok {
		return SellerSpec{}, fmt.Errorf("add seller %s: %w", sp.OpenID, ErrTaken)
	}
	seen := map[string]bool{}
	for _, sh := range sp.Shops {
		if err := s.free(sh); err != nil {
			return SellerSpec{}, fmt.Errorf("add seller %s: %w", sp.OpenID, err)
		}
		if sh.ID != "" && seen[sh.ID] || sh.Cipher != "" && seen[sh.Cipher] {
			return SellerSpec{}, fmt.Errorf("add seller %s: shop %s twice: %w", sp.OpenID, sh.ID, ErrTaken)
		}
		seen[sh.ID], seen[sh.Cipher] = true, true
	}

	shops := sp.Shops
	sp.Shops = nil
	se := &seller{SellerSpec: sp}
	s.sellers[sp.OpenID] = se
	s.sellerIDs = append(s.sellerIDs, sp.OpenID)
	for _, sh := range shops {
		sp.Shops = append(sp.Shops, s.addShop(se, sh))
	}

	return sp, nil
}

// AddShop adds a shop to a seller; authorizations given before do not cover
// it.
func (s *Sim) AddShop(openID string, sp ShopSpec) (ShopSpec, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	se, ok := s.sellers[openID]
	if !ok {
		return ShopSpec{}, fmt.Errorf("add shop to seller %s: %w", openID, ErrNotFound)
	}
	if err := s.free(sp); err != nil {
		return ShopSpec{}, fmt.Errorf("add shop: %w", err)
	}

	return s.addShop(se, sp), nil
}

func (s *Sim) free(sp ShopSpec) error {
	if s.shops[sp.ID] != nil || s.ciphers[sp.Cipher] != nil {
		return fmt.Errorf("shop %s: %w", sp.ID, ErrTaken)
	}

	return nil
}

func (s *Sim) addShop(se *seller, sp ShopSpec) ShopSpec {
	sp.ID = cmp.Or(sp.ID, s.newID())
	sp.Region = cmp.Or(sp.Region, se.Region)
	sp.SellerType = cmp.Or(sp.SellerType, SellerLocal)
	sp.Code = cmp.Or(sp.Code, sp.Region+"LC"+ending(sp.ID, 8))
	sp.Name = cmp.Or(sp.Name, se.Name+" "+sp.Region)
	sp.Cipher = cmp.Or(sp.Cipher, s.newToken("ROW_", 24))

	sh := &shop{
		ShopSpec: sp, seller: se, imID: s.newID(),
		grants: map[string]*grant{}, by: map[string]*conversation{}, bought: map[string]purchase{},
	}
	se.shops = append(se.shops, sh)
	s.shops[sp.ID] = sh
	s.ciphers[sp.Cipher] = sh

	return sp
}

// AddBuyer adds a buyer; empty ids are made up. It fails with ErrTaken when
// an id is in use.
func (s *Sim) AddBuyer(b Buyer) (Buyer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.buyers[b.ImUserID] != nil || s.userIDs[b.UserID] != nil {
		return Buyer{}, fmt.Errorf("add buyer %s: %w", b.ImUserID, ErrTaken)
	}
	b.ImUserID = cmp.Or(b.ImUserID, s.newID())
	b.UserID = cmp.Or(b.UserID, s.newID())
	b.Nickname = cmp.Or(b.Nickname, "buyer"+ending(b.ImUserID, 5))
	b.Platform = cmp.Or(b.Platform, "TIKTOK_SHOP")
	s.buyers[b.ImUserID] = &b
	s.userIDs[b.UserID] = &b

	return b, nil
}

// RenameBuyer changes the nickname, as a buyer may at any time. No webhook
// tells of it.
func (s *Sim) RenameBuyer(imUserID, nickname string) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	b, ok := s.buyers[imUserID]
	if !ok {
		return fmt.Errorf("rename buyer %s: %w", imUserID, ErrNotFound)
	}
	b.Nickname = nickname

	return nil
}

// AddPurchase records an order of the buyer at that time or, when refund is
// true, a return, which counts for ever.
func (s *Sim) AddPurchase(shopID, imUserID string, at time.Time, refund bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	sh, b := s.shops[shopID], s.buyers[imUserID]
	if sh == nil || b == nil {
		return fmt.Errorf("add purchase at shop %s by %s: %w", shopID, imUserID, ErrNotFound)
	}
	p := sh.bought[b.UserID]
	if at.After(p.order) {
		p.order = at
	}
	p.refund = p.refund || refund
	sh.bought[b.UserID] = p

	return nil
}

// Buyers returns a copy of every buyer, in no particular order.
func (s *Sim) Buyers() []Buyer {
	s.mu.Lock()
	defer s.mu.Unlock()

	out := make([]Buyer, 0, len(s.buyers))
	for _, b := range s.buyers {
		out = append(out, *b)
	}

	return out
}
