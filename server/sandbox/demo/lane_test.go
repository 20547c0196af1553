package demo

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// laneOf writes a lane as words: what was sent, and what arrived.
func laneOf(sent, arrived string) lane {
	var l lane
	for i, w := range strings.Fields(sent) {
		l.sent = append(l.sent, said{"s" + strconv.Itoa(i), w, noon.Add(time.Duration(i) * time.Second)})
	}
	for i, w := range strings.Fields(arrived) {
		l.arrived = append(l.arrived, said{"a" + strconv.Itoa(i), w, noon.Add(time.Duration(i) * time.Minute)})
	}
	l.match()

	return l
}

func TestLaneCounts(t *testing.T) {
	rows := map[string]struct {
		sent, arrived string
		want          tally
	}{
		"everything in order":                  {"a b c", "a b c", tally{Written: 3, Arrived: 3}},
		"nothing yet":                          {"a b", "", tally{Written: 2, Waiting: 2}},
		"the last one is under way":            {"a b", "a", tally{Written: 2, Arrived: 1, Waiting: 1}},
		"one was overtaken and is missing":     {"a b c", "a c", tally{Written: 3, Arrived: 2, Lost: 1}},
		"one came twice":                       {"a b", "a a b", tally{Written: 2, Arrived: 2, Doubled: 1}},
		"one came after a later one":           {"a b", "b a", tally{Written: 2, Arrived: 2, Shuffled: 1}},
		"equal words are told apart":           {"hi hi", "hi hi", tally{Written: 2, Arrived: 2}},
		"equal words of which one is to come":  {"hi hi", "hi", tally{Written: 2, Arrived: 1, Waiting: 1}},
		"what nobody wrote does not count":     {"a", "x a y", tally{Written: 1, Arrived: 1}},
		"an empty lane":                        {"", "", tally{}},
		"a copy that comes late is no shuffle": {"a b", "a b a", tally{Written: 2, Arrived: 2, Doubled: 1}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			l := laneOf(row.sent, row.arrived)
			var got tally
			l.count(&got, time.Time{}, time.Time{})
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("tally (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLaneCountsWithinATime(t *testing.T) {
	l := laneOf("a b c d", "a b c d")
	var got tally
	l.count(&got, noon.Add(time.Second), noon.Add(2*time.Second))
	if want := (tally{Written: 2, Arrived: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLaneAccountsForEveryMessage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}))
		l := laneOf(strings.Join(words.Draw(t, "sent"), " "), strings.Join(words.Draw(t, "arrived"), " "))
		var got tally
		l.count(&got, time.Time{}, time.Time{})
		if got.Written != len(l.sent) || got.Arrived+got.Waiting+got.Lost != got.Written || got.Shuffled > got.Arrived {
			t.Fatalf("%+v of %d", got, len(l.sent))
		}
	})
}
