package bench

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// percentile is the smallest of the values that at least p percent of them do
// not exceed; zero without values. It sorts them.
func percentile[T cmp.Ordered](values []T, p float64) T {
	var zero T
	if len(values) == 0 {
		return zero
	}

	slices.Sort(values)

	rank := int(math.Ceil(p / 100 * float64(len(values))))

	return values[min(max(rank, 1), len(values))-1]
}

// median is the middle value, or the mean of the two in the middle; zero
// without values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}

	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2

	if len(sorted)%2 == 1 {
		return sorted[middle]
	}

	return (sorted[middle-1] + sorted[middle]) / 2
}

// pairs are two programs measured in turns: what was measured in one round
// stands at the same place.
type pairs struct{ product, yardstick []float64 }

func (p *pairs) add(product, yardstick float64) {
	p.product = append(p.product, product)
	p.yardstick = append(p.yardstick, yardstick)
}

// ratio is the median of the rounds' ratios, which a machine that gets slower
// over the minutes does not move; zero when there is none.
func (p *pairs) ratio() float64 {
	var ratios []float64

	for i, yardstick := range p.yardstick {
		if yardstick > 0 {
			ratios = append(ratios, p.product[i]/yardstick)
		}
	}

	return median(ratios)
}

// milliseconds is how figures for people are given.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
