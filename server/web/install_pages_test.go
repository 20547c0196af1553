package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sellerchat/server/bridge"
	"sellerchat/views"
)

// verified is an open install page after Verify, and its flow token.
func (s *stage) verified(query string) (answer, string) {
	s.t.Helper()

	flow := s.get("/install" + query).is(http.StatusOK).value(views.FieldFlow)
	page := s.post("/install/verify", url.Values{"flow": {flow}, "freshchat_domain": {acme}, "freshchat_api_key": {acmeKey}}).is(http.StatusOK)

	return page, page.value(views.FieldFlow)
}

// right is a form that installs.
func right(flow string) url.Values {
	return url.Values{
		"flow": {flow}, "auth_code_url": {origin + "/tiktok/authorized?market=uk&code=" + code}, "shop_code": {beauty.Code}, "topic": {"topic-1"},
	}
}

func TestAFreshInstallPage(t *testing.T) {
	s := newStage(t)
	page := s.get("/install").is(http.StatusOK)

	if page.value("flow") == "" || page.doc().Find("#shop fieldset[disabled]").Length() != 1 || page.doc().Find("#finish fieldset[disabled]").Length() != 1 {
		t.Errorf("the page is not fresh: %s", page.body)
	}

	if page.doc().Find(`[data-testid="authorize-link"][href]`).Length() != 0 {
		t.Error("the shop can be authorized before Freshchat is verified")
	}
}

func TestVerifyingOnThePage(t *testing.T) {
	s := newStage(t)
	page, _ := s.verified("")

	if got := page.text("#notices"); !strings.Contains(got, "Verified Successfully") {
		t.Errorf("the notice says %q", got)
	}

	if page.text(`[data-testid="connected-host"]`) != acme || page.text(`[data-testid="key-tail"]`) != "x9Qk" {
		t.Errorf("part 1 says %q", page.text("#connect-state"))
	}

	if page.doc().Find("#shop fieldset[disabled]").Length() != 0 || page.doc().Find("#topic option").Length() != 3 {
		t.Error("the rest is not open")
	}

	checkSecrets(t, page.body)
	checkSecrets(t, s.log.String())

	t.Run("change unfolds the fields, and an empty key keeps the old one", func(t *testing.T) {
		s.on(t)

		page := s.post("/install/change", url.Values{"flow": {page.value("flow")}}).is(http.StatusOK)
		if page.doc().Find("#connect-fields[hidden]").Length() != 0 || page.value("freshchat_domain") != acme || page.value("freshchat_api_key") != "" {
			t.Errorf("part 1 shows %s", page.text(`[data-testid="part-connect"]`))
		}

		page = s.post("/install/verify", url.Values{"flow": {page.value("flow")}, "freshchat_domain": {acme}}).is(http.StatusOK)
		if page.text(`[data-testid="key-tail"]`) != "x9Qk" {
			t.Errorf("part 1 says %q", page.text("#connect-state"))
		}
	})
}

// Every state that the gallery shows of the form is reached by a handler, and
// says what is wrong beside the field that mends it, with what was typed still
// there.
func TestTheFormComesBackFilledWithWhatIsWrong(t *testing.T) {
	fails := func(f *bridge.Failure) func(*stage) {
		return func(s *stage) { s.tiktok.exchange = func(string) error { return f } }
	}

	tests := map[string]struct {
		before func(*stage)
		path   string // finish when empty
		change func(url.Values)
		field  string
		says   string
	}{
		"key refused":                     {path: "/install/verify", change: func(f url.Values) { f.Set("freshchat_domain", acme); f.Set("freshchat_api_key", "typed-key") }, field: "freshchat_api_key", says: "did not accept this API key"},
		"host not of Freshchat":           {path: "/install/verify", change: func(f url.Values) { f.Set("freshchat_domain", "evil.example") }, field: "freshchat_domain", says: "not a Freshchat domain"},
		"another domain after Verify":     {change: func(f url.Values) { f.Set("freshchat_domain", "other.freshchat.com") }, field: "freshchat_domain", says: "Press Verify once more"},
		"code used or expired":            {before: fails(&bridge.Failure{Class: bridge.Permanent, Cause: bridge.CauseCodeSpent}), field: "auth_code_url", says: "has been used or is older than 30 minutes"},
		"scope missing":                   {before: fails(&bridge.Failure{Class: bridge.Reauthorize, Cause: bridge.CauseScopeMissing}), field: "auth_code_url", says: "has not allowed this app"},
		"no code in what was pasted":      {change: func(f url.Values) { f.Set("auth_code_url", "https://seller-uk.tiktok.com/") }, field: "auth_code_url", says: "There is no code in this address"},
		"refused on TikTok":               {change: func(f url.Values) { f.Set("auth_code_url", origin+"/tiktok/callback/uk?error=auth_denied&code=null") }, field: "auth_code_url", says: "was not given on TikTok"},
		"a bare code asks for the region": {change: func(f url.Values) { f.Set("auth_code_url", code) }, field: "shop_region", says: "Choose the shop's region"},
		"shop code not found":             {change: func(f url.Values) { f.Set("shop_code", "GBLC0") }, field: "shop_code", says: "covers Glow Beauty (GBLCBEAUTY) and Glow Home (GBLCHOME)"},
		"no shop code":                    {change: func(f url.Values) { f.Del("shop_code") }, field: "shop_code", says: "The shop code is missing"},
		"topic missing":                   {change: func(f url.Values) { f.Del("topic") }, field: "topic", says: "Choose the topic"},
	}

	for name, test := range tests {
		for _, by := range []string{"a whole page", "regions"} {
			t.Run(name+", as "+by, func(t *testing.T) {
				s := newStage(t)
				_, flow := s.verified("")

				if test.before != nil {
					test.before(s)
				}

				form := right(flow)
				if test.change != nil {
					test.change(form)
				}

				path, status, header := test.path, http.StatusUnprocessableEntity, []string(nil)
				if path == "" {
					path = "/install/finish"
				}

				if by == "regions" {
					status, header = http.StatusOK, []string{"HX-Request", "true"}
				}

				page := s.post(path, form, header...).is(status)
				if strings.Contains(page.body, "<html") == (by == "regions") {
					t.Errorf("it is not %s", by)
				}

				if got := page.text("#" + test.field + "-error"); !strings.Contains(got, test.says) {
					t.Errorf("beside %s it says %q; on the page: %s", test.field, got, page.text("#notices"))
				}

				if !strings.Contains(page.body, `href="#`+test.field+`"`) {
					t.Error("the notice does not lead to the field")
				}

				for _, name := range []string{"auth_code_url", "shop_code"} {
					if page.value(name) != form.Get(name) {
						t.Errorf("%s shows %q, typed was %q", name, page.value(name), form.Get(name))
					}
				}

				if strings.Contains(page.body, "typed-key") || strings.Contains(page.body, acmeKey) {
					t.Error("the key was sent back")
				}
			})
		}
	}
}

func TestTheShopIsNamedBack(t *testing.T) {
	s := newStage(t)
	_, flow := s.verified("")

	form := right(flow)
	form.Set("shop_code", "GBLC0")

	page := s.post("/install/finish", form).is(http.StatusUnprocessableEntity)
	if got := page.text(`[data-testid="candidates"]`); got != "Glow Beauty GBLCBEAUTYGlow Home GBLCHOME" {
		t.Errorf("offers %q", got)
	}

	form.Set("candidate", home.Code)

	page = s.post("/install/shop", form).is(http.StatusOK)
	if page.text(`[data-testid="shop-found"]`) != "Glow Home, United Kingdom" || page.value("shop_code") != home.Code || page.has("candidates") {
		t.Errorf("part 2 says %q", page.text("#shop"))
	}

	t.Run("no candidates beside a shop that another account holds", func(t *testing.T) {
		s.on(t)

		_, err := s.install.Verify(t.Context(), "theirs", acme, acmeKey)
		if err != nil {
			t.Fatal(err)
		}

		s.freshchat.account = nil
		s.active()

		other := newFlow(t, s)
		page := s.post("/install/finish", right(other)).is(http.StatusUnprocessableEntity)

		if !strings.Contains(page.text("#shop_code-error"), "another Freshchat account") || page.has("candidates") {
			t.Errorf("part 2 says %q", page.text("#shop"))
		}
	})
}

// newFlow verifies a page for another account.
func newFlow(t *testing.T, s *stage) string {
	t.Helper()

	flow := s.get("/install").value("flow")
	v, err := s.tokens.ParseFlow(flow)
	if err != nil {
		t.Fatal(err)
	}

	s.freshchat.account = func(_ context.Context, a bridge.FreshchatAccess) (bridge.Account, error) {
		return bridge.Account{ID: "account-2", Domain: a.Host}, nil
	}

	if _, err := s.install.Verify(t.Context(), v.ID, "other.freshchat.com", "other key"); err != nil {
		t.Fatal(err)
	}

	return flow
}

func TestTopicsThatCannotBeRead(t *testing.T) {
	s := newStage(t)
	s.freshchat.topics = func() ([]bridge.Topic, error) { return nil, &bridge.Failure{Class: bridge.Temporary} }

	page, flow := s.verified("")
	if !page.has("topics-failed") {
		t.Errorf("part 3 says %q", page.text("#topics"))
	}

	s.freshchat.topics = func() ([]bridge.Topic, error) { return nil, nil }

	page = s.post("/install/topics", url.Values{"flow": {flow}}).is(http.StatusOK)
	if !page.has("topics-empty") {
		t.Errorf("part 3 says %q", page.text("#topics"))
	}

	s.freshchat.topics = nil

	page = s.post("/install/topics", url.Values{"flow": {flow}, "topic": {"topic-2"}}).is(http.StatusOK)
	if page.doc().Find("#topic option[selected]").AttrOr("value", "") != "topic-2" {
		t.Errorf("part 3 shows %q", page.text("#topics"))
	}
}
