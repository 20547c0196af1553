package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// start measures an empty product (G20).
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

	body, err := get(ctx, "http://"+p.address+"/healthz")
	if err != nil {
		return 0, fmt.Errorf("ask for health: %w", err)
	}

	return time.Since(began), body.Close()
}
