package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sellerchat/server/auth"
)

func authState(flow string) auth.State {
	return auth.State{ID: "state-of-" + flow, FlowID: flow, Market: "uk"}
}

func TestAuthorize(t *testing.T) {
	s := newStage(t)

	page := s.get("/authorize").is(http.StatusOK)
	if got := page.text(`[data-testid="region"]`); !strings.Contains(got, "United Kingdom TikTok will call it European seller") ||
		!strings.Contains(got, "Any other region TikTok will call it Asia seller") {
		t.Errorf("choices %q", got)
	}

	t.Run("a choice leads to TikTok without a further click", func(t *testing.T) {
		s.on(t)

		a := s.get("/authorize/uk").is(http.StatusSeeOther)
		if got := a.Header.Get("Location"); got != "https://services.tiktokshop.com/open/authorize?market=uk&state=" {
			t.Errorf("leads to %q", got)
		}
	})

	t.Run("from an install page it names the account and carries a state", func(t *testing.T) {
		s.on(t)

		first, _ := s.verified("")

		link := first.doc().Find(`[data-testid="authorize-link"]`).AttrOr("href", "")
		page := s.get(link).is(http.StatusOK)

		if !strings.Contains(page.text(".lead"), acme) {
			t.Errorf("it says %q", page.text(".lead"))
		}

		choice := page.doc().Find(`[data-testid="region"]`).First().AttrOr("href", "")
		to, err := url.Parse(s.get(choice).is(http.StatusSeeOther).Header.Get("Location"))

		if err != nil || to.Query().Get("state") == "" {
			t.Errorf("leads to %v, %v", to, err)
		}
	})

	t.Run("an id without end is nobody's", func(t *testing.T) {
		s.on(t)

		long := s.get("/authorize?flow=" + strings.Repeat("x", 1000)).is(http.StatusOK)
		if strings.Contains(long.body, "xxxx") {
			t.Error("it is carried on")
		}
	})
}

func TestTheWaitingPage(t *testing.T) {
	s := newStage(t)

	page := s.get("/tiktok/callback/uk?app_key=6k1&code=ROW_x&locale=en&state=the-state").is(http.StatusOK)
	if got := page.doc().Find("#next").AttrOr("href", ""); got != "/tiktok/authorized?code=ROW_x&market=uk&state=the-state" {
		t.Errorf("goes on to %q", got)
	}

	for name, query := range map[string]string{
		"a refusal":           "?error=auth_denied&code=null&state=s",
		"a refusal by a word": "?code=null",
		"nothing":             "",
	} {
		t.Run(name+" is not called an authorization", func(t *testing.T) {
			s.on(t)

			for _, path := range []string{"/tiktok/callback/uk", "/tiktok/authorized"} {
				page := s.get(path + query).is(http.StatusOK)
				if !page.has("authorize-refused") || strings.Contains(page.text("main"), "is authorized") {
					t.Errorf("%s says %q", path, page.text("main"))
				}
			}
		})
	}
}

func TestTheCopyPage(t *testing.T) {
	open := func(t *testing.T) (s *stage, flow, state string) {
		t.Helper()

		s = newStage(t)
		_, flow = s.verified("")

		visit, err := s.tokens.ParseFlow(flow)
		if err != nil {
			t.Fatal(err)
		}

		state, err = s.tokens.SignState(authState(visit.ID))
		if err != nil {
			t.Fatal(err)
		}

		return s, flow, state
	}
	address := func(state string) string {
		return "/tiktok/authorized?" + url.Values{"code": {code}, "market": {"uk"}, "state": {state}}.Encode()
	}
	yes := func(state, code string) url.Values {
		return url.Values{"offer": {state}, "code": {code}, "market": {"uk"}}
	}

	t.Run("shows the whole address and until when it works", func(t *testing.T) {
		s := newStage(t)

		page := s.get("/tiktok/authorized?code=" + code + "&market=uk").is(http.StatusOK)
		if got := page.text("#authorized-url"); got != origin+"/tiktok/authorized?code="+code+"&market=uk" {
			t.Errorf("shows %q", got)
		}

		if got := page.doc().Find("time").AttrOr("datetime", ""); got != began.Add(30*time.Minute).Format(time.RFC3339) {
			t.Errorf("works until %q", got)
		}

		if page.has("offer") {
			t.Error("it asks to hand the code over")
		}
	})

	t.Run("asks by name, and hands over only after yes", func(t *testing.T) {
		s, flow, state := open(t)

		page := s.get(address(state)).is(http.StatusOK)
		if got := page.text("#offer-title"); got != "Send the chats of your shop to "+acme+" ?" && got != "Send the chats of your shop to "+acme+"?" {
			t.Errorf("asks %q", got)
		}

		s.post("/install/pickup", url.Values{"flow": {flow}}).is(http.StatusNoContent)

		for range 2 { // the answer may be sent again
			page = s.post("/install/authorized", yes(state, code), "Origin", "null").is(http.StatusOK)
			if !page.has("handed-over") || !strings.Contains(page.text("main"), acme) {
				t.Fatalf("says %q", page.text("main"))
			}
		}

		page = s.post("/install/pickup", url.Values{"flow": {flow}}, "HX-Request", "true").is(http.StatusOK)
		if got := page.value("auth_code_url"); got != origin+"/tiktok/authorized?code="+code+"&market=uk" {
			t.Errorf("the field shows %q", got)
		}

		if got := page.text("#auth_code_url-note"); !strings.Contains(got, "from your authorization just now") {
			t.Errorf("the note says %q", got)
		}

		if s.get(address(state)).is(http.StatusOK).has("offer") {
			t.Error("a state that was redeemed asks again")
		}
	})

	refused := map[string]struct {
		state func(s *stage, state string) string
		code  string
	}{
		"a state that we did not make": {func(*stage, string) string { return "forged" }, code},
		"no state":                     {func(*stage, string) string { return "" }, code},
		"a state of another market":    {func(s *stage, _ string) string { return s.sign(auth.State{ID: "1", FlowID: "setup", Market: "asia"}) }, code},
		"a state of no page":           {func(s *stage, _ string) string { return s.sign(authState("nobody")) }, code},
		"a state that was used already": {func(s *stage, state string) string {
			s.post("/install/authorized", yes(state, "ROW_first")).is(http.StatusOK)

			return state
		}, code},
		"a state that is too old": {func(s *stage, state string) string {
			s.pass(auth.StateLife + time.Minute)

			return state
		}, code},
	}

	for name, test := range refused {
		t.Run(name+" hands nothing over", func(t *testing.T) {
			s, _, state := open(t)
			state = test.state(s, state)

			if s.get(address(state)).is(http.StatusOK).has("offer") {
				t.Error("it asks")
			}

			page := s.post("/install/authorized", yes(state, test.code)).is(http.StatusOK)
			if page.has("handed-over") || !page.has("copy-address") || !strings.Contains(page.text("#notices"), "could not be handed over") {
				t.Errorf("says %q", page.text("main"))
			}
		})
	}

	t.Run("yes without a code is a refusal", func(t *testing.T) {
		s, _, state := open(t)
		if page := s.post("/install/authorized", yes(state, "")).is(http.StatusOK); !page.has("authorize-refused") {
			t.Errorf("says %q", page.text("main"))
		}
	})

	t.Run("what people paste into the address is text", func(t *testing.T) {
		s := newStage(t)

		page := s.get("/tiktok/authorized?code=" + url.QueryEscape(`"><script>alert(1)</script>`) + "&market=uk").is(http.StatusOK)
		if strings.Contains(page.body, "<script>alert") {
			t.Error("it is markup")
		}
	})

	t.Run("the code is in no log", func(t *testing.T) {
		s, _, state := open(t)
		s.get(address(state))
		s.post("/install/authorized", yes(state, code))

		if strings.Contains(s.log.String(), code) {
			t.Error("it is")
		}
	})
}

func (s *stage) sign(state auth.State) string {
	s.t.Helper()

	token, err := s.tokens.SignState(state)
	if err != nil {
		s.t.Fatal(err)
	}

	return token
}
