package web

import (
	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
	"sellerchat/views/components"
)

// healthModel answers "is it working?" from the worst that is known.
func healthModel(o install.Overview) views.HealthModel {
	if o.Installation.State == bridge.Pending {
		return views.HealthModel{
			Tone:     components.ToneWarning,
			Sentence: "The installation is not finished: messages are kept until it is.",
			Next:     "Press Install on the Marketplace page in Freshchat.",
		}
	}

	if h := o.Installation.Health.Credentials; h.Broken {
		return views.HealthModel{
			Tone: components.ToneError, Sentence: h.Reason + " Messages wait and are not lost.", Next: h.Action,
			Action: views.ActionModel{Label: "Enter the new key", URL: "/install", NewTab: true},
		}
	}

	worst := views.HealthModel{Tone: components.ToneSuccess, Sentence: "Everything works."}

	for _, shop := range o.Shops {
		m, broken := shopHealth(shop)

		switch {
		case !broken:
		case m.Tone == components.ToneError:
			return m
		case worst.Tone == components.ToneSuccess:
			worst = m
		}
	}

	return worst
}

func shopHealth(shop install.ConnectedShop) (views.HealthModel, bool) {
	switch {
	case shop.Consent.Health.Broken:
		return views.HealthModel{
			Tone: components.ToneError, Sentence: shop.Name + ": " + shop.Consent.Health.Reason,
			Next: shop.Consent.Health.Action, Action: authorizeAction(),
		}, true
	case shop.Standing.Broken:
		return views.HealthModel{
			Tone: components.ToneError, Sentence: shop.Name + ": " + shop.Standing.Reason, Next: shop.Standing.Action,
		}, true
	case shop.TopicHealth.Broken:
		return views.HealthModel{
			Tone: components.ToneError, Sentence: shop.Name + ": " + shop.TopicHealth.Reason,
			Next:   shop.TopicHealth.Action,
			Action: views.ActionModel{Label: "Choose another topic", URL: "/install", NewTab: true},
		}, true
	case shop.Subscription.Broken:
		return views.HealthModel{
			Tone: components.ToneWarning, Sentence: shop.Name + ": " + shop.Subscription.Reason, Next: shop.Subscription.Action,
		}, true
	default:
		return views.HealthModel{}, false
	}
}

// authorizeAction leads to the install page, where a new consent is given.
func authorizeAction() views.ActionModel {
	return views.ActionModel{Label: "Authorize again", URL: "/install", NewTab: true}
}

func accountModel(i bridge.Installation) views.AccountModel {
	m := views.AccountModel{Host: i.Host, KeyTail: i.KeyEnd, Tone: components.ToneSuccess, State: "Connected"}
	if i.Health.Credentials.Broken {
		m.Tone, m.State = components.ToneError, "The key is no longer accepted"
	}

	return m
}

func shopModel(shop install.ConnectedShop) views.ShopStateModel {
	m := views.ShopStateModel{
		Name: shop.Name, Region: regionWords(shop.Region), Code: shop.Code, Topic: shop.Topic.Name,
		Expiry: "Lasts until " + shop.Consent.RefreshExpires.UTC().Format("2 January 2006"),
		Tone:   components.ToneSuccess, State: "Connected",
	}

	if h, broken := shopHealth(shop); broken {
		m.Tone, m.State, m.Action = h.Tone, shopState(shop), h.Action
	}

	return m
}

func shopState(shop install.ConnectedShop) string {
	switch {
	case shop.Consent.Health.Broken:
		return "Authorization ended"
	case shop.Standing.Broken:
		return "Deactivated by TikTok"
	case shop.TopicHealth.Broken:
		return "Topic gone"
	default:
		return "Waiting for TikTok"
	}
}

func optionsModel(s bridge.Settings) views.OptionsModel {
	after := views.AfterResolveReopen
	if s.AfterResolve == bridge.StartNew {
		after = views.AfterResolveNew
	}

	return views.OptionsModel{
		MirrorReplies: s.MirrorSellerCenter, AfterResolve: after, MarkRead: s.MarkRead, ShowText: s.ShowText,
	}
}
