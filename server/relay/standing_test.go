package relay

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// opensChat lets another buyer write, and returns her conversation in Freshchat.
func (s *stage) opensChat(shop bridge.ShopID, chat bridge.ConversationID) bridge.ThreadID {
	s.t.Helper()
	s.buyerOf(shop, chat, "hi")
	pass(time.Second)

	link, err := s.store.Link(s.t.Context(), bridge.LinkKey{Installation: testInstallation, Shop: shop, Conversation: chat})
	if err != nil {
		s.t.Fatal(err)
	}

	return link.Thread
}

// buyerOf gives the relay a message of a buyer.
func (s *stage) buyerOf(shop bridge.ShopID, chat bridge.ConversationID, text string) {
	s.t.Helper()

	s.count++
	_, err := s.relay.tiktokEvent(s.t.Context(), testMarket, bridge.TikTokEvent{
		Kind: bridge.TikTokMessage, Shop: shop, Conversation: chat,
		Message: bridge.Message{
			ID: bridge.MessageID(fmt.Sprintf("%s_%d", chat, s.count)), Author: bridge.Buyer, CreatedAt: time.Now(),
			Order: uint64(time.Now().UnixMicro()), Parts: []bridge.Part{{Kind: bridge.PartText, Text: text}},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// opensShop connects a second shop through the same consent, and returns the
// Freshchat conversation of its first buyer.
func (s *stage) opensShop(id bridge.ShopID) bridge.ThreadID {
	s.t.Helper()

	in := installed(bridge.Active, "key-1", "access-1", time.Now())
	in.Shop.ID = id

	if err := s.store.Install(s.t.Context(), in); err != nil {
		s.t.Fatal(err)
	}

	return s.opensChat(id, "chat_of_"+bridge.ConversationID(id))
}

func (s *stage) standing(id bridge.ShopID) bridge.HealthItem {
	s.t.Helper()

	shop, err := s.store.Shop(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}

	return shop.Standing
}

// A seller has two shops, and TikTok deactivated one of them. That stopped both,
// until somebody authorized them again, which alone does not help.
func TestADeactivatedShopStopsOnlyItself(t *testing.T) {
	onStage(t, func(s *stage) {
		thread, other := s.opened(), s.opensShop("shop_2")
		deactivated := &bridge.Failure{Op: "call", Class: bridge.Reauthorize, Cause: bridge.CauseDeactivated, Certain: true}
		probes := 0
		s.tt.list = func() error {
			probes++

			return deactivated
		}
		s.tt.send = func(_ context.Context, text string, take func() bridge.MessageID) (bridge.MessageID, error) {
			if text == "to the closed shop" {
				return "", deactivated
			}

			return take(), nil
		}
		s.tend()

		s.agentWrites(thread, "to the closed shop")
		pass(time.Second)
		s.agentWrites(other, "to the open shop")
		pass(24 * time.Hour)

		if diff := cmp.Diff([]string{"to the open shop"}, s.tt.texts()); diff != "" {
			t.Errorf("the buyers see -want +got:\n%s", diff)
		}

		if s.tokenInForce() == "" || s.standing("shop_2").Broken {
			t.Error("the other shop or the consent counts as broken")
		}

		if h := s.standing(testShop); h.Reason != reasonDeactivated || h.Action == "" {
			t.Errorf("the admin is told %+v", h)
		}

		waits := "Your message “to the closed shop” has not reached the buyer yet. " + wordsWaitShop
		s.toldExactly(thread, "after a day", waits)

		if probes < 24 || probes > 60 {
			t.Errorf("in a day TikTok was asked %d times", probes)
		}

		s.tt.send, s.tt.list = nil, nil

		pass(standingMost + standingEvery)

		if diff := cmp.Diff([]string{"to the open shop", "to the closed shop"}, s.tt.texts()); diff != "" {
			t.Errorf("after an hour the buyers see -want +got:\n%s", diff)
		}

		if s.standing(testShop).Broken {
			t.Error("the shop still counts as deactivated")
		}

		pass(time.Minute)
		s.toldExactly(thread, "in the end", waits, "Your message “to the closed shop” did reach the buyer.")
	})
}

func TestInstallingAgainStartsADeactivatedShop(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
			return "", &bridge.Failure{Op: "call", Class: bridge.Reauthorize, Cause: bridge.CauseDeactivated, Certain: true}
		}

		s.agentWrites(thread, "Yes, we do.")
		pass(time.Minute)

		s.tt.send = nil

		s.mend()
		pass(time.Minute)

		if diff := cmp.Diff([]string{"Yes, we do."}, s.tt.texts()); diff != "" {
			t.Errorf("the buyer sees -want +got:\n%s", diff)
		}
	})
}
