package sink

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sellerchat/server/bench/load"
)

// in is a message of a conversation at a place, with its number in the run.
func in(conversation, place, number uint32) load.Message {
	return load.Message{Conversation: conversation, Place: place, Number: number}
}

func TestWatchCountsWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		seen []load.Message
		want Report
	}{
		"everything once and in order": {
			[]load.Message{in(0, 1, 0), in(0, 2, 2), in(1, 1, 1)},
			Report{Delivered: 3},
		},
		"conversations may overtake each other": {
			[]load.Message{in(1, 1, 1), in(0, 1, 0), in(0, 2, 2)},
			Report{Delivered: 3},
		},
		"nothing came": {nil, Report{Lost: 3}},
		"one is missing": {
			[]load.Message{in(0, 1, 0), in(0, 2, 2)},
			Report{Delivered: 2, Lost: 1},
		},
		"one came twice": {
			[]load.Message{in(0, 1, 0), in(0, 1, 0), in(0, 2, 2), in(1, 1, 1)},
			Report{Delivered: 3, Doubled: 1},
		},
		"one that came twice does not hide a lost one": {
			[]load.Message{in(0, 1, 0), in(0, 1, 0), in(0, 2, 2)},
			Report{Delivered: 2, Lost: 1, Doubled: 1},
		},
		"the second came before the first": {
			[]load.Message{in(0, 2, 2), in(0, 1, 0), in(1, 1, 1)},
			Report{Delivered: 3, Reordered: 1},
		},
		"a second copy that comes late is doubled, not out of order": {
			[]load.Message{in(0, 1, 0), in(0, 2, 2), in(0, 1, 0), in(1, 1, 1)},
			Report{Delivered: 3, Doubled: 1},
		},
		"another run's message is none of ours": {
			[]load.Message{in(0, 1, 0), in(0, 2, 2), in(1, 1, 1), in(9, 1, 1), in(0, 9, 99)},
			Report{Delivered: 3},
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWatch(3, 2)
			for _, m := range test.seen {
				w.see(m, time.Unix(1, 0))
			}

			got := w.Report()
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Report{}, "First", "Latest", "Arrived")); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}

			if got.Faults() != test.want.Lost+test.want.Doubled+test.want.Reordered {
				t.Errorf("faults = %d", got.Faults())
			}
		})
	}
}

func TestWatchIsDoneWithTheLastMessage(t *testing.T) {
	w := newWatch(2, 1)
	w.see(in(0, 1, 0), time.Unix(1, 0))
	w.see(in(0, 1, 0), time.Unix(2, 0))

	select {
	case <-w.Done():
		t.Fatal("done although a message is missing")
	default:
	}

	w.see(in(0, 2, 1), time.Unix(3, 0))

	select {
	case <-w.Done():
	default:
		t.Fatal("not done although everything has come")
	}

	got := w.Report()
	if !got.First.Equal(time.Unix(1, 0)) || !got.Latest.Equal(time.Unix(3, 0)) {
		t.Errorf("first %v, latest %v", got.First, got.Latest)
	}

	if !got.Arrived[0].Equal(time.Unix(1, 0)) {
		t.Errorf("a duplicate moved the arrival to %v", got.Arrived[0])
	}
}

// Whatever comes in whatever order, each message counts once, and order is
// kept exactly when every conversation's places rise.
func TestWatchProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const conversations, each = 3, 4

		var all []load.Message

		for n := range conversations * each {
			all = append(all, in(uint32(n%conversations), uint32(n/conversations+1), uint32(n)))
		}

		seen := rapid.SliceOfN(rapid.SampledFrom(all), 0, 40).Draw(t, "seen")
		w := newWatch(len(all), conversations)
		distinct, highest, reordered := map[uint32]bool{}, map[uint32]uint32{}, 0

		for _, m := range seen {
			w.see(m, time.Unix(1, 0))

			if distinct[m.Number] {
				continue
			}

			distinct[m.Number] = true
			if m.Place < highest[m.Conversation] {
				reordered++
			}

			highest[m.Conversation] = max(highest[m.Conversation], m.Place)
		}

		want := Report{
			Delivered: len(distinct), Lost: len(all) - len(distinct),
			Doubled: len(seen) - len(distinct), Reordered: reordered,
		}
		if diff := cmp.Diff(want, w.Report(), cmpopts.IgnoreFields(Report{}, "First", "Latest", "Arrived")); diff != "" {
			t.Fatalf("report (-want +got):\n%s", diff)
		}
	})
}
