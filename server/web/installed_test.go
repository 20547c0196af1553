package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
)

func TestInstalledWithoutAFrame(t *testing.T) {
	s := newStage(t)
	page := s.finished()

	setup := page.doc().Find("#setup-code").AttrOr("value", "")
	if !strings.Contains(page.text("#notices"), "App Installed") || len(setup) != 26 || page.has("installed-framed") {
		t.Fatalf("the page says %q", page.text("main"))
	}

	if page.text("label[for=setup-code]") != "Setup Code" || page.text(`[data-testid="installed-shop"]`) != "Glow Beauty, United Kingdom" {
		t.Errorf("the page says %q", page.text("main"))
	}

	t.Run("a new code ends the old one", func(t *testing.T) {
		s.on(t)

		again := s.post("/install/code", url.Values{"flow": {page.value("flow")}}).is(http.StatusOK)
		if next := again.doc().Find("#setup-code").AttrOr("value", ""); next == "" || next == setup {
			t.Errorf("the next code is %q", next)
		}

		if _, err := s.install.Exchange(t.Context(), setup); bridge.CodeOf(err) != bridge.Missing {
			t.Errorf("the old one: %v", err)
		}
	})

	t.Run("the page that is sent again shows a code", func(t *testing.T) {
		s.on(t)

		again := s.post("/install/finish", right(page.value("flow"))).is(http.StatusOK)
		if !again.has("opened-again") || again.doc().Find("#setup-code").AttrOr("value", "") == "" {
			t.Errorf("the page says %q", again.text("main"))
		}
	})

	t.Run("the frame's answer is for frames only", func(t *testing.T) {
		s.on(t)
		s.post("/install/handover", url.Values{"flow": {page.value("flow")}}, "Accept", "application/json").is(http.StatusForbidden)
	})
}

func TestInstalledInAFrame(t *testing.T) {
	query := func(parent string) string {
		return "?" + url.Values{"nonce": {"nonce-1"}, "parent": {parent}}.Encode()
	}

	t.Run("the page tells the listed origin, once", func(t *testing.T) {
		s := newStage(t)
		_, flow := s.verified(query(frame))

		page := s.post("/install/finish", right(flow), "HX-Request", "true").is(http.StatusOK)
		end := page.doc().Find("[data-handover]")

		if end.AttrOr("data-origin", "") != frame || end.AttrOr("data-nonce", "") != "nonce-1" || page.doc().Find("#setup-code").Length() != 0 {
			t.Fatalf("the page says %s", page.body)
		}

		a := s.post("/install/handover", url.Values{"flow": {page.value("flow")}}, "Accept", "application/json").is(http.StatusOK)

		var told install.Handover
		if err := json.Unmarshal([]byte(a.body), &told); err != nil || told.InstallID != "ins_1" || told.LinkSecret == "" {
			t.Errorf("told %s, %v", a.body, err)
		}

		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("it may be kept: %q", a.Header.Get("Cache-Control"))
		}

		s.post("/install/handover", url.Values{"flow": {page.value("flow")}}, "Accept", "application/json").is(http.StatusNotFound)

		again := s.post("/install/resume", url.Values{"flow": {page.value("flow")}}, "HX-Request", "true").is(http.StatusOK)
		if again.doc().Find("[data-handover]").Length() != 0 || again.doc().Find("#setup-code").AttrOr("value", "") == "" {
			t.Errorf("loaded again it says %s", again.body)
		}
	})

	for name, q := range map[string]string{
		"an origin that is not listed": query("https://evil.example"),
		"a listed one with a path":     query(frame + "/"),
		"no nonce":                     "?parent=" + url.QueryEscape(frame),
		"a nonce without end":          "?nonce=" + strings.Repeat("n", nonceLimit+1) + "&parent=" + url.QueryEscape(frame),
	} {
		t.Run(name+" is told nothing", func(t *testing.T) {
			s := newStage(t)
			_, flow := s.verified(q)

			page := s.post("/install/finish", right(flow)).is(http.StatusOK)
			if page.has("installed-framed") || page.doc().Find("#setup-code").AttrOr("value", "") == "" {
				t.Errorf("the page says %s", page.body)
			}

			s.post("/install/handover", url.Values{"flow": {page.value("flow")}}, "Accept", "application/json").is(http.StatusForbidden)
		})
	}
}

func TestAFlowThatIsOver(t *testing.T) {
	s := newStage(t)
	_, flow := s.verified("")
	s.pass(time.Hour + time.Minute)

	page := s.post("/install/finish", right(flow), "Referer", origin+"/install?nonce=n&parent=p&other=o").is(http.StatusGone)
	if !page.has("install-expired") || page.doc().Find(".actions a").AttrOr("href", "") != "/install?nonce=n&parent=p" {
		t.Errorf("the page says %s", page.body)
	}

	page = s.post("/install/finish", right(flow), "Referer", "https://evil.example/settings?x=y").is(http.StatusGone)
	if page.doc().Find(".actions a").AttrOr("href", "") != "/install" {
		t.Errorf("the page says %s", page.body)
	}

	s.post("/install/resume", right(flow)).is(http.StatusNoContent)
	s.post("/install/handover", right(flow), "Accept", "application/json").is(http.StatusGone)

	region := s.post("/install/topics", right(flow), "HX-Request", "true").is(http.StatusOK)
	if !region.has("install-expired") || strings.Contains(region.body, "<html") {
		t.Errorf("htmx gets %s", region.body)
	}

	t.Run("a token of another kind is none", func(t *testing.T) {
		s.on(t)

		state, err := s.tokens.SignState(authState("x"))
		if err != nil {
			t.Fatal(err)
		}

		s.post("/install/finish", right(state)).is(http.StatusGone)
	})
}

func TestResumeGoesOnWhereThePageWas(t *testing.T) {
	s := newStage(t)
	flow := s.get("/install").value("flow")
	s.post("/install/resume", url.Values{"flow": {flow}}).is(http.StatusNoContent)

	_, flow = s.verified("")

	page := s.post("/install/resume", url.Values{"flow": {flow}}, "HX-Request", "true").is(http.StatusOK)
	if page.text(`[data-testid="connected-host"]`) != acme || strings.Contains(page.body, "Verified Successfully") {
		t.Errorf("the page says %s", page.body)
	}
}

func TestShopRegion(t *testing.T) {
	tests := map[string]struct {
		region  string
		markets []bridge.Market
		want    bridge.Market
	}{
		"the United Kingdom":                 {"uk", []bridge.Market{"uk", "asia"}, "uk"},
		"other regions":                      {"other", []bridge.Market{"uk", "asia"}, "asia"},
		"other regions, whatever the order":  {"other", []bridge.Market{"us", "asia", "uk"}, "asia"},
		"other regions without Asia":         {"other", []bridge.Market{"uk", "us"}, "us"},
		"other regions where there are none": {"other", []bridge.Market{"uk"}, ""},
		"nothing chosen":                     {"", []bridge.Market{"uk", "asia"}, ""},
		"a value that is not in the list":    {"mars", []bridge.Market{"uk", "asia"}, ""},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := regionMarket(test.region, test.markets); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}

	t.Run("a bare code with a region installs", func(t *testing.T) {
		s := newStage(t)
		_, flow := s.verified("")
		form := right(flow)
		form.Set("auth_code_url", code)
		form.Set("shop_region", "other")

		if page := s.post("/install/finish", form).is(http.StatusOK); !page.has("installed-unframed") {
			t.Errorf("the page says %q", page.text("main"))
		}
	})
}

func TestAStoreThatFailsIsAFaultOfOurs(t *testing.T) {
	s := newStage(t)
	_, flow := s.verified("")

	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}

	page := s.post("/install/finish", right(flow), "HX-Request", "true").is(http.StatusServiceUnavailable)
	checkSecrets(t, page.body)

	if !strings.Contains(page.body, `id="notices"`) {
		t.Errorf("htmx gets %s", page.body)
	}
}
