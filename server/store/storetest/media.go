package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// media makes a copy of a part of delivery 1.
func media(token string, part int) bridge.Media {
	return bridge.Media{
		Token: bridge.MediaToken(token), Installation: "a", Delivery: 1, Part: part, Name: "höhe.png",
		Blob:     bridge.Blob{Key: bridge.BlobKey("blob-" + token), Size: 5_000_000_000, MIME: "image/png", Width: 640, Height: 480},
		StoredAt: start, ExpiresAt: start.Add(bridge.MediaFor),
	}
}

var mediaRules = []rule{
	{"a copy is read as it was stored, by its token and by its delivery, also after opening again", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		second, first, other := media("t1", 1), media("t0", 0), media("t2", 0)
		other.Delivery = 2

		for _, m := range []bridge.Media{second, first, other} {
			b.must(b.AddMedia(b.ctx, m))
		}

		b.reopen()
		b.copyIs(first)
		b.copiesAre(first, second)
	}},
	{"without an end it is kept for its time", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))

		m := media("t", 0)
		m.StoredAt, m.ExpiresAt = time.Time{}, time.Time{}
		b.must(b.AddMedia(b.ctx, m))
		b.copyIs(media("t", 0))
	}},
	{"the last of a part belongs to its delivery, and the addresses of all work", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("first", 0)))
		b.must(b.AddMedia(b.ctx, media("last", 0)))
		b.copyIs(media("first", 0))
		b.copyIs(media("last", 0))
		b.copiesAre(media("last", 0))
	}},
	{"storing the same again is no error, and the later end counts", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		m := media("t", 0)
		b.must(b.AddMedia(b.ctx, m))
		m.ExpiresAt = start.Add(2 * bridge.MediaFor)
		b.must(b.AddMedia(b.ctx, m))
		b.copyIs(m)
		b.clock.pass(bridge.MediaFor + time.Minute)
		b.spent()
		b.copyIs(m)
	}},
	{"a token or a blob of another copy is a conflict", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("t", 0)))

		token, blob, part := media("t", 0), media("other", 0), media("t", 1)
		token.Blob.Key = "another"
		blob.Blob.Key = "blob-t"
		b.conflict("token", b.AddMedia(b.ctx, token))
		b.conflict("blob", b.AddMedia(b.ctx, blob))
		b.conflict("part", b.AddMedia(b.ctx, part))
		b.copyIs(media("t", 0))
	}},
	{"an installation that is not live has no media", func(b *bench) {
		b.missing("add", b.AddMedia(b.ctx, media("t", 0)))
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.missing("add", b.AddMedia(b.ctx, media("t", 0)))
		b.missing("media", second(b.Media(b.ctx, "t")))
	}},
	{"after its time a copy is gone, and its blob is spent until that is dropped", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("t", 0)))
		b.clock.pass(bridge.MediaFor - time.Second)
		b.copyIs(media("t", 0))
		b.spent()
		b.clock.pass(2 * time.Second)
		b.gone()
		b.copiesAre()
		b.spent("blob-t")
		b.spent("blob-t")
		b.needed("blob-t", true)
		b.must(b.DropMedia(b.ctx, "blob-t"))
		b.must(b.DropMedia(b.ctx, "blob-t"))
		b.reopen()
		b.spent()
		b.needed("blob-t", false)
		b.gone()
		b.conflict("add", b.AddMedia(b.ctx, media("t", 0)))
	}},
	{"after an uninstall a copy is gone at once, and its blob is spent", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("t", 0)))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.gone()
		b.copiesAre()
		b.spent("blob-t")
		b.install(installed("b", "acc", "shop-a"))
		b.gone()
		b.must(b.DropMedia(b.ctx, "blob-t"))
		b.spent()
		b.gone()
	}},
	{"a tombstone stays as long as bytes of it are there", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("t", 0)))
		b.must(b.Uninstall(b.ctx, "a", start, asIs))
		b.clock.pass(bridge.TombstoneFor)
		b.must(second(b.Sweep(b.ctx, 100)))
		b.must(second(b.Installation(b.ctx, "a")))
		b.spent("blob-t")
		b.must(b.DropMedia(b.ctx, "blob-t"))
		b.must(second(b.Sweep(b.ctx, 100)))
		b.missing("tombstone", second(b.Installation(b.ctx, "a")))
		b.gone()
	}},
	{"the copies of a pending installation that is removed are gone", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("t", 0)))
		b.must(b.Remove(b.ctx, "a"))
		b.gone()
		b.clock.pass(2 * time.Second)
		b.spent("blob-t")
	}},
	{"no more than the limit are spent at once", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("t0", 0)))
		b.must(b.AddMedia(b.ctx, media("t1", 1)))
		b.clock.pass(bridge.MediaFor + time.Minute)

		if keys, err := b.SpentMedia(b.ctx, 1); err != nil || !slices.Equal(keys, []bridge.BlobKey{"blob-t0"}) {
			b.t.Errorf("spent are %v, %v", keys, err)
		}
	}},
	{"dropping what is not spent changes nothing", func(b *bench) {
		b.install(installed("a", "acc", "shop-a"))
		b.must(b.AddMedia(b.ctx, media("t", 0)))
		b.must(b.DropMedia(b.ctx, "blob-t", "unknown"))
		b.copyIs(media("t", 0))
		b.needed("blob-t", true)
		b.needed("unknown", false)
	}},
	{"what never was is not found", func(b *bench) {
		b.missing("media", second(b.Media(b.ctx, "t")))
		b.missing("media", second(b.Media(b.ctx, "")))
		b.copiesAre()
	}},
}

func (b *bench) copyIs(want bridge.Media) {
	b.t.Helper()

	got, err := b.Media(b.ctx, want.Token)
	b.must(err)

	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("copy (-want +got):\n%s", diff)
	}
}

// copiesAre checks the copies of delivery 1.
func (b *bench) copiesAre(want ...bridge.Media) {
	b.t.Helper()

	got, err := b.MediaOf(b.ctx, 1)
	b.must(err)

	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("copies (-want +got):\n%s", diff)
	}
}

// gone checks that copy t was there and is no more.
func (b *bench) gone() {
	b.t.Helper()

	if m, err := b.Media(b.ctx, "t"); !errors.Is(err, bridge.ErrGone) {
		b.t.Errorf("media answered %+v, %v, want that it is gone", m, err)
	}
}

// spent checks which bytes may be deleted.
func (b *bench) spent(want ...bridge.BlobKey) {
	b.t.Helper()

	if got, err := b.SpentMedia(b.ctx, 100); err != nil || !slices.Equal(got, want) {
		b.t.Errorf("spent are %v, %v, want %v", got, err, want)
	}
}

func (b *bench) needed(key bridge.BlobKey, want bool) {
	b.t.Helper()

	if got, err := b.NeedsBlob(b.ctx, key); err != nil || got != want {
		b.t.Errorf("needed answered %v, %v, want %v", got, err, want)
	}
}
