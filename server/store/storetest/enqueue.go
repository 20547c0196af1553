package storetest

import (
	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

var enqueueRules = []rule{
	{"what is accepted can be claimed as it was given", func(b *bench) {
		e := entry(lane("a", "1"), 7)
		e.About, e.Path = 3, bridge.PathReconcile
		e.Message.Parts = append(e.Message.Parts, bridge.Part{
			Kind: bridge.PartVideo, Text: "a video", Type: "VIDEO", URL: "https://v.example/1", Name: "v.mp4", MIME: "video/mp4", Size: 1 << 33,
		})

		id := b.enqueue(e)
		want := bridge.Delivery{
			ID: id, Lane: e.Lane, Message: e.Message, Path: e.Path, About: 3, AcceptedAt: start, State: bridge.Sending,
		}

		if diff := cmp.Diff(want, b.claim().Delivery); diff != "" {
			b.t.Errorf("claimed delivery (-want +got):\n%s", diff)
		}
	}},
	{"a lane goes on after its head was delivered", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.put(lane("a", "1"), 2)
		b.ack(b.expect(1))
		b.ack(b.expect(2))
		b.idle()
	}},
	{"what was accepted is there after opening again", func(b *bench) {
		b.put(lane("a", "1"), 1)
		b.reopen()
		b.expect(1)
	}},
}
