package run_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"sellerchat/server/auth"
	"sellerchat/server/bridge"
	"sellerchat/server/config"
	"sellerchat/server/run"
	"sellerchat/server/store/boltstore"
)

func TestASeededStoreHasActiveShopsAndWhatTheyDelivered(t *testing.T) {
	keyset, err := auth.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}

	const delivered = 10_000

	accounts := make([]run.SeedAccount, 3)
	for i := range accounts {
		n := strconv.Itoa(i)
		accounts[i] = run.SeedAccount{
			Account: "account" + n, ShopID: "shop" + n, Market: "uk", OpenID: "open" + n, WebhookToken: "webhook" + n,
		}
	}

	path := filepath.Join(t.TempDir(), "store.db")
	c := config.Flags{Store: "bolt:" + path, Keyset: config.Secret(keyset)}.Config()

	if err := run.Seed(t.Context(), c, accounts, delivered); err != nil {
		t.Fatal(err)
	}

	s, err := boltstore.Open(t.Context(), boltstore.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	for _, a := range accounts {
		i, err := s.InstallationByAccount(t.Context(), bridge.AccountID(a.Account))
		if err != nil || i.State != bridge.Active {
			t.Errorf("%s is %v, %v", a.Account, i.State, err)
		}
	}

	stats, err := s.Stats(t.Context())
	if err != nil || stats.Queued[bridge.In] != 0 {
		t.Errorf("%d are still queued, %v", stats.Queued[bridge.In], err)
	}

	for _, id := range []bridge.DeliveryID{1, delivered} {
		d, err := s.Delivery(t.Context(), id)
		if err != nil || d.State != bridge.Delivered {
			t.Errorf("delivery %d is %v, %v", id, d.State, err)
		}
	}

	if _, err := s.Delivery(t.Context(), delivered+1); err == nil {
		t.Error("more was delivered than was asked for")
	}
}
