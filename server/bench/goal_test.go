package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGoalsKnowTheirSide(t *testing.T) {
	tests := map[string]struct {
		goal         Goal
		met, stretch bool
	}{
		"more than must is met":              {atLeast("G1", "rate", 0.8, 1, 0.9, 15), true, false},
		"just enough is met":                 {atLeast("G1", "rate", 0.8, 1, 0.8, 15), true, false},
		"more than the stretch is both":      {atLeast("G1", "rate", 0.8, 1, 1.1, 15), true, true},
		"less than must is missed":           {atLeast("G1", "rate", 0.8, 1, 0.79, 15), false, false},
		"a time below must is met":           {atMost("G6", "p50", unitTime, 5, 3, 4, 5), true, false},
		"a time above must is missed":        {atMost("G6", "p50", unitTime, 5, 3, 5.1, 5), false, false},
		"a time below the stretch is both":   {atMost("G6", "p50", unitTime, 5, 3, 2, 5), true, true},
		"a single lost message is a miss":    {atMost("G4", "lost", unitCount, 0, 0, 1, 5), false, false},
		"none lost is the most there can be": {atMost("G4", "lost", unitCount, 0, 0, 0, 5), true, true},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.goal.Met != test.met || test.goal.StretchMet != test.stretch {
				t.Errorf("met %v, stretch %v; want %v, %v", test.goal.Met, test.goal.StretchMet, test.met, test.stretch)
			}
		})
	}
}

func TestReportWritesOneLineForEachResult(t *testing.T) {
	var lines, notes bytes.Buffer

	r := newReport(&lines, &notes)
	p := pairs{}
	p.add(8888.8, 10_001)

	if err := r.goal(atLeast("G1", "acks ÷ limit", 0.8, 1, p.ratio(), 1).with(&p, "product", "limit", unitRate)); err != nil {
		t.Fatal(err)
	}

	if err := r.figure("processor time", unitCPU, 81.23); err != nil {
		t.Fatal(err)
	}

	want := `{"kind":"goal","id":"G1","what":"acks ÷ limit","unit":"ratio","better":"more","must":0.8,"stretch":1,` +
		`"measured":0.889,"runs":1,"met":true,"stretch_met":false,"absolute":{"limit 1/s":10000,"product 1/s":8890}}` + "\n" +
		`{"kind":"figure","what":"processor time","unit":"µs","value":81.2}` + "\n"
	if diff := cmp.Diff(want, lines.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}

	for line := range strings.Lines(lines.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestOneMissedGoalFailsTheRun(t *testing.T) {
	var lines, notes bytes.Buffer

	r := newReport(&lines, &notes)
	if err := r.goal(atLeast("G1", "rate", 0.8, 1, 0.9, 15)); err != nil {
		t.Fatal(err)
	}

	if !r.met() {
		t.Error("all goals are met, yet the run fails")
	}

	if err := r.goal(atMost("G6", "p50", unitTime, 5, 3, 6, 5)); err != nil {
		t.Fatal(err)
	}

	if r.met() {
		t.Error("a goal is missed, yet the run passes")
	}

	if err := r.table(); err != nil {
		t.Fatal(err)
	}

	if !strings.Contains(notes.String(), "MISSED") {
		t.Errorf("the table does not show the missed goal:\n%s", notes.String())
	}
}

func TestStagesAreChosenByName(t *testing.T) {
	tests := map[string]struct {
		names []string
		want  []string
	}{
		"without names the usual ones run":     {nil, []string{"start", "acknowledge", "deliver", "idle", "installations", "queued"}},
		"with names those run, in their order": {[]string{"blocked", "start"}, []string{"start", "blocked"}},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			run, err := chosen(test.names)
			if err != nil {
				t.Fatal(err)
			}

			var got []string
			for _, s := range run {
				got = append(got, s.name)
			}

			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("stages (-want +got):\n%s", diff)
			}
		})
	}

	if _, err := chosen([]string{"none"}); !errors.Is(err, errStage) {
		t.Errorf("a stage that does not exist gives %v", err)
	}
}
