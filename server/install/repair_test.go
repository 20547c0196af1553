package install

import (
	"context"
	"errors"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

// lose ends the consent of the beauty shop and leaves replies waiting.
func (s *stage) lose(h Handover, replies int) {
	s.t.Helper()

	id := bridge.InstallationID(h.InstallID)
	shop := s.shopNow(beauty.ID)

	_, err := s.store.UpdateAuthorization(s.t.Context(), shop.Authorization, func(a *bridge.Authorization) error {
		a.Health = a.Health.Break(s.clock(), "TikTok has ended it.", "Authorize the shop again.")

		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}

	pause := bridge.Pause{Installation: id, Shop: beauty.ID, Direction: bridge.Out, Cause: bridge.PauseAuthorization}
	if err := s.store.Pause(s.t.Context(), pause); err != nil {
		s.t.Fatal(err)
	}

	lane := bridge.LinkKey{Installation: id, Shop: beauty.ID, Conversation: "chat-1"}.Lane(bridge.Out)

	for range replies {
		entry := bridge.Entry{Lane: lane, Message: bridge.Message{CreatedAt: s.clock(), Parts: []bridge.Part{{Kind: bridge.PartText, Text: "Hello"}}}}
		if _, err := s.store.Enqueue(s.t.Context(), entry); err != nil {
			s.t.Fatal(err)
		}
	}
}

// moving reports whether a reply can go out.
func (s *stage) moving() bool {
	s.t.Helper()

	claims, err := s.store.Claim(s.t.Context(), bridge.Ask{Limit: 1, Lease: time.Minute})
	if err != nil {
		s.t.Fatal(err)
	}

	return len(claims) > 0
}

func TestASellerAuthorizesAgainAndEverythingGoesOn(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)
	s.lose(h, 3)

	if s.moving() {
		t.Fatal("replies go out without a consent")
	}

	if name, err := s.Repairing(t.Context(), id, "state-1"); err != nil || name != acme {
		t.Errorf("the seller is asked for %q, %v", name, err)
	}

	got, err := s.Repair(t.Context(), id, "state-1", "uk", "ROW_again")
	if err != nil {
		t.Fatal(err)
	}

	if got.Account != acme || got.Waiting != 3 || len(got.Shops) != 1 || got.Shops[0] != beauty.Name {
		t.Errorf("it says %+v", got)
	}

	if !s.moving() {
		t.Error("nothing goes out afterwards")
	}

	if _, err := s.Repairing(t.Context(), id, "state-1"); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("the state asks again: %v", err)
	}

	if _, err := s.Repair(t.Context(), id, "state-1", "uk", "ROW_more"); !errors.Is(err, bridge.ErrConflict) {
		t.Errorf("the state is redeemed again: %v", err)
	}
}

func TestAnotherSellerAccountMayAuthorizeAgain(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	s.lose(h, 1)

	s.tiktok.exchange = func(context.Context, bridge.Market, string) (bridge.Grant, error) {
		g := granted(s.clock())
		g.OpenID = "seller-2"

		return g, nil
	}

	if _, err := s.Repair(t.Context(), bridge.InstallationID(h.InstallID), "state-1", "uk", "ROW_again"); err != nil {
		t.Fatal(err)
	}

	if got := s.shopNow(beauty.ID).Authorization.OpenID; got != "seller-2" {
		t.Errorf("the shop is reached through %s", got)
	}

	if !s.moving() {
		t.Error("nothing goes out afterwards")
	}
}

func TestAStrangersConsentMendsNothing(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	s.lose(h, 1)

	s.tiktok.exchange = func(context.Context, bridge.Market, string) (bridge.Grant, error) {
		g := granted(s.clock())
		g.OpenID = "stranger"

		return g, nil
	}
	s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) {
		return []bridge.ShopInfo{{ID: "999", Code: "GBSTRANGE", Name: "Stranger's shop"}}, nil
	}

	_, err := s.Repair(t.Context(), bridge.InstallationID(h.InstallID), "state-1", "uk", "ROW_other")
	refused(t, err, FieldCode, "does not cover Glow Beauty")

	if _, err := s.store.Shop(t.Context(), "999"); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("the stranger's shop is connected: %v", err)
	}

	if s.moving() {
		t.Error("replies go out")
	}
}

// A seller who was sent somebody else's link gave a new consent with it, which
// ended the one that her own shop is reached through. It was once thrown away
// with the refusal, and her shop stood still.
func TestAStrangersOwnShopIsReachedThroughTheConsentGivenForAnother(t *testing.T) {
	const fresh = "ROW_fresh-token"

	s := newStage(t)
	s.active("page", beauty.Code)

	link := s.another()

	s.tiktok.exchange = func(context.Context, bridge.Market, string) (bridge.Grant, error) {
		g := granted(s.clock())
		g.AccessToken = fresh

		return g, nil
	}
	s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) { return []bridge.ShopInfo{beauty}, nil }

	_, err := s.Repair(t.Context(), link, "state-1", "uk", "ROW_stranger")
	refused(t, err, FieldCode, "does not cover Nusa Living")

	shop := s.shopNow(beauty.ID)

	consent, err := s.store.Authorization(t.Context(), shop.Authorization)
	if err != nil {
		t.Fatal(err)
	}

	if access, err := s.open(consent, shop); err != nil || access.Token != fresh {
		t.Errorf("the shop is reached with %q, %v", access.Token, err)
	}
}

// another is the installation of another account, with another seller's shop.
func (s *stage) another() bridge.InstallationID {
	s.t.Helper()

	nusa := bridge.ShopInfo{ID: "999", Code: "IDLCNUSA", Name: "Nusa Living", Region: "ID"}

	s.tiktok.exchange = func(context.Context, bridge.Market, string) (bridge.Grant, error) {
		g := granted(s.clock())
		g.OpenID = "seller-2"

		return g, nil
	}
	s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) { return []bridge.ShopInfo{nusa}, nil }

	if _, err := s.Verify(s.t.Context(), "other", "other.freshchat.com", acmeKey); err != nil {
		s.t.Fatal(err)
	}

	page, err := s.Finish(s.t.Context(), "other", form(nusa.Code))
	if err != nil {
		s.t.Fatal(err)
	}

	h, err := s.Exchange(s.t.Context(), page.Installed.SetupCode)
	if err != nil {
		s.t.Fatal(err)
	}

	return bridge.InstallationID(h.InstallID)
}

// Older regional hosts are shared by many accounts, so that a host says nothing
// of who gets the chats.
func TestASellerWhoAuthorizesAgainIsToldTheAccountsOwnName(t *testing.T) {
	const own = "acme-77.freshchat.com"

	s := newStage(t)
	s.freshchat.account = func(bridge.FreshchatAccess) (bridge.Account, error) {
		return bridge.Account{ID: "account-77", Domain: own}, nil
	}

	id := bridge.InstallationID(s.active("page", beauty.Code).InstallID)

	if name, err := s.Repairing(t.Context(), id, "state-1"); err != nil || name != own {
		t.Errorf("she is asked about %q, %v", name, err)
	}

	if got, err := s.Repair(t.Context(), id, "state-1", "uk", "ROW_again"); err != nil || got.Account != own {
		t.Errorf("she is told of %q, %v", got.Account, err)
	}
}
