package relay

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sellerchat/server/bridge"
)

// aging makes the token due for a refresh.
func (s *stage) aging() {
	s.t.Helper()

	_, err := s.store.UpdateAuthorization(s.t.Context(), consent, func(a *bridge.Authorization) error {
		a.AccessExpires = time.Now().Add(time.Hour)

		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) tokenInForce() string {
	s.t.Helper()

	a, err := s.store.Authorization(s.t.Context(), consent)
	if err != nil {
		s.t.Fatal(err)
	}

	if a.Health.Broken {
		s.t.Errorf("the authorization counts as broken")
	}

	return string(a.AccessToken)
}

func fresh() bridge.Grant {
	return bridge.Grant{
		AccessToken: "fresh", AccessExpires: time.Now().Add(7 * 24 * time.Hour),
		RefreshToken: "fresh refresh", RefreshExpires: time.Now().Add(365 * 24 * time.Hour),
	}
}

// A new consent came while the tokens of the old one were being refreshed. The
// answer, whichever it was, then took its place.
func TestARefreshDoesNotTouchANewConsent(t *testing.T) {
	for name, answer := range map[string]error{"granted": nil, "refused": refused()} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				thread := s.opened()
				s.aging()
				s.tt.refresh = func(context.Context, string) (bridge.Grant, error) {
					s.mend()

					return fresh(), answer
				}

				s.agentWrites(thread, "Yes, we do.")
				pass(time.Minute)

				if got := s.tokenInForce(); got != "access-2" {
					t.Errorf("the token is %q, want that of the new consent", got)
				}

				if n := len(s.tt.texts()); n != 1 {
					t.Errorf("the buyer got %d messages, want one", n)
				}
			})
		})
	}
}

// The program was stopped while it waited for new tokens. Those that came were
// thrown away, and the old ones were no longer good.
func TestAStopKeepsTheTokensThatCome(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.aging()
		s.tt.refresh = func(context.Context, string) (bridge.Grant, error) {
			takes(5 * time.Second)

			return fresh(), nil
		}

		s.agentWrites(thread, "Yes, we do.")
		synctest.Wait()
		s.stop()

		if got := s.tokenInForce(); got != "fresh" {
			t.Errorf("after the stop the token is %q, want the fresh one", got)
		}

		s.start()
	})
}

// rottenVault cannot open what is rotten.
type rottenVault struct{ plainVault }

func (rottenVault) Open(sealed []byte, _ string) ([]byte, error) {
	if bytes.Contains(sealed, []byte("rotten")) {
		return nil, errors.New("cannot be opened")
	}

	return slices.Clone(sealed), nil
}

// One record that could not be opened ended the round, and whoever came after
// it was not refreshed in time.
func TestOneBadRecordDoesNotEndTheUpkeep(t *testing.T) {
	onStage(t, func(s *stage) {
		s.aging()
		s.relay.tokens.vault = rottenVault{}
		s.tt.refresh = func(context.Context, string) (bridge.Grant, error) { return fresh(), nil }

		bad := installed(bridge.Active, "rotten", "rotten", time.Now())
		bad.Installation.ID, bad.Installation.Account, bad.Shop.ID = "ins_0", "acc_0", "shop_0"
		bad.Authorization.Key.OpenID, bad.Authorization.AccessExpires = "seller_0", time.Now()

		if err := s.store.Install(s.t.Context(), bad); err != nil {
			s.t.Fatal(err)
		}

		ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
		defer cancel()

		if err := s.relay.Upkeep(ctx); err != nil {
			t.Error(err)
		}

		if got := s.tokenInForce(); got != "fresh" {
			t.Errorf("the token is %q, want the fresh one", got)
		}
	})
}
