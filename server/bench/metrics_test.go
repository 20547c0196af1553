package bench

import (
	"errors"
	"strings"
	"testing"
)

func TestAMetricIsTheSumOverItsLabels(t *testing.T) {
	const page = `# HELP sellerchat_queue_messages Messages whose delivery is not final.
# TYPE sellerchat_queue_messages gauge
sellerchat_queue_messages{direction="in"} 1.048576e+06
sellerchat_queue_messages{direction="out"} 4
sellerchat_queue_messages_else 7
sellerchat_store_bytes 32768
sellerchat_broken many
`

	tests := map[string]struct {
		name string
		want float64
	}{
		"with labels":    {metricQueued, 1<<20 + 4},
		"without labels": {metricStore, 32768},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := sumOf(strings.NewReader(page), test.name)
			if err != nil || got != test.want {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}

	if _, err := sumOf(strings.NewReader(page), metricStoreFree); !errors.Is(err, errMetric) {
		t.Errorf("one that is not there gives %v", err)
	}

	if _, err := sumOf(strings.NewReader(page), "sellerchat_broken"); err == nil {
		t.Error("one that is no number gives no error")
	}
}
