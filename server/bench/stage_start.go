package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// settle is how long a program rests before its memory is read.
const settle = 2 * time.Second

// start measures an empty product (G20, G9).
func (b *Bench) start(ctx context.Context) error {
	var took []float64

	for i := range fewRounds {
		ready, err := b.firstAnswer(ctx, fmt.Sprintf("start%d", i))
		if err != nil {
			return err
		}

		took = append(took, milliseconds(ready))
	}

	info, err := os.Stat(b.binary)
	if err != nil {
		return fmt.Errorf("look at program: %w", err)
	}

	return errors.Join(
		b.goal(atMost("G20", "start of an empty program to its first answer", unitTime, 100, 40, median(took), fewRounds)),
		b.goal(atMost("G20", "size of the stripped program", unitSize, 24, 16, float64(info.Size())/(1<<20), 1)),
		b.idleMemory(ctx, setting{name: "idle"}, 24, 16),
	)
}

// firstAnswer starts a program without anything and asks whether it lives.
func (b *Bench) firstAnswer(ctx context.Context, name string) (ready time.Duration, err error) {
	began := time.Now()

	p, err := b.product(ctx, setting{name: name})
	if err != nil {
		return 0, err
	}

	defer func() { err = errors.Join(err, p.end()) }()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/healthz", nil)
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("ask for health: %w", err)
	}

	ready = time.Since(began)

	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("health answers %d", resp.StatusCode)
	}

	return ready, errors.Join(err, resp.Body.Close())
}

// idleMemory measures what a program takes that has nothing to do.
func (b *Bench) idleMemory(ctx context.Context, s setting, must, stretch float64) (err error) {
	p, err := b.product(ctx, s)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, p.end()) }()

	<-time.After(settle)

	resident, err := p.memory("VmRSS")
	if err != nil {
		return err
	}

	what := fmt.Sprintf("resident memory, idle with %d installations", s.installations)

	return b.goal(atMost("G9", what, unitSize, must, stretch, resident, 1))
}
