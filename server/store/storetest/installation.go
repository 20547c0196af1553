package storetest

import (
	"errors"
	"fmt"

	"sellerchat/server/bridge"
)

var installationRules = []rule{
	{"what is missing is not found", func(b *bench) {
		b.missing("installation", second(b.Installation(b.ctx, "a")))
		b.missing("account", second(b.InstallationByAccount(b.ctx, "acc")))
		b.missing("webhook", second(b.InstallationByWebhook(b.ctx, "hash")))
		b.missing("shop", second(b.Shop(b.ctx, "shop")))
		b.missing("authorization", second(b.Authorization(b.ctx, bridge.AuthorizationKey{})))
		b.missing("installation", second(b.UpdateInstallation(b.ctx, "a", asIs)))
		b.missing("shop", second(b.UpdateShop(b.ctx, "shop", func(*bridge.Shop) error { return nil })))
		b.missing("authorization", second(b.UpdateAuthorization(b.ctx, bridge.AuthorizationKey{},
			func(*bridge.Authorization) error { return nil })))
	}},
	{"an updated installation is what is read from then on", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(second(b.Installation(b.ctx, "a")))

		got, err := b.UpdateInstallation(b.ctx, "a", func(i *bridge.Installation) error {
			i.WebhookHash, i.Settings.ShowText = "hash-2", true

			return nil
		})
		if err != nil || !got.Settings.ShowText {
			b.t.Errorf("update answered %+v, %v", got, err)
		}

		b.missing("old webhook", second(b.InstallationByWebhook(b.ctx, "hash-a")))

		i, err := b.InstallationByWebhook(b.ctx, "hash-2")
		if err != nil || !i.Settings.ShowText {
			b.t.Errorf("by webhook: %+v, %v", i, err)
		}
	}},
	{"an error of the function is returned and changes nothing", func(b *bench) {
		in := installed("a", "acc", "shop-a")
		b.install(in)

		_, err := b.UpdateInstallation(b.ctx, "a", func(i *bridge.Installation) error {
			i.Host = "x"
			i.APIKey[0] = 'x'

			return errRefused
		})
		b.refused(err)

		_, err = b.UpdateShop(b.ctx, "shop-a", func(sh *bridge.Shop) error {
			sh.Name = "x"

			return errRefused
		})
		b.refused(err)

		_, err = b.UpdateAuthorization(b.ctx, in.Authorization.Key, func(a *bridge.Authorization) error {
			a.SellerName = "x"

			return errRefused
		})
		b.refused(err)

		i, _ := b.Installation(b.ctx, "a")
		sh, _ := b.Shop(b.ctx, "shop-a")
		a, _ := b.Authorization(b.ctx, in.Authorization.Key)

		if i.Host == "x" || string(i.APIKey) != "key" || sh.Name == "x" || a.SellerName == "x" {
			b.t.Errorf("it changed: %+v, %+v, %+v", i, sh, a)
		}
	}},
	{"what was read is the reader's own", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))

		for range 2 {
			i, err := b.Installation(b.ctx, "a")
			b.must(err)

			if string(i.APIKey) != "key" || string(i.LinkSecret) != "secret" {
				b.t.Fatalf("somebody changed it: %+v", i)
			}

			i.APIKey[0], i.LinkSecret[0] = 'x', 'x'
			i.Host = "x"
		}
	}},
	{"every installation is visited, tombstones included", func(b *bench) {
		const count = 300

		for n := range count {
			id := fmt.Sprint("i", n)
			b.install(installed(id, "acc"+id, "shop-"+id))
		}

		b.must(b.Uninstall(b.ctx, "i5", start, asIs))

		seen := map[bridge.InstallationID]bridge.InstallationState{}
		b.must(b.EachInstallation(b.ctx, func(i bridge.Installation) error {
			seen[i.ID] = i.State

			return second(b.Shops(b.ctx, i.ID)) // a visit may use the store
		}))

		if len(seen) != count || seen["i5"] != bridge.Uninstalled {
			b.t.Errorf("%d were visited, one as %q", len(seen), seen["i5"])
		}

		b.refused(b.EachInstallation(b.ctx, func(bridge.Installation) error { return errRefused }))
	}},
	{"every consent is visited", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.install(installed("b", "other", "shop-b"))

		seen := 0
		b.must(b.EachAuthorization(b.ctx, func(bridge.Authorization) error {
			seen++

			return nil
		}))

		if seen != 2 {
			b.t.Errorf("%d were visited", seen)
		}

		b.refused(b.EachAuthorization(b.ctx, func(bridge.Authorization) error { return errRefused }))
	}},
	{"an updated shop is found by its new consent, and an orphaned one is gone", func(b *bench) {
		in := installed("a", "acc", "shop-a")
		b.install(in)

		again := in
		again.Authorization.Key.OpenID = "newer"
		again.Shop.Authorization = again.Authorization.Key
		b.install(again)

		if shops, err := b.ShopsOf(b.ctx, again.Authorization.Key); err != nil || len(shops) != 1 {
			b.t.Errorf("the new consent covers %v, %v", shops, err)
		}

		b.missing("old consent", second(b.Authorization(b.ctx, in.Authorization.Key)))
	}},
	{"an updated shop and consent are what is read from then on", func(b *bench) {
		in := installed("a", "acc", "shop-a")
		b.install(in)
		b.must(second(b.Shop(b.ctx, "shop-a")))
		b.must(second(b.UpdateShop(b.ctx, "shop-a", func(sh *bridge.Shop) error {
			sh.Topic.ID = "t2"

			return nil
		})))
		b.must(second(b.UpdateAuthorization(b.ctx, in.Authorization.Key, func(a *bridge.Authorization) error {
			a.AccessToken = bridge.Sealed("newer")

			return nil
		})))

		sh, err := b.Shop(b.ctx, "shop-a")
		if err != nil || sh.Topic.ID != "t2" {
			b.t.Errorf("shop is %+v, %v", sh, err)
		}

		a, err := b.Authorization(b.ctx, in.Authorization.Key)
		if err != nil || string(a.AccessToken) != "newer" {
			b.t.Errorf("authorization is %+v, %v", a, err)
		}
	}},
}

func (b *bench) refused(err error) {
	b.t.Helper()

	if !errors.Is(err, errRefused) {
		b.t.Errorf("answered %v, want the function's error", err)
	}
}
