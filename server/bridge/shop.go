package bridge

import (
	"slices"
	"strings"
	"time"
)

// ScopeChat is the TikTok scope without which no chat call works.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
const ScopeChat = "seller.customer_service"

// AuthorizationKey names one seller's consent to one market app.
type AuthorizationKey struct {
	Market Market
	OpenID OpenID
}

// Authorization is one seller's consent: shared by all shops that it covers,
// replaced as a whole by a new consent.
type Authorization struct {
	Key        AuthorizationKey
	SellerName string
	// AccessToken and RefreshToken are sealed under Binding.
	AccessToken    Sealed
	AccessExpires  time.Time
	RefreshToken   Sealed
	RefreshExpires time.Time
	Scopes         []string
	// Health is broken when the seller has to authorize again.
	Health    HealthItem
	UpdatedAt time.Time
}

// Binding is what a token of the authorization is sealed under.
func (a Authorization) Binding(field string) string {
	return "authorization/" + string(a.Key.Market) + ":" + string(a.Key.OpenID) + "/" + field
}

// Grant is what TikTok answers to an exchanged code or a refresh.
type Grant struct {
	OpenID         OpenID
	SellerName     string
	SellerType     int
	AccessToken    string
	AccessExpires  time.Time
	RefreshToken   string
	RefreshExpires time.Time
	Scopes         []string
}

// MayChat reports whether the grant covers the chat scope of a seller.
func (g Grant) MayChat() bool {
	return g.SellerType == 0 && slices.Contains(g.Scopes, ScopeChat)
}

// ShopInfo is a shop as TikTok lists it for an authorization.
type ShopInfo struct {
	ID     ShopID
	Code   string
	Name   string
	Region string
	// CrossBorder is true for a shop of a seller from another country, who works
	// in a Seller Center of her own.
	CrossBorder bool
	Cipher      string
}

// FindShop returns the shop that an admin means by what was typed: the one with
// this code, in any case, else the one with exactly this id.
func FindShop(shops []ShopInfo, typed string) (ShopInfo, bool) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return ShopInfo{}, false
	}

	i := slices.IndexFunc(shops, func(s ShopInfo) bool { return strings.EqualFold(typed, s.Code) })
	if i < 0 {
		i = slices.IndexFunc(shops, func(s ShopInfo) bool { return typed == string(s.ID) })
	}

	if i < 0 {
		return ShopInfo{}, false
	}

	return shops[i], true
}

// Shop is a TikTok shop connected to an installation, and its topic there.
type Shop struct {
	ShopInfo
	Installation  InstallationID
	Authorization AuthorizationKey
	Topic         Topic
	// ActivatedAt is when the shop began to be relayed: nothing written
	// before it ever is. Zero while its installation is pending.
	ActivatedAt time.Time
	ConnectedAt time.Time

	// Subscription is broken while TikTok does not send us the shop's
	// messages; TopicHealth while its topic is gone; Standing while TikTok has
	// deactivated the shop.
	Subscription HealthItem
	TopicHealth  HealthItem
	Standing     HealthItem
}

// Access is what a TikTok call for a shop needs beside the market app.
type Access struct {
	Market Market
	Token  string
	// Cipher is empty on calls that take no shop.
	Cipher string
}

// FreshchatAccess is what a Freshchat call for an account needs.
type FreshchatAccess struct {
	Host string
	Key  string
}
