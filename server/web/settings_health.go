package web

import (
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/install"
	"sellerchat/views"
	"sellerchat/views/components"
)

// healthModel answers "is it working?" from the worst that is known.
func healthModel(o install.Overview, r remedies) views.HealthModel {
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
		m, broken := shopHealth(shop, r)

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

func shopHealth(shop install.ConnectedShop, r remedies) (views.HealthModel, bool) {
	switch {
	case shop.Consent.Health.Broken:
		return views.HealthModel{
			Tone: components.ToneError, Sentence: shop.Name + ": " + shop.Consent.Health.Reason,
			Next: shop.Consent.Health.Action, Action: r.authorize(shop),
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
	case r.ending(shop):
		return views.HealthModel{
			Tone:     components.ToneWarning,
			Sentence: "The authorization of " + shop.Name + " ends on " + shop.Consent.RefreshExpires.UTC().Format("2 January 2006") + ".",
			Next:     "Authorize the shop again before then, so that no message waits.", Action: r.authorize(shop),
		}, true
	default:
		return views.HealthModel{}, false
	}
}

// endingWithin is how long before its end an authorization is asked for again:
// TikTok begins to remind at the same time.
// https://partner.tiktokshop.com/docv2/page/7-upcoming-authorization-expiration
const endingWithin = 30 * 24 * time.Hour

// remedies are what depends on the moment and on links made for it.
type remedies struct {
	now time.Time
	// again are the links by which a seller authorizes shops again, by market.
	again map[bridge.Market]string
}

// remediesFor makes the links for every market of the installation's shops.
func (s *Server) remediesFor(o install.Overview) (remedies, error) {
	r := remedies{now: s.clock(), again: map[bridge.Market]string{}}

	for _, shop := range o.Shops {
		market := shop.Authorization.Market
		if r.again[market] != "" {
			continue
		}

		link, err := s.repairURL(o.Installation.ID, market)
		if err != nil {
			return remedies{}, err
		}

		r.again[market] = link
	}

	return r, nil
}

func (r remedies) ending(shop install.ConnectedShop) bool {
	return !shop.Consent.RefreshExpires.IsZero() && r.now.Add(endingWithin).After(shop.Consent.RefreshExpires)
}

// authorize leads to where a new consent is given.
func (r remedies) authorize(shop install.ConnectedShop) views.ActionModel {
	return views.ActionModel{Label: "Authorize again", URL: r.again[shop.Authorization.Market], NewTab: true}
}

func accountModel(i bridge.Installation) views.AccountModel {
	m := views.AccountModel{Host: i.Host, KeyTail: i.KeyEnd, Tone: components.ToneSuccess, State: "Connected"}
	if i.Health.Credentials.Broken {
		m.Tone, m.State = components.ToneError, "The key is no longer accepted"
	}

	return m
}

func shopModel(shop install.ConnectedShop, r remedies) views.ShopStateModel {
	m := views.ShopStateModel{
		Name: shop.Name, Region: regionWords(shop.Region), Code: shop.Code, Topic: shop.Topic.Name,
		Expiry: "Lasts until " + shop.Consent.RefreshExpires.UTC().Format("2 January 2006"),
		Tone:   components.ToneSuccess, State: "Connected",
	}

	if h, broken := shopHealth(shop, r); broken {
		m.Tone, m.State, m.Action = h.Tone, shopState(shop), h.Action
	}

	if h := shop.Consent.Health; h.Broken {
		m.Expiry = "Ended on " + h.Since.UTC().Format("2 January 2006")
	}

	if shop.Consent.Health.Broken || r.ending(shop) {
		m.RepairLink = r.again[shop.Authorization.Market]
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
	case shop.Subscription.Broken:
		return "Waiting for TikTok"
	default:
		return "Ends soon"
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
