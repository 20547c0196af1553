package simkit

import (
	"net/http"
	"slices"
	"time"
)

// Policy is how an Outbox goes on after an attempt that was not
// acknowledged.
type Policy struct {
	Schedule []time.Duration // waits before the second, third … attempt; never empty
	Repeat   bool            // go on with the last wait until acknowledged, instead of giving up
	Hold     bool            // it holds back the later ones of its key until it is acknowledged or given up
}

// wait is the pause after an attempt; 0 means that it was the last.
func (p Policy) wait(attempts int) time.Duration {
	if attempts <= len(p.Schedule) {
		return p.Schedule[attempts-1]
	}
	if p.Repeat {
		return p.Schedule[len(p.Schedule)-1]
	}

	return 0
}

// Policy returns the policy in force.
func (o *Outbox) Policy() Policy {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.policy
}

// SetPolicy changes the policy for the attempts that end from now on. An
// empty schedule keeps the one in force.
func (o *Outbox) SetPolicy(p Policy) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if len(p.Schedule) == 0 {
		p.Schedule = o.policy.Schedule
	}
	p.Schedule = slices.Clone(p.Schedule)
	o.policy = p
}

// policyJSON is a Policy as its control spells it.
type policyJSON struct {
	ScheduleMS []int64 `json:"schedule_ms"`
	Repeat     bool    `json:"repeat"`
	Hold       bool    `json:"hold"`
}

// Mount adds to mux:
//
//	GET /_sandbox/outbox   {"stats":{…},"policy":{"schedule_ms":[…],"repeat":…,"hold":…}}
//	PUT /_sandbox/outbox   {"schedule_ms":[1000],"repeat":true,"hold":true}; what is left out stays
func (o *Outbox) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sandbox/outbox", func(w http.ResponseWriter, _ *http.Request) { o.show(w) })
	mux.HandleFunc("PUT /_sandbox/outbox", func(w http.ResponseWriter, r *http.Request) {
		in := o.spell()
		if !ReadControl(w, r, &in) {
			return
		}
		if len(in.ScheduleMS) == 0 || slices.Min(in.ScheduleMS) < 1 {
			WriteError(w, http.StatusBadRequest, `"schedule_ms" needs at least one wait, and each is at least 1`)
			return
		}

		p := Policy{Repeat: in.Repeat, Hold: in.Hold}
		for _, ms := range in.ScheduleMS {
			p.Schedule = append(p.Schedule, time.Duration(ms)*time.Millisecond)
		}
		o.SetPolicy(p)
		o.show(w)
	})
}

func (o *Outbox) spell() policyJSON {
	p := o.Policy()
	out := policyJSON{Repeat: p.Repeat, Hold: p.Hold}
	for _, d := range p.Schedule {
		out.ScheduleMS = append(out.ScheduleMS, d.Milliseconds())
	}

	return out
}

func (o *Outbox) show(w http.ResponseWriter) {
	WriteJSON(w, http.StatusOK, struct {
		Stats  OutboxStats `json:"stats"`
		Policy policyJSON  `json:"policy"`
	}{o.Stats(), o.spell()})
}
