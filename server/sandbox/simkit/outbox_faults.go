package simkit

import "time"

// Names of the faults that an Outbox asks about.
const (
	FaultWebhookDuplicate = "webhook_duplicate"
	FaultWebhookReorder   = "webhook_reorder"
	FaultWebhookDrop      = "webhook_drop"
	FaultWebhookLate      = "webhook_late"
)

// OutboxFaults documents the faults of an Outbox, for NewFaults.
func OutboxFaults() []FaultDoc {
	return []FaultDoc{
		{FaultWebhookDuplicate, "The webhook is delivered twice, the second time delay_ms later."},
		{FaultWebhookReorder, "The webhook changes places with the next one of the same conversation, if that follows within delay_ms (200 when 0)."},
		{FaultWebhookDrop, "The webhook is never delivered, not even later."},
		{FaultWebhookLate, "The webhook sets out delay_ms late, and those that follow overtake it."},
	}
}

// reorderWindow is how long a reordered webhook waits for its successor when
// the switch does not say.
const reorderWindow = 200 * time.Millisecond

// Send accepts d and returns at once. After Close it does nothing.
func (o *Outbox) Send(d Delivery) {
	subjects := []string{d.Subject, d.Key}
	if _, ok := o.opt.Faults.Should(FaultWebhookDrop, subjects...); ok {
		o.mu.Lock()
		o.stats.Dropped++
		o.mu.Unlock()
		return
	}
	twice, again := o.opt.Faults.Should(FaultWebhookDuplicate, subjects...)
	late, isLate := o.opt.Faults.Should(FaultWebhookLate, subjects...)
	swap, swapped := o.opt.Faults.Should(FaultWebhookReorder, subjects...)

	o.mu.Lock()
	defer o.mu.Unlock()

	if o.closed {
		return
	}
	if again {
		o.stats.Pending++
		defer o.opt.Clock.AfterFunc(twice.Delay, func() { o.enter(d, 0) })
	}

	o.stats.Pending++
	switch {
	case isLate:
		o.opt.Clock.AfterFunc(late.Delay, func() { o.enter(d, 0) })
	case swapped:
		window := swap.Delay
		if window == 0 {
			window = reorderWindow
		}
		o.park(d, window)
	default:
		o.push(&posting{Delivery: d})
	}
}

// enter puts a delivery that waited, with its attempts so far, into its lane.
func (o *Outbox) enter(d Delivery, attempts int) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if !o.closed {
		o.push(&posting{Delivery: d, attempts: attempts})
	}
}
