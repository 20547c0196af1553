package views_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"sellerchat/views"
	"sellerchat/views/components"
	"sellerchat/views/gallery"
)

// state finds a state of the gallery.
func state(t *testing.T, page, name string) gallery.State {
	t.Helper()
	for _, s := range gallery.States() {
		if s.Page == page && s.Name == name {
			return s
		}
	}
	t.Fatalf("the gallery has no %s: %s", page, name)

	return gallery.State{}
}

// words is the text of a selection with its blanks collapsed.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestInstallPageHasTheFixedWords(t *testing.T) {
	m := views.InstallModel{Flow: "token"}
	m.Shop.AskRegion = true
	doc, _ := draw(t, views.Install(m))

	labels := map[string]string{
		"freshchat_domain":  "Freshchat Domain",
		"freshchat_api_key": "Freshchat API Key",
		"auth_code_url":     "Auth Code URL",
		"shop_code":         "TikTok Seller Shop Code",
		"shop_region":       "Shop Region",
		"topic":             "Freshchat Topic",
	}
	for name, want := range labels {
		if got := doc.Find(`label[for="` + name + `"]`).Text(); got != want {
			t.Errorf("label of %s = %q, want %q", name, got, want)
		}
		if got := doc.Find("#"+name).AttrOr("name", ""); got != name {
			t.Errorf("the field of the label %q posts %q, want %q", want, got, name)
		}
	}
	actions := map[string]string{
		"Verify": "/install/verify", "Reload topics": "/install/topics", "Install": "/install/finish",
	}
	for label, want := range actions {
		button := doc.Find("button").FilterFunction(func(_ int, s *goquery.Selection) bool { return words(s) == label })
		if got := button.AttrOr("formaction", ""); button.Length() != 1 || got != want {
			t.Errorf("%d buttons %q, posting to %q, want one to %q", button.Length(), label, got, want)
		}
	}
	if got := doc.Find("form#install-form input[type=hidden][name=flow]").AttrOr("value", ""); got != "token" {
		t.Errorf("flow = %q", got)
	}
	var regions []string
	doc.Find("#shop_region option[value!='']").Each(func(_ int, s *goquery.Selection) { regions = append(regions, s.Text()) })
	if diff := cmp.Diff([]string{"United Kingdom", "Other regions"}, regions); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
}

func TestInstallStates(t *testing.T) {
	tests := []struct {
		state  string
		shows  map[string]string // selector to the words it has to contain
		absent []string
	}{
		{
			state: "fresh",
			shows: map[string]string{
				"#shop fieldset[disabled] .reason":   "after Verify",
				"#topics fieldset[disabled] .reason": "after Verify",
				"#finish fieldset[disabled] button":  "Install",
				"#connect-fields:not([hidden])":      "Verify",
			},
			absent: []string{".fold", "#notices .notice", "[aria-invalid=true]", "[autofocus]", "#shop_region"},
		},
		{
			state: "verified",
			shows: map[string]string{
				"#notices[role=status]":           "Verified Successfully",
				"[data-testid=connected-host]":    "acme-123.freshchat.com",
				"[data-testid=key-tail]":          "x9Qk",
				".fold button":                    "Change",
				"#topic":                          "Orders and returns",
				"#finish button:not([disabled])":  "Install",
				"#connect-fields[hidden]":         "Freshchat API Key",
				"#connect-fields[disabled] label": "Freshchat Domain",
			},
			absent: []string{"#shop fieldset[disabled]", "#topics fieldset[disabled]", "#finish fieldset[disabled]"},
		},
		{
			state: "changing part 1",
			shows: map[string]string{
				"#connect-fields:not([hidden])": "Verify", "#freshchat_api_key-note": "ends in x9Qk",
				"#freshchat_domain[autofocus]": "",
			},
			absent: []string{".fold", "#shop fieldset[disabled]"},
		},
		{
			state: "key refused",
			shows: map[string]string{
				"#freshchat_api_key-error":                         "Freshchat did not accept this API key.",
				"#freshchat_api_key[aria-invalid=true][autofocus]": "",
				"#freshchat_api_key-note":                          "Paste the key again",
				"#notices a[href='#freshchat_api_key']":            "Freshchat API Key",
			},
			absent: []string{"#freshchat_domain[autofocus]", "#freshchat_domain[aria-invalid=true]"},
		},
		{
			state: "nothing filled in",
			shows: map[string]string{
				"#notices": "Some fields need your attention.", "#freshchat_domain[autofocus]": "", "#freshchat_api_key-error": "Fill in",
			},
			absent: []string{"#freshchat_api_key[autofocus]"},
		},
		{
			state: "code picked up",
			shows: map[string]string{"#auth_code_url-note": "from your authorization just now"},
		},
		{
			state: "shop found",
			shows: map[string]string{"[data-testid=shop-found]": "Glow Beauty, United Kingdom", "#auth_code_url-note": "stays good"},
		},
		{
			state: "shop code not found",
			shows: map[string]string{
				"button[formaction='/install/shop'][name=candidate][value=GBLCH4H5H6]": "Glow Home",
				"#shop_code-error": "This authorization covers",
			},
		},
		{
			state: "bare code asks for the region",
			shows: map[string]string{"#shop_region[aria-invalid=true][autofocus]": "", "#shop_region-error": "Choose where"},
		},
		{
			state:  "no topics",
			shows:  map[string]string{"[data-testid=topics-empty]": "no topic that is switched on", "button[formaction='/install/topics']": "Reload topics"},
			absent: []string{"[data-testid=topics-failed]"},
		},
		{
			state:  "topics failed",
			shows:  map[string]string{"[data-testid=topics-failed]": "could not be read"},
			absent: []string{"[data-testid=topics-empty]"},
		},
		{
			state: "verifying",
			shows: map[string]string{"button[disabled][data-pressed]": "Verifying…"},
		},
		{
			state: "installing",
			shows: map[string]string{"#finish button[disabled][data-pressed]": "Installing…", "[data-testid=doing]": "Subscribing to messages…"},
		},
		{
			state:  "fault of ours",
			shows:  map[string]string{"#notices": "went wrong on our side", "#notices .reference": "01JD8Z3Q0N6W2T5V9X7Y4B1C0E"},
			absent: []string{"[aria-invalid=true]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.state, func(t *testing.T) {
			doc, _ := draw(t, state(t, "Install", tt.state).Whole)
			for selector, want := range tt.shows {
				if s := doc.Find(selector); s.Length() == 0 || !strings.Contains(words(s), want) {
					t.Errorf("%s is there %d times with the words %q, want %q", selector, s.Length(), words(s), want)
				}
			}
			for _, selector := range tt.absent {
				if n := doc.Find(selector).Length(); n > 0 {
					t.Errorf("%s is there %d times", selector, n)
				}
			}
		})
	}
}

// The key that was typed stays in its field because no answer touches the field, and the whole
// page cannot give it back because no model has a place for it.
func TestNoAnswerContainsTheFieldOfTheKeyOrItsValue(t *testing.T) {
	for _, s := range gallery.States() {
		doc, _ := draw(t, s.Whole)
		if v, ok := doc.Find("#freshchat_api_key").Attr("value"); ok && v != "" {
			t.Errorf("%s gives the key %q", s, v)
		}
		if s.Parts == nil {
			continue
		}
		doc, _ = draw(t, s.Parts)
		if doc.Find("input[name=freshchat_api_key], input[name=freshchat_domain]").Length() > 0 {
			t.Errorf("%s exchanges a field of part 1", s)
		}
	}
}

// htmx exchanges a region only where the page has one with the same id, and drops the rest.
func TestEveryPartHasItsPlaceOnThePage(t *testing.T) {
	page, _ := draw(t, state(t, "Install", "fresh").Whole)
	for _, s := range gallery.States() {
		if s.Parts == nil {
			continue
		}
		doc, _ := draw(t, s.Parts)
		doc.Find("body > *").Each(func(_ int, part *goquery.Selection) {
			id := part.AttrOr("id", "")
			if _, ok := part.Attr("hx-swap-oob"); !ok {
				t.Errorf("%s: the part %q is not marked to be exchanged", s, id)
			}
			if page.Find("#"+id).Length() != 1 {
				t.Errorf("%s: the page has no place for the part %q", s, id)
			}
		})
	}
}

// A browser refuses the autofocus of a field that is put into a page in which something has the
// cursor already, and complains; the script moves the cursor then.
func TestOnlyAWholePageSaysWhereTheCursorStarts(t *testing.T) {
	m := views.InstallModel{Connect: views.ConnectModel{Verified: true}}
	m.Shop.Code.Error = "This authorization covers Glow Beauty."

	whole, _ := draw(t, views.Install(m))
	if got := whole.Find("[autofocus]").AttrOr("id", ""); got != "shop_code" {
		t.Errorf("the cursor starts in %q, want the field in error", got)
	}
	parts, _ := draw(t, views.InstallParts(m))
	if n := parts.Find("[autofocus]").Length(); n > 0 {
		t.Errorf("%d parts want the cursor", n)
	}
}

func TestNoticeOfTheHandlerStandsBeforeTheListOfErrors(t *testing.T) {
	m := views.InstallModel{Notice: components.Notice{Tone: components.ToneError, Title: "Said by the handler."}}
	m.Connect.KeyError = "Wrong."
	doc, _ := draw(t, views.Install(m))
	if got := words(doc.Find("#notices")); got != "Said by the handler." {
		t.Errorf("notice = %q", got)
	}
}

func TestInstalledStates(t *testing.T) {
	t.Run("in a frame it names the last step and where to report", func(t *testing.T) {
		doc, _ := draw(t, state(t, "Installed", "in a frame").Whole)
		framed := doc.Find("[data-testid=installed-framed]")
		if got := words(framed.Find("h1")); got != "One step is left: press Install below this page." {
			t.Errorf("heading = %q", got)
		}
		if framed.AttrOr("data-handover", "") != "/install/handover" || framed.AttrOr("data-origin", "") != "https://acme-123.freshchat.com" {
			t.Error("the frame's origin or the address of the answer is missing")
		}
		if doc.Find("#setup-code").Length() > 0 {
			t.Error("a setup code is shown in the frame")
		}
	})
	t.Run("without a frame it shows the setup code", func(t *testing.T) {
		doc, _ := draw(t, state(t, "Installed", "with a setup code").Whole)
		if got := doc.Find("label[for=setup-code]").Text(); got != "Setup Code" {
			t.Errorf("label = %q", got)
		}
		if doc.Find("input#setup-code[readonly]").AttrOr("value", "") == "" {
			t.Error("there is no code in a field that cannot be changed")
		}
		button := doc.Find("button[formaction='/install/code']")
		if got := words(button); got != "New code" {
			t.Errorf("button = %q", got)
		}
		if doc.Find("[data-handover]").Length() > 0 {
			t.Error("it would report to a frame")
		}
	})
	t.Run("every one says App Installed at the top", func(t *testing.T) {
		for _, s := range gallery.States() {
			if s.Page != "Installed" {
				continue
			}
			doc, _ := draw(t, s.Whole)
			if got := words(doc.Find("#notices[aria-live=polite] .notice-title")); got != "App Installed" {
				t.Errorf("%s: notice = %q", s, got)
			}
		}
	})
}
