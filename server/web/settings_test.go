package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
)

// address asks for a settings session as server.js does.
func (s *stage) address(h install.Handover) string {
	s.t.Helper()

	body := event("session", s.time().UnixMilli())

	a := s.link("/lifecycle/session", s.token(h, "session", s.random.ID(), body), body).is(http.StatusOK)

	_, rest, ok := strings.Cut(a.body, `"url":"`+origin)
	if !ok {
		s.t.Fatalf("answered %s", a.body)
	}

	return rest[:strings.IndexByte(rest, '"')]
}

// settings opens a session and returns the cookie and the page.
func (s *stage) settings(h install.Handover) (string, answer) {
	s.t.Helper()

	a := s.get(s.address(h)).is(http.StatusSeeOther)
	if a.Header.Get("Location") != "/settings" || len(a.Cookies()) != 1 {
		s.t.Fatalf("leads to %q with %v", a.Header.Get("Location"), a.Cookies())
	}

	cookie := a.Cookies()[0].Name + "=" + a.Cookies()[0].Value

	return cookie, s.get("/settings", "Cookie", cookie).is(http.StatusOK)
}

func TestASettingsSession(t *testing.T) {
	s := newStage(t)
	h := s.active()
	address := s.address(h)

	a := s.get(address).is(http.StatusSeeOther)
	c := a.Cookies()[0]

	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/settings" || c.MaxAge != 30*60 || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}

	if a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the address goes on as a referrer: %q", a.Header.Get("Referrer-Policy"))
	}

	cookie := c.Name + "=" + c.Value
	s.get("/settings", "Cookie", cookie).is(http.StatusOK)

	tests := map[string]struct {
		path, cookie string
		status       int
		says         string
	}{
		"the address a second time":        {address, "", http.StatusGone, "used already"},
		"an address that was made up":      {"/settings?session=forged", "", http.StatusGone, "used already"},
		"no cookie":                        {"/settings", "", http.StatusUnauthorized, "Your session has ended"},
		"a cookie that was made up":        {"/settings", c.Name + "=forged", http.StatusUnauthorized, "Your session has ended"},
		"the address's proof as a cookie":  {"/settings", c.Name + "=" + strings.TrimPrefix(address, "/settings?session="), http.StatusUnauthorized, "Your session has ended"},
		"the cookie's value as an address": {"/settings?session=" + c.Value, "", http.StatusGone, "used already"},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.on(t)

			page := s.get(test.path, "Cookie", test.cookie).is(test.status)
			if !strings.Contains(page.text("h1"), test.says) {
				t.Errorf("it says %q", page.text("h1"))
			}
		})
	}

	late := s.address(h)
	s.pass(auth.SessionAddressLife + time.Minute)
	s.get(late).is(http.StatusGone)

	s.pass(auth.SessionLife)
	s.get("/settings", "Cookie", cookie).is(http.StatusUnauthorized)

	if strings.Contains(s.log.String(), strings.TrimPrefix(address, "/settings?session=")) {
		t.Error("the address is in the log")
	}
}

func TestTheSettingsPage(t *testing.T) {
	s := newStage(t)
	h := s.active()
	cookie, page := s.settings(h)

	if !strings.Contains(page.text(`[data-testid="health"]`), "Everything works.") {
		t.Errorf("it says %q", page.text(`[data-testid="health"]`))
	}

	connections := page.text(`[data-testid="connections"]`)
	for _, want := range []string{acme, "API key ends in x9Qk", "Glow Beauty", "United Kingdom", "GBLCBEAUTY", "23 November 2027"} {
		if !strings.Contains(connections, want) {
			t.Errorf("%q is not in %q", want, connections)
		}
	}

	checkSecrets(t, page.body)

	if got := page.doc().Find("#webhook-address").AttrOr("value", ""); !strings.HasPrefix(got, origin+"/webhooks/freshchat/") {
		t.Errorf("the webhook address is %q", got)
	}

	post := func(path string, form url.Values) answer {
		form.Set("form", page.value("form"))

		return s.post(path, form, "Cookie", cookie)
	}
	stored := func() bridge.Installation {
		i, err := s.store.Installation(t.Context(), bridge.InstallationID(h.InstallID))
		if err != nil {
			t.Fatal(err)
		}

		return i
	}

	t.Run("a webhook key is saved with the API key, and the page is opened anew", func(t *testing.T) {
		s.on(t)

		a := post(views.PathSettingsKey, url.Values{views.FieldWebhookKey: {"-----BEGIN A"}, views.FieldAPIKey: {acmeKey}}).is(http.StatusSeeOther)
		if a.Header.Get("Location") != "/settings?saved=1" {
			t.Errorf("leads to %q", a.Header.Get("Location"))
		}

		if got := s.get("/settings?saved=1", "Cookie", cookie).text("#notices"); !strings.Contains(got, "Saved") {
			t.Errorf("the notice says %q", got)
		}
	})

	refused := map[string]struct {
		form        url.Values
		field, says string
	}{
		"a key that is none": {url.Values{views.FieldWebhookKey: {"hello"}, views.FieldAPIKey: {acmeKey}}, views.FieldWebhookKey, "not a public key"},
		"the wrong API key":  {url.Values{views.FieldWebhookKey: {"-----BEGIN B"}, views.FieldAPIKey: {"typed-key"}}, views.FieldAPIKey, "not the API key that this app uses"},
		"no API key":         {url.Values{views.FieldWebhookKey: {"-----BEGIN B"}}, views.FieldAPIKey, "is missing"},
	}

	for name, test := range refused {
		t.Run(name+" is explained, and the old one stays", func(t *testing.T) {
			s.on(t)

			page := post(views.PathSettingsKey, test.form).is(http.StatusUnprocessableEntity)
			if got := page.text("#" + test.field + "-error"); !strings.Contains(got, test.says) {
				t.Errorf("beside %s it says %q", test.field, got)
			}

			if got := page.doc().Find("textarea[name=" + views.FieldWebhookKey + "]").Text(); got != test.form.Get(views.FieldWebhookKey) {
				t.Errorf("the field shows %q", got)
			}

			if strings.Contains(page.body, "typed-key") || strings.Contains(page.body, acmeKey) {
				t.Error("the API key was sent back")
			}

			if stored().WebhookKey != "-----BEGIN A" {
				t.Errorf("in force is %q", stored().WebhookKey)
			}
		})
	}

	t.Run("the settings are saved", func(t *testing.T) {
		s.on(t)

		post(views.PathSettingsOptions, url.Values{views.FieldAfterResolve: {views.AfterResolveNew}, views.FieldMarkRead: {"on"}}).is(http.StatusSeeOther)

		if want := (bridge.Settings{AfterResolve: bridge.StartNew, MarkRead: true}); stored().Settings != want {
			t.Errorf("stored %+v", stored().Settings)
		}
	})

	t.Run("showing text asks for the API key, and keeps what was chosen", func(t *testing.T) {
		s.on(t)

		page := post(views.PathSettingsOptions, url.Values{views.FieldShowText: {"on"}, views.FieldMirror: {"on"}}).is(http.StatusUnprocessableEntity)
		if page.doc().Find(`[data-testid="options"] #`+views.FieldAPIKey).Length() != 1 || page.doc().Find("#"+views.FieldAPIKey).Length() != 1 {
			t.Error("the key is not asked for once, among the settings")
		}

		if page.doc().Find("#"+views.FieldShowText+"[checked]").Length() != 1 || stored().Settings.ShowText {
			t.Errorf("shown %s, stored %+v", page.text(`[data-testid="options"]`), stored().Settings)
		}

		post(views.PathSettingsOptions, url.Values{views.FieldShowText: {"on"}, views.FieldAPIKey: {acmeKey}}).is(http.StatusSeeOther)

		if !stored().Settings.ShowText {
			t.Error("it was not stored")
		}
	})

	t.Run("a form of another session is refused", func(t *testing.T) {
		s.on(t)

		other, _ := s.settings(h)
		s.post(views.PathSettingsOptions, url.Values{"form": {page.value("form")}}, "Cookie", other).is(http.StatusUnauthorized)
		s.post(views.PathSettingsOptions, url.Values{}, "Cookie", cookie).is(http.StatusUnauthorized)
		s.post(views.PathSettingsOptions+"?form="+page.value("form"), url.Values{}, "Cookie", cookie).is(http.StatusUnauthorized)
	})

	t.Run("after the uninstall the session is over", func(t *testing.T) {
		s.on(t)

		if _, err := s.install.Uninstall(t.Context(), bridge.InstallationID(h.InstallID), install.Lifecycle{At: 9000}); err != nil {
			t.Fatal(err)
		}

		s.get("/settings", "Cookie", cookie).is(http.StatusUnauthorized)
		post(views.PathSettingsOptions, url.Values{}).is(http.StatusUnauthorized)
	})
}

func TestHealthNamesTheWorst(t *testing.T) {
	broken := func(reason string) bridge.HealthItem {
		return bridge.HealthItem{Broken: true, Reason: reason, Action: "Do something."}
	}
	shop := func(change func(*install.ConnectedShop)) install.ConnectedShop {
		c := install.ConnectedShop{Shop: bridge.Shop{ShopInfo: beauty}}
		if change != nil {
			change(&c)
		}

		return c
	}

	tests := map[string]struct {
		state  bridge.InstallationState
		health bridge.Health
		shops  []install.ConnectedShop
		tone   string
		says   string
	}{
		"all is well":           {bridge.Active, bridge.Health{}, []install.ConnectedShop{shop(nil)}, "success", "Everything works."},
		"not confirmed yet":     {bridge.Pending, bridge.Health{}, nil, "warning", "The installation is not finished"},
		"the key is refused":    {bridge.Active, bridge.Health{Credentials: broken("The key is refused.")}, []install.ConnectedShop{shop(func(c *install.ConnectedShop) { c.Subscription = broken("x") })}, "error", "The key is refused."},
		"the consent has ended": {bridge.Active, bridge.Health{}, []install.ConnectedShop{shop(nil), shop(func(c *install.ConnectedShop) { c.Consent.Health = broken("It ended.") })}, "error", "Glow Beauty: It ended."},
		"the topic is gone":     {bridge.Active, bridge.Health{}, []install.ConnectedShop{shop(func(c *install.ConnectedShop) { c.TopicHealth = broken("It is gone.") })}, "error", "Glow Beauty: It is gone."},
		"no messages come yet":  {bridge.Active, bridge.Health{}, []install.ConnectedShop{shop(func(c *install.ConnectedShop) { c.Subscription = broken("Not yet.") })}, "warning", "Glow Beauty: Not yet."},
		"one shop waits, one ended": {
			bridge.Active, bridge.Health{}, []install.ConnectedShop{
				shop(func(c *install.ConnectedShop) { c.Subscription = broken("Not yet.") }),
				shop(func(c *install.ConnectedShop) { c.Consent.Health = broken("It ended.") }),
			}, "error", "Glow Beauty: It ended.",
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := healthModel(install.Overview{
				Installation: bridge.Installation{State: test.state, Health: test.health}, Shops: test.shops,
			}, remedies{})
			if string(m.Tone) != test.tone || !strings.Contains(m.Sentence, test.says) {
				t.Errorf("%s: %q", m.Tone, m.Sentence)
			}

			if (m.Next == "") != (test.tone == "success") {
				t.Errorf("next step %q", m.Next)
			}
		})
	}
}

func TestTheSelfTestIsShownInTheSettings(t *testing.T) {
	s := newStage(t)
	cookie, page := s.settings(s.active())

	if page.doc().Find(`[data-testid="check"]`).Length() != 0 {
		t.Error("there are results before it was run")
	}

	s.freshchat.topics = func() ([]bridge.Topic, error) { return nil, nil }

	form := url.Values{views.FieldForm: {page.value(views.FieldForm)}}
	a := s.post(views.PathSettingsTest, form, "Cookie", cookie).is(http.StatusOK)

	if got := a.doc().Find(`[data-testid="self-test-summary"]`).Text(); !strings.Contains(got, "does not work") {
		t.Errorf("it sums up: %q", got)
	}

	faults := a.doc().Find(`[data-testid="check"][data-tone="error"]`)
	if faults.Length() != 1 || !strings.Contains(faults.Text(), "Choose another topic") {
		t.Errorf("it names %q", faults.Text())
	}

	s.post(views.PathSettingsTest, form).is(http.StatusUnauthorized)
}
