package relay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// TestAnOutageOfTikTokLosesNothing lets TikTok be unreachable for an hour, in
// which 500 messages are written that no webhook ever tells. A later message of
// some conversations comes by webhook before they are found.
func TestAnOutageOfTikTokLosesNothing(t *testing.T) {
	const chats, messages = 25, 500

	onComparing(t, func(s *compared) {
		name := func(n int) bridge.ConversationID { return bridge.ConversationID(fmt.Sprintf("chat_%d", n)) }

		for n := range chats {
			s.told(name(n), s.shop.write(name(n), bridge.Buyer, "hello", ""))
		}

		pass(time.Hour)
		s.shop.down(&bridge.Failure{Op: "read", Class: bridge.Temporary})
		s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
			return "", &bridge.Failure{Op: "send", Class: bridge.Temporary, Certain: true}
		}

		s.agentWrites(s.threadOf(name(0)), "are you there?")

		want := map[bridge.ConversationID][]string{}

		for n := range messages {
			chat := name(n % chats)
			m := s.shop.write(chat, bridge.Buyer, fmt.Sprintf("message %d", n), "")
			want[chat] = append(want[chat], m.Parts[0].Text)

			pass(time.Hour / messages)
		}

		// The outage is over; new webhooks come before the gap is found.
		late := map[bridge.ConversationID]bool{}

		for n := range chats / 5 {
			s.told(name(n), s.shop.write(name(n), bridge.Buyer, "and now?", ""))
			late[name(n)] = true
		}

		synctest.Wait()

		before := s.shop.used
		s.shop.down(nil)
		s.tt.send = nil

		pass(45 * time.Minute)

		inOrder, marked := 0, 0

		for chat, texts := range want {
			shown := s.shows(chat)
			if late[chat] {
				texts = append([]string{"hello", "and now?"}, texts...)
			} else {
				texts = append([]string{"hello"}, texts...)
			}

			for i, text := range shown {
				if plain, cut := strings.CutPrefix(text, "[Late, sent "); cut {
					marked++
					shown[i] = plain[strings.Index(plain, "] ")+2:]
				} else if late[chat] && i > 1 {
					t.Errorf("%s: %q is not marked as late", chat, text)
				}
			}

			if diff := cmp.Diff(texts, shown); diff != "" {
				t.Errorf("%s (-want +got):\n%s", chat, diff)
			}

			inOrder += len(shown) - len(texts) + 20
		}

		if got := s.tt.texts(); !slices.Equal(got, []string{"are you there?"}) {
			t.Errorf("the buyer got %q", got)
		}

		t.Logf("an hour of TikTok's outage: %d of %d messages found and shown in order, %d marked as late; %d calls of the %d a day",
			inOrder, messages, marked, s.shop.used-before, s.shop.quota)

		if calls := s.shop.used - before; calls > 150 {
			t.Errorf("%d calls were made", calls)
		}
	})
}

// TestAQuietShopIsComparedWithinItsShare has a shop with many conversations in
// which nothing happens: looking at it takes a call an hour.
func TestAQuietShopIsComparedWithinItsShare(t *testing.T) {
	const hours = 4

	onComparing(t, func(s *compared) {
		for n := range 300 {
			chat := bridge.ConversationID(fmt.Sprintf("chat_%d", n))
			s.told(chat, s.shop.write(chat, bridge.Buyer, "hello", ""))
		}

		pass(day / 24 * 3)

		before := s.shop.calls
		pass(hours * time.Hour)

		calls := s.shop.calls - before
		t.Logf("%d hours with 300 conversations in which nothing happens: %d calls", hours, calls)

		if calls > hours*20 {
			t.Errorf("%d calls in %d hours", calls, hours)
		}
	})
}

// TestWhatNobodyToldIsFound has everything that a comparison comes across.
func TestWhatNobodyToldIsFound(t *testing.T) {
	tests := map[string]struct {
		lose func(s *compared)
		want []string
		sent []string
	}{
		"a buyer's message in a conversation that is known": {
			func(s *compared) { s.shop.write(testChat, bridge.Buyer, "anybody?", "") },
			[]string{"hello", "anybody?"}, nil,
		},
		"what is hidden stays hidden": {
			func(s *compared) {
				s.shop.write(testChat, bridge.Buyer, "unseen", bridge.HiddenInvisible)
				s.shop.write(testChat, bridge.Automaton, "we are closed", bridge.HiddenAutomatic)
				s.shop.write(testChat, bridge.Buyer, "anybody?", "")
			},
			[]string{"hello", "anybody?"}, nil,
		},
		"an agent's reply, and nothing else that is written there": {
			func(s *compared) {
				s.lost(bridge.Agent, "on its way", false)
				s.lost(bridge.Agent, "be careful with her", true)
				s.lost(bridge.Automaton, "resolved by a rule", false)
				s.lost(bridge.Buyer, "from another channel", false)
				s.lost(bridge.Agent, "tomorrow", false)
			},
			nil, []string{"on its way", "tomorrow"},
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onComparing(t, func(s *compared) {
				s.told(testChat, s.shop.write(testChat, bridge.Buyer, "hello", ""))
				pass(2 * time.Hour)
				test.lose(s)
				pass(2 * time.Hour)

				if got := s.shows(testChat); test.want != nil && !slices.Equal(got, test.want) {
					t.Errorf("agents see %q", got)
				}

				if got := s.tt.texts(); !slices.Equal(got, test.sent) {
					t.Errorf("the buyer got %q", got)
				}

				c, err := s.store.Completeness(s.t.Context(), testInstallation)
				if err != nil || c.Missing != 0 {
					t.Errorf("%d are missing, %v", c.Missing, err)
				}
			})
		})
	}
}

// TestWhatIsTooOldIsNotRelayed has a conversation from before the shop was
// connected, and messages that nobody told for two weeks.
func TestWhatIsTooOldIsNotRelayed(t *testing.T) {
	onComparing(t, func(s *compared) {
		s.stop()
		s.told(testChat, s.shop.write(testChat, bridge.Buyer, "hello", ""))
		s.shop.chats["before"] = []bridge.RemoteMessage{said("old", bridge.Buyer, "before you came", time.Now().Add(-time.Minute))}
		s.shop.order = append(s.shop.order, "before")
		s.shop.write(testChat, bridge.Buyer, "too old by then", "")
		pass(day)
		s.shop.write(testChat, bridge.Buyer, "just in time", "")
		pass(bridge.RelayFor - time.Hour)
		s.run()
		pass(time.Hour / 2)

		if got := s.shows(testChat); !slices.ContainsFunc(got, func(text string) bool { return strings.HasSuffix(text, "just in time") }) ||
			slices.ContainsFunc(got, func(text string) bool { return strings.HasSuffix(text, "too old by then") }) {
			t.Errorf("agents see %q", got)
		}

		if n := s.fc.conversations(); n > 1 {
			t.Errorf("%d conversations were opened", n)
		}
	})
}

// TestRepliesDuringADowntimeArrive stops the program while an agent writes: the
// events are gone, the reply is not.
func TestRepliesDuringADowntimeArrive(t *testing.T) {
	onComparing(t, func(s *compared) {
		s.told(testChat, s.shop.write(testChat, bridge.Buyer, "hello", ""))
		pass(5 * time.Minute)
		s.stop()
		s.lost(bridge.Agent, "one", false)
		pass(time.Minute)
		s.lost(bridge.Agent, "two", false)
		pass(3 * time.Minute)
		s.run()
		pass(time.Minute)

		if got := s.tt.texts(); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("the buyer got %q", got)
		}

		// However short it is: events are told once.
		s.stop()
		s.lost(bridge.Agent, "three", false)
		pass(time.Second)
		s.run()
		pass(time.Minute)

		if got := s.tt.texts(); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("after a short downtime the buyer got %q", got)
		}
	})
}

// TestAShopThatNobodyTellsOfIsComparedOften has TikTok take no subscription for
// a while.
func TestAShopThatNobodyTellsOfIsComparedOften(t *testing.T) {
	onComparing(t, func(s *compared) {
		subscribed := func(h bridge.HealthItem) {
			_, err := s.store.UpdateShop(s.t.Context(), testShop, func(shop *bridge.Shop) error {
				shop.Subscription = h

				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}

		s.told(testChat, s.shop.write(testChat, bridge.Buyer, "hello", ""))
		pass(time.Hour)
		subscribed(bridge.HealthItem{Broken: true})

		want := []string{"hello"}

		for n := range 6 {
			m := s.shop.write(testChat, bridge.Buyer, fmt.Sprint("message ", n), "")
			want = append(want, m.Parts[0].Text)

			pass(deafEvery + time.Minute)

			if diff := cmp.Diff(want, s.shows(testChat)); diff != "" {
				t.Fatalf("agents see (-want +got):\n%s", diff)
			}
		}

		s.shop.write(testChat, bridge.Buyer, "the last one", "")
		subscribed(bridge.HealthItem{})
		pass(2 * time.Minute)

		if diff := cmp.Diff(append(want, "the last one"), s.shows(testChat)); diff != "" {
			t.Errorf("agents see (-want +got):\n%s", diff)
		}

		before := s.shop.calls
		pass(6 * time.Hour)

		if calls := s.shop.calls - before; calls > 12 {
			t.Errorf("%d calls in six hours after it was subscribed", calls)
		}
	})
}

// TestOneShopLearnsThatTheQuotaIsTheApps has TikTok refuse a shop that made
// few calls: another shop must not find that out by itself.
func TestOneShopLearnsThatTheQuotaIsTheApps(t *testing.T) {
	onComparing(t, func(s *compared) {
		second := installed(bridge.Active, "key-1", "access-1", time.Now())
		second.Shop.ID, second.Shop.Cipher = "shop_second", "cipher_second"

		if err := s.store.Install(s.t.Context(), second); err != nil {
			t.Fatal(err)
		}

		pass(3 * time.Hour)

		if len(s.shop.last) != 2 {
			t.Fatalf("%d shops are compared", len(s.shop.last))
		}

		s.shop.down(&bridge.Failure{Op: "read", Class: bridge.RateLimited, Cause: bridge.CauseQuota, Certain: true, Wait: 8 * time.Hour})

		before := s.shop.calls
		pass(8 * time.Hour)

		if calls := s.shop.calls - before; calls != 1 {
			t.Errorf("%d calls were made on a day on which none are left", calls)
		}

		s.shop.down(nil)

		before = s.shop.calls
		pass(3 * time.Hour)

		if calls := s.shop.calls - before; calls == 0 || calls > 3*appCallsADay/24 {
			t.Errorf("%d calls were made afterwards", calls)
		}
	})
}

// TestABusyAccountIsReadMoreSlowly has Freshchat say again and again that it
// has too much.
func TestABusyAccountIsReadMoreSlowly(t *testing.T) {
	onComparing(t, func(s *compared) {
		for n := range 40 {
			chat := bridge.ConversationID(fmt.Sprintf("chat_%d", n))
			s.told(chat, s.shop.write(chat, bridge.Buyer, "hello", ""))
		}

		pass(30 * time.Minute)

		before := s.inbox.reads()
		pass(30 * time.Minute)

		usual := s.inbox.reads() - before

		s.inbox.refuse(&bridge.Failure{Op: "read", Class: bridge.RateLimited, Certain: true, Wait: time.Minute})
		pass(time.Hour)

		before = s.inbox.reads()
		pass(time.Hour)

		if busy := s.inbox.reads() - before; busy == 0 || busy > 4 {
			t.Errorf("%d calls an hour were made while it was busy", busy)
		}

		s.told(testChat, s.shop.write(testChat, bridge.Buyer, "hello?", ""))
		pass(time.Minute + 5*time.Second)

		// It once waited for as long as the next comparison did.
		if got := s.shows(testChat); !slices.Equal(got, []string{"hello", "hello?"}) {
			t.Errorf("Freshchat asked for a minute, and shows %q after that", got)
		}

		s.lost(bridge.Agent, "sorry for the wait", false)
		s.inbox.refuse(nil)
		pass(45 * time.Minute)

		t.Logf("40 conversations in use: %d calls in half an hour", usual)

		if got := s.tt.texts(); !slices.Equal(got, []string{"sorry for the wait"}) {
			t.Errorf("the buyer got %q", got)
		}
	})
}

// TestABrokenSideIsLeftOutUntilItIsWell takes the key away while an agent's
// reply gets lost.
func TestABrokenSideIsLeftOutUntilItIsWell(t *testing.T) {
	onComparing(t, func(s *compared) {
		s.told(testChat, s.shop.write(testChat, bridge.Buyer, "hello", ""))
		pass(time.Hour)
		s.health(bridge.HealthItem{Broken: true})
		pass(time.Hour)
		s.lost(bridge.Agent, "lost", false)
		pass(3 * time.Hour)

		if got := s.tt.texts(); len(got) != 0 {
			t.Errorf("the buyer got %q", got)
		}

		s.health(bridge.HealthItem{})
		pass(2 * time.Minute)

		if got := s.tt.texts(); !slices.Equal(got, []string{"lost"}) {
			t.Errorf("the buyer got %q", got)
		}
	})
}

// TestAComparisonSettlesADoubt finds a buyer's message in Freshchat of which it
// was not known whether it had arrived.
func TestAComparisonSettlesADoubt(t *testing.T) {
	onComparing(t, func(s *compared) {
		s.told(testChat, s.shop.write(testChat, bridge.Buyer, "hello", ""))
		pass(time.Minute)

		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			if p.Private {
				return id, nil
			}

			return "", &bridge.Failure{Op: "post", Class: bridge.Permanent}
		}

		s.told(testChat, s.shop.write(testChat, bridge.Buyer, "Are you there?", ""))
		pass(24 * time.Hour)

		s.toldExactly(s.threadOf(testChat), "in the end",
			"A message from the buyer “Are you there?” may or may not be shown here, because Freshchat's answer got lost. Open TikTok Seller Center to be sure.",
			"A message from the buyer “Are you there?” is shown here after all.")
	})
}

// A reply that waited for its file once had its shop compared at every other
// reply that TikTok took meanwhile.
func TestAFileThatIsWaitedForSaysNothingOfTheOtherSide(t *testing.T) {
	e := newEars()
	lane := bridge.LinkKey{Installation: testInstallation, Shop: testShop, Conversation: testChat}.Lane(bridge.Out)

	e.tried(lane, verdict{reason: waitFile, err: fmt.Errorf("%w: status 503", errLost)})
	e.tried(lane, deliveredVerdict())

	if asks := e.asked(time.Now()); len(asks) > 0 {
		t.Errorf("asked for %v", asks)
	}

	e.tried(lane, verdict{err: away()})
	e.tried(lane, deliveredVerdict())

	if asks := e.asked(time.Now()); len(asks) != 1 {
		t.Errorf("after an outage of the side itself it asked for %v", asks)
	}
}
