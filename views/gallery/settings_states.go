package gallery

import (
	"net/http"
	"strconv"
	"strings"

	"sellerchat/views"
	"sellerchat/views/components"
)

func settings() views.SettingsModel {
	return views.SettingsModel{
		Form:    "eyJhbGciOiJIUzI1NiJ9.example.form",
		Health:  views.HealthModel{Tone: components.ToneSuccess, Sentence: "Everything works: messages go both ways."},
		Account: views.AccountModel{Host: host, KeyTail: "x9Qk", Tone: components.ToneSuccess, State: "Connected"},
		Shops: []views.ShopStateModel{{
			Name: "Glow Beauty", Region: "United Kingdom", Code: "GBLCX1Y2Z3", Topic: "TikTok Shop",
			Expiry: "Lasts until 3 March 2027, then the shop has to be authorized again",
			Tone:   components.ToneSuccess, State: "Connected",
		}},
		Options: views.OptionsModel{MirrorReplies: true, AfterResolve: views.AfterResolveReopen},
		Webhook: views.WebhookModel{
			Address: "https://chat.example.com/webhooks/freshchat/7c1e5b0d9f2a4e63",
			Confirm: views.ConfirmModel{Ask: true},
		},
	}
}

func settingsStates() []State {
	state := func(name string, change func(*views.SettingsModel)) State {
		m := settings()
		change(&m)

		return State{Page: "Settings", Name: name, Whole: views.Settings(m)}
	}
	ended := func(name string, m views.SettingsEndedModel) State {
		return State{Page: "SettingsEnded", Name: name, Whole: views.SettingsEnded(m)}
	}

	return []State{
		state("all well", func(*views.SettingsModel) {}),
		state("authorization ends soon", authorizationEndsSoon),
		state("key no longer accepted", keyNotAccepted),
		state("two shops", twoShops),
		state("self-test with faults", func(m *views.SettingsModel) {
			m.Test = views.SelfTestModel{Summary: "1 of 4 does not work.", Results: []views.CheckModel{
				{Tone: components.ToneSuccess, Name: "Freshchat accepts the API key", State: "Works", Words: "The account answers."},
				{
					Tone: components.ToneError, Name: "The topic is there", Shop: "Glow Beauty", State: "Does not work",
					Words: "“TikTok Shop” is switched off or deleted in Freshchat.", Mend: "Choose another topic.",
					Action: views.ActionModel{Label: "Choose another topic", URL: "/install", NewTab: true},
				},
				{Tone: components.ToneSuccess, Name: "TikTok sends us the shop's messages", Shop: "Glow Beauty", State: "Works", Words: "New messages come at once."},
				{Tone: components.ToneWarning, Name: "An agent's reply has arrived on TikTok", State: "Not seen yet", Words: "None has come yet. Answer a buyer's message in Freshchat to see it."},
			}}
		}),
		state("no shop", func(m *views.SettingsModel) {
			m.Shops = nil
			m.Health = views.HealthModel{Tone: components.ToneWarning, Sentence: "No shop is connected, so no messages arrive."}
		}),
		state("saved", func(m *views.SettingsModel) {
			m.Notice = components.Notice{Tone: components.ToneSuccess, Title: views.NoticeSaved}
			m.Webhook.Confirm.Ask = false
			m.Webhook.Saved = "A key was saved on 23 November 2026. A new one takes its place."
		}),
		state("webhook key refused", func(m *views.SettingsModel) {
			m.Webhook.Saved = "A key was saved on 23 November 2026. A new one takes its place."
			m.Webhook.Key = views.Input{Value: "ssh-rsa AAAAB3Nza", Error: "This is not the public key that Freshchat shows. It begins with -----BEGIN and ends with -----."}
		}),
		state("API key wrong", func(m *views.SettingsModel) {
			m.Webhook.Key.Value = "-----BEGIN RSA PUBLIC KEY-----\nMIGJAoGBAexample\n-----END RSA PUBLIC KEY-----"
			m.Webhook.Confirm.Error = "This is not the API key of this account. Copy it again from API DETAILS FOR CHAT."
		}),
		state("options ask for the API key", func(m *views.SettingsModel) {
			m.Options.ShowText = true
			m.Options.Confirm = views.ConfirmModel{Ask: true, Error: "Showing text needs the API key of this account. Nothing was changed yet."}
		}),
		state("long texts", longSettings),
		ended("session over", views.SettingsEndedModel{}),
		ended("address used", views.SettingsEndedModel{LinkSpent: true}),
	}
}

func authorizationEndsSoon(m *views.SettingsModel) {
	m.Health = views.HealthModel{
		Tone: components.ToneWarning, Sentence: "It works, but the authorization of Glow Beauty ends in 6 days.",
		Next:   "Authorize the shop again before then, so that no message waits.",
		Action: views.ActionModel{Label: "Authorize again", URL: "/authorize/uk", NewTab: true},
	}
	m.Shops[0].Tone, m.Shops[0].State = components.ToneWarning, "Ends in 6 days"
	m.Shops[0].Expiry = "Lasts until 29 November 2026"
	m.Shops[0].RepairLink = "https://chat.example.com/authorize?market=uk&repair=eyJhbGciOiJIUzI1NiJ9.example.repair"
}

func keyNotAccepted(m *views.SettingsModel) {
	m.Health = views.HealthModel{
		Tone: components.ToneError, Sentence: "Freshchat no longer accepts the API key, so 3 messages are waiting.",
		Next: "They are kept and follow in order once there is a new key. Open the app in the Marketplace and enter it there.",
	}
	m.Account.Tone, m.Account.State = components.ToneError, "API key refused"
}

func twoShops(m *views.SettingsModel) {
	m.Shops = append(m.Shops, views.ShopStateModel{
		Name: "Glow Home", Region: "Indonesia", Code: "IDLCH4H5H6", Topic: "Removed in Freshchat",
		Expiry: "Lasts until 1 June 2027", Tone: components.ToneError, State: "Topic is gone",
	})
	m.Health = views.HealthModel{
		Tone: components.ToneError, Sentence: "The topic of Glow Home was removed, so its messages are waiting.",
		Next: "Open the app in the Marketplace and choose another topic. Nothing is lost.",
	}
}

func longSettings(m *views.SettingsModel) {
	m.Account.Host = strings.ToLower(longName) + ".freshchat.com"
	m.Shops[0].Name, m.Shops[0].Topic, m.Shops[0].State = longName, longName, longName
	m.Health.Sentence = longName + " is waiting for " + longName
	m.Webhook.Address += strings.Repeat("0", 200)
}

func faultStates() []State {
	var out []State
	for _, status := range []int{
		http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusGone,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
	} {
		m := views.ErrorText(status)
		if status == http.StatusInternalServerError {
			m.Reference = "01JD8Z3Q0N6W2T5V9X7Y4B1C0E"
		}
		out = append(out, State{
			Page: "Error", Name: strconv.Itoa(status), Whole: views.Error(m),
			PartsName: "ErrorParts", Parts: views.ErrorParts(m),
		})
	}

	return out
}
