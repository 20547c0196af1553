package storetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

var usageRules = []rule{
	{"usages are kept over opening again, the last of each shop", func(b *bench) {
		b.must(b.PutUsages(b.ctx, usage("x", 3), usage("y", 5)))
		b.must(b.PutUsages(b.ctx, usage("x", 4)))
		b.reopen()
		b.usagesAre(usage("x", 4), usage("y", 5))
	}},
	{"a visitor's error ends the visit and is returned", func(b *bench) {
		b.must(b.PutUsages(b.ctx, usage("x", 3), usage("y", 5)))

		enough, seen := errors.New("enough"), 0
		if err := b.EachUsage(b.ctx, func(bridge.Usage) error {
			seen++

			return enough
		}); !errors.Is(err, enough) || seen != 1 {
			b.t.Errorf("after %d visits the error is %v", seen, err)
		}
	}},
	{"a usage is swept when its day is long over", func(b *bench) {
		b.must(b.PutUsages(b.ctx, usage("x", 3)))
		b.clock.pass(bridge.UsageFor - 24*time.Hour)
		b.swept(0)
		b.usagesAre(usage("x", 3))
		b.clock.pass(24 * time.Hour)
		b.swept(1)
		b.usagesAre()
	}},
}

func usage(shop bridge.ShopID, calls int) bridge.Usage {
	return bridge.Usage{Shop: shop, Day: start.Truncate(24 * time.Hour), Calls: calls, Stopped: start.Add(time.Hour)}
}

// usagesAre checks what is stored, by shop.
func (b *bench) usagesAre(want ...bridge.Usage) {
	b.t.Helper()

	var got []bridge.Usage

	b.must(b.EachUsage(b.ctx, func(u bridge.Usage) error {
		got = append(got, u)

		return nil
	}))

	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("usages -want +got:\n%s", diff)
	}
}
