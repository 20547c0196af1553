package gallery

import (
	"strings"

	"sellerchat/views"
	"sellerchat/views/components"
)

func authorizeStates() []State {
	choices := []views.RegionChoice{
		{URL: "/authorize/uk", Name: "United Kingdom", Seller: "European seller"},
		{URL: "/authorize/asia", Name: "Any other region", Seller: "Asia seller"},
	}
	authorize := func(name string, m views.AuthorizeModel) State {
		return State{Page: "Authorize", Name: name, Whole: views.Authorize(m)}
	}
	authorized := func(name string, m views.AuthorizedModel) State {
		return State{Page: "Authorized", Name: name, Whole: views.Authorized(m)}
	}
	refused := func(name string, m views.AuthorizeRefusedModel) State {
		return State{Page: "AuthorizeRefused", Name: name, Whole: views.AuthorizeRefused(m)}
	}

	plain := views.AuthorizedModel{
		URL:        "https://chat.example.com/tiktok/authorized?code=ROW_Fexample0AAAAAAexampleexampleexampleexampleexample&market=uk",
		ValidUntil: components.Moment{ISO: "2026-11-23T14:35:00Z", Text: "14:35 UTC"},
	}
	asked, connected, failed, long := plain, plain, plain, plain
	asked.Offer = &views.OfferModel{
		Account: "acme.freshchat.com", Token: "eyJhbGciOiJIUzI1NiJ9.example.offer", Code: code, Market: "uk",
		DeclineURL: "/tiktok/authorized?code=" + code + "&market=uk",
	}
	connected.ConnectedTo = "acme.freshchat.com"
	failed.Notice = components.Notice{
		Tone: components.ToneWarning, Title: "The install page is no longer open.",
		Text: "Copy the address and paste it into the install page when you open it again.",
	}
	repairing := plain
	repairing.Offer = &views.OfferModel{
		Account: "acme.freshchat.com", Repair: true, Token: "eyJhbGciOiJIUzI1NiJ9.example.offer", Code: code, Market: "uk",
		DeclineURL: "/tiktok/authorized?code=" + code + "&market=uk",
	}
	long.URL += strings.Repeat("A", 900)
	long.Offer = &views.OfferModel{
		Account: strings.ToLower(longName) + ".freshchat.com", Token: "t", Code: code, Market: "uk", DeclineURL: "/",
	}

	return []State{
		authorize("plain", views.AuthorizeModel{Choices: choices}),
		authorize("from an install page", views.AuthorizeModel{Choices: choices, Account: "acme.freshchat.com"}),
		authorize("once more", views.AuthorizeModel{Choices: choices[:1], Account: "acme.freshchat.com", Again: true, Shops: []string{"Glow Beauty"}}),
		authorize("long texts", views.AuthorizeModel{Choices: choices, Account: strings.ToLower(longName) + ".freshchat.com"}),
		{Page: "Waiting", Name: "plain", Whole: views.Waiting(views.WaitingModel{NextURL: "/authorized/plain"})},
		authorized("plain", plain),
		authorized("with the question", asked),
		authorized("with the question of a repair", repairing),
		authorized("handed over", connected),
		authorized("hand-over failed", failed),
		authorized("long texts", long),
		{Page: "Repaired", Name: "replies waited", Whole: views.Repaired(views.RepairedModel{Account: "acme.freshchat.com", Shops: []string{"Glow Beauty", "Glow Home"}, Waiting: 3})},
		{Page: "Repaired", Name: "nothing waited", Whole: views.Repaired(views.RepairedModel{Account: "acme.freshchat.com", Shops: []string{"Glow Beauty"}})},
		refused("of a repair", views.AuthorizeRefusedModel{
			RetryURL: "/authorize", Again: true, Reason: "This authorization does not cover Glow Beauty. Authorize with the seller account that owns that shop.",
		}),
		refused("by the seller", views.AuthorizeRefusedModel{RetryURL: "/authorize"}),
		refused("for another reason", views.AuthorizeRefusedModel{
			RetryURL: "/authorize", Reason: "TikTok did not open this app to the seller account that was signed in.",
		}),
	}
}
