package install

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

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

func TestInstallingAgain(t *testing.T) {
	s := newStage(t)
	first := s.active("first", beauty.Code)
	before := s.installation(first)
	held := s.shopNow(beauty.ID)

	wanted := bridge.Settings{AfterResolve: bridge.StartNew, MarkRead: true}
	if err := s.SaveSettings(t.Context(), before.ID, "", wanted); err != nil {
		t.Fatal(err)
	}

	s.pass(48 * time.Hour)

	second := s.installed("second", beauty.Code)
	after := s.installation(second)

	if second.InstallID != first.InstallID || after.WebhookHash != before.WebhookHash || after.State != bridge.Active {
		t.Errorf("handed over %+v, state %s", second, after.State)
	}

	if second.LinkSecret == first.LinkSecret {
		t.Error("the link secret is the old one")
	}

	if diff := cmp.Diff(wanted, after.Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}

	if now := s.shopNow(beauty.ID); !now.ConnectedAt.Equal(held.ConnectedAt) || !now.ActivatedAt.Equal(held.ActivatedAt) {
		t.Errorf("a message on its way would be too old: connected %v, active %v", now.ConnectedAt, now.ActivatedAt)
	}

	t.Run("with another shop keeps the first and relays both", func(t *testing.T) {
		s.installed("third", home.Code)

		shops, err := s.store.Shops(t.Context(), before.ID)
		if err != nil || len(shops) != 2 {
			t.Fatalf("shops %v, %v", shops, err)
		}

		if added := s.shopNow(home.ID); !added.ActivatedAt.Equal(s.clock()) {
			t.Errorf("the shop that was added is active from %v", added.ActivatedAt)
		}
	})

	t.Run("after an uninstall begins anew", func(t *testing.T) {
		s.uninstall(first, 2000)

		third := s.installed("fourth", beauty.Code)
		if third.InstallID == first.InstallID {
			t.Error("the ended installation was revived")
		}

		if s.installation(third).State != bridge.Pending {
			t.Errorf("state %s", s.installation(third).State)
		}
	})
}

func TestTheOldLinkSecretIsGoodUntilTheNewOneIsUsed(t *testing.T) {
	s := newStage(t)
	old := s.active("first", beauty.Code)
	next := s.installed("second", beauty.Code)
	id := bridge.InstallationID(old.InstallID)

	expect := func(want ...string) {
		t.Helper()

		secrets, domain, err := s.LinkKeys(t.Context(), id)
		if err != nil || domain != acme {
			t.Fatalf("domain %q, %v", domain, err)
		}

		got := make([]string, len(secrets))
		for i, secret := range secrets {
			got[i] = string(secret)
		}

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("secrets (-want +got):\n%s", diff)
		}
	}

	expect(old.LinkSecret, next.LinkSecret)

	t.Run("an unused one dies after a day", func(t *testing.T) {
		s.pass(bridge.NextSecretFor)
		expect(old.LinkSecret)

		if err := s.tend(t.Context()); err != nil {
			t.Fatal(err)
		}

		if inst := s.installation(old); inst.NextSecret != nil {
			t.Error("it is still stored")
		}
	})

	t.Run("the first call signed by it ends the old one", func(t *testing.T) {
		next := s.installed("third", beauty.Code)

		if _, err := s.Admit(t.Context(), Call{Installation: id, Event: "onAppInstall", JTI: "1", Next: true, Expires: s.clock()}); err != nil {
			t.Fatal(err)
		}

		expect(next.LinkSecret)
	})
}
