package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
)

// report writes a line of JSON for everything measured, and keeps the goals.
type report struct {
	lines *json.Encoder
	notes io.Writer
	goals []Goal
}

func newReport(lines, notes io.Writer) *report {
	e := json.NewEncoder(lines)
	e.SetEscapeHTML(false)

	return &report{lines: e, notes: notes}
}

func (r *report) goal(g Goal) error {
	g.Measured = significant(g.Measured)
	for k, v := range g.Absolute {
		g.Absolute[k] = significant(v)
	}

	r.goals = append(r.goals, g)

	if err := r.lines.Encode(g); err != nil {
		return fmt.Errorf("write result: %w", err)
	}

	return nil
}

func (r *report) figure(what, unit string, value float64) error {
	err := r.lines.Encode(Figure{Kind: "figure", What: what, Unit: unit, Value: significant(value)})
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}

	return nil
}

// note tells people what is going on.
func (r *report) note(format string, args ...any) {
	_, _ = fmt.Fprintf(r.notes, format+"\n", args...) // nobody reads on
}

// met reports whether no goal was missed.
func (r *report) met() bool {
	for _, g := range r.goals {
		if !g.Met {
			return false
		}
	}

	return true
}

// table shows the goals to people.
func (r *report) table() error {
	t := tabwriter.NewWriter(r.notes, 0, 0, 2, ' ', 0)

	fmt.Fprintln(t, "\ngoal\twhat\tmeasured\tmust\tstretch\tresult\t")

	for _, g := range r.goals {
		sign := "≥"
		if g.Better == "less" {
			sign = "≤"
		}

		fmt.Fprintf(t, "%s\t%s\t%s\t%s %s\t%s %s\t%s\t\n", g.ID, g.What, amount(g.Measured, g.Unit),
			sign, amount(g.Must, g.Unit), sign, amount(g.Stretch, g.Unit), g.word())
	}

	if err := t.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}

	return nil
}

func (g Goal) word() string {
	switch {
	case g.StretchMet:
		return "stretch met"
	case g.Met:
		return "met"
	default:
		return "MISSED"
	}
}

func amount(v float64, unit string) string {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if unit == unitRatio {
		return text
	}

	return text + " " + unit
}

// significant keeps three digits: the rest is noise.
func significant(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}

	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(v))))

	return math.Round(v*scale) / scale
}
