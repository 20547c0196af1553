package install

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func TestFinishStoresEverythingAtOnce(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	page, err := s.Finish(t.Context(), "page", form(beauty.Code))
	if err != nil {
		t.Fatal(err)
	}

	if page.Installed == nil || !page.Installed.Now || page.Installed.Shop != beauty || page.Installed.SetupCode == "" {
		t.Fatalf("page shows %+v", page.Installed)
	}

	h, err := s.Exchange(t.Context(), page.Installed.SetupCode)
	if err != nil {
		t.Fatal(err)
	}

	if h.Domain != acme || h.TopicID != string(topic.ID) || h.InstallID != "ins_1" || len(h.LinkSecret) < 43 {
		t.Errorf("handed over %+v", h)
	}

	inst := s.installation(h)
	if inst.State != bridge.Pending || inst.Host != acme || inst.KeyEnd != "x9Qk" || inst.WebhookHash == "" {
		t.Errorf("stored %+v", inst)
	}

	if diff := cmp.Diff(bridge.DefaultSettings(), inst.Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}

	shop := s.shopNow(beauty.ID)
	if shop.Installation != inst.ID || shop.Topic != topic || shop.Subscription.Broken || !shop.ActivatedAt.IsZero() {
		t.Errorf("stored %+v", shop)
	}

	if diff := cmp.Diff([]bridge.Access{{Market: "uk", Token: "ROW_access-token", Cipher: beauty.Cipher}}, s.tiktok.asked); diff != "" {
		t.Errorf("subscribed (-want +got):\n%s", diff)
	}

	file, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}

	for _, secret := range []string{acmeKey, h.LinkSecret, page.Installed.SetupCode, "ROW_access-token", "ROW_refresh-token", acmeCode} {
		if strings.Contains(string(file), secret) {
			t.Errorf("the store holds %q as it is", secret)
		}

		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestFinishNamesTheFieldToMendAndStoresNothing(t *testing.T) {
	tests := map[string]struct {
		before func(*stage)
		form   func(*Form)
		field  string
		says   string
	}{
		"a page that is not verified":  {before: func(s *stage) { _, _ = s.Verify(s.t.Context(), "page", "x", "") }, field: FieldKey, says: "not verified"},
		"another domain than verified": {form: func(f *Form) { f.Domain = "other.freshchat.com" }, field: FieldDomain, says: "changed after"},
		"a domain that is none":        {form: func(f *Form) { f.Domain = "evil.example" }, field: FieldDomain, says: "not a Freshchat domain"},
		"another key than verified":    {form: func(f *Form) { f.Key = "another key" }, field: FieldKey, says: "changed after"},
		"no code":                      {form: func(f *Form) { f.AuthCodeURL = "" }, field: FieldCode, says: "no code"},
		"a bare code without a region": {form: func(f *Form) { f.AuthCodeURL = acmeCode }, field: FieldRegion, says: "region"},
		"an unknown shop":              {form: func(f *Form) { f.ShopCode = "GBLC0" }, field: FieldShop, says: "covers Glow Beauty"},
		"no shop code":                 {form: func(f *Form) { f.ShopCode = "" }, field: FieldShop, says: "missing"},
		"no topic":                     {form: func(f *Form) { f.Topic = "" }, field: FieldTopic, says: "Choose the topic"},
		"a topic that is switched off": {form: func(f *Form) { f.Topic = "closed" }, field: FieldTopic, says: "Choose the topic"},
		"an authorization without shops": {
			before: func(s *stage) { s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) { return nil, nil } },
			field:  FieldShop, says: "covers no shop",
		},
		"shops that TikTok does not tell": {
			before: func(s *stage) {
				s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) { return nil, &bridge.Failure{Class: bridge.Temporary} }
			},
			field: FieldShop, says: "your code is kept",
		},
		"a shop of another account": {
			before: func(s *stage) {
				if _, err := s.Verify(s.t.Context(), "theirs", "theirs.freshchat.com", "their key"); err != nil {
					s.t.Fatal(err)
				}

				if _, err := s.Finish(s.t.Context(), "theirs", form(beauty.Code)); err != nil {
					s.t.Fatal(err)
				}
			},
			field: FieldShop, says: "connected to another Freshchat account",
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.verified("page")

			if test.before != nil {
				test.before(s)
			}

			f := form(beauty.Code)
			if test.form != nil {
				test.form(&f)
			}

			page, err := s.Finish(t.Context(), "page", f)
			refused(t, err, test.field, test.says)

			if page.Installed != nil {
				t.Error("the page counts as installed")
			}

			if _, err := s.store.InstallationByAccount(t.Context(), "account-of-"+acme); !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("something was stored: %v", err)
			}
		})
	}
}

func TestACodeStaysWithThePage(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	page, err := s.Finish(t.Context(), "page", form("GBLC0"))
	refused(t, err, FieldShop, "covers")

	if !page.CodeTaken || len(page.Shops) != 2 {
		t.Errorf("page shows %+v", page)
	}

	mended := form(beauty.Code)
	mended.AuthCodeURL = "" // the field may be left empty now

	if _, err := s.Finish(t.Context(), "page", mended); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff([]string{"uk " + acmeCode}, s.tiktok.exchanged); diff != "" {
		t.Errorf("exchanged (-want +got):\n%s", diff)
	}
}

func TestABareCodeGoesToTheChosenMarket(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	f := form(beauty.Code)
	f.AuthCodeURL, f.Market = acmeCode, "asia"

	if _, err := s.Finish(t.Context(), "page", f); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff([]string{"asia " + acmeCode}, s.tiktok.exchanged); diff != "" {
		t.Errorf("exchanged (-want +got):\n%s", diff)
	}
}

// A browser that goes away while TikTok is asked must not cost the code: it was
// spent with the answer, whoever waits for it.
func TestACodeIsKeptWhenTheBrowserGoesAway(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	ctx, leave := context.WithCancel(t.Context())
	s.tiktok.exchange = func(ctx context.Context, _ bridge.Market, _ string) (bridge.Grant, error) {
		leave()

		return granted(began), ctx.Err()
	}

	if _, err := s.Finish(ctx, "page", form("GBLC0")); err == nil {
		t.Fatal("an unknown shop was found")
	}

	if _, err := s.Finish(t.Context(), "page", form(beauty.Code)); err != nil {
		t.Errorf("the code was lost: %v", err)
	}

	if len(s.tiktok.exchanged) != 1 {
		t.Errorf("exchanged %v", s.tiktok.exchanged)
	}
}

// The program may die before the step ends; what the code brought is on disk by
// the time that anything else is asked.
func TestWhatACodeBroughtIsStoredAtOnce(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	s.tiktok.shops = func(bridge.Access) ([]bridge.ShopInfo, error) {
		if page, err := s.Page(t.Context(), "page"); err != nil || !page.CodeTaken {
			t.Errorf("page shows %+v, %v", page, err)
		}

		return []bridge.ShopInfo{beauty}, nil
	}

	if _, err := s.Finish(t.Context(), "page", form(beauty.Code)); err != nil {
		t.Fatal(err)
	}
}

func TestInstallPressedTwice(t *testing.T) {
	s := newStage(t)
	s.verified("page")

	var (
		wg    sync.WaitGroup
		pages [2]Page
		errs  [2]error
	)

	for i := range pages {
		wg.Go(func() { pages[i], errs[i] = s.Finish(t.Context(), "page", form(beauty.Code)) })
	}

	wg.Wait()

	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}

	if len(s.tiktok.exchanged) != 1 {
		t.Errorf("exchanged %v", s.tiktok.exchanged)
	}

	if pages[0].Installed.Now == pages[1].Installed.Now {
		t.Errorf("both or none say that they installed")
	}

	for i, page := range pages {
		_, err := s.Exchange(t.Context(), page.Installed.SetupCode)
		if last := !page.Installed.Now; last != (err == nil) {
			t.Errorf("setup code of press %d: %v; only the later one is good", i, err)
		}
	}
}

// An uninstall deletes key and tokens: no page that is still open may keep
// others.
func TestAFinishedPageKeepsNeitherKeyNorTokens(t *testing.T) {
	s := newStage(t)
	s.installed("page", beauty.Code)

	record, err := s.store.Ticket(t.Context(), bridge.TicketFlow, "page")
	if err != nil {
		t.Fatal(err)
	}

	plain, err := s.vault.Open(record.Value, flowBinding("page"))
	if err != nil {
		t.Fatal(err)
	}

	g := granted(s.clock())
	for _, secret := range []string{acmeKey, g.AccessToken, g.RefreshToken} {
		if strings.Contains(string(plain), secret) {
			t.Errorf("it keeps %s", secret)
		}
	}
}

func TestAPageIsLeftAloneOnceInstalled(t *testing.T) {
	s := newStage(t)
	h := s.installed("page", beauty.Code)

	steps := map[string]func() (Page, error){
		"verify": func() (Page, error) { return s.Verify(t.Context(), "page", "other.freshchat.com", "another key") },
		"topics": func() (Page, error) { return s.Topics(t.Context(), "page") },
		"shop": func() (Page, error) {
			page, _, err := s.FindShop(t.Context(), "page", Claim{AuthCodeURL: "https://x.example/?code=ROW_other&market=uk"})

			return page, err
		},
	}

	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			page, err := step()
			if err != nil || page.Installed == nil || page.Installed.Host != acme {
				t.Errorf("page shows %+v, %v", page, err)
			}
		})
	}

	if len(s.tiktok.exchanged) != 1 || s.installation(h).Host != acme {
		t.Errorf("exchanged %v", s.tiktok.exchanged)
	}
}

func TestASubscriptionThatFailsIsNamedAndInstallsAllTheSame(t *testing.T) {
	s := newStage(t)
	s.tiktok.subscribe = func(bridge.Access) error { return &bridge.Failure{Class: bridge.Temporary} }
	s.verified("page")

	page, err := s.Finish(t.Context(), "page", form(beauty.Code))
	if err != nil || !strings.Contains(page.Installed.Warning, "We keep asking") {
		t.Fatalf("page shows %+v, %v", page.Installed, err)
	}

	if shop := s.shopNow(beauty.ID); !shop.Subscription.Broken || shop.Subscription.Reason == "" || shop.Subscription.Action == "" {
		t.Errorf("health %+v", shop.Subscription)
	}
}
