package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The product's own figures that measurements need.
const (
	metricQueued    = "sellerchat_queue_messages"
	metricStore     = "sellerchat_store_bytes"
	metricStoreFree = "sellerchat_store_free_bytes"
)

// errMetric says that a program does not tell a figure.
var errMetric = errors.New("no such metric")

// metric asks the product for one of its figures: the sum over its labels.
func (p *process) metric(ctx context.Context, name string) (value float64, err error) {
	body, err := get(ctx, "http://"+p.ops+"/metrics")
	if err != nil {
		return 0, fmt.Errorf("ask %s for metrics: %w", p.name, err)
	}

	defer func() { err = errors.Join(err, body.Close()) }()

	return sumOf(body, name)
}

// sumOf reads a figure from a page of metrics.
func sumOf(page io.Reader, name string) (float64, error) {
	var (
		sum   float64
		found bool
	)

	s := bufio.NewScanner(page)

	for s.Scan() {
		// sellerchat_queue_messages{direction="in"} 3
		series, number, ok := strings.Cut(s.Text(), " ")
		if bare, _, _ := strings.Cut(series, "{"); !ok || bare != name {
			continue
		}

		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", name, err)
		}

		sum += v
		found = true
	}

	if err := s.Err(); err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}

	if !found {
		return 0, fmt.Errorf("%w: %s", errMetric, name)
	}

	return sum, nil
}

// get returns the body of an answer that must be 200.
func get(ctx context.Context, address string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", address, err)
	}

	if resp.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("get %s: status %d", address, resp.StatusCode), resp.Body.Close())
	}

	return resp.Body, nil
}
