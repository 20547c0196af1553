package relay

import (
	"path/filepath"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

// noon is in the middle of a day, by UTC.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestTheDaysCallsAreCountedForEachShop(t *testing.T) {
	q := newQuotas()
	for range 3 {
		q.spend("x", noon)
	}

	all := q.spare("y", noon)
	if got := q.spare("x", noon); got != all-3 {
		t.Errorf("%d are left after three calls, want %d", got, all-3)
	}

	if got := q.spare("x", noon.Add(12*time.Hour)); got != all {
		t.Errorf("%d are left on the next day, want %d", got, all)
	}

	for range chatCallsPerDay {
		q.spend("x", noon)
	}

	if q.spare("x", noon) != 0 {
		t.Error("there is something to spare although all was used")
	}

	if q.wait("x", noon) != 0 {
		t.Error("replies stop before TikTok refuses them")
	}
}

func TestARefusedShopWaits(t *testing.T) {
	q := newQuotas()
	midnight := noon.Add(12 * time.Hour)

	if got := q.refused("x", noon, 12*time.Hour); !got.Equal(midnight) {
		t.Errorf("it waits until %v", got)
	}

	if got := q.refused("x", noon.Add(time.Second), 12*time.Hour); !got.Equal(midnight) {
		t.Errorf("after a call that was under way it waits until %v", got)
	}

	if q.wait("x", midnight.Add(-time.Second)) != time.Second || q.wait("x", midnight) != 0 {
		t.Error("it does not wait until midnight")
	}

	if q.wait("y", noon) != 0 || q.spare("x", noon) != 0 {
		t.Error("another shop waits, or this one has calls to spare")
	}

	// Where TikTok's day begins at another hour, the shop would lose a whole one.
	if got := q.refused("x", midnight.Add(time.Second), 24*time.Hour-time.Second); !got.Equal(midnight.Add(time.Second + anotherDay)) {
		t.Errorf("refused again as the day begins, it waits until %v", got)
	}
}

func TestQuotasAreRememberedOverARestart(t *testing.T) {
	store, err := boltstore.Open(t.Context(), boltstore.Options{Path: filepath.Join(t.TempDir(), "relay.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()

	before := newQuotas()
	before.spend("x", noon)
	before.spend("x", noon)
	before.refused("y", noon, 12*time.Hour)

	if err := before.save(t.Context(), store, noon); err != nil {
		t.Fatal(err)
	}

	if changed := before.changed(noon); len(changed) != 0 {
		t.Errorf("%d would be stored again", len(changed))
	}

	after := newQuotas()
	if err := after.load(t.Context(), store); err != nil {
		t.Fatal(err)
	}

	if after.spare("x", noon) != before.spare("x", noon) || after.wait("y", noon) != 12*time.Hour {
		t.Errorf("after the restart %d are to spare and it waits %v", after.spare("x", noon), after.wait("y", noon))
	}
}

func TestQuotasForgetShopsThatAreSilent(t *testing.T) {
	q := newQuotas()
	q.spend("x", noon)
	q.refused("y", noon, 72*time.Hour)
	q.changed(noon)
	q.changed(noon.Add(48 * time.Hour))

	if _, known := q.shops[bridge.ShopID("x")]; known || q.wait("y", noon) == 0 {
		t.Error("a silent shop is remembered, or a stopped one forgotten")
	}
}
