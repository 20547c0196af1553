package bench

// Goal is what is aimed at, and what was measured.
type Goal struct {
	// Kind is "goal".
	Kind string `json:"kind"`
	ID   string `json:"id"`
	What string `json:"what"`
	Unit string `json:"unit"`
	// Better is "more" or "less": the side of Must on which it is met.
	Better  string  `json:"better"`
	Must    float64 `json:"must"`
	Stretch float64 `json:"stretch"`

	Measured float64 `json:"measured"`
	// Runs is how many rounds the median was taken of.
	Runs int `json:"runs"`
	// Met is about Must.
	Met        bool `json:"met"`
	StretchMet bool `json:"stretch_met"`
	// Absolute are the medians behind a ratio, for information.
	Absolute map[string]float64 `json:"absolute,omitempty"`
}

// Figure is something worth knowing that is no goal.
type Figure struct {
	// Kind is "figure".
	Kind  string  `json:"kind"`
	What  string  `json:"what"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

// The units.
const (
	unitRatio = "ratio"
	unitRate  = "1/s"
	unitTime  = "ms"
	unitCPU   = "µs"
	unitSize  = "MB"
	unitBytes = "bytes"
	unitCount = "messages"
	unitShare = "%"
)

// atLeast is a goal that was measured: a ratio, as everything is of which more
// is better.
func atLeast(id, what string, must, stretch, measured float64, runs int) Goal {
	return Goal{
		Kind: "goal", ID: id, What: what, Unit: unitRatio, Better: "more", Must: must, Stretch: stretch,
		Measured: measured, Runs: runs, Met: measured >= must, StretchMet: measured >= stretch,
	}
}

// atMost is a goal that was measured.
func atMost(id, what, unit string, must, stretch, measured float64, runs int) Goal {
	return Goal{
		Kind: "goal", ID: id, What: what, Unit: unit, Better: "less", Must: must, Stretch: stretch,
		Measured: measured, Runs: runs, Met: measured <= must, StretchMet: measured <= stretch,
	}
}

// with adds the medians behind a ratio.
func (g Goal) with(p *pairs, product, yardstick, unit string) Goal {
	g.Absolute = map[string]float64{product + " " + unit: median(p.product), yardstick + " " + unit: median(p.yardstick)}

	return g
}
