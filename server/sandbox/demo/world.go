package demo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/marketplace"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// Addresses are the origins of the four listeners, without a slash at the end.
type Addresses struct {
	Demo      string // the demo and the Marketplace, which frames the install page
	TikTok    string
	Freshchat string
	Backend   string
}

// World is what the demo is played in: both platforms, the Marketplace, and
// the journal of what the backend did. They share one clock.
type World struct {
	TikTok    *tiktoksim.Sim
	Freshchat *freshchatsim.Sim
	Market    *marketplace.Market
	Journal   *Journal
	Clock     *simkit.Clock

	Account string // app id of the Freshchat account
	Apps    []tiktoksim.App
	Sellers []tiktoksim.SellerSpec

	at Addresses
}

// worldSeed makes ids the same at every start.
const worldSeed = 2026

// Prepare makes a world with two shops, a handful of buyers and one Freshchat
// account. Nothing is installed in it. The caller serves TikTok.Handler and
// Freshchat.Handler at their addresses, and ends it with Close.
func Prepare(at Addresses, log *slog.Logger) (*World, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}

	w := &World{Clock: simkit.NewClock(), at: at, Apps: apps(at.Backend)}
	w.Journal = NewJournal(w.Clock)
	w.Market = marketplace.New(marketplace.Options{
		Backend: at.Backend, Origin: at.Demo, Account: accountName, Home: installPath,
		Clock: w.Clock, Logger: log, Observe: w.Journal.ObserveCall,
	})

	// Waits are shortened so that a visitor sees the second attempt. A webhook
	// that was not taken holds back the later ones of its conversation, lest
	// the shortened waits shuffle what the real ones would not.
	settings := tiktoksim.DefaultSettings()
	w.TikTok = tiktoksim.New(tiktoksim.Options{
		Apps: w.Apps, Clock: w.Clock, Logger: log, Seed: worldSeed, Settings: &settings, PublicURL: at.TikTok,
		WebhookSchedule: []time.Duration{time.Second, 2 * time.Second, 3 * time.Second},
		WebhookRepeat:   true, WebhookHold: true, WebhookObserve: w.Journal.ObserveWebhook,
	})
	w.Freshchat = freshchatsim.New(freshchatsim.Options{
		Clock: w.Clock, Logger: log, Seed: worldSeed, PublicURL: at.Freshchat,
		OnProductEvent: func(_, event string, payload []byte) { w.Market.Pass(event, payload) },
	})

	if err := w.people(); err != nil {
		w.Close()
		return nil, err
	}

	return w, nil
}

// Close stops what runs in the background.
func (w *World) Close() {
	w.TikTok.Close()
	w.Freshchat.Close()
	w.Market.Close()
}

// TikTokApps is the backend's SELLERCHAT_TIKTOK_APPS for this world.
func (w *World) TikTokApps() string {
	type app struct {
		Market       string `json:"market"`
		AppKey       string `json:"app_key"`
		AppSecret    string `json:"app_secret"`
		ServiceID    string `json:"service_id"`
		AuthorizeURL string `json:"authorize_url"`
	}

	list := make([]app, 0, len(w.Apps))
	for _, a := range w.Apps {
		list = append(list, app{a.Market, a.AppKey, a.AppSecret, a.ServiceID, w.at.TikTok + "/open/authorize"})
	}
	out, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings only
	}

	return string(out)
}

// apps are one for the European seller and one for the Asia seller.
func apps(backend string) []tiktoksim.App {
	list := []tiktoksim.App{
		{Market: "uk", AppKey: "6f2k9demo0uk", AppSecret: "3b1c5d7e9f0a2b4c6d8e0f1a3b5c7d9e1f3a5b7c", ServiceID: "7420000000000000001"},
		{Market: "asia", AppKey: "6f2k9demo0as", AppSecret: "9e7d5c3b1a0f2e4d6c8b0a9f7e5d3c1b9a7f5e3d", ServiceID: "7420000000000000002"},
	}
	for i, a := range list {
		list[i].RedirectURL = backend + "/tiktok/callback/" + a.Market
		list[i].WebhookURL = backend + "/webhooks/tiktok/" + a.Market
	}

	return list
}

const accountName = "Acme Support"

// people fills the world.
func (w *World) people() error {
	for _, s := range []tiktoksim.SellerSpec{
		{Name: "Glow Beauty Ltd", Region: "GB", Shops: []tiktoksim.ShopSpec{{Name: "Glow Beauty", Code: "GBLC4K7Q2W", Region: "GB"}}},
		{Name: "Nusa Living", Region: "ID", Shops: []tiktoksim.ShopSpec{{Name: "Nusa Living", Code: "IDLC8R3T6Y", Region: "ID"}}},
	} {
		added, err := w.TikTok.AddSeller(s)
		if err != nil {
			return fmt.Errorf("prepare sellers: %w", err)
		}
		w.Sellers = append(w.Sellers, added)
	}
	for _, name := range []string{"Emma Clarke", "Jayden Brooks", "Mei Tan", "Siti Rahma"} {
		if _, err := w.TikTok.AddBuyer(tiktoksim.Buyer{Nickname: name}); err != nil {
			return fmt.Errorf("prepare buyers: %w", err)
		}
	}

	host := w.at.Freshchat[strings.Index(w.at.Freshchat, "//")+len("//"):]
	account, err := w.Freshchat.AddAccount(freshchatsim.AccountSpec{
		Name: accountName, Domain: host,
		Topics: []freshchatsim.Topic{{Name: "TikTok Shop"}, {Name: "Website chat"}, {Name: "Returns"}},
		Agents: []freshchatsim.Agent{
			{FirstName: "Maya", LastName: "Lindgren", Email: "maya@acme.example"},
			{FirstName: "Tom", LastName: "Okafor", Email: "tom@acme.example"},
		},
		Groups: []freshchatsim.Group{{Name: "Support"}},
	})
	if err != nil {
		return fmt.Errorf("prepare the Freshchat account: %w", err)
	}
	w.Account = account.AppID

	return nil
}

// buyers lists everybody by name.
func (w *World) buyers() []tiktoksim.Buyer {
	list := w.TikTok.Buyers()
	slices.SortFunc(list, func(a, b tiktoksim.Buyer) int { return cmp.Compare(a.Nickname, b.Nickname) })

	return list
}
