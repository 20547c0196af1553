package boltstore

// nowhere is the place of what is in no heap.
const nowhere = -1

// dated is something that a heap can hold: it knows when it is due and
// remembers its place, so that it can be moved and removed.
type dated interface {
	comparable
	dueAt() int64
	spot() int32
	moved(to int32)
}

// heap keeps the earliest in front. It differs from container/heap in that it
// boxes nothing and allocates nothing.
type heap[T dated] struct{ all []T }

func (h *heap[T]) len() int { return len(h.all) }

func (h *heap[T]) first() T { return h.all[0] }

// fix puts v into its place after a change, adding it when it is not there.
func (h *heap[T]) fix(v T) {
	if v.spot() == nowhere {
		h.all = append(h.all, v)
		v.moved(int32(len(h.all) - 1))
	}

	h.down(h.up(int(v.spot())))
}

// remove takes v out, if it is there.
func (h *heap[T]) remove(v T) {
	at := int(v.spot())
	if at == nowhere {
		return
	}

	last := len(h.all) - 1
	h.swap(at, last)

	var none T

	h.all[last] = none
	h.all = h.all[:last]
	v.moved(nowhere)

	if at < last {
		h.down(h.up(at))
	}
}

func (h *heap[T]) swap(i, j int) {
	h.all[i], h.all[j] = h.all[j], h.all[i]
	h.all[i].moved(int32(i))
	h.all[j].moved(int32(j))
}

func (h *heap[T]) up(at int) int {
	for at > 0 {
		parent := (at - 1) / 2
		if h.all[parent].dueAt() <= h.all[at].dueAt() {
			break
		}

		h.swap(at, parent)
		at = parent
	}

	return at
}

func (h *heap[T]) down(at int) {
	for {
		child := 2*at + 1
		if child >= len(h.all) {
			return
		}

		if other := child + 1; other < len(h.all) && h.all[other].dueAt() < h.all[child].dueAt() {
			child = other
		}

		if h.all[at].dueAt() <= h.all[child].dueAt() {
			return
		}

		h.swap(at, child)
		at = child
	}
}
