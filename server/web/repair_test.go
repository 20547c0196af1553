package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/views"
)

// broken ends the consent of the connected shop.
func (s *stage) broken() {
	s.t.Helper()

	shop, err := s.store.Shop(s.t.Context(), beauty.ID)
	if err != nil {
		s.t.Fatal(err)
	}

	_, err = s.store.UpdateAuthorization(s.t.Context(), shop.Authorization, func(a *bridge.Authorization) error {
		a.Health = a.Health.Break(s.time(), "TikTok has ended it.", "Authorize the shop again.")

		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// The whole way of a seller who has no access to Freshchat and was sent the
// link: she is told whom it is for, asked before anything is handed over, and
// told what came of it.
func TestASellerFollowsTheLinkToAuthorizeAgain(t *testing.T) {
	s := newStage(t)
	h := s.active()
	s.broken()

	_, settings := s.settings(h)

	if words := settings.text(`[data-testid="connection-shop"]`); !strings.Contains(words, "Ended on ") || strings.Contains(words, "Lasts until") {
		t.Errorf("of the shop it says %q", words)
	}

	link := strings.TrimSpace(settings.doc().Find("#repair-" + beauty.Code).Text())
	if !strings.HasPrefix(link, origin+"/authorize?") {
		t.Fatalf("the link is %q", link)
	}

	page := s.get(strings.TrimPrefix(link, origin)).is(http.StatusOK)
	if words := page.text(`[data-testid="authorize"]`); !strings.Contains(words, beauty.Name) || !strings.Contains(words, acme) {
		t.Errorf("the page says %q", words)
	}

	region := page.doc().Find(`[data-testid="region"]`)
	if region.Length() != 1 {
		t.Fatalf("%d regions to choose from", region.Length())
	}

	toTikTok, err := url.Parse(s.get(region.AttrOr("href", "")).is(http.StatusSeeOther).Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}

	back := url.Values{"code": {"ROW_again"}, "market": {"uk"}, "state": {toTikTok.Query().Get("state")}}
	asked := s.get("/tiktok/authorized?" + back.Encode()).is(http.StatusOK)

	if words := asked.text(`[data-testid="offer"]`); !strings.Contains(words, acme) || !strings.Contains(words, "authorize it again") {
		t.Errorf("the question is %q", words)
	}

	yes := url.Values{}
	for _, name := range []string{views.FieldOffer, views.FieldCode, views.FieldMarket} {
		yes.Set(name, asked.value(name))
	}

	done := s.post(views.PathAuthorized, yes).is(http.StatusOK)
	if words := done.text(`[data-testid="repaired"]`); !strings.Contains(words, beauty.Name+" can go on") {
		t.Errorf("afterwards it says %q", words)
	}

	if _, settings = s.settings(h); !strings.Contains(settings.text(`[data-testid="health"]`), "Everything works.") {
		t.Errorf("the settings say %q", settings.text(`[data-testid="health"]`))
	}

	s.post(views.PathAuthorized, yes).is(http.StatusGone)
}

func TestALinkToAuthorizeAgainThatIsNone(t *testing.T) {
	s := newStage(t)
	h := s.active()

	good, err := s.tokens.SignRepair(auth.Repair{InstallID: h.InstallID, Market: "uk"})
	if err != nil {
		t.Fatal(err)
	}

	nobody, err := s.tokens.SignRepair(auth.Repair{InstallID: "ins_none", Market: "uk"})
	if err != nil {
		t.Fatal(err)
	}

	for name, path := range map[string]string{
		"a forged one":            "/authorize?market=uk&repair=" + good + "x",
		"for another market":      "/authorize?market=asia&repair=" + good,
		"of an installation gone": "/authorize?market=uk&repair=" + nobody,
		"forged, on the way":      "/authorize/uk?repair=x" + good,
		"a session's token":       "/authorize?market=uk&repair=" + s.token(h, "session", "j", "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			s.on(t)
			s.get(path).is(http.StatusGone)
		})
	}

	s.get("/authorize?market=uk&repair=" + good).is(http.StatusOK)
	s.pass(auth.RepairLife + 1e10)
	s.get("/authorize?market=uk&repair=" + good).is(http.StatusGone)
}
