package views_test

import (
	"net/http"
	"strings"
	"testing"

	"sellerchat/views"
	"sellerchat/views/components"
)

func TestSettingsAnswersWhetherItWorksFirst(t *testing.T) {
	doc, _ := draw(t, state(t, "Settings", "authorization ends soon").Whole)
	first := doc.Find("[data-testid=settings]").Children().First()
	if got := first.AttrOr("data-tone", ""); got != string(components.ToneWarning) {
		t.Errorf("tone = %q", got)
	}
	if got := words(first.Find("h1")); got != "It works, but the authorization of Glow Beauty ends in 6 days." {
		t.Errorf("first line = %q", got)
	}
	if got := words(first.Find("a.button-primary")); got != "Authorize again" {
		t.Errorf("button = %q", got)
	}
}

func TestSettingsHasTheFixedWords(t *testing.T) {
	doc, _ := draw(t, state(t, "Settings", "saved").Whole)
	labels := map[string]string{
		"webhook-address":              "Webhook Address",
		"freshchat_webhook_public_key": "Freshchat Webhook Public Key",
	}
	for id, want := range labels {
		if got := doc.Find(`label[for="` + id + `"]`).Text(); got != want {
			t.Errorf("label of %s = %q, want %q", id, got, want)
		}
	}
	if doc.Find("input#webhook-address[readonly]").Length() != 1 {
		t.Error("the webhook address can be changed")
	}
	if got := words(doc.Find(`form[action="/settings/key"] button[type=submit]`)); got != "Save" {
		t.Errorf("button = %q", got)
	}
	if got := words(doc.Find("#notices .notice-title")); got != "Saved" {
		t.Errorf("notice = %q", got)
	}
	if doc.Find("#freshchat_api_key").Length() > 0 {
		t.Error("it asks for the API key after it was given")
	}
}

func TestSettingsPostCarriesTheFormToken(t *testing.T) {
	doc, _ := draw(t, state(t, "Settings", "all well").Whole)
	for _, path := range []string{"/settings/key", "/settings/options"} {
		form := doc.Find(`form[method=post][action="` + path + `"]`)
		if form.Length() != 1 || form.Find("input[type=hidden][name=form]").AttrOr("value", "") == "" {
			t.Errorf("the form of %s has no token", path)
		}
	}
}

func TestTheFourSettings(t *testing.T) {
	tests := []struct {
		name    string
		options views.OptionsModel
		checked []string
		clear   []string
	}{
		{
			name:    "as they come",
			options: views.OptionsModel{MirrorReplies: true, AfterResolve: views.AfterResolveReopen},
			checked: []string{"#mirror_replies", "#after_resolve-reopen"},
			clear:   []string{"#after_resolve-new", "#mark_read", "#show_text"},
		},
		{
			name:    "all the other way",
			options: views.OptionsModel{AfterResolve: views.AfterResolveNew, MarkRead: true, ShowText: true},
			checked: []string{"#after_resolve-new", "#mark_read", "#show_text"},
			clear:   []string{"#mirror_replies", "#after_resolve-reopen"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, _ := draw(t, views.Settings(views.SettingsModel{Options: tt.options}))
			for _, id := range tt.checked {
				if doc.Find(id+"[checked]").Length() != 1 {
					t.Errorf("%s is not checked", id)
				}
			}
			for _, id := range tt.clear {
				if doc.Find(id+":not([checked])").Length() != 1 {
					t.Errorf("%s is checked", id)
				}
			}
		})
	}
}

func TestSettingsAskForTheKeyInOnePlace(t *testing.T) {
	tests := []struct{ state, form string }{
		{"API key wrong", "/settings/key"},
		{"options ask for the API key", "/settings/options"},
	}
	for _, tt := range tests {
		t.Run(tt.state, func(t *testing.T) {
			doc, _ := draw(t, state(t, "Settings", tt.state).Whole)
			if n := doc.Find("#freshchat_api_key").Length(); n != 1 {
				t.Fatalf("it asks %d times", n)
			}
			field := doc.Find(`form[action="` + tt.form + `"] #freshchat_api_key[type=password]`)
			if field.Length() != 1 || field.AttrOr("aria-invalid", "") != "true" {
				t.Errorf("the form of %s does not ask", tt.form)
			}
			if got := words(doc.Find("#notices")); !strings.HasPrefix(got, "Nothing was changed yet.") {
				t.Errorf("notice = %q", got)
			}
		})
	}
}

func TestARefusedWebhookKeyIsExplainedAndTheOldOneStays(t *testing.T) {
	doc, _ := draw(t, state(t, "Settings", "webhook key refused").Whole)
	if got := words(doc.Find("#freshchat_webhook_public_key-error")); !strings.HasPrefix(got, "This is not the public key") {
		t.Errorf("error = %q", got)
	}
	if got := doc.Find("textarea#freshchat_webhook_public_key").Text(); got != "ssh-rsa AAAAB3Nza" {
		t.Errorf("the field holds %q", got)
	}
	if got := words(doc.Find("[data-testid=old-key-stays]")); !strings.Contains(got, "stays in force") {
		t.Errorf("it says %q", got)
	}
}

func TestErrorTexts(t *testing.T) {
	statuses := []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	seen := map[string]int{}
	for _, status := range statuses {
		m := views.ErrorText(status)
		if m.Heading == "" || m.Why == "" || m.Next == "" {
			t.Errorf("%d lacks a sentence", status)
		}
		if other, ok := seen[m.Heading]; ok {
			t.Errorf("%d says the same as %d", status, other)
		}
		seen[m.Heading] = status
		if strings.ContainsAny(m.Heading+m.Why+m.Next, "!0123456789") {
			t.Errorf("%d has a code or an exclamation mark", status)
		}
	}
	if got, want := views.ErrorText(http.StatusTeapot).Heading, views.ErrorText(http.StatusInternalServerError).Heading; got != want {
		t.Errorf("an unknown status says %q, want %q", got, want)
	}
}
