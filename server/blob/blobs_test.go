package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/bridge"
)

// start is when every case begins.
var start = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.now = c.now.Add(d)
}

// blobsBench is what a case works with.
type blobsBench struct {
	bridge.Blobs

	t     *testing.T
	clock *clock
	open  func() bridge.Blobs
}

// checkBlobs is the suite that every kind of Blobs passes: one case for each
// sentence of the port. Those that open makes share what they keep.
func checkBlobs(t *testing.T, open func(t *testing.T, clock bridge.Clock) func() bridge.Blobs) {
	t.Helper()

	for sentence, check := range blobRules {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()

			c := &clock{now: start}
			again := open(t, c.Now)
			check(&blobsBench{Blobs: again(), t: t, clock: c, open: again})
		})
	}
}

var blobRules = map[string]func(b *blobsBench){
	"what was put is read back, also after opening again": func(b *blobsBench) {
		stored := b.put("hello")
		b.Blobs = b.open()
		b.reads(stored.Key, "hello")
	},
	"what is read can be read from anywhere": func(b *blobsBench) {
		r, err := b.Open(b.t.Context(), b.put("hello").Key)
		b.must(err)

		defer func() { b.must(r.Close()) }()

		for _, at := range []int64{3, 0, 5} {
			if _, err := r.Seek(at, io.SeekStart); err != nil {
				b.t.Fatal(err)
			}

			if got, err := io.ReadAll(r); err != nil || string(got) != "hello"[at:] {
				b.t.Errorf("from %d on it is %q, %v", at, got, err)
			}
		}
	},
	"the same put twice has two keys": func(b *blobsBench) {
		first, second := b.put("hello"), b.put("hello")
		b.must(b.Delete(b.t.Context(), first.Key))
		b.reads(second.Key, "hello")
	},
	"as much as the limit is stored, and nothing is too": func(b *blobsBench) {
		stored, err := b.Put(b.t.Context(), strings.NewReader("hello"), 5)
		b.must(err)
		b.reads(stored.Key, "hello")

		empty, err := b.Put(b.t.Context(), strings.NewReader(""), 0)
		b.must(err)
		b.reads(empty.Key, "")
	},
	"more than the limit is unsupported, read no further, and nothing is kept": func(b *blobsBench) {
		endless := &counting{}
		_, err := b.Put(b.t.Context(), endless, 1<<20)
		b.fails(err, bridge.Unsupported)

		if endless.read > 2<<20 {
			b.t.Errorf("%d bytes were read", endless.read)
		}

		b.keeps()
	},
	"a picture of too many pixels is unsupported, in words, and nothing is kept": func(b *blobsBench) {
		_, err := b.Put(b.t.Context(), bytes.NewReader(pngOf(20_000, 5_001)), 1<<20)
		b.fails(err, bridge.Unsupported)

		if words := bridge.AsFailure(err).Words; words != "The picture has more than 100 megapixels." {
			b.t.Errorf("the words are %q", words)
		}

		b.keeps()
	},
	"a failure of the reader is passed on, and nothing is kept": func(b *blobsBench) {
		broken := &bridge.Failure{Op: "fetch media", Class: bridge.Permanent, Cause: bridge.CauseLink, Certain: true}
		_, err := b.Put(b.t.Context(), io.MultiReader(strings.NewReader("half"), failing{broken}), 100)

		if !bridge.HasCause(err, bridge.CauseLink) {
			b.t.Errorf("put answered %v", err)
		}

		_, err = b.Put(b.t.Context(), io.MultiReader(strings.NewReader("half"), failing{io.ErrUnexpectedEOF}), 100)
		b.fails(err, bridge.Temporary)
		b.keeps()
	},
	"an ended context ends it, and nothing is kept": func(b *blobsBench) {
		ctx, cancel := context.WithCancel(b.t.Context())
		cancel()

		_, err := b.Put(ctx, strings.NewReader("hello"), 100)
		b.fails(err, bridge.Temporary)

		if !errors.Is(err, context.Canceled) {
			b.t.Errorf("put answered %v", err)
		}

		b.keeps()
	},
	"what is missing is not found": func(b *blobsBench) {
		gone := b.put("hello").Key
		b.must(b.Delete(b.t.Context(), gone))

		for _, key := range append(strangeKeys, gone) {
			if _, err := b.Open(b.t.Context(), key); !errors.Is(err, bridge.ErrNotFound) {
				b.t.Errorf("open %q answered %v", key, err)
			}
		}
	},
	"deleting again, or what never was, is no error": func(b *blobsBench) {
		kept, gone := b.put("kept").Key, b.put("gone").Key
		b.must(b.Delete(b.t.Context(), gone))

		for _, key := range append(strangeKeys, gone) {
			b.must(b.Delete(b.t.Context(), key))
		}

		b.keeps(kept)
	},
	"what is being read can be deleted": func(b *blobsBench) {
		key := b.put("hello").Key
		r, err := b.Open(b.t.Context(), key)
		b.must(err)
		b.must(b.Delete(b.t.Context(), key))

		if got, err := io.ReadAll(r); err != nil || string(got) != "hello" {
			b.t.Errorf("read %q, %v", got, err)
		}

		b.must(r.Close())
		b.keeps()
	},
	"what is older than a time is visited, and may be deleted": func(b *blobsBench) {
		first, second := b.put("first").Key, b.put("second").Key
		b.clock.pass(time.Hour)
		third := b.put("third").Key
		b.visits(start)
		b.visits(start.Add(time.Minute), first, second)
		b.keeps(first, second, third)
		b.must(b.EachBlob(b.t.Context(), start.Add(time.Minute), func(k bridge.BlobKey) error { return b.Delete(b.t.Context(), k) }))
		b.keeps(third)
	},
	"an error of a visit ends them": func(b *blobsBench) {
		b.put("first")
		b.put("second")

		var visits int

		err := b.EachBlob(b.t.Context(), start.Add(time.Hour), func(bridge.BlobKey) error {
			visits++

			return errStop
		})
		if !errors.Is(err, errStop) || visits != 1 {
			b.t.Errorf("after %d visits it answered %v", visits, err)
		}
	},
	"many at once keep apart": func(b *blobsBench) {
		var all sync.WaitGroup

		for n := range 50 {
			all.Go(func() {
				text := strings.Repeat(fmt.Sprint(n), 10_000)

				stored, err := b.Put(b.t.Context(), strings.NewReader(text), 1<<20)
				if err != nil {
					b.t.Error(err)

					return
				}

				b.reads(stored.Key, text)
			})
		}

		all.Wait()
	},
}

var errStop = errors.New("stop")

// strangeKeys are nobody's.
var strangeKeys = []bridge.BlobKey{
	"", ".", "..", "/", "a", "incoming", "../../etc/passwd", "aa/../../x",
	bridge.BlobKey(strings.Repeat("../", 8) + "ab"), bridge.BlobKey(strings.Repeat("a", 26)), bridge.BlobKey(strings.Repeat("A", 26)),
	bridge.BlobKey(strings.Repeat("\x00", 26)), bridge.BlobKey(strings.Repeat("x", 5000)),
}

// counting yields bytes without end.
type counting struct{ read int }

func (c *counting) Read(p []byte) (int, error) {
	c.read += len(p)

	return len(p), nil
}

// failing yields an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (b *blobsBench) must(err error) {
	b.t.Helper()

	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *blobsBench) put(text string) bridge.Blob {
	b.t.Helper()

	stored, err := b.Put(b.t.Context(), strings.NewReader(text), 1<<20)
	b.must(err)

	if stored.Size != int64(len(text)) || stored.Key == "" {
		b.t.Errorf("put %q answered %+v", text, stored)
	}

	return stored
}

func (b *blobsBench) reads(key bridge.BlobKey, want string) {
	b.t.Helper()

	r, err := b.Open(b.t.Context(), key)
	if err != nil {
		b.t.Error(err)

		return
	}

	if got, err := io.ReadAll(r); err != nil || string(got) != want {
		b.t.Errorf("read %.40q, %v, want %.40q", got, err, want)
	}

	if err := r.Close(); err != nil {
		b.t.Error(err)
	}
}

func (b *blobsBench) fails(err error, class bridge.Class) {
	b.t.Helper()

	var f *bridge.Failure
	if !errors.As(err, &f) || f.Class != class || !f.Certain {
		b.t.Errorf("it answered %v, want %s, certain", err, class)
	}
}

// keeps checks everything that is stored.
func (b *blobsBench) keeps(want ...bridge.BlobKey) {
	b.t.Helper()
	b.visits(b.clock.Now().Add(time.Hour), want...)
}

func (b *blobsBench) visits(before time.Time, want ...bridge.BlobKey) {
	b.t.Helper()

	var got []bridge.BlobKey

	b.must(b.EachBlob(b.t.Context(), before, func(k bridge.BlobKey) error {
		got = append(got, k)

		return nil
	}))
	slices.Sort(got)
	slices.Sort(want)

	if !slices.Equal(got, want) {
		b.t.Errorf("kept are %v, want %v", got, want)
	}
}
