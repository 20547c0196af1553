package storetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// installed makes what an install page stores for an account and a shop.
func installed(id, account, shop string) bridge.Installed {
	key := bridge.AuthorizationKey{Market: "uk", OpenID: bridge.OpenID("open-" + shop)}

	return bridge.Installed{
		Installation: bridge.Installation{
			ID: bridge.InstallationID(id), Account: bridge.AccountID(account), Host: account + ".example", State: bridge.Pending,
			APIKey: bridge.Sealed("key"), KeyEnd: "abcd", LinkSecret: bridge.Sealed("secret"), NextSecret: bridge.Sealed("next"),
			WebhookToken: bridge.Sealed("token"), WebhookHash: "hash-" + id, WebhookKey: "pem",
			Settings: bridge.DefaultSettings(), CreatedAt: start,
		},
		Shop: bridge.Shop{
			ShopInfo:     bridge.ShopInfo{ID: bridge.ShopID(shop), Code: "CODE", Name: "Shop " + shop, Region: "GB", Cipher: "c"},
			Installation: bridge.InstallationID(id), Authorization: key,
			Topic: bridge.Topic{ID: "topic", Name: "Chat", Enabled: true, Web: true}, ConnectedAt: start,
		},
		Authorization: bridge.Authorization{
			Key: key, SellerName: "Seller", AccessToken: bridge.Sealed("access"), RefreshToken: bridge.Sealed("refresh"),
			AccessExpires: start.Add(time.Hour), RefreshExpires: start.Add(48 * time.Hour), Scopes: []string{bridge.ScopeChat}, UpdatedAt: start,
		},
		Setup: []bridge.Ticket{{Kind: bridge.TicketSetup, Key: "code-" + id, Value: []byte(id), ExpiresAt: start.Add(10 * time.Minute)}},
	}
}

func (b *bench) install(in bridge.Installed) {
	b.t.Helper()
	b.must(b.Install(b.ctx, in))
}

func asIs(*bridge.Installation) error { return nil }

// activate confirms installation a.
func (b *bench) activate() {
	b.t.Helper()
	b.must(b.Activate(b.ctx, "a", b.clock.Now(), asIs))
}

var installRules = []rule{
	{"everything is stored at once and read back as it was", func(b *bench) {
		in := installed("a", "acc", "shop-a")
		b.install(in)
		b.reopen()

		i, err := b.Installation(b.ctx, "a")
		b.must(err)
		sh, err := b.Shop(b.ctx, "shop-a")
		b.must(err)
		a, err := b.Authorization(b.ctx, in.Authorization.Key)
		b.must(err)
		k, err := b.Ticket(b.ctx, bridge.TicketSetup, "code-a")
		b.must(err)

		got := bridge.Installed{Installation: i, Shop: sh, Authorization: a, Setup: []bridge.Ticket{k}}
		if diff := cmp.Diff(in, got); diff != "" {
			b.t.Errorf("installed (-want +got):\n%s", diff)
		}
	}},
	{"an installation is found by account and by webhook", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))

		if i, err := b.InstallationByAccount(b.ctx, "acc"); err != nil || i.ID != "a" {
			b.t.Errorf("by account: %v, %v", i.ID, err)
		}

		if i, err := b.InstallationByWebhook(b.ctx, "hash-a"); err != nil || i.ID != "a" {
			b.t.Errorf("by webhook: %v, %v", i.ID, err)
		}
	}},
	{"a pending installation is paused in every direction until it is activated", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.put(lane("a", "1"), 1)

		for n, d := range map[int]bridge.Direction{2: bridge.Out, 3: bridge.Note} {
			e := entry(lane("a", "1"), n)
			e.Lane.Direction = d
			b.enqueue(e)
		}

		b.idle()
		b.reopen()
		b.idle()
		b.activate()

		if got := b.claims(10); len(got) != 3 {
			b.t.Errorf("%d lanes are due after activating, want 3", len(got))
		}
	}},
	{"a shop that another account holds is taken, and nothing is stored", func(b *bench) {
		b.install(installed("a", "acc", "shop"))

		if err := b.Install(b.ctx, installed("b", "other", "shop")); !errors.Is(err, bridge.ErrShopTaken) {
			b.t.Errorf("install answered %v, want that the shop is taken", err)
		}

		b.missing("installation", second(b.Installation(b.ctx, "b")))
		b.missing("setup code", second(b.Ticket(b.ctx, bridge.TicketSetup, "code-b")))
	}},
	{"another live installation of the account is a conflict", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.conflict("install", b.Install(b.ctx, installed("b", "acc", "shop-b")))
		b.missing("shop", second(b.Shop(b.ctx, "shop-b")))
	}},
	{"installing again updates the shop and adds another, and removes none", func(b *bench) {
		b.install(installed("a", "acc", "shop-b"))
		b.activate()

		again := installed("a", "acc", "shop-a")
		again.Installation.State, again.Installation.WebhookHash = bridge.Active, "hash-2"
		b.install(again)

		shops, err := b.Shops(b.ctx, "a")
		b.must(err)

		if len(shops) != 2 || shops[0].ID != "shop-a" || shops[1].ID != "shop-b" {
			b.t.Errorf("shops are %+v", shops)
		}

		b.missing("old webhook", second(b.InstallationByWebhook(b.ctx, "hash-a")))
		b.must(second(b.InstallationByWebhook(b.ctx, "hash-2")))
		b.put(lane("a", "1"), 1)
		b.expect(1)
	}},
	{"installing ends the pauses that it mends, and no other", func(b *bench) { mends(b) }},
	{"links of an earlier installation of the account and shop move to the new one", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		b.link()
		b.must(b.UpdateLink(b.ctx, lane("a", "1").Link, func(l *bridge.Link) error {
			l.Thread = "t2"

			return nil
		}))
		b.must(b.Uninstall(b.ctx, "a", b.clock.Now(), asIs))
		b.install(installed("b", "acc", "shop-a"))

		for _, thread := range []bridge.ThreadID{"t1", "100", "t2"} {
			l, err := b.LinkByThread(b.ctx, "b", thread)
			if err != nil || l.Key.Installation != "b" || l.Thread != "t2" {
				b.t.Errorf("thread %s answered %+v, %v", thread, l, err)
			}
		}

		b.missing("old thread", second(b.LinkByThread(b.ctx, "a", "t1")))
		b.missing("old link", second(b.Link(b.ctx, lane("a", "1").Link)))
	}},
	{"links of another account's installation stay where they are", func(b *bench) {
		b.install(installed("a", "acc", "shop"))
		b.activate()
		b.link()
		b.must(b.Uninstall(b.ctx, "a", b.clock.Now(), asIs))
		b.install(installed("b", "other", "shop"))
		b.missing("thread", second(b.LinkByThread(b.ctx, "b", "t1")))
	}},
	{"activating turns pending to active and its shops active from then", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.Activate(b.ctx, "a", start.Add(time.Minute), func(i *bridge.Installation) error {
			i.Region = "eu"

			return nil
		}))

		i, err := b.Installation(b.ctx, "a")
		if err != nil || i.State != bridge.Active || !i.ActivatedAt.Equal(start.Add(time.Minute)) || i.Region != "eu" {
			b.t.Errorf("installation is %+v, %v", i, err)
		}

		sh, err := b.Shop(b.ctx, "shop-a")
		if err != nil || !sh.ActivatedAt.Equal(start.Add(time.Minute)) {
			b.t.Errorf("shop is %+v, %v", sh, err)
		}
	}},
	{"activating again keeps since when shops are active", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		b.clock.pass(time.Hour)
		b.activate()

		if sh, err := b.Shop(b.ctx, "shop-a"); err != nil || !sh.ActivatedAt.Equal(start) {
			b.t.Errorf("shop is active since %v, %v", sh.ActivatedAt, err)
		}
	}},
	{"activating what is missing or ended is not found; refusing changes nothing", func(b *bench) {
		b.missing("activate", b.Activate(b.ctx, "a", start, asIs))
		b.install(installed("a", "acc", "shop-a"))

		err := b.Activate(b.ctx, "a", start, func(*bridge.Installation) error { return errRefused })
		if !errors.Is(err, errRefused) {
			b.t.Errorf("activate answered %v", err)
		}

		if i, err := b.Installation(b.ctx, "a"); err != nil || i.State != bridge.Pending {
			b.t.Errorf("installation is %s, %v", i.State, err)
		}

		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.missing("activate", b.Activate(b.ctx, "a", start, asIs))
	}},
}

// mends pauses for every cause and installs again.
func mends(b *bench) {
	b.install(installed("a", "acc", "shop-a"))
	b.activate()

	pauses := map[bridge.Pause]bool{
		{Installation: "a", Direction: bridge.In, Cause: bridge.PauseCredentials}:                      true,
		{Installation: "a", Shop: "shop-a", Direction: bridge.In, Cause: bridge.PauseTopic}:            true,
		{Installation: "a", Shop: "shop-a", Direction: bridge.Out, Cause: bridge.PauseAuthorization}:   true,
		{Installation: "a", Shop: "shop-a", Direction: bridge.Follow, Cause: bridge.PauseDeactivated}:  true,
		{Installation: "a", Shop: "other", Direction: bridge.In, Cause: bridge.PauseTopic}:             false,
		{Installation: "a", Shop: "other", Direction: bridge.Out, Cause: bridge.PauseDeactivated}:      false,
		{Installation: "a", Shop: "unknown", Direction: bridge.Out, Cause: bridge.PauseAuthorization}:  false,
		{Installation: "b", Shop: "shop-a", Direction: bridge.Note, Cause: bridge.PauseCredentials}:    false,
		{Installation: "b", Shop: "shop-b", Direction: bridge.Note, Cause: bridge.PauseAuthorization}:  false,
		{Installation: "ab", Shop: "shop-a", Direction: bridge.Note, Cause: bridge.PauseAuthorization}: false,
	}

	for p := range pauses {
		b.must(b.Pause(b.ctx, p))
	}

	again := installed("a", "acc", "shop-a")
	again.Installation.State = bridge.Active
	b.install(again)
	b.reopen()

	n := 0
	for p, ended := range pauses {
		n++
		l := bridge.LaneKey{Link: bridge.LinkKey{Installation: p.Installation, Shop: p.Shop, Conversation: "1"}, Direction: p.Direction}
		if l.Link.Shop == "" {
			l.Link.Shop = "shop-a"
		}

		b.enqueue(bridge.Entry{Lane: l, Message: message(n)})
		got := b.claims(10)

		if (len(got) == 1) != ended {
			b.t.Errorf("%+v: %d lanes are due, want the pause ended: %v", p, len(got), ended)
		}

		for _, c := range got {
			b.ack(c)
		}
	}
}
