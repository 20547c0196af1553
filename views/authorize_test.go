package views_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"sellerchat/views"
)

func TestAuthorizeOffersARegionPerChoice(t *testing.T) {
	doc, _ := draw(t, state(t, "Authorize", "plain").Whole)
	var got []string
	doc.Find("a[data-testid=region]").Each(func(_ int, s *goquery.Selection) {
		got = append(got, s.AttrOr("href", "")+" "+words(s.Find("strong"))+": "+words(s.Find("span")))
	})
	want := []string{
		"/authorize/uk United Kingdom: TikTok will call it European seller",
		"/authorize/asia Any other region: TikTok will call it Asia seller",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}
}

func TestCopyPage(t *testing.T) {
	t.Run("it shows the whole address and how to treat it", func(t *testing.T) {
		doc, html := draw(t, state(t, "Authorized", "plain").Whole)
		if got := words(doc.Find("h1")); got != "Copy this address" {
			t.Errorf("heading = %q", got)
		}
		if got := doc.Find("#authorized-url[readonly]").Text(); !strings.HasPrefix(got, "https://chat.example.com/tiktok/authorized?code=") || !strings.HasSuffix(got, "&market=uk") {
			t.Errorf("address = %q", got)
		}
		if got := doc.Find("time").AttrOr("datetime", ""); got != "2026-11-23T14:35:00Z" {
			t.Errorf("until = %q", got)
		}
		if !strings.Contains(html, "It works once. Whoever has it can connect your shop: treat it like a password.") {
			t.Error("the warning is missing")
		}
		if doc.Find("[data-testid=offer]").Length() > 0 {
			t.Error("it asks although no install page is open")
		}
	})
	t.Run("with an open install page it asks by name and hands nothing over by itself", func(t *testing.T) {
		doc, _ := draw(t, state(t, "Authorized", "with the question").Whole)
		offer := doc.Find("[data-testid=offer]")
		if got := words(offer.Find("h2")); got != "Send the chats of your shop to acme.freshchat.com?" {
			t.Errorf("question = %q", got)
		}
		form := offer.Find(`form[method=post][action="/install/authorized"]`)
		if got := words(form.Find("button[type=submit]")); got != "Yes, connect" {
			t.Errorf("yes = %q", got)
		}
		if got := words(form.Find("a")); got != "No, I will copy it" {
			t.Errorf("no = %q", got)
		}
		if doc.Find("#authorized-url").Length() != 1 {
			t.Error("the address is not there to copy")
		}
	})
	t.Run("handed over, the address is gone", func(t *testing.T) {
		doc, html := draw(t, state(t, "Authorized", "handed over").Whole)
		if doc.Find("#authorized-url").Length() > 0 || strings.Contains(html, "code=") {
			t.Error("the page still shows the code")
		}
		if got := words(doc.Find("[data-testid=handed-over]")); !strings.Contains(got, "acme.freshchat.com") {
			t.Errorf("it says %q", got)
		}
	})
}

func TestWaitingPageMovesOnWithAndWithoutScripts(t *testing.T) {
	doc, html := draw(t, views.Waiting(views.WaitingModel{NextURL: "/tiktok/authorized?code=a&market=uk"}))
	link := doc.Find("a[data-next]")
	if got := link.AttrOr("href", ""); got != "/tiktok/authorized?code=a&market=uk" {
		t.Errorf("link = %q", got)
	}
	if got := link.AttrOr("data-after", ""); got != fmt.Sprint(views.WaitSeconds) {
		t.Errorf("after %q seconds", got)
	}
	want := fmt.Sprintf(`<noscript><meta http-equiv="refresh" content="%d;url=/tiktok/authorized?code=a&amp;market=uk"></noscript>`, views.WaitSeconds)
	if !strings.Contains(html, want) {
		t.Errorf("the page lacks %s", want)
	}
}

func TestProgressBarIsDrawnForAsLongAsThePageWaits(t *testing.T) {
	sheet, err := os.ReadFile("../static/css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("animation: fill %ds linear", views.WaitSeconds); !strings.Contains(string(sheet), want) {
		t.Errorf("the style sheet lacks %q", want)
	}
	if views.WaitSeconds > 5 {
		t.Errorf("the page waits %d seconds", views.WaitSeconds)
	}
}

func TestRefusedPageSaysWhyAndLeadsBack(t *testing.T) {
	doc, _ := draw(t, state(t, "AuthorizeRefused", "by the seller").Whole)
	if got := words(doc.Find("main")); !strings.Contains(got, "The authorization was not given on TikTok") {
		t.Errorf("it says %q", got)
	}
	if got := doc.Find("main a").AttrOr("href", ""); got != "/authorize" {
		t.Errorf("it leads to %q", got)
	}
}
