package bench

import (
	"math"
	"testing"
	"time"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	tests := map[string]struct {
		values []int
		p      float64
		want   int
	}{
		"nothing has none":                          {nil, 50, 0},
		"one value is every percentile":             {[]int{7}, 99, 7},
		"the middle of an odd number":               {[]int{5, 1, 3}, 50, 3},
		"the lower middle of an even number":        {[]int{4, 1, 3, 2}, 50, 2},
		"the 99th of a hundred is the last but one": {hundred(), 99, 99},
		"the 100th is the largest":                  {hundred(), 100, 100},
		"the 0th is the smallest":                   {hundred(), 0, 1},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := percentile(test.values, test.p); got != test.want {
				t.Errorf("percentile = %d, want %d", got, test.want)
			}
		})
	}
}

// hundred is 100 down to 1.
func hundred() []int {
	values := make([]int, 100)
	for i := range values {
		values[i] = 100 - i
	}

	return values
}

func TestRatioIsTheMedianOfTheRounds(t *testing.T) {
	tests := map[string]struct {
		product, yardstick []float64
		want               float64
	}{
		"no round has none": {nil, nil, 0},
		"a machine that halves its speed changes nothing": {[]float64{80, 40, 20}, []float64{100, 50, 25}, 0.8},
		"one disturbed round changes nothing":             {[]float64{80, 1, 80}, []float64{100, 100, 100}, 0.8},
		"two in the middle are averaged":                  {[]float64{10, 20, 30, 40}, []float64{10, 10, 10, 10}, 2.5},
		"a round without a yardstick is left out":         {[]float64{50, 90}, []float64{0, 100}, 0.9},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := pairs{}
			for i := range test.product {
				p.add(test.product[i], test.yardstick[i])
			}

			if got := p.ratio(); math.Abs(got-test.want) > 1e-9 {
				t.Errorf("ratio = %v, want %v", got, test.want)
			}
		})
	}
}

func TestMedianLeavesItsValuesInOrder(t *testing.T) {
	values := []float64{3, 1, 2}

	if got := median(values); got != 2 {
		t.Errorf("median = %v, want 2", got)
	}

	if values[0] != 3 || values[1] != 1 || values[2] != 2 {
		t.Errorf("values are now %v: rounds would no longer match", values)
	}
}

func TestSignificantKeepsThreeDigits(t *testing.T) {
	for in, want := range map[float64]float64{0: 0, 12_345: 12_300, 0.012345: 0.0123, 1.0049: 1, 99.96: 100} {
		if got := significant(in); math.Abs(got-want) > 1e-9 {
			t.Errorf("significant(%v) = %v, want %v", in, got, want)
		}
	}
}

func TestMilliseconds(t *testing.T) {
	if got := milliseconds(1500 * time.Microsecond); got != 1.5 {
		t.Errorf("milliseconds = %v, want 1.5", got)
	}
}
