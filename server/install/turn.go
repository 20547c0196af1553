package install

import (
	"context"
	"fmt"
	"sync"
)

// turns let one caller at a time work under the same key. The zero value is
// ready for use.
type turns struct {
	mu    sync.Mutex
	taken map[string]*turn
}

// turn is held by whoever put the value into its channel.
type turn struct {
	held  chan struct{}
	users int
}

// take waits for the turn under the key, or for the end of the context. What
// it returns ends the turn.
func (t *turns) take(ctx context.Context, key string) (func(), error) {
	one := t.enter(key)

	select {
	case one.held <- struct{}{}:
		return func() {
			<-one.held
			t.leave(key)
		}, nil
	case <-ctx.Done():
		t.leave(key)

		return nil, fmt.Errorf("wait for %q: %w", key, context.Cause(ctx))
	}
}

func (t *turns) enter(key string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.taken == nil {
		t.taken = map[string]*turn{}
	}

	one := t.taken[key]
	if one == nil {
		one = &turn{held: make(chan struct{}, 1)}
		t.taken[key] = one
	}

	one.users++

	return one
}

// leave forgets a key that nobody waits for.
func (t *turns) leave(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()

	one := t.taken[key]
	if one.users--; one.users == 0 {
		delete(t.taken, key)
	}
}
