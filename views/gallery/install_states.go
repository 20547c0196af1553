package gallery

import (
	"strings"

	"sellerchat/views"
	"sellerchat/views/components"
)

const (
	host   = "acme-123.freshchat.com"
	flow   = "eyJhbGciOiJIUzI1NiJ9.example.flow"
	code   = "ROW_Fexample0A"
	longID = "GBLCLONGLONGLONGLONGLONGLONGLONGLONG"
)

// longName is a text without a place to break, as people do type them.
var longName = strings.Repeat("Wundervollewollwaren", 6)

func fresh() views.InstallModel {
	return views.InstallModel{Flow: flow, Shop: views.ShopModel{AuthorizeURL: "/authorize?state=example"}}
}

func verified() views.InstallModel {
	m := fresh()
	m.Notice = components.Notice{Tone: components.ToneSuccess, Title: views.NoticeVerified}
	m.Connect = views.ConnectModel{Domain: views.Input{Value: host}, Verified: true, Host: host, KeyTail: "x9Qk"}
	m.Topic.Choices = []components.Choice{
		{Value: "a1", Label: "TikTok Shop"}, {Value: "b2", Label: "Orders and returns"}, {Value: "c3", Label: "Web chat"},
	}

	return m
}

// quiet is a verified page after the notice has been read: what a later answer shows.
func quiet() views.InstallModel {
	m := verified()
	m.Notice = components.Notice{}

	return m
}

func install(name string, m views.InstallModel) State {
	return State{
		Page: "Install", Name: name, Whole: views.Install(m),
		PartsName: "InstallParts", Parts: views.InstallParts(m),
	}
}

func installStates() []State {
	var out []State
	out = append(out, install("fresh", fresh()))
	out = append(out, connectStates()...)
	out = append(out, shopStates()...)
	out = append(out, topicStates()...)
	out = append(out, pressedStates()...)
	out = append(out, install("fault of ours", faulty()), install("long texts", longTexts()))

	return out
}

func connectStates() []State {
	refused := func(domain, domainError, keyError string) views.InstallModel {
		m := fresh()
		m.Connect = views.ConnectModel{
			Domain: views.Input{Value: domain, Error: domainError}, KeyError: keyError, PasteAgain: true,
		}

		return m
	}
	changing := quiet()
	changing.Connect.Unfolded = true

	return []State{
		install("nothing filled in", func() views.InstallModel {
			m := fresh()
			m.Connect.Domain.Error = "Fill in the domain of your Freshchat account."
			m.Connect.KeyError = "Fill in the API key."

			return m
		}()),
		install("key refused", refused(host, "", "Freshchat did not accept this API key. Copy it again from API DETAILS FOR CHAT: the box above it belongs to another product.")),
		install("host not of Freshchat", refused("acme.example.com", "This is not a Freshchat domain. It ends in .freshchat.com, for example acme-123.freshchat.com.", "")),
		install("host silent", refused("acme.freshchat.com", "We could not reach acme.freshchat.com. Check the spelling, or try again in a minute if it is right.", "")),
		install("key lacks rights", refused(host, "", "The key works, but may not read topics. An account admin can make a new one on the same screen.")),
		install("verified", verified()),
		install("changing part 1", changing),
	}
}

func shopStates() []State {
	with := func(change func(*views.ShopModel)) views.InstallModel {
		m := quiet()
		change(&m.Shop)

		return m
	}
	refused := func(value, words string) views.InstallModel {
		return with(func(s *views.ShopModel) { s.AuthCode = views.Input{Value: value, Error: words} })
	}
	address := "https://chat.example.com/tiktok/authorized?code=" + code + "&market=uk"

	return []State{
		install("code picked up", with(func(s *views.ShopModel) {
			s.AuthCode.Value = address
			s.FromAuthorization = true
		})),
		install("shop found", with(func(s *views.ShopModel) {
			s.AuthCode.Value = address
			s.Exchanged = true
			s.Code.Value = "GBLCX1Y2Z3"
			s.Found = "Glow Beauty, United Kingdom"
		})),
		install("code used or expired", refused(address, "This code has been used or is older than 30 minutes. Authorize your shop again for a new one.")),
		install("no code in what was pasted", refused("https://seller-uk.tiktok.com/", "There is no code in this address. Copy it from the page that says Copy this address.")),
		install("refused on TikTok", refused("https://chat.example.com/tiktok/authorized?error=access_denied", "The authorization was not given on TikTok. Open Authorize your shop and press Authorize at the end.")),
		install("scope missing", refused(address, "TikTok has not allowed this app to read your shop's chats yet. Contact support, then authorize again.")),
		install("bare code asks for the region", with(func(s *views.ShopModel) {
			s.AuthCode.Value = code
			s.AskRegion = true
			s.Region.Error = "Choose where the shop is. A code alone does not tell."
		})),
		install("shop code not found", with(func(s *views.ShopModel) {
			s.AuthCode.Value = address
			s.Exchanged = true
			s.Code = views.Input{Value: "GBLC000000", Error: "This authorization covers Glow Beauty (GBLCX1Y2Z3) and Glow Home (GBLCH4H5H6). Choose one of them or authorize with the seller account that owns the shop you want."}
			s.Candidates = []views.ShopCandidate{{Code: "GBLCX1Y2Z3", Name: "Glow Beauty"}, {Code: "GBLCH4H5H6", Name: "Glow Home"}}
		})),
		install("shop held by another account", with(func(s *views.ShopModel) {
			s.AuthCode.Value = address
			s.Exchanged = true
			s.Code = views.Input{Value: "GBLCX1Y2Z3", Error: "This shop is connected to another Freshchat account. Remove the app there, or ask support."}
		})),
	}
}

func topicStates() []State {
	none, failed, missing := quiet(), quiet(), quiet()
	none.Topic.Choices = nil
	failed.Topic = views.TopicModel{LoadError: "Freshchat did not answer in time, so the topics could not be read. Reload them in a moment."}
	missing.Topic.Topic.Error = "Choose the topic under which messages appear."

	return []State{
		install("no topics", none), install("topics failed", failed), install("topic missing", missing),
	}
}

func pressedStates() []State {
	verifying, reloading, installing := fresh(), quiet(), quiet()
	verifying.Connect.Domain.Value = host
	verifying.Pressed = views.PathVerify
	reloading.Pressed = views.PathTopics
	installing.Pressed = views.PathFinish
	installing.Shop.AuthCode.Value = code
	installing.Shop.Code.Value = "GBLCX1Y2Z3"
	installing.Topic.Topic.Value = "a1"

	return []State{
		install("verifying", verifying), install("topics loading", reloading), install("installing", installing),
	}
}

func faulty() views.InstallModel {
	m := quiet()
	m.Notice = components.Notice{
		Tone: components.ToneError, Title: "Something went wrong on our side.",
		Text: "Try again.", Reference: "01JD8Z3Q0N6W2T5V9X7Y4B1C0E",
	}

	return m
}

func longTexts() views.InstallModel {
	m := verified()
	m.Connect.Host = strings.ToLower(longName) + ".freshchat.com"
	m.Shop.AuthCode.Value = "https://chat.example.com/tiktok/authorized?code=" + longName
	m.Shop.Code = views.Input{Value: longID, Error: "This authorization covers " + longName + " (" + longID + ")."}
	m.Shop.Candidates = []views.ShopCandidate{{Code: longID, Name: longName}, {Code: longID, Name: "Glow <b>Home</b> & \"Garden\""}}
	m.Shop.Found = longName + ", United Kingdom"
	m.Topic.Choices = []components.Choice{{Value: "a1", Label: longName}}
	m.Topic.Topic.Value = "a1"

	return m
}

func installed(name string, m views.InstalledModel) State {
	return State{
		Page: "Installed", Name: name, Whole: views.Installed(m),
		PartsName: "InstalledParts", Parts: views.InstalledParts(m),
	}
}

func installedStates() []State {
	base := views.InstalledModel{
		Flow: flow, Shop: "Glow Beauty, United Kingdom", Topic: "TikTok Shop", Account: host,
	}
	framed, unframed := base, base
	framed.Handover = &views.HandoverModel{Origin: "https://acme-123.freshchat.com", Nonce: "example-nonce"}
	unframed.SetupCode = "K7QJ-2M4P-9XWT-R3VA-6HNB"
	unframed.ValidUntil = components.Moment{ISO: "2026-11-23T14:35:00Z", Text: "14:35 UTC"}
	again, spent, warned, long := unframed, base, unframed, unframed
	again.Again = true
	warned.Warning = "TikTok has not confirmed yet that it will send us messages. We keep trying and the settings show when it has."
	long.Shop, long.Topic, long.Account = longName, longName, strings.ToLower(longName)+".freshchat.com"
	expired := views.InstallExpiredModel{RestartURL: "/install"}

	return []State{
		installed("in a frame", framed),
		installed("with a setup code", unframed),
		installed("opened again", again),
		installed("setup code spent", spent),
		installed("with a warning", warned),
		installed("long texts", long),
		{
			Page: "InstallExpired", Name: "flow over", Whole: views.InstallExpired(expired),
			PartsName: "InstallExpiredParts", Parts: views.InstallExpiredParts(expired),
		},
	}
}
