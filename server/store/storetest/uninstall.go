package storetest

import (
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

var uninstallRules = []rule{
	{"the tombstone keeps its link secret and no other", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.Uninstall(b.ctx, "a", start.Add(time.Second), func(i *bridge.Installation) error {
			i.LastLifecycle = 7

			return nil
		}))
		b.reopen()

		i, err := b.Installation(b.ctx, "a")
		b.must(err)

		if i.State != bridge.Uninstalled || !i.UninstalledAt.Equal(start.Add(time.Second)) || i.LastLifecycle != 7 {
			b.t.Errorf("tombstone is %+v", i)
		}

		if string(i.LinkSecret) != "secret" || len(i.APIKey)+len(i.KeyEnd)+len(i.NextSecret)+len(i.WebhookToken)+len(i.WebhookKey) != 0 {
			b.t.Errorf("tombstone keeps secrets: %+v", i)
		}
	}},
	{"nothing live of it is found any more", func(b *bench) {
		in := installed("a", "acc", "shop-a")
		b.install(in)
		b.must(second(b.InstallationByWebhook(b.ctx, "hash-a")))
		b.must(second(b.Shop(b.ctx, "shop-a")))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))

		b.missing("account", second(b.InstallationByAccount(b.ctx, "acc")))
		b.missing("webhook", second(b.InstallationByWebhook(b.ctx, "hash-a")))
		b.missing("shop", second(b.Shop(b.ctx, "shop-a")))
		b.missing("authorization", second(b.Authorization(b.ctx, in.Authorization.Key)))

		if shops, err := b.Shops(b.ctx, "a"); err != nil || len(shops) != 0 {
			b.t.Errorf("shops are %v, %v", shops, err)
		}
	}},
	{"a consent that another shop needs stays", func(b *bench) {
		first, other := installed("a", "acc", "shop-a"), installed("b", "other", "shop-b")
		other.Authorization.Key = first.Authorization.Key
		other.Shop.Authorization = first.Authorization.Key
		b.install(first)
		b.install(other)

		if shops, err := b.ShopsOf(b.ctx, first.Authorization.Key); err != nil || len(shops) != 2 {
			b.t.Errorf("the consent covers %v, %v", shops, err)
		}

		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.must(second(b.Authorization(b.ctx, first.Authorization.Key)))
		b.must(b.Uninstall(b.ctx, "b", start, asIs))
		b.missing("authorization", second(b.Authorization(b.ctx, first.Authorization.Key)))
	}},
	{"what is queued is skipped, also a large backlog through opening again", func(b *bench) { skipped(b) }},
	{"a claim in force is fenced", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		b.put(lane("a", "1"), 1)
		c := b.expect(1)
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.fenced("ack", b.Ack(b.ctx, c, delivered()))
		b.state(c.Delivery.ID, bridge.Skipped)
	}},
	{"what comes after it is skipped too", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		id := b.put(lane("a", "1"), 1)
		b.idle()
		b.state(id, bridge.Skipped)
		b.stats(0, 0, 0)
	}},
	{"what it left cannot be requeued", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		id := b.put(lane("a", "1"), 1)
		b.must(b.Bury(b.ctx, b.expect(1), failed()))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.conflict("requeue", b.Requeue(b.ctx, id))
	}},
	{"other installations go on", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.put(lane("b", "1"), 1)
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.expect(1)
	}},
	{"the shop is free for another account, and the account for a new installation", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.install(installed("b", "other", "shop-a"))
		b.install(installed("c", "acc", "shop-c"))
	}},
	{"uninstalling again changes nothing but what the function does", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.must(b.Uninstall(b.ctx, "a", start.Add(time.Hour), func(i *bridge.Installation) error {
			i.LastLifecycle = 9

			return nil
		}))

		i, err := b.Installation(b.ctx, "a")
		if err != nil || !i.UninstalledAt.Equal(start) || i.LastLifecycle != 9 || string(i.LinkSecret) != "secret" {
			b.t.Errorf("tombstone is %+v, %v", i, err)
		}
	}},
	{"uninstalling what is missing is not found; refusing changes nothing", func(b *bench) {
		b.missing("uninstall", b.Uninstall(b.ctx, "a", start, asIs))
		b.install(installed("a", "acc", "shop-a"))

		err := b.Uninstall(b.ctx, "a", start, func(*bridge.Installation) error { return errRefused })
		if !errors.Is(err, errRefused) {
			b.t.Errorf("uninstall answered %v", err)
		}

		b.must(second(b.Shop(b.ctx, "shop-a")))
		b.must(second(b.InstallationByAccount(b.ctx, "acc")))
	}},
	{"removing deletes a pending installation and everything of it", func(b *bench) {
		in := installed("a", "acc", "shop-a")
		b.install(in)
		id := b.put(lane("a", "1"), 1)
		b.must(b.Remove(b.ctx, "a"))

		for range 2 {
			b.missing("installation", second(b.Installation(b.ctx, "a")))
			b.missing("account", second(b.InstallationByAccount(b.ctx, "acc")))
			b.missing("webhook", second(b.InstallationByWebhook(b.ctx, "hash-a")))
			b.missing("shop", second(b.Shop(b.ctx, "shop-a")))
			b.missing("authorization", second(b.Authorization(b.ctx, in.Authorization.Key)))
			b.missing("delivery", second(b.Delivery(b.ctx, id)))
			b.idle()
			b.stats(0, 0, 0)
			b.reopen()
		}

		b.install(installed("b", "acc", "shop-a"))
	}},
	{"removing what is missing is not found, what is not pending a conflict", func(b *bench) {
		b.missing("remove", b.Remove(b.ctx, "a"))
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		b.conflict("remove", b.Remove(b.ctx, "a"))
	}},
	{"links that moved to an installation that is removed are found by the next one", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.activate()
		b.link()
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.install(installed("b", "acc", "shop-a"))
		b.must(b.Remove(b.ctx, "b"))
		b.missing("thread", second(b.LinkByThread(b.ctx, "b", "t1")))
		b.install(installed("c", "acc", "shop-a"))
		b.must(second(b.LinkByThread(b.ctx, "c", "t1")))
	}},
}

// skipped checks a backlog of some size right after uninstalling and after
// opening again.
func skipped(b *bench) {
	const backlog = 700

	b.install(installed("a", "acc", "shop-a"))

	var ids []bridge.DeliveryID

	for n := range backlog {
		ids = append(ids, b.put(lane("a", fmt.Sprint(n%7)), n))
	}

	b.must(b.Uninstall(b.ctx, "a", start, asIs))

	for range 2 {
		b.idle()
		b.stats(0, 0, 0)

		for _, id := range ids {
			if d := b.delivery(id); d.State != bridge.Skipped || d.Reason != bridge.SkipUninstalled || d.SettledAt.IsZero() {
				b.t.Fatalf("delivery %v is %s, %q, settled at %v", id, d.State, d.Reason, d.SettledAt)
			}
		}

		b.reopen()
	}
}
