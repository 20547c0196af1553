package demo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStationsOfAMessage(t *testing.T) {
	after := func(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }
	rows := map[string]struct {
		fate   *fate
		events []Event
		steps  [4]mood
		mood   mood
		note   string
	}{
		"just written": {&fate{}, nil, [4]mood{moodGood, moodQuiet, moodQuiet, moodQuiet}, moodWait, "On its way"},
		"not taken": {
			&fate{}, []Event{{Kind: NotTaken, Text: "Nobody is there"}},
			[4]mood{moodGood, moodWait, moodQuiet, moodQuiet}, moodWait, "Nobody is there",
		},
		"given up by the Marketplace": {
			&fate{}, []Event{{Kind: NotTaken, Direction: Out, Text: "Gave up"}},
			[4]mood{moodGood, moodBad, moodQuiet, moodQuiet}, moodBad, "Gave up",
		},
		"given up, but found by reading": {
			&fate{copies: 1, arrived: after(9)}, []Event{{Kind: NotTaken, Direction: Out, Text: "Gave up"}},
			[4]mood{moodGood, moodGood, moodGood, moodQuiet}, moodGood, "",
		},
		"taken at the second try": {
			&fate{}, []Event{{Kind: NotTaken, Text: "Nobody is there"}, {Kind: Taken, Time: after(900)}},
			[4]mood{moodGood, moodGood, moodQuiet, moodQuiet}, moodWait, "On its way",
		},
		"waiting for the other side": {
			&fate{}, []Event{{Kind: Taken, Time: after(3)}, {Kind: Attempted, State: "queued", Attempt: 2, Text: "no answer"}},
			[4]mood{moodGood, moodGood, moodQuiet, moodWait}, moodWait, "Try 2: no answer",
		},
		"arrived, but the answer was lost": {
			&fate{copies: 1, arrived: after(9)}, []Event{{Kind: Taken, Time: after(3)}, {Kind: Attempted, State: "queued", Attempt: 1, Text: "no answer"}},
			[4]mood{moodGood, moodGood, moodGood, moodWait}, moodGood, "",
		},
		"arrived and confirmed": {
			&fate{copies: 1, arrived: after(9)}, []Event{{Kind: Taken, Time: after(3)}, {Kind: Attempted, State: "delivered", Attempt: 1, Time: after(20)}},
			[4]mood{moodGood, moodGood, moodGood, moodGood}, moodGood, "",
		},
		"arrived twice": {
			&fate{copies: 2, arrived: after(9)}, nil,
			[4]mood{moodGood, moodGood, moodGood, moodQuiet}, moodBad, "It arrived 2 times",
		},
		"failed": {
			&fate{}, []Event{{Kind: Attempted, State: "failed", Attempt: 1, Text: "refused words"}},
			[4]mood{moodGood, moodGood, moodQuiet, moodBad}, moodBad, "refused words",
		},
		"skipped": {
			nil, []Event{{Kind: Attempted, State: "skipped", Attempt: 1, Text: "too old"}},
			[4]mood{moodGood, moodGood, moodQuiet, moodQuiet}, moodQuiet, "too old",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			e := journey{message: said{"m", "words", noon}, fate: row.fate, events: row.events}.entry()
			var steps [4]mood
			for i, s := range e.Steps {
				steps[i] = s.Mood
			}
			if diff := cmp.Diff(row.steps, steps); diff != "" {
				t.Errorf("stations (-want +got):\n%s", diff)
			}
			if e.Mood != row.mood || e.Note != row.note {
				t.Errorf("mood %q, note %q; want %q, %q", e.Mood, e.Note, row.mood, row.note)
			}
		})
	}
}

func TestShortLapses(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "", 0: "+0 ms", 12 * time.Millisecond: "+12 ms", 1500 * time.Millisecond: "+1.5 s", 3 * time.Minute: "+3 min",
	} {
		if got := short(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
